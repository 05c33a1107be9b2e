"""Each table and figure under its own number, the printed values beside ours."""

from pathlib import Path
from typing import Any

import pytest
from cli.commands import dvs_configs

from liaf_ref.experiments.dvs import DVSConfig
from liaf_ref.report.build import collect_runs, make_section
from liaf_ref.report.content import MissingRuns
from liaf_ref.report.runs import RunCollection
from report.run_factory import liaf_lif_group, vision_run


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("table01", "14 of 15 printed formulas match our layers; the other one is marked ≠."),
        ("table02", "15 of 15 printed formulas match our layers."),
        ("table04", "20 of 20 printed counts match our layers."),
        ("table05", "10 of 10 printed settings match our layers."),
        ("table08", "5 of 5 printed settings match our layers."),
    ],
)
def test_counts_and_settings_need_no_run(name: str, verdict: str) -> None:
    assert make_section(name).verdict == verdict


def test_a_count_that_differs_is_marked_and_explained() -> None:
    found = make_section("table01")
    gru = next(row for row in found.tables[0].rows if row[0] == "GRU")
    assert gru[3:5] == ("L*(3*(L+K)+1)", "45,200 ≠")
    assert "1 - z of (16)" in found.notes[0]


def test_the_layers_of_a_network_add_up() -> None:
    table = make_section("table05").tables[1]
    weights = [int(row[-1].replace(",", "")) for row in table.rows if row[-1] != "–"]
    assert weights[-1] == sum(weights[:-1]) == 1_978_922
    assert table.rows[0] == ("conv1", "ConvLIAF", "40 × 40 × 32", "736")


def test_a_hand_clap_is_simulated() -> None:
    cloud, frames = make_section("fig09").pictures
    assert len(cloud.rows) > 2_000
    assert {row[0] for row in frames.rows[1:]} == {"188 ms", "562 ms", "938 ms", "1312 ms"}


@pytest.mark.parametrize("name", ["table06", "fig07", "fig08", "n-mnist"])
def test_a_section_without_runs_names_the_command_that_makes_them(name: str) -> None:
    section = make_section(name)
    assert section.verdict.startswith("No runs for the claim that ")
    assert not section.pictures
    commands = [missing.command for missing in section.missing]
    assert commands
    assert all(("--data DIR" in command) == (name == "n-mnist") for command in commands)


def test_table06_has_the_printed_accuracies_and_ours(tmp_path: Path) -> None:
    group = liaf_lif_group(tmp_path, (0.97, 0.98), (0.90, 0.95))
    found = make_section("table06", RunCollection((group,)))
    cited, own = found.tables
    assert cited.rows[0] == ("Zhao et al. 2014", "88.14", "–")
    assert ("the paper, LIAF", "99.13", "70.40") in cited.rows
    assert cited.rows[-1][1:] == ("97.5 ± 6.4", "–")
    assert [row[:4] for row in own.rows] == [
        ("LIF", "2", "92.5 ± 31.8", "97.51"),
        ("LIAF", "2", "97.5 ± 6.4", "99.13"),
    ]
    assert "+5.0 ± 25.4 points over 2 seeds (paper: +1.6)" in found.verdict
    assert len(found.sources) == 4


def test_table07_says_which_baselines_liaf_is_above_and_which_it_is_similar_to(
    tmp_path: Path,
) -> None:
    for seed, noise in enumerate((0.0, 0.01, 0.02)):
        for cell, score in (("liaf", 0.7), ("conv2d", 0.6), ("conv3d", 0.8)):
            more = noise if cell == "liaf" else 0
            vision_run(tmp_path, cell, seed, score + more, experiment="cifar10-dvs")
    found = make_section("table07", collect_runs([tmp_path]))
    assert [(claim.text.partition(",")[0], claim.verdict.name) for claim in found.claims] == [
        ("LIAF has a higher test accuracy than Conv2D", "confirmed"),
        ("LIAF is similar to Conv3D in test accuracy", "contradicted"),
    ]
    assert "At the paper's sizes LIAF has 66.57 % fewer weights than Conv3D (paper: 68 %)." in (
        found.findings
    )
    assert found.missing[0].description.endswith(": ConvLSTM, LIF")


def test_tables09_and_10_take_gestures_alone(tmp_path: Path) -> None:
    liaf_lif_group(tmp_path / "g", (0.9, 0.92), (0.7, 0.71), experiment="gesture")
    liaf_lif_group(tmp_path / "m", (0.5,), (0.4,))
    groups = collect_runs([tmp_path])
    ninth, tenth = make_section("table09", groups), make_section("table10", groups)
    assert "12 of 12 printed counts" in ninth.verdict
    assert "+20.5 ± 6.4 points over 2 seeds (paper: +3.5)" in tenth.verdict
    assert (len(ninth.claims), tenth.claims) == (1, ())  # a claim is judged once
    ours = [row for row in tenth.tables[0].rows if row[0].startswith("ours")]
    assert [row[1] for row in ours] == ["70.5 ± 6.4", "91.0 ± 12.7"]
    assert all("/g/" in source for source in ninth.sources)


def test_fig08_compares_the_gaps(tmp_path: Path) -> None:
    for seed in (0, 1):
        for cell, gap in (("liaf", 0.01 + 0.001 * seed), ("conv3d", 0.2)):
            train = (0.5, 0.6, 0.7 + gap)
            vision_run(tmp_path, cell, seed, 0.9, (0.5, 0.6, 0.7), train, experiment="cifar10-dvs")
    found = make_section("fig08", collect_runs([tmp_path]))
    assert "LIAF has a lower gap at the end than Conv3D" in found.verdict
    assert ": −18.9 " in found.verdict
    assert found.verdict.endswith("confirmed: the whole interval is below 0.")
    assert len(found.pictures) == 4


def made(missing: MissingRuns) -> list[DVSConfig]:
    """What the command says that is named beside something missing."""
    return dvs_configs(*missing.command.split()[1:])


def test_the_command_makes_what_a_group_lacks(tmp_path: Path) -> None:
    usual: dict[str, Any] = {"experiment": "gesture", "scale": "small"}
    for rate in (0.002, 0.004):
        vision_run(tmp_path / f"{rate}", seed=1, **usual, lr=rate, batch_size=3, mu=0.25)
    found = {m.description: m for m in make_section("table09", collect_runs([tmp_path])).missing}
    text = [(m.description.split("lr ")[1], c) for m in found.values() for c in made(m)]
    assert [(what, c.cell, c.lr, c.patience, c.seed) for what, c in text] == [
        (f"{rate}: {what}", cell, rate, 5, seed)
        for rate in (0.002, 0.004)
        for what, cell, seed in (("LIF", "lif", 1), ("a second seed of LIAF", "liaf", 2))
    ]
    assert {(c.epochs, c.batch_size, c.mu) for _, c in text} == {(3, 3, 0.25)}
    assert len({m.command.split()[-1] for m in found.values()}) == len(found)


def test_a_baseline_has_its_own_rate_unless_rates_set_groups_apart(tmp_path: Path) -> None:
    vision_run(tmp_path / "a", "liaf", experiment="cifar10-dvs", lr=0.01)
    vision_run(tmp_path / "a", "conv2d", experiment="cifar10-dvs", lr=0.02)
    missing = make_section("table07", collect_runs([tmp_path])).missing
    assert [(c.cell, c.lr, c.patience) for m in missing for c in made(m)] == [
        *(("conv3d", 0.002, 5), ("convlstm", 0.002, 2), ("lif", 0.002, 5)),
        *(("conv2d", 0.02, 5), ("liaf", 0.01, 5)),
    ]
    vision_run(tmp_path / "b", "liaf", experiment="cifar10-dvs", lr=0.002)
    missing = make_section("table07", collect_runs([tmp_path / "b", tmp_path / "a"])).missing
    rates = {(c.lr, c.patience) for m in missing for c in made(m) if c.cell == "convlstm"}
    assert rates == {(0.002, 5), (0.01, 5), (0.02, 5)}


def test_a_cell_is_not_asked_for_with_an_option_that_it_lacks(tmp_path: Path) -> None:
    vision_run(tmp_path, act="relu")
    found = make_section("table06", collect_runs([tmp_path])).missing
    assert [m.description for m in found if "smoke" in m.description] == [
        "MNIST-DVS, scale smoke, simulated recordings: a second seed of LIAF"
    ]


def test_all_folds_of_a_cross_validation_are_asked_for(tmp_path: Path) -> None:
    for fold in (1, 2):
        vision_run(tmp_path / f"{fold}", fold=fold, folds=2)
    found = make_section("table06", collect_runs([tmp_path])).missing[0]
    assert [(c.cell, c.fold, c.folds) for c in made(found)] == [("lif", 1, 2), ("lif", 2, 2)]
