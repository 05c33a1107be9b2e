"""A class whose fields are declared once, by their types.

Constructor, ``repr``, the reading of records, options of a command and the
invalid values that tests try follow from the types.

>>> from typing import Annotated
>>> from liaf_ref._core.declared import Declared, record
>>> from liaf_ref._core.kinds import About, whole
>>> class Sizes(Declared):
...     K: Annotated[int, whole(), About("number of inputs")]
...     L: Annotated[int, whole(), About("number of units")] = 8
>>> Sizes(3), Sizes(3, L=4), record(Sizes(3))
(Sizes(3), Sizes(3, L=4), {'K': 3, 'L': 8})
>>> Sizes(0)
Traceback (most recent call last):
    ...
liaf_ref._core.errors.InputError: K of Sizes: expected an integer >= 1, got 0
"""

import re
import typing
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from functools import cache
from textwrap import indent
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, Self, TypeVar, Union

from liaf_ref._core import kinds
from liaf_ref._core.errors import InputError
from liaf_ref._core.kinds import About, Kind, RefusedError
from liaf_ref._core.text import did_you_mean, short_repr, short_text

if TYPE_CHECKING:
    import argparse

R = TypeVar("R")
D = TypeVar("D", bound="Declared")
OPTIONS = "@options"
PLAIN = {NoneType: kinds.text, bool: kinds.flag, int: kinds.whole(-(2**63)), float: kinds.real()}
PLAIN[str] = kinds.text
ANYTHING = Kind("anything", lambda value: value, ())  # of a field whose type says no more


def once(function: Callable[[type[Any]], R]) -> Callable[[type[Any]], R]:
    """Call a function once for each class."""
    found: Any = cache(function)  # mypy does not see that a class has a hash
    kept: Callable[[type[Any]], R] = found
    return kept


class Of(NamedTuple):
    """Says that another class declares this field; None stands for the default there."""

    owner: "type[Declared]"


class Declaration(NamedTuple):
    """What is declared of a field."""

    name: str
    kind: Kind
    about: About
    default: Any  # MISSING for a field that has to be given
    inner: "type[Declared] | None"  # of a field that is itself a declared value
    owner: "type[Declared] | None"  # of a field that another class declares


@typing.dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Declared:
    """Base of frozen values whose fields are checked by their types: ``K: Count``."""

    def __init_subclass__(cls, *, kw_only: bool = False) -> None:
        dataclass(frozen=True, repr=False, kw_only=kw_only)(cls)
        cls.__init__.__qualname__ = cls.__name__  # as errors about the call say it
        if OPTIONS in (cls.__doc__ or ""):
            cls.__doc__ = describe(cls.__doc__, cls)

    def __post_init__(self) -> None:
        cls = type(self)
        for name, kind, default in _checks(cls):
            given = getattr(self, name)
            if given is default:  # which is right
                continue
            try:
                object.__setattr__(self, name, kind.accept(given))
            except RefusedError:
                raise kind.refusal(name, given, cls.where()) from None
        self.check_together()

    @classmethod
    def where(cls) -> str:
        """How error messages name the owner of a field."""
        return cls.__name__

    def check_together(self) -> None:
        """Check what concerns several fields; every field by itself is right."""

    def refuse(self, name: str, reason: str) -> InputError:
        """The error for a field whose value does not go with the others."""
        return InputError.for_argument(name, self.where(), reason)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self.arguments())})"

    def arguments(self) -> Iterator[str]:
        """The arguments that make this value again, without defaults."""
        own = fields(self)  # type: ignore[arg-type]  # every subclass is a dataclass
        for each in sorted(own, key=lambda each: bool(each.kw_only)):
            value = getattr(self, each.name)
            if each.default is MISSING and not each.kw_only:
                yield self.show(value)
            elif value != each.default:
                yield f"{each.name}={self.show(value)}"

    @staticmethod
    def show(value: object) -> str:
        """How a field's value is written in ``repr``."""
        return repr(value)

    @classmethod
    def from_record(cls, record: Any, path: str = "") -> Self:
        """Read a value from JSON or TOML; an error names the field, such as ``runs[1].lr``."""
        path = path or cls.__name__
        if isinstance(record, cls):
            return record
        if not isinstance(record, Mapping):
            raise InputError(
                f"{path}: expected a table of {cls.__name__}'s fields, got {short_repr(record)}"
            )
        known = {each.name: each for each in declarations(cls)}
        for name in record:
            if name not in known:
                hint = did_you_mean(str(name), known, f"; expected {', '.join(known)}")
                raise InputError(f"{path}.{short_text(name)}: unknown field{hint}")
        for name, each in known.items():
            if each.default is MISSING and name not in record:
                raise InputError(f"{path}.{name}: missing, expected {each.kind.expected}")
        given = {name: _load_field(known[name], value, path) for name, value in record.items()}
        try:
            return cls(**given)
        except InputError as error:
            raise InputError(f"{path}.{error.name}: {error.reason}") from None


@once
def declarations(cls: type[Any]) -> tuple[Declaration, ...]:
    """What is declared of each field of a class: everything else asks this one function."""
    hints = typing.get_type_hints(cls, include_extras=True)
    return tuple(_declaration(cls, each, hints[each.name]) for each in fields(cls) if each.init)


@once
def _checks(cls: type[Any]) -> tuple[tuple[str, Kind, Any], ...]:
    known = [each for each in declarations(cls) if each.kind is not ANYTHING]
    return tuple((each.name, each.kind, each.default) for each in known)


def _declaration(cls: type[Any], each: Field[Any], hint: Any) -> Declaration:
    default = each.default_factory() if each.default_factory is not MISSING else each.default
    about, of = _metadata(hint, About) or About(), _metadata(hint, Of)
    inner = hint if isinstance(hint, type) and issubclass(hint, Declared) else None
    kind, owner = kind_of(hint), of.owner if of else None
    there = _declared_before(owner or cls.__mro__[1], each.name)
    if there is not None:
        if owner or _is_plain(hint):
            kind = there.kind
        shown = "" if there.default is None else f"{there.default}"
        shown = about.default or there.about.default or (shown if default is None else "")
        about = About(about.help or there.about.help, there.about.unit, shown)
    if default is None and kinds.refuses(kind, None):
        kind = kinds.optional(kind)
    return Declaration(each.name, kind, about, default, inner, owner)


def _declared_before(cls: type[Any], name: str) -> Declaration | None:
    """What another class, or a base, declares of a field."""
    known = declarations(cls) if is_dataclass(cls) else ()
    return next((each for each in known if each.name == name), None)


def _is_plain(hint: Any) -> bool:
    """Whether a type has no kind of its own."""
    if typing.get_origin(hint) is Annotated:
        return _metadata(hint, Kind) is None and _is_plain(typing.get_args(hint)[0])
    return hint in PLAIN or (_has_none(hint) and all(map(_is_plain, typing.get_args(hint))))


def _metadata(hint: Any, kind: type[R]) -> R | None:
    return next((x for x in getattr(hint, "__metadata__", ()) if isinstance(x, kind)), None)


def kind_of(hint: Any) -> Kind:
    """The kind that a type stands for: that of ``Annotated``, a declared class, or many of one."""
    if typing.get_origin(hint) is Annotated:
        own = next((x for x in hint.__metadata__ if isinstance(x, Kind)), None)
        some = typing.get_args(hint)[0]
        return kind_of(some) if own is None else kinds.optional(own) if _has_none(some) else own
    if _has_none(hint):
        (some,) = (each for each in typing.get_args(hint) if each is not NoneType)
        return ANYTHING if kind_of(some) is ANYTHING else kinds.optional(kind_of(some))
    if typing.get_origin(hint) is tuple and typing.get_args(hint)[1:] == (...,):
        return kinds.many(kind_of(typing.get_args(hint)[0]))
    if isinstance(hint, type) and issubclass(hint, Declared):
        words = f"{'an' if hint.__name__[0] in 'AEIOU' else 'a'} {hint.__name__}"
        return kinds.instance(hint, words, hint.from_record)
    return PLAIN.get(hint, ANYTHING)


def describe(doc: str | None, cls: type[Any], names: Collection[str] = ()) -> str:
    """A docstring with the description of a class's fields in place of ``@options``."""
    lines = (
        f"{each.name} : {each.kind.expected}; default {each.default!r}\n"
        f"    {each.about.help[:1].upper()}{each.about.help[1:]}."
        for each in declarations(cls)
        if not names or each.name in names
    )
    described = "\n".join(lines)  # as far in as the mark, which Python 3.13 moves to the margin
    return re.sub(f" *{OPTIONS}", lambda m: indent(described, m[0][: -len(OPTIONS)]), doc or "")


def _has_none(hint: Any) -> bool:
    return typing.get_origin(hint) in (Union, UnionType) and NoneType in typing.get_args(hint)


def _load_field(each: Declaration, value: Any, path: str) -> Any:
    path = f"{path}.{each.name}"
    loaded = each.kind.load(value, path)
    try:
        return each.kind.check(each.name, loaded, path)
    except InputError as error:
        raise InputError(f"{path}: {error.reason}") from None


def record(value: Any) -> Any:
    """The value for JSON or TOML; :meth:`Declared.from_record` reads it."""
    if isinstance(value, Declared):
        named = ((each.name, getattr(value, each.name)) for each in declarations(type(value)))
        return {name: record(own) for name, own in named if own is not None}
    if isinstance(value, tuple):
        return [record(item) for item in value]
    if value is not None and not isinstance(value, str | int | float):
        raise InputError(f"expected a value that a file can hold, got {value!r}")
    return value


def not_default(value: Declared) -> dict[str, Any]:
    """The fields that are not at their defaults."""
    named = ((each, getattr(value, each.name)) for each in declarations(type(value)))
    return {each.name: own for each, own in named if own != each.default}


def derived(value: D, **changes: Any) -> D:
    """A copy with values that were checked where they were given; only together they are here."""
    made = object.__new__(type(value))
    known = {each.name: getattr(value, each.name) for each in declarations(type(value))}
    vars(made).update(known | changes)
    made.check_together()
    return made


def part(value: Declared, other: D) -> D:
    """``other`` with what ``value`` has for fields of its class, but for None."""
    return derived(other, **given(value, type(other)))


def given(value: Declared, owner: type[Declared]) -> dict[str, Any]:
    """The fields that another class declares, but for those that are None."""
    own = (each.name for each in declarations(type(value)) if each.owner is owner)
    named = {name: getattr(value, name) for name in own}
    return {name: own for name, own in named.items() if own is not None}


def invalid_values(cls: type[Declared]) -> Iterator[tuple[str, Any]]:
    """Every field with values that the constructor has to refuse: what the tests try."""
    for each in declarations(cls):
        for value in each.kind.refused:
            yield each.name, value


def add_options(
    target: "argparse._ActionsContainer",
    cls: type[Declared],
    skip: Collection[str] = (),
    choices: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Add an option for every field; a field that has to be given is a positional argument."""
    import argparse  # noqa: PLC0415 - layers and networks need no options

    # An option that is not given is absent from the namespace: the default of the class applies.
    for each, default in _leaves(cls, None):
        if each.name in skip:
            continue
        about, own = each.about, (choices or {}).get(each.name, each.kind.choices) or None
        words = about.help + (f", in {about.unit}" if about.unit else "")
        if each.default is MISSING:
            target.add_argument(each.name, type=each.kind.read, choices=own, help=words)
            continue
        shown = about.default or ("" if default is None or default is False else default)
        text = words + (f" (default: {shown})" if shown != "" else "")
        option: dict[str, Any] = {"dest": each.name, "default": argparse.SUPPRESS, "help": text}
        if each.kind.is_switch:
            option["action"] = argparse.BooleanOptionalAction
        else:
            option |= {"type": str if own else each.kind.read, "choices": own}
            option["metavar"] = None if own else each.kind.metavar or each.name.upper()
        target.add_argument("--" + each.name.replace("_", "-"), **option)


def _leaves(cls: type[Declared], default: Any) -> Iterator[tuple[Declaration, Any]]:
    for each in declarations(cls):
        own = each.default if default is None else getattr(default, each.name)
        if each.inner:
            yield from _leaves(each.inner, own)
        elif each.kind.parse or each.kind.is_switch:
            yield each, own
