"""Every experiment and study, by name; they are imported when somebody asks for them."""

import re
from collections.abc import Iterable, Iterator, MutableMapping
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, TypeVar

from liaf_ref._core.declared import declarations
from liaf_ref._core.errors import InputError
from liaf_ref._core.kinds import parse_whole
from liaf_ref._core.system import is_file_name
from liaf_ref._core.text import describe_value, short_repr
from liaf_ref._core.validation import check_instance
from liaf_ref.experiments import babi
from liaf_ref.experiments.experiment import Experiment
from liaf_ref.experiments.training_config import TrainingConfig

if TYPE_CHECKING:
    from liaf_ref.experiments.study import Study

T = TypeVar("T")


class LazyRegistry(MutableMapping[str, T]):
    """Values by their ``name``: those that are known, and those that are imported after them."""

    def __init__(self, known: tuple[T, ...], *places: str) -> None:
        self._values: dict[str, T] = _by_name(known)
        self._places = places

    def __getitem__(self, name: str) -> T:
        if name not in self._values:
            self._import_all()
        return self._values[name]

    def __setitem__(self, name: str, value: T) -> None:
        self._import_all()
        self._values[name] = value

    def __delitem__(self, name: str) -> None:
        self._import_all()
        del self._values[name]

    def __iter__(self) -> Iterator[str]:
        self._import_all()
        return iter(self._values)

    def __len__(self) -> int:
        self._import_all()
        return len(self._values)

    def _import_all(self) -> None:
        for place in self._places:
            found = resolve_name(place)
            self._values |= _by_name((found,) if hasattr(found, "name") else found)
        self._places = ()


def _by_name(values: tuple[Any, ...]) -> dict[str, Any]:
    return {value.name: value for value in values}


EXPERIMENTS: LazyRegistry[Experiment[Any, Any]] = LazyRegistry(
    (babi.EXPERIMENT,), "liaf_ref.experiments.dvs:EXPERIMENTS"
)
WHERE = "register_experiment"
# Options of `liaf-ref run` itself, which no field can have.
RESERVED_NAMES = (
    *("cache", "dask", "data", "edition", "generated", "help", "jobs", "json", "out"),
    *("partial", "plugin", "plugins", "resume"),
)
STUDIES: "LazyRegistry[Study]" = LazyRegistry(
    (),
    "liaf_ref.experiments.degradation.measure:DEGRADATION",
    "liaf_ref.experiments.efficiency:EFFICIENCY",
    "liaf_ref.experiments.coding:CODING",
)


def register_experiment(experiment: Experiment[Any, Any]) -> None:
    """Register your own experiment for ``liaf-ref run NAME``, sweeps and :func:`run_experiment`.

    Parameters
    ----------
    experiment : Experiment
        An instance of a subclass of :class:`liaf_ref.experiments.Experiment`.

    Raises
    ------
    InputError
        If it is no experiment, if its name is taken or has other characters than lower-case
        letters, digits and hyphens, or if its configuration cannot be options.

    Notes
    -----
    The experiment is known to the process that registers it. The command line imports your
    file with ``--plugin FILE.py``, and so do the workers of a sweep.

    Examples
    --------
    The how-to page "Add an experiment" has a whole one; this is an experiment with another
    name and default:

    >>> import dataclasses
    >>> import liaf_ref as lr
    >>> from liaf_ref.experiments.babi import BabiExperiment
    >>> lr.register_experiment(BabiExperiment(name="stories"))
    >>> lr.run_experiment("stories", task=1, cell="gru", epochs=1)["epochs"]
    1
    >>> del lr.experiments.EXPERIMENTS["stories"]
    """
    expected = "an instance of a subclass of liaf_ref.experiments.Experiment"
    check_instance("experiment", experiment, Experiment, WHERE, expected)  # type: ignore[type-abstract]
    for attribute in ("name", "title"):
        text = getattr(experiment, attribute, None)
        check_instance(f"{attribute} of the experiment", text, str, WHERE, "a string")
    name = experiment.name
    if not re.fullmatch("[a-z][a-z0-9-]*", name):
        reason = "expected lower-case letters, digits and hyphens"
        raise InputError.for_argument("name of the experiment", WHERE, f"{reason}, got {name!r}")
    if not is_file_name(name):
        reason = f"expected a name that a folder can have on Windows, got {name!r}"
        raise InputError.for_argument("name of the experiment", WHERE, reason)
    if name in EXPERIMENTS or name in STUDIES:
        known = ", ".join((*EXPERIMENTS, *STUDIES))
        reason = f"expected a new name, got {name!r}; registered: {known}"
        raise InputError.for_argument("name of the experiment", WHERE, reason)
    _check_config_class(getattr(experiment, "config_class", None), experiment.list_fields)
    EXPERIMENTS[name] = experiment


def _check_config_class(config_class: Any, list_fields: Iterable[str]) -> None:
    where = f"config_class of {WHERE}"
    if not isinstance(config_class, type) or not issubclass(config_class, TrainingConfig):
        reason = "expected a class that inherits from liaf_ref.experiments.TrainingConfig"
        raise InputError(f"{where}: {reason}, got {describe_value(config_class)}")
    parsers = {each.name: each.kind.parse for each in declarations(config_class)}
    for each in declarations(config_class):
        if each.name in RESERVED_NAMES:
            reason = f"expected field names that are not options of `liaf-ref run`, got {each.name}"
            raise InputError(f"{where}: {reason}; rename the field")
        if not each.kind.parse and not isinstance(each.default, bool):
            reason = "expected fields that an option can give, such as int, float, str and bool"
            raise InputError(f"{where}: {reason}, got {each.name}: {each.kind.expected}")
    for name in list_fields:
        if parsers.get(name) not in (parse_whole, str):
            raise InputError(f"{where}: expected list_fields of type int or str, got {name}")


def find_experiment(name: object) -> Experiment[Any, Any]:
    """Return an experiment by name."""
    if not isinstance(name, str) or name not in EXPERIMENTS:
        known = ", ".join(EXPERIMENTS)
        raise InputError(f"experiment: expected one of {known}, got {short_repr(name)}")
    return EXPERIMENTS[name]


def find_study(name: object) -> "Study":
    """Return a study by name."""
    if not isinstance(name, str) or name not in STUDIES:
        raise InputError(f"study: expected one of {', '.join(STUDIES)}, got {short_repr(name)}")
    return STUDIES[name]
