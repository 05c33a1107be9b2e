"""Kinds of values: what a field takes, in words and as a check; the one place with a range."""

import math
import operator
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Any, NamedTuple

from liaf_ref._core.errors import InputError, unexpected

LARGEST = sys.maxsize  # of an integer that is a size


class RefusedError(Exception):
    """A value that a kind does not take."""


class About(NamedTuple):
    """Help for a field, the unit of its value, and what help shows in place of a default None.

    Examples
    --------
    >>> from liaf_ref.experiments import About
    >>> About("hidden units").help
    'hidden units'
    """

    help: str = ""
    unit: str = ""
    default: str = ""


def _unchanged(value: Any, path: str) -> Any:
    return value


@dataclass(frozen=True, eq=False)  # by identity, as Annotated needs a hash
class Kind:
    """What a field takes: ``accept`` returns the value to store or raises ``RefusedError``."""

    expected: str
    accept: Callable[[Any], Any]
    refused: tuple[Any, ...]  # examples, for tests
    parse: Callable[[str], Any] | None = None  # the text of an option; None if there is no option
    choices: tuple[str, ...] = ()
    load: Callable[[Any, str], Any] = _unchanged  # from JSON and TOML
    metavar: str = ""  # what help calls a value
    is_switch: bool = False  # --name and --no-name in place of a text

    def __repr__(self) -> str:
        return self.expected

    def check(self, name: str, value: object, where: str) -> Any:
        """The value to store; the error names the field, what it takes and what was given."""
        try:
            return self.accept(value)
        except RefusedError:
            raise self.refusal(name, value, where) from None

    def read(self, text: str) -> Any:
        """The value that an option's text stands for, for argparse."""
        try:
            return self.accept(self.parse(text) if self.parse else text)
        except (RefusedError, ValueError):
            from argparse import ArgumentTypeError  # noqa: PLC0415 - layers need no options

            expected = self.expected.removesuffix(", or None")  # which no text gives
            raise ArgumentTypeError(f"expected {expected}, got {text[:40]!r}") from None

    def refusal(self, name: str, value: object, where: str) -> InputError:
        """The error for a value that is not accepted."""
        return unexpected(name, value, where, self.expected)


def whole(low: int = 1, high: int = LARGEST) -> Kind:
    """Integers from ``low`` to ``high``.

    Examples
    --------
    >>> from liaf_ref.experiments import whole
    >>> whole(2)
    an integer >= 2
    """

    def accept(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int | Integral):
            raise RefusedError
        if not low <= int(value) <= high:
            raise RefusedError
        return int(value)

    words = f"an integer >= {low}" + ("" if high >= LARGEST else f" and <= {high}")
    refused = (low - 1, high + 1, low + 0.5, True, str(low), None)
    return Kind(words, accept, refused, parse_whole, metavar="N")


def parse_whole(text: str) -> int:
    """Read an integer in decimal digits."""
    if not re.fullmatch("-?[0-9]{1,4000}", text):
        raise ValueError
    return int(text)


def real(above: float = -math.inf, below: float = math.inf, *, closed: str = "[]") -> Kind:
    """Finite numbers between two limits; ``closed="(]"`` excludes the first, as in mathematics.

    Examples
    --------
    >>> from liaf_ref.experiments import real
    >>> real(0, 1, closed="()")
    a number in (0, 1)
    """
    reaches = operator.le if closed[0] == "[" else operator.lt
    stays = operator.le if closed[1] == "]" else operator.lt

    def accept(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float | Real):
            raise RefusedError
        try:
            number = float(value)
        except OverflowError:
            raise RefusedError from None
        if not (math.isfinite(number) and reaches(above, number) and stays(number, below)):
            raise RefusedError
        return number

    ends = [x for x, end in ((above, closed[0]), (below, closed[1])) if end in "()"]
    beyond = [above - abs(above) - 1, below + abs(below) + 1, *ends]
    wrong = (math.nan, math.inf, "0.5", None, True, 10**400, *filter(math.isfinite, beyond))
    return Kind(_interval(above, below, closed), accept, wrong, _parse_real, metavar="X")


def _parse_real(text: str) -> float:
    if not re.fullmatch("[0-9A-Za-z.+-]+", text):
        raise ValueError
    return float(text)


def _interval(above: float, below: float, closed: str) -> str:
    if math.isinf(below):
        sign = ">=" if closed[0] == "[" else ">"
        return "a finite number" + ("" if math.isinf(above) else f" {sign} {above:g}")
    return f"a number in {closed[0]}{above:g}, {below:g}{closed[1]}"


def one_of(*names: str) -> Kind:
    """One of some names.

    Examples
    --------
    >>> from liaf_ref.experiments import one_of
    >>> one_of("adam", "sgd")
    one of adam, sgd
    """

    def accept(value: Any) -> str:
        if not isinstance(value, str) or value not in names:
            raise RefusedError
        return value

    return Kind(f"one of {', '.join(names)}", accept, ("", "nonsense", 1, None), str, names)


def either(first: Kind, second: Kind) -> Kind:
    """What one of two kinds takes."""

    def accept(value: Any) -> Any:
        try:
            return first.accept(value)
        except RefusedError:
            return second.accept(value)

    def parse(text: str) -> Any:
        for kind in (second, first):
            try:
                return kind.accept(kind.parse(text) if kind.parse else text)
            except (RefusedError, ValueError):
                continue
        return text

    refused = tuple(x for x in first.refused if refuses(second, x) and refuses(first, x))
    words = f"{first.expected}, or {second.expected}"
    return Kind(words, accept, refused, parse if first.parse else None)


def refuses(kind: Kind, value: Any) -> bool:
    """Whether a kind does not take a value."""
    try:
        kind.accept(value)
    except RefusedError:
        return True
    return False


def optional(kind: Kind) -> Kind:
    """The same, or None."""
    return replace(
        kind,
        expected=f"{kind.expected}, or None",
        accept=lambda value: None if value is None else kind.accept(value),
        refused=tuple(value for value in kind.refused if value is not None),
        load=lambda value, path: None if value is None else kind.load(value, path),
    )


def instance(cls: type, expected: str, load: Callable[[Any, str], Any] = _unchanged) -> Kind:
    """Instances of a class."""

    def accept(value: Any) -> Any:
        if not isinstance(value, cls):
            raise RefusedError
        return value

    refused = tuple(each for each in (1, "nonsense", None) if not isinstance(each, cls))
    return Kind(expected, accept, refused, load=load)


def many(kind: Kind) -> Kind:
    """A tuple of values of one kind."""

    def accept(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, tuple):
            raise RefusedError
        return tuple(kind.accept(item) for item in value)

    def load(value: Any, path: str) -> Any:
        if not isinstance(value, list | tuple):
            return value
        return tuple(kind.load(item, f"{path}[{k}]") for k, item in enumerate(value))

    refused = (1, "nonsense", None, *((wrong,) for wrong in kind.refused))
    parse = kind.parse
    split = None if parse is None else lambda text: tuple(map(parse, text.split(",")))
    return Kind(f"a tuple, each {kind.expected}", accept, refused, split, load=load)


def sizes(*lengths: int, low: int = 1, expected: str = "") -> Kind:
    """A tuple of as many integers >= ``low`` as one of ``lengths``."""
    number = whole(low)
    counts = " or ".join(map(str, lengths))

    def accept(value: Any) -> tuple[int, ...]:
        if type(value) is not tuple or len(value) not in lengths:
            raise RefusedError
        return tuple(number.accept(item) for item in value)

    right = (low,) * lengths[0]
    refused = (1, None, "1", list(right), (*right, *(low,) * 9), (low - 1,) * lengths[0])
    words = expected or f"a tuple of {counts} integers >= {low}"
    return Kind(words, accept, refused, _parse_sizes, load=_load_sizes)


def _parse_sizes(text: str) -> tuple[int, ...]:
    return tuple(int(size) for size in text.split("x"))


def _load_sizes(value: Any, path: str) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _accept_flag(value: Any) -> bool:
    import numpy as np  # noqa: PLC0415 - a help text does without

    if not isinstance(value, bool | np.bool_):
        raise RefusedError
    return bool(value)


flag = Kind("True or False", _accept_flag, (0, 1, None, "yes"), is_switch=True)
text = replace(instance(str, "a string"), parse=str)
