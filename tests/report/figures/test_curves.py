"""Smoothness and overfitting as numbers."""

from pathlib import Path

import pytest
from report.run_factory import liaf_lif_group, vision_run

from liaf_ref.report.dvs_runs import DvsRun
from liaf_ref.report.figures import (
    curve_metrics_table,
    curve_plots,
    final_gap,
    roughness,
)
from liaf_ref.report.runs import collect_runs


def run(folder: Path, validation: tuple[float, ...], train: tuple[float, ...]) -> DvsRun:
    vision_run(folder, validation=validation, train=train)
    return collect_runs([folder]).groups[0].runs[0]


def test_a_straight_line_is_smooth_and_a_saw_is_not(tmp_path: Path) -> None:
    line, saw = (0.1, 0.3, 0.5, 0.7), (0.5, 0.6, 0.5, 0.6)
    assert roughness(run(tmp_path / "line", line, line)) == pytest.approx(0, abs=1e-12)
    assert roughness(run(tmp_path / "saw", saw, saw)) == pytest.approx(20)
    assert roughness(run(tmp_path / "two", saw[:2], saw[:2])) is None


def test_the_gap_is_taken_after_one_epoch(tmp_path: Path) -> None:
    found = run(tmp_path, (0.4, 0.8, 0.8, 0.7), (0.3, 0.75, 0.9, 1.0))
    assert final_gap(found) == pytest.approx(30)


def test_liafs_less_the_rivals_is_below(tmp_path: Path) -> None:
    saw = (0.5, 0.6, 0.5, 0.6)
    for seed in (0, 1):
        vision_run(tmp_path, "liaf", seed, validation=(0.1, 0.2, 0.3, 0.4), train=saw)
        vision_run(tmp_path, "lif", seed, validation=saw, train=saw)
    (group,) = collect_runs([tmp_path]).groups
    table = curve_metrics_table(group, ("liaf", "lif"), ("lif",), "fig07")
    assert list(table.rows) == [
        ("LIAF", "2", "0.0", "20.0"),
        ("LIF", "2", "20.0", "0.0"),
        ("LIAF − LIF", "2", "−20.0", "+20.0"),
    ]


def test_curves_are_means_over_the_seeds(tmp_path: Path) -> None:
    for seed, shift in ((0, 0.0), (1, 0.2)):
        scores = (0.2 + shift, 0.4 + shift, 0.6 + shift)
        vision_run(tmp_path, seed=seed, validation=scores, train=scores)
    (group,) = collect_runs([tmp_path]).groups
    accuracy, loss = curve_plots(group, ("liaf", "lif"), ("validation", "train"), "fig07")
    assert [line.label for line in accuracy.curves] == ["LIAF, validation", "LIAF, training"]
    assert accuracy.curves[0].y == pytest.approx((30, 50, 70))
    assert loss.curves[0].y == pytest.approx((0.7, 0.5, 0.3))
    assert accuracy.curves[0].half_width == pytest.approx([12.7062 * 10] * 3, rel=1e-4)
    assert [line.dashed for line in accuracy.curves] == [False, True]


def test_a_seed_alone_has_no_interval(tmp_path: Path) -> None:
    accuracy, _ = curve_plots(liaf_lif_group(tmp_path, (0.5,), ()), ("liaf",), ("train",), "fig08")
    assert set(accuracy.curves[0].half_width) == {float("inf")}
    assert accuracy.name == "fig08-mnist-dvs-smoke-train-accuracy"
