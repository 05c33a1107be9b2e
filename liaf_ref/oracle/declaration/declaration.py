"""A declaration: what a backend says that it computes, and the text and cases for that."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from liaf_ref._core.errors import FormatError, InputError
from liaf_ref._core.safe_load import read_toml
from liaf_ref._core.text import describe_value, did_you_mean
from liaf_ref._core.validation import check_mapping
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.declaration.options import (
    DEFAULTS,
    NAMES,
    OF_NEURONS,
    OPTIONS,
    RESTRICTIONS,
    SURROGATE,
    SURROGATES,
    WINDOW_OPTION,
    Parameters,
    declared_slope,
)
from liaf_ref.oracle.error_bounds.tiles import fits_tiles, tiled
from liaf_ref.oracle.formats import Words, check_format, find_words
from liaf_ref.oracle.opset import OPS
from liaf_ref.oracle.table import PAPER as PAPER_TEXT
from liaf_ref.oracle.table import Text
from liaf_ref.oracle.table.tape import T

PAPER_SURROGATE = ("window", (("mu", WINDOW_OPTION), ("scale", 1.0)))
SPIKES = ("levels", "output")  # options by which spikes have other values; their cases are exact
LINES = (*SPIKES, "reset", "leak")  # options that are lines of the neuron


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

    def with_choices(self, **choices: str) -> "Declaration":
        """The same with other values of some options."""
        return replace(self, choices=tuple((dict(self.choices) | choices).items()))

    def rule(self, option: str) -> Any:
        """What computes the value of an option."""
        return OPTIONS[option][self[option]].rule

    @property
    def contradiction(self) -> str | None:
        """An option whose value means nothing without a reset, if there is none."""
        needy = (name for name, value in self.choices if OPTIONS[name][value].needs_reset)
        return next(needy, None) if self["reset"] == "none" else None

    def departs(self, *options: str) -> bool:
        """Whether one of the options has another value than the paper's."""
        return any(self[name] != DEFAULTS[name] for name in options)

    @property
    def departures(self) -> tuple[str, ...]:
        """The options with another value than the paper's, as TOML."""
        found = [f"{name} = {_toml(self[name])}" for name in OPTIONS if self.departs(name)]
        if self.surrogate != PAPER_SURROGATE:
            name, parameters = self.surrogate
            given = [("shape", name), *(each for each in parameters if each != ("scale", 1.0))]
            values = ", ".join(f"{key} = {_toml(value)}" for key, value in given)
            found.append(f"{SURROGATE} = {{{values}}}")
        return tuple(found)

    @property
    def restricted(self) -> tuple[str, ...]:
        """The lists that leave something out, as TOML."""
        return tuple(
            f"{name} = [{', '.join(map(_toml, values))}]"
            for name, values in self.restrictions
            if values != RESTRICTIONS[name]
        )

    def check_format(self, dtype: str, where: str) -> None:
        """Refuse a rule of rounding that is of another number format."""
        is_fixed = self.words(dtype) is not None
        refused = ["convolution"] if is_fixed else ["rounding", "overflow"]
        kind = "floating" if is_fixed else "fixed"
        expected = f"another dtype, got {dtype}" if is_fixed else "a dtype such as q4.12 with it"
        for name in filter(self.departs, refused):
            reason = f"{name} is of {kind} point; expected {expected}"
            raise InputError.for_argument("declaration", where, reason)

    @property
    def has_other_spikes(self) -> bool:
        """Whether spikes have other values than 0 and 1; its cases are exact."""
        return self.departs(*SPIKES)

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
        return self.surrogate != PAPER_SURROGATE or self.departs(*OPTIONS.keys() - {"convolution"})

    def rounds_in_tiles(self, case: Case) -> bool:
        """Whether a case has a convolution that tiles round in another way."""
        convolutions = [
            (case[f"par/{node.name}.{weights}"].shape[:-2], node.options.get("stride", (1, 1)))
            for node in case.nodes
            for op, weights in (("conv", "W"), ("convlstm", "U"))
            if node.op == op
        ]
        return self.departs("convolution") and any(fits_tiles(*each) for each in convolutions)

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
        if self.departs("levels") and any((v <= 0).any() for _, v in _thresholds(case)):
            return False  # several thresholds of one sign each
        return set(used) <= set(has["ops"]) and all(
            node.options[name] in has[name]
            for node in case.nodes
            if node.op == "neuron"
            for name in OF_NEURONS
            if not (name == "mode" and node.options["act"] == "spike")  # LIF has no mode
        )

    def configure(self, case: Case) -> Case:
        """The case with the options that the backend has, and thresholds that it defines."""
        if self.departs("levels"):
            case = case.with_arrays(
                {name: np.where(v == 0, 0.5, np.abs(v)) for name, v in _thresholds(case)}
            )
        name, parameters = self.surrogate
        mu = dict(parameters)[WINDOW_OPTION] if name == "window" else WINDOW_OPTION
        changed = {} if mu == WINDOW_OPTION else {"mu": mu}
        changed |= {"reset": self.rule("reset_gradient")} if self.departs("reset_gradient") else {}
        if changed:
            nodes = tuple(
                n._replace(options={**n.options, **changed}) if n.op == "neuron" else n
                for n in case.nodes
            )
            case = replace(case, nodes=nodes)
        if not self.departs("carry"):
            return case
        ends = {f"up/{node.name}.{state}T" for node in case.nodes for state in OPS[node.op].states}
        arrays = {name: a for name, a in case.items() if name not in ends}
        starts = {name: np.zeros_like(case[name]) for name in _initial_states(case.nodes)}
        return replace(case, arrays=arrays | starts)

    def required(self, names: frozenset[str], nodes: tuple[Node, ...]) -> frozenset[str]:
        """Of the arrays of an answer, those that the backend has to return."""
        left_out = _initial_states(nodes) if self.departs("carry") else ()
        return names - {f"grad/{name}" for name in left_out}


def _toml(value: float | str) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _initial_states(nodes: tuple[Node, ...]) -> list[str]:
    return [f"in/{node.name}.{state}0" for node in nodes for state in OPS[node.op].states]


def _thresholds(case: Case) -> Iterator[tuple[str, Array]]:
    names = (f"par/{node.name}.v_th" for node in case.nodes if node.op == "neuron")
    return ((name, case[name]) for name in names)


@lru_cache(maxsize=64)
def _text(declaration: Declaration) -> Text:
    found: dict[str, Any] = dict(PAPER_TEXT)
    if declaration.departs("fires"):
        found["fires"] = declaration.rule("fires")
    if declaration.departs(*LINES):
        found |= _neuron_lines(declaration)
    if declaration.is_smooth:
        found["slope"] = declared_slope(*declaration.surrogate)
    if declaration.departs("convolution"):
        found["tiles"] = tiled(declaration.rule("convolution"))
    return found


def _neuron_lines(declaration: Declaration) -> dict[str, Any]:
    """The lines of the neuron by its levels, output, reset and leak."""
    steps, reset = declaration.rule("levels"), declaration.rule("reset")
    before, after = declaration.rule("leak")
    is_graded = declaration.departs("output")

    def sent(S: Any, z: Any) -> Any:
        return sum(step.size * S(step.argument(z)) for step in steps)

    def R(z: Any) -> T:
        opening = [step for step in steps if step.opens]
        z.G = sum(z.spike(step.argument(z)) for step in opening) if len(steps) > 1 else z.F
        return reset(z, before(z))  # type: ignore[no-any-return]

    def Y(z: Any) -> T:
        if z.is_lif:
            return sent(z.act, z)  # type: ignore[no-any-return]
        A: T = z.act(z.U - z.s * z.v_th)
        return z.F * A if is_graded else A

    lines: dict[str, Any] = {"R": R, "V": after}
    if declaration.departs("levels"):
        lines["F"] = lambda z: sent(z.spike, z)
    return lines | {"Y": Y} if declaration.has_other_spikes else lines


SOURCE = "declare"


def declare(given: Path | str | Mapping[str, Any]) -> Declaration:
    """Read what a backend declares to compute.

    Parameters
    ----------
    given : path or mapping
        A TOML file, or the same as a dict. Each key is an option; those left out have the paper's
        value. docs/verify/declare-your-conventions.md lists the options.

    Returns
    -------
    Declaration
        For ``declaration`` of :func:`liaf_ref.check_backend`.

    Raises
    ------
    InputError
        If a dict has an unknown option or value, or two that contradict each other.
    FormatError
        The same for a file, with the line.

    Examples
    --------
    >>> from liaf_ref.oracle import declare
    >>> declare({"fires": ">", "surrogate": {"shape": "arctan", "alpha": 2.0}})
    Declaration(fires = ">", surrogate = {shape = "arctan", alpha = 2.0})
    >>> declare({"resets": "subtract"})
    Traceback (most recent call last):
        ...
    liaf_ref._core.errors.InputError: resets of declare: unknown option; did you mean reset?
    """
    if not isinstance(given, Path | str):
        return _declaration(check_mapping("given", given, SOURCE, "a TOML file or a dict"))
    path = Path(given)
    document, text = read_toml(path, "a declaration (TOML)")
    try:
        return _declaration(document)
    except InputError as error:
        raise FormatError(
            path, f"{error.name}: {error.reason}", line=_line_of(error.name, text)
        ) from error


def _line_of(name: str | None, text: str) -> int | None:
    """The line on which an option is."""
    own = re.escape(str(name))
    start = re.compile(rf"""^\s*(?:\[\s*)?["']?{own}["']?\s*[\].=]""")
    return next((n for n, line in enumerate(text.splitlines(), 1) if start.match(line)), None)


def _declaration(given: Mapping[Any, Any]) -> Declaration:
    for name in given:
        if name not in NAMES:
            raise _invalid(str(name), f"unknown option{_suggestion(str(name), NAMES)}")
    choices = {n: _one_of(n, given.get(n, DEFAULTS[n]), values) for n, values in OPTIONS.items()}
    restrictions = {n: _restriction(n, given.get(n, v)) for n, v in RESTRICTIONS.items()}
    surrogate = _surrogate(given.get(SURROGATE, "window"))
    declaration = Declaration(tuple(choices.items()), surrogate, tuple(restrictions.items()))
    if name := declaration.contradiction:
        reason = f'{choices[name]!r} means nothing with reset = "none"; leave {name} out'
        raise _invalid(name, reason)
    if declaration.has_other_spikes and declaration.is_smooth:
        reason = "its cases are exact with other levels or output, which need the window"
        raise _invalid(SURROGATE, reason)
    return declaration


def _invalid(name: str, reason: str) -> InputError:
    return InputError.for_argument(name, SOURCE, reason)


def _suggestion(name: str, known: Collection[str]) -> str:
    return did_you_mean(name, known, f"; expected one of {', '.join(known)}")


def _one_of(name: str, value: object, known: Collection[str], what: str = "value") -> str:
    if not isinstance(value, str):
        raise _invalid(name, f"expected one of {', '.join(known)}, got {describe_value(value)}")
    if value not in known:
        raise _invalid(name, f"unknown {what} {value!r}{_suggestion(value, known)}")
    return value


def _surrogate(value: object) -> tuple[str, Parameters]:
    table = {"shape": value} if isinstance(value, str) else value
    if not isinstance(table, Mapping) or "shape" not in table:
        expected = 'a shape, or a table such as {shape = "arctan", alpha = 2.0}'
        raise _invalid(SURROGATE, f"expected {expected}, got {describe_value(value)}")
    name = _one_of(SURROGATE, table["shape"], SURROGATES, "shape")
    parameters = SURROGATES[name].known
    if unknown := [key for key in table if key not in {*parameters, "shape"}]:
        also = _suggestion(str(unknown[0]), parameters)
        raise _invalid(SURROGATE, f"{name}: unknown parameter {unknown[0]!r}{also}")
    default = {"mu": WINDOW_OPTION} if name == "window" else {}
    found = []
    for key, parameter in parameters.items():
        given = table.get(key, default.get(key, parameter.default))
        if given != WINDOW_OPTION:
            expected = f"{parameter.kind}, or {WINDOW_OPTION!r}, for {key} of {name}"
            given = replace(parameter.kind, expected=expected).check(SURROGATE, given, SOURCE)
        found.append((key, given))
    return name, tuple(found)


def _restriction(name: str, value: object) -> tuple[str, ...]:
    known = RESTRICTIONS[name]
    if not isinstance(value, list | tuple | set | frozenset) or not value:
        raise _invalid(name, f"expected a list of {', '.join(known)}, got {describe_value(value)}")
    if name == "dtype":
        return tuple(dict.fromkeys(check_format(name, item, SOURCE) for item in value))
    chosen = {_one_of(name, item, known) for item in value}
    return tuple(v for v in known if v in chosen)


PAPER = _declaration({})
