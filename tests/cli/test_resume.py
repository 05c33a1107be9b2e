"""A run that is killed or interrupted goes on as if it had not been, from its folder alone."""

import json
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest
from support import NUM_STORIES, folder_contents, start_python, trees_equal, wait_for

from cli.commands import result_rows, run_cli, training_args
from cli.sweep_helpers import check_same_sweep, run_and_kill, sweep_args
from liaf_ref.cli import main
from liaf_ref.data.babi import generate_text, write_texts
from liaf_ref.training import checkpoint

Capture = pytest.CaptureFixture[str]
RUN = "qa1-liaf"
# Sends itself a signal at the given step: before it is taken, or while it is shown; and once
# more at the write that follows.
SIGNALLER = """
import os, signal, sys
from pathlib import Path
from liaf_ref.cli import main
from liaf_ref.cli.progress import RunProgress
from liaf_ref.training.optimizers import Adam

number, where, again, left = sys.argv[1], sys.argv[2], sys.argv[3] == "again", [45]

def hit(function):
    def wrapped(*args):
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), int(number))
        return function(*args)
    return wrapped

def replace(self, target, whole=Path.replace):
    if again and left[0] <= 0:
        os.kill(os.getpid(), signal.SIGINT)
    return whole(self, target)

Path.replace = replace
kind, name = {"step": (Adam, "_step"), "update": (RunProgress, "update")}[where]
setattr(kind, name, hit(getattr(kind, name)))
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # it is ignored where tests run under nohup
sys.exit(main(sys.argv[4:]))
"""


def check_equal(one: Path, two: Path) -> None:
    """Two folders of finished runs hold the same, times apart."""
    a, b = folder_contents(one), folder_contents(two)
    assert list(a) == list(b)
    assert a[f"{RUN}/metrics.jsonl"] == b[f"{RUN}/metrics.jsonl"]
    assert a["figure.png"] == b["figure.png"]
    states = [checkpoint.load(out / RUN / "checkpoint.npz").state for out in (one, two)]
    assert trees_equal(*states)
    assert result_rows(a["results.json"].decode()) == result_rows(b["results.json"].decode())


def undisturbed(out: Path, data: Path, *more: object) -> Path:
    """The folder of a run in this process, to its end."""
    assert main([str(word) for word in training_args(data, out, *more)]) == 0
    return out


@pytest.fixture(scope="module")
def short(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short run that nobody disturbed."""
    return undisturbed(tmp_path_factory.mktemp("short") / "o", data, "--json")


@pytest.mark.parametrize("write", range(2, 12))
def test_a_kill_before_any_rename_changes_nothing(
    capsys: Capture, data: Path, tmp_path: Path, short: Path, write: int
) -> None:
    """run.json, metrics, two epochs of metrics and checkpoint, run.json, results, table, figure.

    They come after the list of runs, without which there is nothing to go on with yet.
    """
    args = training_args(data, tmp_path / "o", "--json")
    assert run_and_kill(write, args) == -signal.SIGKILL
    assert any(name.endswith(".part") for name in folder_contents(tmp_path / "o"))
    assert (
        run_cli(capsys, *training_args(data, tmp_path / "o", "--json", "--resume")).returncode == 0
    )
    check_equal(tmp_path / "o", short)


SMALL_STEPS = ["--batch-size", 1, "--epochs", 3, "--json"]  # 30 steps an epoch


@pytest.fixture(scope="module")
def steps(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of many small steps that nobody disturbed."""
    return undisturbed(tmp_path_factory.mktemp("steps") / "o", data, *SMALL_STEPS)


@pytest.mark.parametrize(
    ("number", "where", "again"),
    [
        (signal.SIGINT, "step", "once"),
        (signal.SIGTERM, "update", "once"),
        (signal.SIGHUP, "update", "once"),
        (signal.SIGINT, "update", "again"),
    ],
)
def test_a_signal_within_an_epoch_keeps_the_step_reached(
    capsys: Capture,
    data: Path,
    tmp_path: Path,
    steps: Path,
    number: signal.Signals,
    where: str,
    again: str,
) -> None:
    out = tmp_path / "o"
    run = training_args(data, out, *SMALL_STEPS)
    code, printed, err = wait_for(
        start_python("-c", SIGNALLER, int(number), where, again, *run, cwd=tmp_path)
    )
    assert (code, printed) == (130, "")
    assert err.endswith(f"liaf-ref: error: interrupted; to continue: liaf-ref resume {out}\n")
    state = checkpoint.load(out / RUN / "checkpoint.npz").state
    # One event more than steps was shown: the end of the first epoch.  A second signal at the
    # write leaves the state of that epoch.
    reached = {("step", "once"): (1, 14), ("update", "once"): (1, 14), ("update", "again"): (1, 0)}
    assert (state.epoch, state.batch) == reached[where, again]
    assert not any(name.endswith(".part") for name in folder_contents(out))
    resumed = run_cli(capsys, "resume", out, "--json")
    assert resumed.returncode == 0
    check_equal(out, steps)


CELLS = ["--cells", "liaf,lif"]


def half(capsys: Capture, data: Path, out: Path) -> None:
    """Leave two runs of which one has finished and the other has not begun."""
    assert run_cli(capsys, *training_args(data, out, *CELLS)).returncode == 0
    shutil.rmtree(out / "qa1-lif")
    for name in ("results.json", "table.md", "figure.png"):
        (out / name).unlink()


def results(out: Path) -> list[dict[str, Any]]:
    return result_rows((out / "results.json").read_text())


def test_what_has_finished_is_left_alone_and_what_had_not_started_is_run(
    capsys: Capture, data: Path, here: Path
) -> None:
    whole = run_cli(capsys, *training_args(data, here / "whole", *CELLS))
    half(capsys, data, here / "o")
    before = folder_contents(here / "o" / "qa1-liaf")
    resumed = run_cli(capsys, "resume", here / "o")
    assert resumed.returncode == 0
    assert "qa1-liaf: already finished, skipped\n" in resumed.stderr
    assert "qa1-lif: has" not in resumed.stderr
    assert folder_contents(here / "o" / "qa1-liaf") == before
    one, two = folder_contents(here / "whole"), folder_contents(here / "o")
    assert list(one) == list(two)
    assert one["qa1-lif/metrics.jsonl"] == two["qa1-lif/metrics.jsonl"]
    assert results(here / "o") == results(here / "whole")
    heads = [answer.stdout.split("|")[0] for answer in (whole, resumed)]
    assert heads[0] == heads[1]
    for workers in (1, 2):  # who have nothing to do
        again = run_cli(capsys, "resume", here / "o", "--json", "--jobs", workers)
        skipped = [f"{name}: already finished, skipped" for name in ("qa1-liaf", "qa1-lif")]
        assert again.stderr.splitlines() == skipped
        assert json.loads(again.stdout) == json.loads((here / "o" / "results.json").read_text())


def test_one_run_goes_on_alone(capsys: Capture, data: Path, here: Path) -> None:
    assert run_cli(capsys, *training_args(data, here / "whole")).returncode == 0
    half(capsys, data, here / "o")
    tables = {name: (here / "o" / name).exists() for name in ("table.md", "figure.png")}
    resumed = run_cli(capsys, "resume", here / "o" / "qa1-lif", "--json")
    assert resumed.returncode == 0
    assert [row["cell"] for row in result_rows(resumed.stdout)] == ["lif"]
    assert {name: (here / "o" / name).exists() for name in tables} == tables
    assert "qa1-liaf" not in resumed.stderr


def test_a_moved_folder_is_named_and_other_data_are_refused(
    capsys: Capture, data: Path, here: Path
) -> None:
    first = Path(shutil.copytree(data, here / "first"))
    half(capsys, first, here / "o")
    first.rename(here / "second")
    lost = run_cli(capsys, "resume", here / "o")
    assert (lost.returncode, lost.stdout) == (2, "")
    assert (
        f"{first}: expected the folder of the data, got no such folder; if it was moved, pass"
        in lost.stderr
    )
    write_texts(here / "other", {1: generate_text(1, NUM_STORIES, 2)})
    refused = run_cli(capsys, "resume", here / "o", "--data", here / "other")
    assert refused.returncode == 2
    assert (
        "cannot resume with another configuration; the data (--data, --edition, --generated): was '"
        in refused.stderr
    )
    moved = run_cli(capsys, "resume", here / "o", "--data", here / "second")
    assert moved.returncode == 0
    assert f"text of {here / 'second'}" in moved.stdout


def test_a_sweep_goes_on_with_its_own_specification(
    capsys: Capture, data: Path, spec: Path, tmp_path: Path
) -> None:
    for name in ("whole", "o"):
        assert run_cli(capsys, *sweep_args(spec, data, tmp_path / name)).returncode == 0
    job = min((tmp_path / "o" / "jobs").iterdir())
    shutil.rmtree(job)
    spec.unlink()
    resumed = run_cli(capsys, "resume", tmp_path / "o")
    assert (resumed.returncode, resumed.stdout.splitlines()[0]) == (
        0,
        "4 jobs, 4 finished, 0 failed",
    )
    assert "3 of 4 jobs already finished, skipped" in resumed.stderr
    check_same_sweep(tmp_path / "whole", tmp_path / "o")


def changed(here: Path, change: str) -> None:
    """Change a received folder ``o``, so that resuming it would write elsewhere."""
    if change == "a file":
        (here / "o" / "table.md").symlink_to(here / "precious")
    elif change == "a folder":
        (here / "o" / "qa1-lif").symlink_to(here / "elsewhere")
    elif change == "all folders":
        (here / "o" / "jobs").symlink_to(here / "elsewhere")
    else:
        (here / "o" / ".lock").symlink_to(here / "precious")


@pytest.mark.parametrize("change", ["a file", "a folder", "all folders", "a lock"])
def test_a_received_folder_writes_nothing_elsewhere(
    capsys: Capture, data: Path, here: Path, change: str
) -> None:
    half(capsys, data, here / "o")
    (here / "precious").write_bytes(b"mine")
    (here / "elsewhere").mkdir()
    changed(here, change)
    assert run_cli(capsys, "resume", here / "o").returncode == (0 if change == "a file" else 2)
    assert (here / "precious").read_bytes() == b"mine"
    assert not list((here / "elsewhere").iterdir())


def test_a_received_folder_names_no_place_for_frames(capsys: Capture, here: Path) -> None:
    run = ["run", "mnist-dvs", "--scale", "smoke", "--epochs", 1, "--cells", "lif"]
    assert run_cli(capsys, *run, "--out", "o", "--cache", "frames").returncode == 0
    manifest = json.loads((here / "o" / "manifest.json").read_text())
    manifest["data"]["cache"] = str(here / "elsewhere")
    (here / "o" / "manifest.json").write_text(json.dumps(manifest))
    for again in ([], ["--cache", here / "frames"]):
        shutil.rmtree(here / "o" / "lif")
        assert run_cli(capsys, "resume", "o", *again).returncode == 0
    assert sorted(path.name for path in here.iterdir()) == ["frames", "o"]


@pytest.mark.parametrize("folder", ["--help", "o", "o/qa1-lif", "."])
def test_no_code_runs_that_is_not_named(
    capsys: Capture, data: Path, here: Path, folder: str
) -> None:
    half(capsys, data, here / "o")
    (here / "evil.py").write_text("import pathlib; pathlib.Path('ran').touch()")
    for place in (here, here / "o"):
        manifest = json.loads((here / "o" / "manifest.json").read_text())
        manifest["plugins"] = [str(here / "evil.py")]
        (place / "manifest.json").write_text(json.dumps(manifest))
    code, _, err = run_cli(capsys, "resume", folder)
    assert code == (0 if folder == "--help" else 2)
    assert ("pass --plugin" in err) == (folder != "--help")
    assert not (here / "ran").exists()
    if folder == "o":
        assert run_cli(capsys, "resume", "o", "--plugin", "evil.py").returncode == 0
        assert (here / "ran").exists()
