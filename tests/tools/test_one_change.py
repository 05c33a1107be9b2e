"""``python tools/one_change.py``: tables of runs with one option changed."""

from pathlib import Path
from typing import Any

import numpy as np
import one_change
import pytest
import record_runs
from report.run_factory import vision_run


def record(folder: Path, name: str) -> None:
    (folder / name / "manifest.json").write_text("{}")
    assert record_runs.main([str(folder / name), name, "--no-epochs", "--out", str(folder)]) == 0


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """LIAF at 80, 81, 82 % and LIF at 70 %; with half the noise, LIAF has 5 points more."""
    for seed in range(3):
        vision_run(tmp_path / "base", "liaf", seed, 0.8 + seed / 100)
        vision_run(tmp_path / "base", "lif", seed, 0.7)
    for seed in range(2):
        change: dict[str, Any] = {"noise": 0.5}
        vision_run(tmp_path / "other", "liaf", seed, 0.85 + seed / 100, **change)
        vision_run(tmp_path / "other", "lif", seed, 0.71 + seed / 50, **change)
    for name in ("base", "other"):
        record(tmp_path, name)
    return tmp_path


def test_effects_are_paired_by_seed(runs: Path) -> None:
    page = "Before\n<!--effects base other-->\nold\n<!---->\nafter"
    lines = one_change.fill(page, runs, runs).splitlines()
    assert (lines[0], lines[-1]) == ("Before", "after")
    assert not (runs / "base-epochs.csv").exists()
    assert lines[4:6] == [
        "| no change | 81.0 ± 2.5 | 70.0 |  |  |  |  |",
        "| `noise 0.5` | 85.5 ± 6.4 | 72.0 ± 12.7 | **+5.0** | +2.0 ± 12.7 | +3.0 ± 12.7 | 2 |",
    ]


def test_differences_are_those_of_the_same_change(runs: Path) -> None:
    lines = one_change.fill("<!--differences base other-->\n<!---->", runs, runs).splitlines()
    assert lines[3:5] == [
        "| no change | 81.0 ± 2.5 | 70.0 | **+11.0 ± 2.5** | 3 |",
        "| `noise 0.5` | 85.5 ± 6.4 | 72.0 ± 12.7 | **+13.5 ± 6.4** | 2 |",
    ]


def test_the_figures_have_the_means_of_the_tables(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one_change, "LARGEST", 14.0)  # the intervals reach to 14.7 and 19.9
    changes = one_change.read_changes(runs / "base.csv", runs / "other.csv")
    for draw, means in (
        (one_change.draw_effects, [5.0, 2.0]),  # LIAF, LIF
        (one_change.draw_differences, [11.0, 13.5]),  # without a change, with it
    ):
        (axes,) = draw(changes).axes
        points = [line for line in axes.get_lines() if line.get_marker() == "o"]
        drawn = [float(np.asarray(point.get_xdata()).item()) for point in points]
        assert drawn == pytest.approx(means)
        arrows = [line for line in axes.get_lines() if line.get_marker() in {"<", ">"}]
        assert [(a.get_marker(), a.get_xdata()) for a in arrows] == [(">", [one_change.LARGEST])]
        labels = [label.get_text() for label in axes.get_yticklabels()]
        assert labels[-1] == "noise 0.5"


def test_the_epoch_best_on_the_test_set_is_a_change_of_its_own(tmp_path: Path) -> None:
    for seed in range(2):
        vision_run(tmp_path / "base", "liaf", seed, 0.8)
        run = vision_run(tmp_path / "other", "liaf", seed, 0.8, track_test=True)
        path = run / "metrics.jsonl"
        path.write_text(path.read_text().replace("}", ', "test_loss": 0.5, "test_accuracy": 0.83}'))
    for name in ("base", "other"):
        record(tmp_path, name)
    usual, best = one_change.read_changes(tmp_path / "base.csv", tmp_path / "other.csv")
    assert best.label == "epoch the best on the test set"
    assert usual.of("liaf") == {0: 80.0, 1: 80.0}
    assert best.of("liaf") == {0: 83.0, 1: 83.0}
