"""A declaration: what a backend says that it computes, and the kernels and cases for that."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import step
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.conventions.convention import (
    BASE_KERNELS,
    Convention,
    neuron_convention,
    with_options,
)
from liaf_ref.oracle.conventions.spikes import (
    STRICT_THRESHOLD,
    spike_convention,
    surrogate_convention,
)
from liaf_ref.oracle.declaration.options import OPTIONS, RESTRICTIONS, SURROGATE, SURROGATES
from liaf_ref.oracle.declaration.slope import WINDOW_OPTION, slope_of
from liaf_ref.oracle.declaration.spikes import Law
from liaf_ref.oracle.fixed_point.words import Words, find_words
from liaf_ref.oracle.opset import OPS
from liaf_ref.oracle.reference import PAPER_KERNELS, KernelTable
from liaf_ref.oracle.reference.winograd import TiledConvolution, Winograd, fits_tiles

Parameters = tuple[tuple[str, float | str], ...]
PAPER_SURROGATE = ("window", (("mu", WINDOW_OPTION), ("scale", 1.0)))
AT_LEAST = spike_convention(
    'fires = ">="', "A neuron at U = v_th fires.", lambda pair, _: Pair(step, pair.slope)
)


@dataclass(frozen=True)
class Declaration:
    """What a backend says that it computes: a value of each option, and what it has."""

    choices: tuple[tuple[str, str], ...]
    surrogate: tuple[str, Parameters]  # the name of a shape, and all its parameters
    restrictions: tuple[tuple[str, tuple[str, ...]], ...]

    def __getitem__(self, option: str) -> str:
        return dict(self.choices)[option]

    def __reduce__(self) -> tuple[type["Declaration"], tuple[Any, ...]]:
        return Declaration, (self.choices, self.surrogate, self.restrictions)

    def __repr__(self) -> str:
        return f"Declaration({self})"

    def __str__(self) -> str:
        return ", ".join((*self.departures, *self.restricted)) or "the paper's convention"

    @property
    def departures(self) -> tuple[str, ...]:
        """The options with another value than the paper's, as TOML."""
        found = [f'{k} = "{v}"' for k, v in self.choices if v != OPTIONS[k].default]
        return (*found, *([] if self.surrogate == PAPER_SURROGATE else [self._surrogate_text()]))

    @property
    def restricted(self) -> tuple[str, ...]:
        """The lists that leave something out, as TOML."""
        return tuple(
            f"{name} = [{', '.join(f'{v!r}' for v in values)}]".replace("'", '"')
            for name, values in self.restrictions
            if values != RESTRICTIONS[name].values
        )

    def _surrogate_text(self) -> str:
        name, parameters = self.surrogate
        shown = [(k, v) for k, v in parameters if (k, v) != ("scale", 1.0)]
        values = [f"{k} = {v!r}".replace("'", '"') for k, v in shown]
        return f"{SURROGATE} = {{{', '.join([f'shape = {chr(34)}{name}{chr(34)}', *values])}}}"

    def is_paper(self, dtype: str) -> bool:
        """Whether an answer is what the independent implementation of the paper computes."""
        return not self.departures and find_words(dtype) is None

    def check_format(self, dtype: str, where: str) -> None:
        """Refuse a rule of rounding that is of another number format."""
        if self.words(dtype) is not None:
            if self.tiles is not None:
                reason = f"convolution is of floating point; expected another dtype, got {dtype}"
                raise InputError.for_argument("declaration", where, reason)
            return
        for name in ("rounding", "overflow"):
            if self[name] != OPTIONS[name].default:
                reason = f"{name} is of fixed point; expected a dtype such as q4.12 with it"
                raise InputError.for_argument("declaration", where, reason)

    @cached_property
    def conventions(self) -> tuple[Convention, ...]:
        """What the backend does that the paper does not, as conventions."""
        found: list[Convention] = []
        if self["fires"] == ">":
            found.append(STRICT_THRESHOLD)
        if self.has_other_spikes:
            found.append(self._spikes_convention())
        elif (self["reset"], self["leak"]) != ("v_reset", "after reset"):
            found.append(potential_convention(self["reset"], self["leak"]))
        if self.is_smooth:
            found.append(shape_convention(*self.surrogate))
        return tuple(found)

    @property
    def has_other_spikes(self) -> bool:
        """Whether spikes have other values than 0 and 1; its cases are exact."""
        return (self["levels"], self["output"]) != ("binary", "act")

    def _spikes_convention(self) -> Convention:
        names = "levels", "output", "reset", "leak"
        values = {name: OPTIONS[name].values[self[name]] for name in names}
        law = Law(values["levels"].rule, values["output"].rule)
        return neuron_convention(
            ", ".join(f'{name} = "{self[name]}"' for name in names),
            " ".join(value.about for value in values.values()),
            **law.lines(values["reset"].rule, values["leak"].rule),
        )

    def words(self, dtype: str) -> Words | None:
        """The fixed-point words of a format, as they are declared; None: it is none."""
        found = find_words(dtype)
        if found is None:
            return None
        return found._replace(rounding=self["rounding"], overflow=self["overflow"])

    @cached_property
    def kernels(self) -> KernelTable:
        """The kernels that compute what the declaration says."""
        return self._with_tiles(self.line_kernels if self.conventions else PAPER_KERNELS)

    @cached_property
    def line_kernels(self) -> KernelTable:
        """The same, with a neuron whose lines can be replaced."""
        return _with_conventions(self.conventions)

    @cached_property
    def window_kernels(self) -> KernelTable:
        """The same with the window of the paper as surrogate, whose slopes are exact."""
        if not self.is_smooth:
            return self.kernels
        exact = self.conventions[:-1]
        return _with_conventions(exact) if exact else PAPER_KERNELS

    @property
    def changes_numbers(self) -> bool:
        """Whether more departs from the paper than how a convolution is rounded."""
        changed = {name for name, value in self.choices if value != OPTIONS[name].default}
        return self.surrogate != PAPER_SURROGATE or bool(changed - {"convolution"})

    @property
    def tiles(self) -> Winograd | None:
        """The tiles in which the backend may compute a convolution."""
        found: Winograd | None = OPTIONS["convolution"].values[self["convolution"]].rule
        return found

    def _with_tiles(self, kernels: KernelTable) -> KernelTable:
        return (
            kernels if self.tiles is None else kernels._replace(conv=TiledConvolution(self.tiles))
        )

    def rounds_in_tiles(self, case: Case) -> bool:
        """Whether a case has a convolution that tiles round in another way."""
        if self.tiles is None:
            return False
        convolutions = [
            (case[f"par/{node.name}.{weights}"].shape[:-2], node.options.get("stride", (1, 1)))
            for node in case.nodes
            for op, weights in (("conv", "W"), ("convlstm", "U"))
            if node.op == op
        ]
        return any(fits_tiles(kernel, stride) for kernel, stride in convolutions)

    @property
    def is_smooth(self) -> bool:
        """Whether the surrogate has other slopes than 0 and 1."""
        name, parameters = self.surrogate
        return name != "window" or dict(parameters)["scale"] != 1.0

    def admits(self, case: Case) -> bool:
        """Whether a case has nothing that the backend lacks."""
        has = dict(self.restrictions)
        used = [node.op for node in case.nodes]
        used += [] if case.optimizer is None else [case.optimizer["name"]]
        if self["levels"] != "binary" and any((v <= 0).any() for _, v in _thresholds(case)):
            return False  # several thresholds of one sign each
        return set(used) <= set(has["ops"]) and all(
            node.options[name] in has[name]
            for node in case.nodes
            if node.op == "neuron"
            for name in ("act", "mode", "sharing")
            if not (name == "mode" and node.options["act"] == "spike")  # LIF has no mode
        )

    @property
    def limited_ops(self) -> tuple[str, ...] | None:
        """The operations and optimizers that the backend has; None: all."""
        ops = dict(self.restrictions)["ops"]
        return None if ops == RESTRICTIONS["ops"].values else ops

    def factors(
        self, factors: Mapping[str, tuple[str | None, ...]]
    ) -> dict[str, tuple[str | None, ...]]:
        """Of the options of a random case, those that the backend has."""
        restrictions = dict(self.restrictions)
        if self.has_other_spikes:
            restrictions["exact"] = ("yes",)
        return {
            name: tuple(v for v in factors[name] if v is None or v in values)
            for name, values in restrictions.items()
            if name in factors
        }

    def configure(self, case: Case) -> Case:
        """The case with the options that the backend has, and thresholds that it defines."""
        if self["levels"] != "binary":
            case = case.with_arrays(
                {name: np.where(v == 0, 0.5, np.abs(v)) for name, v in _thresholds(case)}
            )
        if changed := self._node_options():
            case = with_options("neuron", lambda _: changed)(case)
        return _without_carried_states(case) if self["carry"] == "none" else case

    def _node_options(self) -> dict[str, Any]:
        reset = OPTIONS["reset_gradient"].values[self["reset_gradient"]].rule
        found = {} if reset is None else {"reset": reset}
        name, parameters = self.surrogate
        mu = dict(parameters).get("mu", WINDOW_OPTION)
        return found if mu == WINDOW_OPTION or name != "window" else found | {"mu": mu}

    def required(self, names: frozenset[str], nodes: tuple[Node, ...]) -> frozenset[str]:
        """Of the arrays of an answer, those that the backend has to return."""
        if self["carry"] == "state":
            return names
        return names - {f"grad/{name}" for node in nodes for name in _initial_states(node)}


def _with_conventions(conventions: tuple[Convention, ...]) -> KernelTable:
    kernels = BASE_KERNELS
    for convention in conventions:
        kernels = convention.transform_kernels(kernels)
    return kernels


def potential_convention(reset: str, leak: str) -> Convention:
    """A reset and a leak as one convention."""
    values = OPTIONS["reset"].values[reset], OPTIONS["leak"].values[leak]
    return neuron_convention(
        f'reset = "{reset}", leak = "{leak}"',
        f"{values[0].about} {values[1].about}",
        **values[1].rule(values[0].rule),
    )


def shape_convention(name: str, parameters: Parameters) -> Convention:
    """A surrogate as a convention."""
    shape = SURROGATES[name]
    return surrogate_convention(
        f'surrogate = "{name}"',
        f"The surrogate gradient is {shape.formula}.",
        lambda mu: slope_of(shape, dict(parameters), {"mu": mu}),
    )


def _initial_states(node: Node) -> list[str]:
    return [f"in/{node.name}.{state}0" for state in OPS[node.op].states]


def _thresholds(case: Case) -> list[tuple[str, Array]]:
    names = (f"par/{node.name}.v_th" for node in case.nodes if node.op == "neuron")
    return [(name, case[name]) for name in names]


def _without_carried_states(case: Case) -> Case:
    """Every state starts at 0, and no gradient comes back from the last."""
    starts = [name for node in case.nodes for name in _initial_states(node)]
    ends = {f"up/{node.name}.{state}T" for node in case.nodes for state in OPS[node.op].states}
    arrays = {name: a for name, a in case.items() if name not in ends}
    return replace(case, arrays=arrays | {name: np.zeros_like(case[name]) for name in starts})
