"""A run that is killed or interrupted goes on as if it had not been."""

import signal
from pathlib import Path

import pytest
from support import folder_contents, start_python, trees_equal, wait_for

from cli.commands import result_rows, run_cli, training_args
from cli.sweep_helpers import run_and_kill
from liaf_ref.cli import main
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


def test_an_interrupt_that_an_import_makes_an_error_of_is_one(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, data: Path, tmp_path: Path, short: Path
) -> None:
    """As Matplotlib's, whose part in C imports a part in Python, when the figure is drawn."""

    def figure(*_: object) -> bytes:
        raise ImportError("initialization failed") from KeyboardInterrupt()

    out = tmp_path / "o"
    with monkeypatch.context() as patch:
        patch.setattr("liaf_ref.report.run_results.plot_babi", figure)
        code, printed, err = run_cli(capsys, *training_args(data, out, "--json"))
    assert (code, printed) == (130, "")
    assert err.endswith(f"\nliaf-ref: error: interrupted; to continue: liaf-ref resume {out}\n")
    assert run_cli(capsys, "resume", out, "--json").returncode == 0
    check_equal(out, short)


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
