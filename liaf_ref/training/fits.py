"""Whether a training state from disk is one of the run that is to go on."""

from collections.abc import Mapping
from pathlib import Path

from liaf_ref.door.values import shown
from liaf_ref.errors import FormatError
from liaf_ref.kernels.array import Array
from liaf_ref.training.loop import TrainingState


def check_fits(path: Path, state: TrainingState, first: TrainingState) -> None:
    """Refuse a state of another network, optimiser or kind of statistics.

    Parameters
    ----------
    path : Path
        The checkpoint, named in errors.
    state : TrainingState
        As it was read.
    first : TrainingState
        Before the first step of the run.

    Raises
    ------
    FormatError
        If an array is missing, not of the run, or of another shape or dtype; it is named.
    """
    groups = {
        "params": (state.params, first.params),
        "optimiser": (state.optimiser, first.optimiser),
        "running": (state.running, first.running),
    }
    if state.best is not None:
        groups["best"] = state.best.params, first.params
        groups["best_running"] = state.best.running, first.running
    for group, (found, wanted) in groups.items():
        for problem in _problem(found or {}, wanted or {}):
            raise FormatError(path, f"{group}: expected arrays of this run, got {problem}")


def _problem(found: Mapping[str, Array], wanted: Mapping[str, Array]) -> list[str]:
    if odd := sorted(found.keys() ^ wanted.keys()):
        return [f"{'none called' if odd[0] in wanted else 'one called'} {shown(odd[0])}"]
    return [
        f"{name} of shape {found[name].shape} and dtype {found[name].dtype}, not "
        f"{array.shape} and {array.dtype}"
        for name, array in wanted.items()
        if (found[name].shape, found[name].dtype) != (array.shape, array.dtype)
    ]
