"""A declaration: what a backend says that it computes, and the text and cases for that."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from liaf_ref._core.errors import FormatError, InputError, unexpected
from liaf_ref._core.kinds import real
from liaf_ref._core.safe_load import read_toml
from liaf_ref._core.text import did_you_mean, short_repr
from liaf_ref._core.validation import check_mapping
from liaf_ref.oracle import table
from liaf_ref.oracle.case import Array, Case, Node, with_options
from liaf_ref.oracle.declaration import options
from liaf_ref.oracle.deviations.deviation import edited, put
from liaf_ref.oracle.error_bounds.bounded import ULP
from liaf_ref.oracle.formats import Words, words_of
from liaf_ref.oracle.shapes import states_of


@dataclass(frozen=True)
class Declaration:
    """What a backend says that it computes: a value of each option, and what it has."""

    values: tuple[tuple[str, Any], ...] = tuple(options.DEFAULTS.items())

    def __getitem__(self, option: str) -> Any:
        return dict(self.values)[option]

    def __repr__(self) -> str:
        return f"Declaration({self})"

    def __str__(self) -> str:
        return ", ".join((*self.departures, *self.restricted)) or "the paper's convention"

    def having(self, **values: Any) -> "Declaration":
        """The same with other values of some options."""
        return Declaration(tuple((dict(self.values) | values).items()))

    def rule(self, option: str) -> Any:
        """What computes the value of an option."""
        return options.OPTIONS[option][self[option]]

    def departs(self, *names: str) -> bool:
        """Whether one of the options has another value than the paper's."""
        return any(self[name] != options.DEFAULTS[name] for name in names)

    @property
    def departures(self) -> tuple[str, ...]:
        """The options with another value than the paper's, as TOML."""
        return self._as_toml(*options.OPTIONS, "surrogate", "ulp")

    @property
    def restricted(self) -> tuple[str, ...]:
        """The lists that leave something out, as TOML."""
        return self._as_toml(*options.RESTRICTIONS)

    def _as_toml(self, *names: str) -> tuple[str, ...]:
        return tuple(f"{n} = {options.as_toml(self[n])}" for n in filter(self.departs, names))

    def check_format(self, dtype: str, where: str) -> None:
        """Refuse a rule of rounding that is of another number format."""
        is_fixed = self.words(dtype) is not None
        for name in filter(self.departs, ("rounding", "overflow", "convolution", "ulp")):
            if (name in {"convolution", "ulp"}) == is_fixed:
                expected = "a floating-point dtype" if is_fixed else "a dtype such as q4.12"
                reason = f"expected {expected} with {name}, got {dtype}"
                raise InputError.for_argument("declaration", where, reason)

    @property
    def has_other_spikes(self) -> bool:
        """Whether spikes have other values than 0 and 1; its cases are exact."""
        return self.departs("levels", "output")

    def words(self, dtype: str) -> Words | None:
        """The fixed-point words of a format, as they are declared; None: it is none."""
        return words_of({**dict(self.values), "dtype": dtype})

    @property
    def text(self) -> table.Text:
        """The forward text of what the declaration says; the paper's own if that is said."""
        return _text(self)

    def rounds_in_tiles(self, case: Case) -> bool:
        """Whether a case has a convolution that tiles round in another way."""
        grids = ((n.options.get("kernel", ()), n.options.get("stride", (1, 1))) for n in case.nodes)
        return self.departs("convolution") and any(options.fits_tiles(*grid) for grid in grids)

    @property
    def is_smooth(self) -> bool:
        """Whether the surrogate has other slopes than 0 and 1."""
        name, parameters = self["surrogate"]
        return bool(name != "window" or dict(parameters)["scale"] != 1.0)

    def admits(self, case: Case) -> bool:
        """Whether a case has nothing that the backend lacks."""
        used = {node.op for node in case.nodes}
        used |= set() if case.optimizer is None else {case.optimizer["name"]}
        if self.departs("levels") and any((v <= 0).any() for _, v in _thresholds(case)):
            return False  # several thresholds of one sign each
        return used <= set(self["ops"]) and all(
            node.options[name] in self[name]
            for node in case.nodes
            if node.op == "neuron"
            for name in options.OF_NEURONS
            if not (name == "mode" and node.options["act"] == "spike")  # LIF has no mode
        )

    def configure(self, case: Case) -> Case:
        """The case with the options that the backend has, and thresholds that it defines."""
        if self.departs("levels"):
            positive = {name: np.where(v == 0, 0.5, np.abs(v)) for name, v in _thresholds(case)}
            case = case.with_arrays(positive)
        surrogate, parameters = self["surrogate"]
        mu = dict(parameters)["mu"] if surrogate == "window" else options.OF_NODE
        changed = self.rule("reset_gradient") | ({} if mu == options.OF_NODE else {"mu": mu})
        nodes = tuple(with_options(n, changed) if n.op == "neuron" else n for n in case.nodes)
        if not self.departs("carry"):
            return replace(case, nodes=nodes)
        states = states_of(nodes)
        ends = {end for *_, end in states}
        arrays = {name: array for name, array in case.items() if name not in ends}
        starts = {start: np.zeros_like(case[start]) for _, start, _ in states}
        return replace(case, nodes=nodes, arrays=arrays | starts)

    def required(self, names: frozenset[str], nodes: tuple[Node, ...]) -> frozenset[str]:
        """Of the arrays of an answer, those that the backend has to return."""
        left_out = states_of(nodes) if self.departs("carry") else ()
        return names - {f"grad/{start}" for _, start, _ in left_out}


def _thresholds(case: Case) -> Iterator[tuple[str, Array]]:
    names = (f"par/{node.name}.v_th" for node in case.nodes if node.op == "neuron")
    return ((name, case[name]) for name in names)


@lru_cache(maxsize=64)
def _text(declared: Declaration) -> table.Text:
    edits = tuple(edit for option in options.IN_TEXT for edit in declared.rule(option))
    if declared.is_smooth:
        edits += put(slope=options.declared_slope(declared["surrogate"]))
    return {**edited(table.PAPER, edits), "ulp": dict(declared["ulp"])}


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
    >>> declare({"fires": "<"})
    Traceback (most recent call last):
        ...
    liaf_ref._core.errors.InputError: fires of declare: unknown value '<'; expected one of >=, >
    """
    if not isinstance(given, Path | str):
        return _declaration(check_mapping("given", given, SOURCE, "a TOML file or a dict"))
    path = Path(given)
    document, text = read_toml(path, "a declaration (TOML)")
    try:
        return _declaration(document)
    except InputError as error:
        line = _line_of(error.name, text)
        raise FormatError(path, f"{error.name}: {error.reason}", line=line) from error


def _line_of(name: str | None, text: str) -> int | None:
    """The line on which an option is."""
    start = re.compile(rf"""[\s\["']*{re.escape(str(name))}["']?\s*[\].=]""")
    return next((n for n, line in enumerate(text.splitlines(), 1) if start.match(line)), None)


def _declaration(given: Mapping[Any, Any]) -> Declaration:
    declaration = PAPER.having(**{str(name): _value(str(name), v) for name, v in given.items()})
    if name := options.contradiction(dict(declaration.values)):
        reason = f"{declaration[name]!r} means nothing with {options.WITHOUT}; leave {name} out"
        raise InputError.for_argument(name, SOURCE, reason)
    if declaration.has_other_spikes and declaration.is_smooth:
        reason = "its cases are exact with other levels or output, which need the window"
        raise InputError.for_argument("surrogate", SOURCE, reason)
    return declaration


def _value(name: str, value: object) -> Any:
    """A value of an option, as a declaration has it."""
    check_known(name, name, options.DEFAULTS, "option")
    if name in options.OPTIONS:
        return check_known(name, value, options.OPTIONS[name])
    if name in options.RESTRICTIONS:
        return _restriction(name, value, options.RESTRICTIONS[name])
    return _accuracies(value) if name == "ulp" else _surrogate(value)


def check_known(
    name: str, value: object, known: Collection[str], what: str = "value", where: str = SOURCE
) -> str:
    """Refuse anything but one of the known names; the error says which is close."""
    if not isinstance(value, str) or value not in known:
        near = did_you_mean(str(value), known, f"; expected one of {', '.join(known)}")
        raise InputError.for_argument(name, where, f"unknown {what} {short_repr(value)}{near}")
    return value


def _restriction(name: str, value: object, known: Collection[str]) -> tuple[str, ...]:
    if not isinstance(value, list | tuple | set | frozenset) or not value:
        raise unexpected(name, value, SOURCE, f"a list of {', '.join(known)}")
    chosen = {check_known(name, item, known) for item in value}
    return tuple(v for v in known if v in chosen)


def _accuracies(value: object) -> tuple[tuple[str, float], ...]:
    if not isinstance(value, Mapping):
        raise unexpected("ulp", value, SOURCE, "a table such as {exp = 3, tanh = 5}")
    given = {check_known("ulp", name, ULP, "function"): units for name, units in value.items()}
    known = {name: real(0, closed="(]").check("ulp", n, SOURCE) for name, n in given.items()}
    return tuple((ULP | known).items())


def _surrogate(value: object) -> options.Surrogate:
    given = {"shape": value} if isinstance(value, str) else value
    if not isinstance(given, Mapping) or "shape" not in given:
        expected = 'a shape, or a table such as {shape = "arctan", alpha = 2.0}'
        raise unexpected("surrogate", value, SOURCE, expected)
    name = check_known("surrogate", given["shape"], options.SURROGATES, "shape")
    known, found = options.SURROGATES[name].parameters, dict[str, float | str]()
    for key in given:
        check_known("surrogate", key, ("shape", *known), f"parameter of {name}")
    for key, parameter in known.items():
        usual = options.OF_NODE if (name, key) == ("window", "mu") else parameter.default
        found[key] = given.get(key, usual)
        if found[key] != options.OF_NODE:
            expected = f"{parameter.kind}, or {options.OF_NODE!r}, for {key} of {name}"
            kind = replace(parameter.kind, expected=expected)
            found[key] = kind.check("surrogate", found[key], SOURCE)
    return name, tuple(found.items())


PAPER = Declaration()
