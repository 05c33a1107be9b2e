"""Each table and figure under its own number, the printed values beside ours."""

from pathlib import Path
from typing import Any

import pytest
from cli.commands import dvs_configs

from liaf_ref.experiments.dvs import DVSConfig
from liaf_ref.report.build import collect_runs, make_section
from liaf_ref.report.content import MissingRuns
from report.run_factory import liaf_lif_group, vision_run


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
