"""Whether a checkpoint fits the run to be resumed."""

from collections.abc import Mapping
from pathlib import Path

from liaf_ref._core.errors import FormatError
from liaf_ref._core.validation.scalars import short_repr
from liaf_ref.kernels.array import Array
from liaf_ref.training.loop import TrainingState


def check_checkpoint_compatible(path: Path, state: TrainingState, initial: TrainingState) -> None:
    """Refuse a state of another network, optimizer or kind of statistics."""
    groups = {
        "params": (state.params, initial.params),
        "optimizer_state": (state.optimizer_state, initial.optimizer_state),
        "running_stats": (state.running_stats, initial.running_stats),
    }
    if state.best is not None:
        groups["best"] = state.best.params, initial.params
        groups["best_running_stats"] = state.best.running_stats, initial.running_stats
    for group, (found, expected) in groups.items():
        if problems := _mismatches(found or {}, expected or {}):
            raise FormatError(path, f"{group}: expected arrays of this run, got {problems[0]}")


def _mismatches(actual: Mapping[str, Array], expected: Mapping[str, Array]) -> list[str]:
    if odd := sorted(actual.keys() ^ expected.keys()):
        return [f"{'none called' if odd[0] in expected else 'one called'} {short_repr(odd[0])}"]
    return [
        f"{name} of shape {actual[name].shape} and dtype {actual[name].dtype}, not "
        f"{array.shape} and {array.dtype}"
        for name, array in expected.items()
        if (actual[name].shape, actual[name].dtype) != (array.shape, array.dtype)
    ]
