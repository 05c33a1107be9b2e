"""Each table and figure under its own number, the printed values beside ours."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cli.commands import dvs_configs
from report.run_factory import liaf_lif_group, printed_summaries, summary, vision_run

from liaf_ref.experiments.dvs import DVSConfig
from liaf_ref.report.babi_runs import BabiRun
from liaf_ref.report.build import collect_runs, make_section
from liaf_ref.report.content import MissingRuns, Section
from liaf_ref.report.runs import RunCollection


def as_printed(gain: tuple[float, ...]) -> list[BabiRun]:
    """All cells on all tasks, LIAF better than LIF by a gain of each seed."""
    return [BabiRun("runs.csv", run) for run in printed_summaries(gain)]


def babi_section(runs: Sequence[BabiRun]) -> Section:
    return make_section("table03", RunCollection((), tuple(runs)))


def test_counts_and_settings_need_no_run() -> None:
    names = "table02", "table04", "table05", "table08"
    verdicts = {name: make_section(name).verdict for name in names}
    assert verdicts == {
        "table02": "15 of 15 printed formulas match our layers.",
        "table04": "20 of 20 printed counts match our layers.",
        "table05": "10 of 10 printed settings match our layers.",
        "table08": "5 of 5 printed settings match our layers.",
    }


def test_a_count_that_differs_is_marked_and_explained() -> None:
    found = make_section("table01")
    assert found.verdict.startswith("14 of 15 printed formulas")
    gru = next(row for row in found.tables[0].rows if row[0] == "GRU")
    assert gru[3:5] == ("L*(3*(L+K)+1)", "45,200 ≠")
    assert "1 - z of (16)" in found.notes[0]


def test_the_layers_of_a_network_add_up() -> None:
    table = make_section("table05").tables[1]
    weights = [int(row[-1].replace(",", "")) for row in table.rows if row[-1] != "–"]
    assert weights[-1] == sum(weights[:-1]) == 1_978_922
    assert table.rows[0] == ("conv1", "ConvLIAF", "40 × 40 × 32", "736")


def test_table03_judges_the_mean_of_all_tasks() -> None:
    found = babi_section(as_printed((0.03, 0.04, 0.05)))
    assert found.verdict.startswith(
        "Equivalent condition, at the last epoch: LIAF beats LIF on average over all tasks: "
        "+4.0 ± 0.3 points over 3 seeds (paper: +3.9); confirmed: the whole interval is above 0."
    )
    noisy = babi_section(as_printed((-0.08, 0.0, 0.1)))
    assert "not decided: the interval contains 0 and +2." in noisy.verdict
    alone = babi_section(as_printed((0.04,)))
    assert "not decided: one difference has no interval" in alone.verdict
    equal = babi_section(as_printed((0.04, 0.04)))
    assert "+4.0 points over 2 seeds (paper: +3.9); not decided: all" in equal.verdict
    last = found.tables[0]
    assert last.rows[0][-1].endswith("(51.8)")
    assert last.rows[-1][0] == "mean of 20"


def test_table03_shows_other_settings_in_tables_of_their_own() -> None:
    ends = as_printed((0.3, 0.31))
    changed = [
        b._replace(summary=replace(b.summary, settings="alpha=0.9"))
        for b in ends
        if (b.summary.task, b.summary.cell) == (8, "liaf")
    ]
    found = babi_section([*ends, *changed])
    names = [table.name for table in found.tables]
    assert names[-2:] == ["table03-differing", "table03-alpha"]
    assert found.tables[0] == babi_section(ends).tables[0]
    assert found.tables[-1].rows[0][:2] == ("LIAF", "QA8 lists-sets")


def test_table03_names_what_is_missing() -> None:
    commands = [missing.command for missing in babi_section([]).missing]
    assert commands == [
        "liaf-ref sweep docs/sweeps/table03.toml --data tasks_1-20_v1-2 --jobs 2 --out babi"
    ]
    without = [b for b in as_printed((0.0, 0.1)) if (b.summary.task, b.summary.cell) != (7, "gru")]
    missing = babi_section(without).missing
    assert missing[0].description == "GRU: QA7"
    assert "--tasks 7 --cells gru" in missing[0].command
    assert "--condition fc" in missing[-1].command


def test_finetuned_tasks_and_a_second_seed_are_asked_for() -> None:
    def tuned(task: int, cell: str, epochs: int) -> BabiRun:
        return BabiRun("runs.csv", replace(summary(task, cell, 1), lr=5e-4, epochs=epochs))

    ends = [b for b in as_printed((0.0, 0.1, 0.2)) if b.summary.seed > 0]
    ends += [tuned(4, "liaf", 500), tuned(8, "liaf", 60)]  # QA8 is 200 epochs
    once = [b for b in ends if b.summary.cell != "gru" or b.summary.seed == 1]
    missing = [(m.description, m.command.split("v1-2 ")[1]) for m in babi_section(once).missing]
    assert missing == [
        ("GRU, a second seed: all tasks", "--tasks 1-20 --cells gru --seed 2 --track-test"),
        (
            "LIF, fine-tuned: QA4, QA7, QA14",
            "--tasks 4,7,14 --cells lif --seed 1 --track-test --condition fc",
        ),
        (
            "LIAF, fine-tuned: QA8-9, QA15",
            "--tasks 8-9,15 --cells liaf --seed 1 --track-test --condition fc",
        ),
    ]


def test_runs_under_no_condition_are_not_what_the_table_lacks() -> None:
    other = [b._replace(summary=replace(b.summary, epochs=20)) for b in as_printed((0.1,))]
    assert [m.description for m in babi_section(other).missing] == [
        "all tasks, five layers, three to ten seeds"
    ]
    later = [b for b in as_printed((0.0, 0.1, 0.2)) if b.summary.seed and b.summary.task != 7]
    without = [b for b in later if b.summary.cell != "rnn"]
    for ends, tasks in ((later, "7"), (without, "1-20")):
        asked = babi_section(ends).missing[0].command
        assert f"--tasks {tasks} --cells rnn --seed 1" in asked


def test_other_epochs_than_the_papers_are_a_table_of_their_own() -> None:
    ends = [b._replace(summary=replace(b.summary, epochs=20)) for b in as_printed((0.1,))]
    found = babi_section(ends)
    assert found.tables[0].caption.startswith("20 epochs at a learning rate of 0.001 (paper: 60")
    assert found.notes[0] == "A table of runs does not record which text was used."
    (note, *_) = babi_section([b._replace(text="hash") for b in ends]).notes
    assert note == "Text: generated or other text."


def test_runs_that_stopped_early_are_a_table_of_their_own() -> None:
    ends = as_printed((0.1,))
    facts: dict[str, Any] = {"epochs_done": 9, "stop_after": 5, "cause": "stopped"}
    early = [b._replace(summary=replace(b.summary, seed=1, **facts)) for b in ends]
    found = babi_section([*ends, *early[:1]])
    captions = dict.fromkeys(table.caption.split(". ")[0] for table in found.tables)
    assert [
        caption for caption in captions if "Runs" not in caption and "Which" not in caption
    ] == [
        "Equivalent condition",
        "60 epochs or 5 without a lower validation loss at a learning rate of 0.001 "
        "(paper: 60 at 0.001)",
    ]
    assert found.tables[-1].rows == (("QA1", "RNN", "–", "60", "1 of 2", "9", "early stopping"),)


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
    assert [missing.command for missing in found.missing] == [
        "liaf-ref run cifar10-dvs --scale small --cells lif,liaf --seed 0 "
        "--out runs/cifar10-dvs-small-0"
    ]
    assert len(found.sources) == 4


def test_a_second_seed_is_asked_for(tmp_path: Path) -> None:
    group = liaf_lif_group(tmp_path, (0.9,), (0.8,))
    missing = make_section("table06", RunCollection((group,))).missing[0]
    assert "a second seed of LIF, LIAF" in missing.description
    assert "--scale smoke --cells lif,liaf --seed 1" in missing.command


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


def test_a_rival_has_its_own_rate_unless_rates_set_groups_apart(tmp_path: Path) -> None:
    vision_run(tmp_path / "a", "liaf", experiment="cifar10-dvs", lr=0.01)
    vision_run(tmp_path / "a", "conv2d", experiment="cifar10-dvs", lr=0.02)
    rival, second, other = make_section("table07", collect_runs([tmp_path])).missing
    assert [(c.cell, c.lr, c.patience) for c in made(rival)] == [
        ("conv3d", 0.002, 5),
        ("convlstm", 0.002, 2),
        ("lif", 0.002, 5),
    ]
    assert [(c.cell, c.lr) for m in (second, other) for c in made(m)] == [
        ("conv2d", 0.02),
        ("liaf", 0.01),
    ]
    vision_run(tmp_path / "b", "liaf", experiment="cifar10-dvs", lr=0.002)
    missing = make_section("table07", collect_runs([tmp_path / "b", tmp_path / "a"])).missing
    assert {(c.lr, c.patience) for m in missing for c in made(m) if c.cell == "convlstm"} == {
        (0.002, 5),
        (0.01, 5),
        (0.02, 5),
    }


def test_what_a_cell_has_no_use_for_is_not_asked_of_it(tmp_path: Path) -> None:
    vision_run(tmp_path, act="relu")
    found = make_section("table06", collect_runs([tmp_path])).missing
    assert [
        m.description
        for m in found
        if "a second seed of LIF" in m.description or "smoke" in m.description
    ] == ["MNIST-DVS, scale smoke, simulated recordings: a second seed of LIAF"]


def test_of_a_cross_validation_all_folds_are_asked_for(tmp_path: Path) -> None:
    for fold in (1, 2):
        vision_run(tmp_path / f"{fold}", fold=fold, folds=2)
    found = make_section("table06", collect_runs([tmp_path])).missing[0]
    assert [(c.cell, c.fold, c.folds) for c in made(found)] == [("lif", 1, 2), ("lif", 2, 2)]


def test_table07_says_which_rivals_liaf_is_above_and_which_it_is_similar_to(tmp_path: Path) -> None:
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
    assert [row[0] for row in tenth.tables[0].rows if row[0].startswith("ours")] == [
        "ours, LIF: DVS128 Gesture, scale smoke, simulated recordings",
        "ours, LIAF: DVS128 Gesture, scale smoke, simulated recordings",
    ]
    assert all("/g/" in source for source in ninth.sources)


def test_figures_without_runs_say_so() -> None:
    for figure in map(make_section, ("fig07", "fig08", "n-mnist")):
        assert figure.verdict.startswith("No runs for the claim that ")
        assert not figure.pictures
        assert figure.missing
    assert "--data DIR" in make_section("n-mnist").missing[0].command


def test_fig08_holds_the_gap_to_the_rivals(tmp_path: Path) -> None:
    for seed in (0, 1):
        for cell in ("liaf", "conv3d"):
            gap = (0.01 + 0.001 * seed) if cell == "liaf" else 0.2
            curve = (0.5, 0.6, 0.7)
            train = tuple(v + gap for v in curve)
            vision_run(tmp_path, cell, seed, 0.9, curve, train, experiment="cifar10-dvs")
    found = make_section("fig08", collect_runs([tmp_path]))
    assert "LIAF has a lower gap at the end than Conv3D" in found.verdict
    assert ": −18.9 " in found.verdict
    assert found.verdict.endswith("confirmed: the whole interval is below 0.")
    assert len(found.pictures) == 4


def test_fig09_shows_a_clap() -> None:
    cloud, frames = make_section("fig09").pictures
    assert len(cloud.rows) > 2_000
    assert {row[0] for row in frames.rows[1:]} == {"188 ms", "562 ms", "938 ms", "1312 ms"}
