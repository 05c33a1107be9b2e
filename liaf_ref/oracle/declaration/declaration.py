"""A declaration: what a backend says that it computes, and the text and cases for that."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.declaration.options import (
    LEAKS,
    LEVELS,
    OPTIONS,
    RESETS,
    RESTRICTIONS,
    SURROGATE,
    SURROGATES,
    WINDOW_OPTION,
    Step,
    declared_slope,
)
from liaf_ref.oracle.deviations import BY_NAME, Deviation
from liaf_ref.oracle.deviations.deviation import deviation
from liaf_ref.oracle.error_bounds.tiles import fits_tiles, tiled
from liaf_ref.oracle.formats import Words, find_words
from liaf_ref.oracle.opset import OPS
from liaf_ref.oracle.table import PAPER as PAPER_TEXT
from liaf_ref.oracle.table import Text
from liaf_ref.oracle.table.functions import fires
from liaf_ref.oracle.table.tape import T

Parameters = tuple[tuple[str, float | str], ...]
PAPER_SURROGATE = ("window", (("mu", WINDOW_OPTION), ("scale", 1.0)))
AT_LEAST = deviation('fires = ">="', "A neuron at U = v_th fires.", fires=fires)


@dataclass(frozen=True)
class Declaration:
    """What a backend says that it computes: a value of each option, and what it has."""

    choices: tuple[tuple[str, str], ...]
    surrogate: tuple[str, Parameters]  # the name of a shape, and all its parameters
    restrictions: tuple[tuple[str, tuple[str, ...]], ...]

    def __getitem__(self, option: str) -> str:
        return dict(self.choices)[option]

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

    @property
    def deviations(self) -> tuple[Deviation, ...]:
        """What the backend does that the paper does not."""
        found: list[Deviation] = []
        if self["fires"] == ">":
            found.append(BY_NAME["fires on >"])
        neuron = ("levels", "output", "reset", "leak")
        if any(self[name] != OPTIONS[name].default for name in neuron):
            found.append(neuron_deviation(**{name: self[name] for name in neuron}))
        if self.is_smooth:
            found.append(shape_deviation(*self.surrogate))
        return tuple(found)

    @property
    def has_other_spikes(self) -> bool:
        """Whether spikes have other values than 0 and 1; its cases are exact."""
        return (self["levels"], self["output"]) != ("binary", "act")

    def words(self, dtype: str) -> Words | None:
        """The fixed-point words of a format, as they are declared; None: it is none."""
        found = find_words(dtype)
        if found is None:
            return None
        return found._replace(rounding=self["rounding"], overflow=self["overflow"])

    @property
    def text(self) -> Text:
        """The forward text of what the declaration says; the paper's own if that is said."""
        return _text(self)

    @property
    def changes_numbers(self) -> bool:
        """Whether more departs from the paper than how a convolution is rounded."""
        changed = {name for name, value in self.choices if value != OPTIONS[name].default}
        return self.surrogate != PAPER_SURROGATE or bool(changed - {"convolution"})

    @property
    def tiles(self) -> int | None:
        """The outputs of a side of the tiles in which the backend may compute a convolution."""
        found: int | None = OPTIONS["convolution"].values[self["convolution"]].rule
        return found

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

    def configure(self, case: Case) -> Case:
        """The case with the options that the backend has, and thresholds that it defines."""
        if self["levels"] != "binary":
            case = case.with_arrays(
                {name: np.where(v == 0, 0.5, np.abs(v)) for name, v in _thresholds(case)}
            )
        if changed := self._node_options():
            nodes = tuple(
                n._replace(options={**n.options, **changed}) if n.op == "neuron" else n
                for n in case.nodes
            )
            case = replace(case, nodes=nodes)
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


@lru_cache(maxsize=16)
def _text(declaration: Declaration) -> Text:
    text = PAPER_TEXT
    for each in declaration.deviations:
        text = each.text(text)
    return text if declaration.tiles is None else {**text, "tiles": tiled(declaration.tiles)}


def neuron_deviation(**chosen: str) -> Deviation:
    """Values of `levels`, `output`, `reset` and `leak` as one deviation."""
    values = {"levels": "binary", "output": "act", **chosen}
    steps = LEVELS[values["levels"]]
    lines = dict(LEAKS[values["leak"]](_reset(steps, RESETS[values["reset"]])))
    if values["levels"] != "binary":
        lines["F"] = lambda z: _sent(z.spike, steps, z)
    if (values["levels"], values["output"]) != ("binary", "act"):
        lines["Y"] = lambda z: _output(z, steps, values["output"] == "graded")
    return deviation(
        ", ".join(f'{name} = "{value}"' for name, value in chosen.items()),
        " ".join(OPTIONS[name].values[value].about for name, value in chosen.items()),
        **lines,
    )


def _reset(steps: tuple[Step, ...], reset: Callable[[Any, T], T]) -> Callable[[Any, T], T]:
    """A reset that knows whether the neuron fired."""

    def run(z: Any, X: T) -> T:
        opening = [step for step in steps if step.opens]
        z.G = z.F if len(steps) == 1 else sum(z.spike(step.argument(z)) for step in opening)
        return reset(z, X)

    return run


def _sent(S: Callable[[T], T], steps: tuple[Step, ...], z: Any) -> T:
    return sum(step.size * S(step.argument(z)) for step in steps)  # type: ignore[return-value]


def _output(z: Any, steps: tuple[Step, ...], is_graded: bool) -> T:
    if z.is_lif:
        return _sent(z.act, steps, z)
    A: T = z.act(z.U - z.s * z.v_th)
    return z.F * A if is_graded else A


def shape_deviation(name: str, parameters: Parameters) -> Deviation:
    """A surrogate as a deviation."""
    shape = SURROGATES[name]
    return deviation(
        f'surrogate = "{name}"',
        f"The surrogate gradient is {shape.formula}.",
        slope=declared_slope(shape, dict(parameters)),
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
