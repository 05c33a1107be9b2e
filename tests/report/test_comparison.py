"""Differences are paired, and a verdict says what their interval does."""

from pathlib import Path

import pytest

from liaf_ref.report.build import make_section
from liaf_ref.report.content import Claim, Section
from liaf_ref.report.dvs_runs import RunGroup, claim_about, with_claims
from liaf_ref.report.runs import RunCollection, collect_runs
from liaf_ref.report.statistics import HIGHER
from liaf_ref.report.tables import accuracy_percent
from report.run_factory import liaf_lif_group, vision_run

SECTION = Section("", "", "")
TEXT = "LIAF has a higher test accuracy than LIF, MNIST-DVS, scale smoke, simulated recordings: "


def claim(group: RunGroup) -> Claim:
    metric = accuracy_percent("test")
    return claim_about(SECTION, group, "lif", "test accuracy", metric, HIGHER, "+1.6")


def test_the_interval_is_of_the_paired_differences(tmp_path: Path) -> None:
    found = claim(liaf_lif_group(tmp_path, (0.50, 0.70, 0.90), (0.49, 0.68, 0.87)))
    assert found.difference.value == pytest.approx(2)
    assert found.difference.half_width == pytest.approx(4.302653 / 3**0.5)  # Student's t, 2 degrees
    assert found.as_sentence() == (
        f"{TEXT}+2.0 ± 2.5 points over 3 seeds (paper: +1.6); "
        "not decided: the interval contains 0 and +2."
    )


def test_folds_are_pooled_and_paired(tmp_path: Path) -> None:
    for fold, (liaf, lif) in enumerate(((0.90, 0.89), (0.80, 0.78), (0.70, 0.67)), 1):
        for cell, score in (("liaf", liaf), ("lif", lif)):
            vision_run(tmp_path / f"{fold}", cell, 0, score, fold=fold, folds=3)
    (group,) = collect_runs([tmp_path]).groups
    assert claim(group).as_sentence() == (
        # the variance is 1 / 3 + 1 / 2 in place of 1 / 3
        f"{TEXT}+2.0 ± 3.9 points over 3 folds (paper: +1.6); "
        "not decided: the interval contains 0 and +2."
    )
    section = make_section("n-mnist", RunCollection((group._replace(experiment="n-mnist"),)))
    assert section.tables[0].head[1] == "folds"
    assert "the intervals are corrected" in section.notes[0]


def test_one_fold_is_named(tmp_path: Path) -> None:
    vision_run(tmp_path, "liaf", 0, 0.9, fold=2, folds=3)
    (group,) = collect_runs([tmp_path]).groups
    assert group.label.endswith(", fold 2")


def test_only_seeds_with_equal_recordings_make_a_pair(tmp_path: Path) -> None:
    vision_run(tmp_path, "lif", 7, 0.2, data_sha256="others")
    group = liaf_lif_group(tmp_path, (0.9, 0.8, 0.7), (0.5, 0.6))
    found = claim(group)
    assert found.difference.n == 2
    assert found.difference.value == pytest.approx(30)
    vision_run(tmp_path / "x", "lif", 0)
    assert (
        "no seed has runs of both"
        in claim(
            group._replace(runs=group.runs_of("liaf")[:1] + group.runs_of("lif")[2:])
        ).as_sentence()
    )


def test_several_comparisons_are_counted(tmp_path: Path) -> None:
    lif = (0.5, 0.6, 0.7)
    wins = claim(liaf_lif_group(tmp_path / "a", (0.60, 0.71, 0.82), lif))
    loses = claim(liaf_lif_group(tmp_path / "b", (0.40, 0.49, 0.58), lif))
    open_ = claim(liaf_lif_group(tmp_path / "c", (0.50, 0.65, 0.65), lif))

    def verdict(*made: Claim) -> str:
        return with_claims(SECTION, made, "it holds").verdict

    text = "Claim: it holds.  4 comparisons: 2 confirmed, 1 contradicted, 1 not decided."
    assert verdict(wins, loses, open_, wins) == text
    assert verdict(wins) == wins.as_sentence()
    assert verdict() == "No runs for the claim that it holds."
