"""The same work under other circumstances, all of them at once: equal bits."""

from collections.abc import Mapping
from pathlib import Path

import determinism
import numpy as np
import pytest
from crash_test import changed_files
from determinism import (
    Variation,
    blas_kernel_used,
    compare_sweeps,
    relative_distance,
    run_in_new_interpreter,
)
from workloads import prepare

OTHER = Variation({"OPENBLAS_NUM_THREADS": "2", "PYTHONHASHSEED": "1"}, "spawn", "b/c")
RUN = "run babi"


def test_other_circumstances_change_nothing(tmp_path: Path) -> None:
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    prepare(inputs, [RUN])
    whole = run_in_new_interpreter(RUN, inputs, tmp_path / "whole", Variation())
    again = run_in_new_interpreter(RUN, inputs, tmp_path / "again" / OTHER.site, OTHER)
    assert len(whole) > 1
    assert changed_files(whole, again, tmp_path / "again") == []
    name, content = next(iter(whole.items()))
    assert changed_files(whole | {name: [content]}, again, tmp_path / "again") != []


WHOLE = {"out/results.csv": b"1", "out/manifest.json": b"1"}


@pytest.mark.parametrize(
    ("again", "named"),
    [
        (WHOLE | {"out/manifest.json": b"2"}, None),
        (WHOLE | {"out/results.csv": b"2"}, "out/results.csv"),
        ({"out/manifest.json": b"1"}, "out/results.csv"),
        (WHOLE | {"out/more": b""}, "out/more"),
    ],
)
def test_a_sweep_that_lacks_a_file_or_has_another_is_found(
    again: Mapping[str, bytes], named: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = iter([WHOLE, WHOLE, again])
    monkeypatch.setattr(determinism, "run_in_new_interpreter", lambda *_: next(written))
    (_, _, first), (name, _, second) = compare_sweeps(tmp_path, tmp_path)
    assert (first, name) == ("", "sweep --jobs 2")
    assert second.endswith(f"differs in {named}") if named else second == ""


def test_weights_are_compared_by_their_largest_difference() -> None:
    one = {"a": np.array([1.0, -4.0]), "b": np.array([2.0])}
    assert relative_distance(one, one | {"b": np.array([1.0])}) == 0.25
    assert relative_distance(one, one) == 0.0


def test_the_kernel_that_is_taken_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows the second, so that it is the processor's own; the third finds no Python."""
    monkeypatch.delenv("OPENBLAS_CORETYPE", raising=False)
    assert blas_kernel_used({}) == blas_kernel_used({"OPENBLAS_CORETYPE": "Nonsense"}) is not None
    assert blas_kernel_used({"PYTHONHOME": "nowhere"}) is None
