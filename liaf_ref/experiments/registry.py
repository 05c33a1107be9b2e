"""Every experiment and study, by name; they are imported when somebody asks for them."""

from collections import UserDict
from collections.abc import Iterable
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, TypeVar

from liaf_ref._core.declared import declarations
from liaf_ref._core.errors import InputError, unexpected
from liaf_ref._core.kinds import parse_whole
from liaf_ref._core.text import did_you_mean
from liaf_ref._core.validation import check_choice, check_instance, check_new_name
from liaf_ref.experiments.experiment import AnyExperiment, Experiment
from liaf_ref.experiments.training_config import TrainingConfig

if TYPE_CHECKING:
    from liaf_ref.experiments.study import Study

T = TypeVar("T")


class LazyRegistry(UserDict[str, T]):
    """Values by name, or where they are defined: that is imported when somebody asks for one."""

    def __getitem__(self, name: str) -> T:
        value: Any = self.data[name]
        if isinstance(value, str):
            found = resolve_name(value)
            value = self.data[name] = found(name) if isinstance(found, type) else found
        return value  # type: ignore[no-any-return]


ON_FRAMES = ("mnist-dvs", "cifar10-dvs", "gesture", "n-mnist", "rivals", "order")
PLACES: dict[str, Any] = {
    "babi": "liaf_ref.experiments.babi:EXPERIMENT",
    **dict.fromkeys(ON_FRAMES, "liaf_ref.experiments.dvs:DVSExperiment"),
}
STUDY_PLACES: dict[str, Any] = {
    "degradation": "liaf_ref.experiments.degradation:DEGRADATION",
    "efficiency": "liaf_ref.experiments.study:EFFICIENCY",
    "coding": "liaf_ref.experiments.coding:CODING",
}
EXPERIMENTS: LazyRegistry[AnyExperiment] = LazyRegistry(PLACES)
STUDIES: "LazyRegistry[Study]" = LazyRegistry(STUDY_PLACES)
WHERE = "register_experiment"
LISTED = (parse_whole, str)  # how a value of a list is read
# Options of `liaf-ref run` itself, which no field can have.
RESERVED_NAMES = (
    *("cache", "dask", "data", "edition", "generated", "help", "jobs", "json", "out"),
    *("partial", "plugin", "plugins", "resume"),
)


def register_experiment(experiment: AnyExperiment) -> None:
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
    title = getattr(experiment, "title", None)
    check_instance("title of the experiment", title, str, WHERE, "a string")
    name = check_new_name(
        getattr(experiment, "name", ""), (*EXPERIMENTS, *STUDIES), "a-z0-9-", WHERE
    )
    _check_config_class(getattr(experiment, "config_class", None), experiment.list_fields)
    EXPERIMENTS[name] = experiment


def _check_config_class(config_class: Any, list_fields: Iterable[str]) -> None:
    if not isinstance(config_class, type) or not issubclass(config_class, TrainingConfig):
        expected = "a class that inherits from liaf_ref.experiments.TrainingConfig"
        raise unexpected("config_class", config_class, WHERE, expected)
    kinds = {each.name: each.kind for each in declarations(config_class)}
    listed = [name for name in list_fields if getattr(kinds.get(name), "parse", 0) not in LISTED]
    wrong = [n for n, k in kinds.items() if n in RESERVED_NAMES or not (k.parse or k.is_switch)]
    for name in (*wrong, *listed):
        reason = "expected fields that can be options of `liaf-ref run`, under names that it does "
        reason += f"not have, and list_fields of type int or str, got {name}"
        raise InputError.for_argument("config_class", WHERE, reason)


def find_experiment(name: object) -> AnyExperiment:
    """Return an experiment by name."""
    if not isinstance(name, str) or name not in EXPERIMENTS:
        expected, hint = f"one of {', '.join(EXPERIMENTS)}", did_you_mean(str(name), EXPERIMENTS)
        raise unexpected("experiment", name, "liaf-ref run", expected, hint)
    return EXPERIMENTS[name]


def find_study(name: object) -> "Study":
    """Return a study by name."""
    return STUDIES[check_choice("study", name, STUDIES, "liaf-ref run")]
