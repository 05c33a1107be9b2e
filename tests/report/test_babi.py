"""Table III over seeds: read off runs, averaged, and held to what the paper concludes."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli.commands import run_cli
from support import small_task

from liaf_ref._core.errors import FormatError, InputError, RunError
from liaf_ref.experiments import babi, paper
from liaf_ref.experiments.babi import conditions
from liaf_ref.report.babi import (
    EPOCH_SELECTIONS,
    RunSummary,
    collect_summaries,
    evaluate_claims,
    from_csv,
    mean_accuracies,
    mean_ci,
    render_markdown,
    to_csv,
)
from liaf_ref.report.babi import run_summary as ends_module
from liaf_ref.report.babi.claims import RECURRENT_CELLS
from liaf_ref.report.babi.markdown_page import CELLS
from liaf_ref.report.babi.markdown_page import table_rows as laid_out
from liaf_ref.report.babi.means import task_averages
from liaf_ref.training.run_folder import RunFolder

Capture = pytest.CaptureFixture[str]
CONFIG = babi.BabiConfig(task=1, cell="lif", epochs=4, validation_fraction=0.25, track_test=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of two seeds."""
    folder = tmp_path_factory.mktemp("runs")
    for seed in (0, 1):
        for _ in babi.run(small_task(), replace(CONFIG, seed=seed), folder / f"s{seed}" / "qa1"):
            pass
    return folder


def end(task: int, cell: str, seed: int = 0, accuracy: float = 0.5) -> RunSummary:
    scores = accuracy, accuracy, accuracy
    return RunSummary(task, cell, seed, 1e-3, 60, 60, 0.2, *scores, 1, 1, 0.9, 1.5)


def every(gain: float, noise: float = 0.001) -> Iterator[RunSummary]:
    """All cells on all tasks as printed, three seeds, LIAF better than LIF by a gain."""
    for seed in range(3):
        for task in range(1, 21):
            for cell in CELLS:
                base = paper.table03_accuracy(task, "lif" if cell == "liaf" else cell) / 100
                more = gain + 1e-6 * seed if cell == "liaf" else 0
                yield end(task, cell, seed, base + more + noise * seed)


def test_ends_are_read_off_the_metrics(folder: Path) -> None:
    ends = collect_summaries([folder])
    assert [(e.task, e.cell, e.seed, e.epochs_done) for e in ends] == [
        (1, "lif", 0, 4),
        (1, "lif", 1, 4),
    ]
    for found in ends:
        run = RunFolder(folder / f"s{found.seed}" / "qa1", {})
        result, rows = run.read_run_json()["result"], run.read_metrics()
        test = [row["test_accuracy"] for row in rows]
        assert found.selected == result["test_accuracy"]
        assert found.selected_epoch == result["selected_epoch"]
        assert (found.final, found.best_test) == (test[-1], max(test))
        assert test[found.best_test_epoch - 1] == found.best_test
        assert found.majority == result["majority_accuracy"]


def test_a_table_of_runs_is_read_back(folder: Path, tmp_path: Path) -> None:
    ends = collect_summaries([folder])
    (tmp_path / "runs.csv").write_text(to_csv(ends))
    assert from_csv(tmp_path / "runs.csv") == ends


def test_a_run_that_was_broken_off_counts_as_far_as_it_arrived(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "a").mkdir()
    for name in ("run.json", "metrics.jsonl"):
        content = (folder / "s0" / "qa1" / name).read_text()
        (tmp_path / "a" / name).write_text(content)
    record = json.loads((tmp_path / "a" / "run.json").read_text())
    del record["result"]
    record["config"] |= {"epochs": 9, "seed": 5}
    (tmp_path / "a" / "run.json").write_text(json.dumps(record | {"status": "failed"}))
    (alone,) = collect_summaries([tmp_path])
    assert (alone.epochs_done, alone.epochs) == (4, 9)
    assert np.isnan(alone.majority)
    _, _, beside = collect_summaries([folder / "s0", folder / "s1", tmp_path])
    assert beside.majority == collect_summaries([folder])[0].majority
    assert (
        "## Runs that overflowed\n\nBroken off, a gradient was not finite; the epochs before it "
        "count:\n\n- QA1, LIF, seed 5: after epoch 4 of 9"
    ) in render_markdown([beside])


def test_a_run_that_stopped_early_has_not_overflowed(
    capsys: Capture, folder: Path, tmp_path: Path
) -> None:
    path = copied(folder, tmp_path / "a", lr=1e-3, epochs=60, stop_after=2) / "metrics.jsonl"
    *rows, last = path.read_text().splitlines()
    last = json.dumps(json.loads(last) | {"stopped": "lowest after epoch 2"})
    path.write_text("\n".join([*rows, last]) + "\n")
    (found,) = collect_summaries([tmp_path])
    assert (found.epochs_done, found.stop_after, found.cause) == (4, 2, "stopped")
    page = render_markdown([found])
    assert "overflowed" not in page
    assert "## Early-stopped runs\n\nBroken off, the validation loss stopped" in page
    code, _, err = run_cli(capsys, "table03", tmp_path)
    assert code == 2
    assert "no runs under ec" in err


def test_an_older_table_does_not_say_why_a_run_was_broken_off(tmp_path: Path) -> None:
    table = tmp_path / "old.csv"
    short = [replace(end(1, "lif"), epochs_done=20), end(1, "liaf")]
    table.write_text("".join(f"{line.rsplit(',', 2)[0]}\n" for line in to_csv(short).splitlines()))
    assert from_csv(table) == short
    page = render_markdown(short)
    assert (
        "reason not recorded in the table of runs; the epochs before it count:\n\n- QA1, LIF"
        in page
    )
    assert "not finite" not in page


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cause": "bored"}, "cause: expected overflow, stopped or nothing, got"),
        ({"stop_after": -1}, "stop_after: expected a number of epochs, got"),
    ],
)
def test_no_cause_and_no_patience_are_refused(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    (tmp_path / "x.csv").write_text(to_csv([replace(end(1, "lif"), **changes)]))
    with pytest.raises(FormatError, match=message):
        from_csv(tmp_path / "x.csv")


@pytest.mark.parametrize("status", ["running", None])
def test_a_run_that_has_not_ended_is_refused(folder: Path, tmp_path: Path, status: str) -> None:
    for name in ("run.json", "metrics.jsonl"):
        (tmp_path / name).write_text((folder / "s0" / "qa1" / name).read_text())
    record = json.loads((tmp_path / "run.json").read_text())
    (tmp_path / "run.json").write_text(json.dumps(record | {"status": status}))
    with pytest.raises(RunError, match="expected a run that has ended"):
        collect_summaries([tmp_path])


def test_runs_that_were_not_watched_are_refused(tmp_path: Path) -> None:
    for _ in babi.run(small_task(), replace(CONFIG, track_test=False, epochs=1), tmp_path):
        pass
    with pytest.raises(FormatError, match="expected a run with --track-test"):
        collect_summaries([tmp_path])


def test_the_same_run_twice_is_refused(folder: Path) -> None:
    with pytest.raises(RunError, match="expected each run once"):
        collect_summaries([folder, folder])


def test_a_line_of_two_tables_is_refused(capsys: Capture, tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(to_csv([end(1, "lif"), end(int(name == "b.csv") + 2, "gru")]))
    code, out, err = run_cli(capsys, "table03", tmp_path / "a.csv", tmp_path / "b.csv")
    assert (code, out) == (2, "")
    assert "QA1, lif, seed 0: expected each run once, got " in err
    assert str(tmp_path / "a.csv") in err
    assert str(tmp_path / "b.csv") in err


def test_a_run_beside_a_table_that_has_it_is_refused(
    capsys: Capture, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text(to_csv(collect_summaries([folder])))
    code, _, err = run_cli(capsys, "table03", folder, tmp_path / "a.csv")
    assert code == 2
    assert f"got {tmp_path / 'a.csv'} and {folder}" in err


def copied(folder: Path, to: Path, **config: object) -> Path:
    """A run of seed 0 elsewhere, with another configuration."""
    to.mkdir(parents=True)
    for name in ("run.json", "metrics.jsonl"):
        (to / name).write_text((folder / "s0" / "qa1" / name).read_text())
    record = json.loads((to / "run.json").read_text())
    record["config"] |= config
    (to / "run.json").write_text(json.dumps(record))
    return to


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"data_sha256": "another"}, "QA1: expected runs on one text, got two"),
        ({"batch_size": 64}, "alike but for task, cell, seed, rate and epochs, got batch_size"),
    ],
)
def test_runs_of_two_kinds_are_refused(
    folder: Path, tmp_path: Path, config: dict[str, object], message: str
) -> None:
    copied(folder, tmp_path / "a", seed=7, **config)
    with pytest.raises(InputError, match=message):
        collect_summaries([folder, tmp_path])


def test_a_majority_that_one_run_knows_is_shown() -> None:
    overflowed = replace(end(1, "gru"), majority=float("nan"))
    assert laid_out([overflowed, end(1, "liaf")], "final", "ec")[0][1] == "20.0"
    assert laid_out([overflowed], "final", "ec")[0][1] == "–"


def test_a_run_keeps_its_own_majority(folder: Path, tmp_path: Path) -> None:
    path = copied(folder, tmp_path / "a", seed=7) / "run.json"
    record = json.loads(path.read_text())
    record["result"]["majority_accuracy"] = 0.125
    path.write_text(json.dumps(record))
    first, _, last = collect_summaries([folder, tmp_path])
    assert (first.majority, last.majority) == (collect_summaries([folder])[0].majority, 0.125)


def test_no_runs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="expected folders with runs"):
        collect_summaries([tmp_path])


def test_the_interval_is_students() -> None:
    """By hand: 1, 2, 3 have deviation 1; t of 2 degrees at 97.5 % is 4.3027."""
    found = mean_ci([0.01, 0.02, 0.03])
    assert found.value == pytest.approx(0.02)
    assert found.half_width == pytest.approx(0.01 * 4.302653 / 3**0.5, rel=1e-6)
    assert found.format_percent() == "2.0 ± 2.5"
    assert mean_ci([0.5]).format_percent() == "50.0"


def test_means_are_over_the_seeds() -> None:
    ends = [end(1, "lif", 0, 0.5), end(1, "lif", 1, 0.7), end(2, "lif", 0, 0.1)]
    found = mean_accuracies(ends, "final")
    assert {key: m.value for key, m in found.items()} == {
        (1, "lif"): pytest.approx(0.6),
        (2, "lif"): 0.1,
    }


@pytest.mark.parametrize(("gain", "holds"), [(0.02, "yes"), (-0.02, "no")])
def test_a_claim_is_judged_by_the_interval(gain: float, holds: str) -> None:
    first = evaluate_claims(list(every(gain)), "final", "ec")[0]
    assert first.claim == "LIAF beats LIF on average over all tasks"
    assert (first.printed, first.supported) == ("+3.9", holds)
    assert first.measured == f"{100 * gain:+.1f} ± 0.0"


def test_a_difference_within_its_interval_is_open() -> None:
    ends = [
        replace(e, final=e.final + (0.05 * (e.seed - 1) if e.cell == "liaf" else 0))
        for e in every(0.01)
    ]
    assert evaluate_claims(ends, "final", "ec")[0].supported == "open"


def test_differences_that_are_all_equal_decide_nothing() -> None:
    """LIAF is 1.7 points above LIF on each task and seed, but for the rounding of a mean of 20."""
    ends = [
        end(task, cell, seed, share + 0.017 * (cell == "liaf"))
        for seed, share in enumerate((0.1, 0.3, 0.7))
        for task in range(1, 21)
        for cell in ("lif", "liaf")
    ]
    first = evaluate_claims(ends, "final", "ec")[0]
    assert (first.measured, first.supported) == ("+1.7, all equal", "open")
    flat = [
        end(11, c, s, 0.5 + 0.1 * (c == "liaf")) for c in (*RECURRENT_CELLS, "liaf") for s in (0, 1)
    ]
    (wins,) = evaluate_claims(flat, "final", "ec")
    assert (wins.measured, wins.supported) == ("+10.0, all equal (RNN)", "open")


def on_task(task: int, cell: str, *shares: float) -> list[RunSummary]:
    return [end(task, cell, seed, share) for seed, share in enumerate(shares)]


def test_a_win_is_judged_by_the_differences_of_equal_seeds() -> None:
    """10, 9 and 11 points: 10.0 ± 4.3027 / √3 = 2.5; the intervals of both cells add up to 49.7."""
    rivals = [*on_task(11, "rnn", 0.4, 0.5, 0.6), *on_task(11, "gru", 0.45, 0.5, 0.7)]
    ends = [*rivals, *on_task(11, "lstm", 0.5, 0.61, 0.69), *on_task(11, "liaf", 0.6, 0.7, 0.8)]
    (wins,) = evaluate_claims(ends, "final", "ec")
    assert (wins.measured, wins.supported) == ("+10.0 ± 2.5 (LSTM)", "yes")
    (turned,) = evaluate_claims([replace(e, seed=2 - e.seed) for e in ends], "final", "ec")
    assert turned == wins
    crossed = [replace(e, seed=2 - e.seed) if e.cell == "lstm" else e for e in ends]
    (other,) = evaluate_claims(crossed, "final", "ec")
    assert (other.measured, other.supported) == ("+10.0 ± 48.5 (LSTM)", "open")


def test_a_win_is_judged_on_the_seeds_that_all_have() -> None:
    rivals = [e for cell in RECURRENT_CELLS for e in on_task(12, cell, 0.5, 0.52)]
    own = on_task(12, "lif", 0.6, 0.63, 0.1)
    (wins,) = evaluate_claims([*rivals, *own], "final", "ec")
    assert wins.measured.startswith("+10.5 ± 6.4 (")
    apart = [replace(e, seed=7) if e.cell == "gru" else e for e in rivals]
    apart = [e for e in apart if e.cell != "gru" or e.final == 0.5]
    assert evaluate_claims([*apart, *own], "final", "ec") == []
    assert evaluate_claims([e for e in rivals if e.cell != "gru"] + own, "final", "ec") == []


def as_printed(condition: str) -> list[RunSummary]:
    """All cells on all tasks as printed, two seeds that are not quite equal."""
    cells = [(task, k, cell) for task in range(1, 21) for k, cell in enumerate(CELLS, 1)]
    return [
        end(task, cell, seed, paper.table03_accuracy(task, cell, condition) / 100 + 1e-6 * k * seed)
        for task, k, cell in cells
        for seed in (0, 1)
    ]


def test_the_printed_rows_bear_out_the_printed_claims() -> None:
    ends = as_printed("ec")
    found = evaluate_claims(ends, "final", "ec")
    assert [v.measured.split(" ")[0] for v in found[:3]] == ["+3.9", "-3.3", "-3.3"]
    assert {v.supported for v in found} == {"yes"}
    assert [v.claim.split(",")[0] for v in found[3:]] == [
        "LIAF wins on QA11",
        "LIF wins on QA11",
        "LIAF wins on QA12",
        "LIF wins on QA12",
    ]


def test_averages_need_all_tasks() -> None:
    assert evaluate_claims([end(1, "lif"), end(1, "liaf")], "final", "ec") == []
    assert "– (49.7)" in render_markdown([end(1, "lif")])


def test_averages_count_each_task_once() -> None:
    ends = list(every(0.02))
    assert task_averages(ends + ends, "final", "lif") == task_averages(ends, "final", "lif")
    missing = [e for e in ends if e.task != 20]
    assert task_averages([*missing, *(e for e in ends if e.task == 1)], "final", "lif") == {}


def test_the_page_has_every_reading_and_all_cells() -> None:
    page = render_markdown(list(every(0.02)))
    for about in EPOCH_SELECTIONS.values():
        assert f"## At {about}\n" in page
    assert page.count(" mean of 20 |") == len(EPOCH_SELECTIONS)
    assert "Broken off" not in page


def test_the_command(
    capsys: Capture, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = conditions.Condition(CONFIG.lr, CONFIG.epochs)
    monkeypatch.setattr(ends_module, "condition_settings", lambda *_: short)
    table, page = tmp_path / "runs.csv", tmp_path / "page.md"
    code, out, err = run_cli(capsys, "table03", folder, "--csv", table, "--out", page)
    assert (code, out, err) == (0, "", "")
    assert page.read_text() == run_cli(capsys, "table03", table).stdout
    document = json.loads(run_cli(capsys, "table03", table, "--json").stdout)
    assert set(document["readings"]) == set(EPOCH_SELECTIONS)
    assert len(document["runs"]) == 2


RUNS = to_csv([end(1, "lif"), end(1, "liaf")])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--out", "runs.csv"], "runs.csv: exists with other content; choose another file"),
        (["--out", "notes.md"], "notes.md: exists with other content; choose another file"),
        (["--csv", "notes.md"], "another file with --csv"),
        (["--csv", "new", "--out", "notes.md"], "another file with --out"),
        (["--csv", "new", "--out", "./new"], "--out: expected another file than --csv, got new"),
        (["--csv", "runs.csv", "--out", "runs.csv"], "--out: expected another file than --csv"),
    ],
)
def test_a_file_is_not_replaced_by_another(
    capsys: Capture,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    held = {"runs.csv": RUNS, "notes.md": "Mine.\n"}
    for name, content in held.items():
        Path(name).write_text(content)
    code, out, err = run_cli(capsys, "table03", "runs.csv", *options)
    assert (code, out) == (2, "")
    assert message in err
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == held


def test_a_table_of_runs_takes_more_and_the_same_files_are_written_again(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("runs.csv").write_text(RUNS)
    Path("more.csv").write_text(to_csv([end(1, "gru")]))
    assert run_cli(capsys, "table03", "runs.csv", "more.csv", "--csv", "runs.csv").returncode == 0
    assert [found.cell for found in from_csv(Path("runs.csv"))] == ["lif", "liaf", "gru"]
    again = ["table03", "runs.csv", "--csv", "copy.csv", "--out", "page.md"]
    assert [run_cli(capsys, *again).returncode for _ in range(2)] == [0, 0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "expected a folder with runs or a table of them, got nothing"),
        ("a,b\n1,2\n", "table"),
    ],
)
def test_wrong_input_ends_with_2(
    capsys: Capture, tmp_path: Path, content: str | None, message: str
) -> None:
    if content is not None:
        (tmp_path / "x.csv").write_text(content)
    code, out, err = run_cli(capsys, "table03", tmp_path / "x.csv")
    assert (code, out) == (2, "")
    assert message in err


def test_a_condition_has_its_own_runs(capsys: Capture, tmp_path: Path) -> None:
    tuned = replace(end(4, "liaf", accuracy=0.7), epochs=500, epochs_done=500, lr=5e-4)
    ends = [end(1, "liaf"), end(4, "liaf", accuracy=0.4), tuned]
    (tmp_path / "x.csv").write_text(to_csv(ends))
    shown = {
        name: run_cli(capsys, "table03", tmp_path / "x.csv", "--condition", name).stdout
        for name in ("ec", "fc")
    }
    assert "40.0 (42.8)" in shown["ec"]
    assert "70.0 (73.5)" in shown["fc"]
    assert "50.0 (51.8)" in shown["fc"]
    (tmp_path / "x.csv").write_text(to_csv([tuned]))
    code, _, err = run_cli(capsys, "table03", tmp_path / "x.csv")
    assert code == 2
    assert "no runs under ec" in err


def test_the_printed_rows_bear_out_the_claims_of_fine_tuning() -> None:
    found = evaluate_claims(as_printed("fc"), "final", "fc")
    assert [v.printed for v in found[:3]] == ["+4.6", "+0.8", "+0.8"]
    assert [v.measured.split(" ")[0] for v in found[:3]] == ["+4.5", "+0.8", "+0.8"]
    assert {v.supported for v in found} == {"yes"}
