"""Every experiment and study, by name."""

import re
from typing import Any

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_instance
from liaf_ref._core.validation.scalars import short_repr
from liaf_ref.experiments import babi, dvs
from liaf_ref.experiments.coding.study import CODING
from liaf_ref.experiments.degradation.study import DEGRADATION
from liaf_ref.experiments.efficiency import EFFICIENCY
from liaf_ref.experiments.experiment import Experiment
from liaf_ref.experiments.study import Study

EXPERIMENTS: dict[str, Experiment[Any, Any]] = {
    babi.EXPERIMENT.name: babi.EXPERIMENT,
    **{experiment.name: experiment for experiment in dvs.EXPERIMENTS},
}
STUDIES: dict[str, Study] = {study.name: study for study in (DEGRADATION, EFFICIENCY, CODING)}


def register_experiment(experiment: Experiment[Any, Any]) -> None:
    """Give an experiment of your own ``liaf-ref run NAME``, sweeps and :func:`run_experiment`.

    Parameters
    ----------
    experiment : Experiment
        An instance of a subclass of :class:`liaf_ref.experiments.Experiment`.

    Raises
    ------
    InputError
        If it is no experiment, or its name is taken or has other characters than lower-case
        letters, digits and hyphens.

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
    where = "register_experiment"
    expected = "an instance of a subclass of liaf_ref.experiments.Experiment"
    check_instance("experiment", experiment, Experiment, where, expected)  # type: ignore[type-abstract]
    name = experiment.name
    if not isinstance(name, str) or not re.fullmatch("[a-z][a-z0-9-]*", name):
        reason = (
            f"expected a name of lower-case letters, digits and hyphens, got {short_repr(name)}"
        )
        raise InputError.for_argument("experiment", where, reason)
    if name in EXPERIMENTS or name in STUDIES:
        known = ", ".join((*EXPERIMENTS, *STUDIES))
        reason = f"expected a new name, got {name!r}; known: {known}"
        raise InputError.for_argument("experiment", where, reason)
    EXPERIMENTS[name] = experiment


def find_experiment(name: object) -> Experiment[Any, Any]:
    """Look an experiment up by name."""
    if not isinstance(name, str) or name not in EXPERIMENTS:
        known = ", ".join(EXPERIMENTS)
        raise InputError(f"experiment: expected one of {known}, got {short_repr(name)}")
    return EXPERIMENTS[name]


def find_study(name: object) -> Study:
    """Look a study up by name."""
    if not isinstance(name, str) or name not in STUDIES:
        raise InputError(f"study: expected one of {', '.join(STUDIES)}, got {short_repr(name)}")
    return STUDIES[name]
