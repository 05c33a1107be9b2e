"""A state of another run is refused by the array that does not fit."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from liaf_ref._core.errors import FormatError
from liaf_ref.training.checkpoint import check_compatible
from liaf_ref.training.state import BestEpoch, Score, TrainingState

PATH = Path("checkpoint.npz")
W = np.ones((2, 3), np.float32)
INITIAL = TrainingState({"W": W}, {"mW": W}, {}, running_stats={"m": W})
LATER = INITIAL._replace(
    best=BestEpoch(1, Score(0.5, 0.5), {"W": W}, {"m": W}), last_params=({"W": W},)
)
INCOMPATIBLE: list[tuple[dict[str, Any], str]] = [
    ({}, "{group} of this run: expected the keys {name}; missing: {name}"),
    ({"": W, "zz": W}, "{group} of this run: expected the keys {name}; unknown: zz"),
    ({"": W.T}, "{name} of the {group} of this run: expected shape (2, 3) and dtype float32, got"),
    ({"": W.astype(float)}, "{name} of the {group} of this run: expected shape (2, 3) and dtype"),
]


def state_with(group: str, arrays: dict[str, Any]) -> TrainingState:
    """A later state of which one group has other arrays."""
    assert LATER.best is not None
    if group.startswith("best"):
        field = "running_stats" if group == "best_running_stats" else "params"
        changed: dict[str, Any] = {field: arrays}
        return LATER._replace(best=LATER.best._replace(**changed))
    other: dict[str, Any] = {"last_params": (arrays,)} if group == "last0" else {group: arrays}
    return LATER._replace(**other)


@pytest.mark.parametrize(("arrays", "problem"), INCOMPATIBLE)
@pytest.mark.parametrize(
    ("group", "name"),
    [
        ("params", "W"),
        ("optimizer_state", "mW"),
        ("running_stats", "m"),
        ("best", "W"),
        ("best_running_stats", "m"),
        ("last0", "W"),
    ],
)
def test_an_array_that_does_not_fit_is_named(
    group: str, name: str, arrays: dict[str, Any], problem: str
) -> None:
    named = {key or name: array for key, array in arrays.items()}
    with pytest.raises(FormatError) as refused:
        check_compatible(PATH, state_with(group, named), INITIAL)
    assert refused.value.path == PATH
    assert problem.format(group=group, name=name) in refused.value.reason


@pytest.mark.parametrize("state", [INITIAL, LATER])
def test_a_state_of_the_run_fits(state: TrainingState) -> None:
    check_compatible(PATH, state, INITIAL)


def test_where_neither_has_statistics_none_are_missed() -> None:
    bare = INITIAL._replace(running_stats=None)
    check_compatible(PATH, bare._replace(best=BestEpoch(1, Score(0.5, 0.5), {"W": W})), bare)
    with pytest.raises(FormatError, match=r"running_stats of this run: .* missing: m"):
        check_compatible(PATH, bare, INITIAL)
