"""A run that is killed or interrupted goes on as if it had not been, from its folder alone."""

import json
import shutil
import signal
from pathlib import Path

import pytest
from data.events import dataset_trees
from support import NUM_STORIES, folder_contents, start_python, wait_for

from cli.commands import Cli, check_same, result_rows, run_and_kill, training_args
from liaf_ref.cli import main
from liaf_ref.data.babi import generate_text, write_texts
from liaf_ref.training import checkpoint

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


def undisturbed(out: Path, data: Path, *more: object) -> Path:
    """The folder of a run in this process, to its end."""
    assert main([str(word) for word in training_args(data, out, *more)]) == 0
    return out


@pytest.fixture(scope="module")
def short(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short run that nobody disturbed."""
    return undisturbed(tmp_path_factory.mktemp("short") / "o", data, "--json")


@pytest.mark.parametrize("write", range(2, 12, 2))
def test_a_kill_changes_nothing(
    cli: Cli, data: Path, tmp_path: Path, short: Path, write: int
) -> None:
    """run.json, metrics, two epochs of metrics and checkpoint, run.json, results, table, figure.

    They come after the list of runs, without which there is nothing to go on with yet.
    """
    args = training_args(data, tmp_path / "o", "--json")
    assert run_and_kill(write, args) == -signal.SIGKILL
    assert any(name.endswith(".part") for name in folder_contents(tmp_path / "o"))
    assert cli(*args, "--resume").returncode == 0
    check_same(tmp_path / "o", short)


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
        (signal.SIGHUP, "update", "again"),
    ],
)
def test_a_signal_within_an_epoch_keeps_the_step_reached(
    cli: Cli, data: Path, tmp_path: Path, steps: Path, number: int, where: str, again: str
) -> None:
    out = tmp_path / "o"
    run = training_args(data, out, *SMALL_STEPS)
    process = start_python("-c", SIGNALLER, int(number), where, again, *run, cwd=tmp_path)
    code, printed, err = wait_for(process)
    assert (code, printed) == (130, "")
    assert err.endswith(f"liaf-ref: error: interrupted; to continue: liaf-ref resume {out}\n")
    state = checkpoint.load(out / RUN / "checkpoint.npz").state
    # One event more than steps was shown: the end of the first epoch.  A second signal at the
    # write leaves the state of that epoch.
    reached = {("step", "once"): (1, 14), ("update", "once"): (1, 14), ("update", "again"): (1, 0)}
    assert (state.epoch, state.batch) == reached[where, again]
    assert not any(name.endswith(".part") for name in folder_contents(out))
    assert cli("resume", out, "--json").returncode == 0
    check_same(out, steps)


@pytest.fixture
def half(two: Path, here: Path) -> Path:
    """Two runs of which one has finished and the other has not begun."""
    shutil.copytree(two / "whole", here / "o")
    shutil.rmtree(here / "o" / "qa1-lif")
    for name in ("results.json", "table.md", "figure.png"):
        (here / "o" / name).unlink()
    return here / "o"


@pytest.mark.usefixtures("half")
def test_finished_runs_are_left_alone_and_others_run(cli: Cli, two: Path, here: Path) -> None:
    before = folder_contents(here / "o" / "qa1-liaf")
    resumed = cli("resume", here / "o")
    assert resumed.returncode == 0
    assert "qa1-liaf: already finished, skipped\n" in resumed.stderr
    assert "qa1-lif: has" not in resumed.stderr
    assert folder_contents(here / "o" / "qa1-liaf") == before
    check_same(here / "o", two / "whole")
    for workers in (1, 2):  # who have nothing to do
        again = cli("resume", here / "o", "--json", "--jobs", workers)
        skipped = [f"{name}: already finished, skipped" for name in ("qa1-liaf", "qa1-lif")]
        assert again.stderr.splitlines() == skipped
        assert json.loads(again.stdout) == json.loads((here / "o" / "results.json").read_text())


def test_one_run_goes_on_alone(cli: Cli, half: Path) -> None:
    resumed = cli("resume", half / "qa1-lif", "--json")
    assert resumed.returncode == 0
    assert [row["cell"] for row in result_rows(resumed.stdout)] == ["lif"]
    assert not (half / "table.md").exists()
    assert "qa1-liaf" not in resumed.stderr


@pytest.mark.usefixtures("half")
def test_a_moved_folder_is_named_and_other_data_are_refused(
    cli: Cli, two: Path, here: Path, request: pytest.FixtureRequest
) -> None:
    first, second = two / "data", two / "moved"
    first.rename(second)
    request.addfinalizer(lambda: second.rename(first))
    lost = cli("resume", here / "o")
    assert (lost.returncode, lost.stdout) == (2, "")
    assert f"{first}: expected the folder of the data, got" in lost.stderr
    assert "pass --data" in lost.stderr
    write_texts(here / "other", {1: generate_text(1, NUM_STORIES, 2)})
    refused = cli("resume", here / "o", "--data", here / "other")
    assert refused.returncode == 2
    assert "another configuration; the data (--data, --edition, --generated): was" in refused.stderr
    moved = cli("resume", here / "o", "--data", second)
    assert moved.returncode == 0
    assert f"text of {second}" in moved.stdout


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("table.md", "precious"),
        ("qa1-lif", "elsewhere"),
        ("jobs", "elsewhere"),
        (".lock", "precious"),
    ],
)
def test_a_folder_writes_nothing_elsewhere(
    cli: Cli, half: Path, here: Path, link: str, target: str
) -> None:
    (here / "precious").write_bytes(b"mine")
    (here / "elsewhere").mkdir()
    (half / link).symlink_to(here / target)
    assert cli("resume", half).returncode == (0 if link == "table.md" else 2)
    assert (here / "precious").read_bytes() == b"mine"
    assert not list((here / "elsewhere").iterdir())


def test_a_received_folder_names_no_place_for_frames(cli: Cli, here: Path) -> None:
    dataset_trees.write_n_mnist(here / "N-MNIST", train=2, test=1)
    run = ["run", "n-mnist", "--data", "N-MNIST", "--partial", "--scale", "smoke", "--epochs", 1]
    run += ["--cells", "lif", "--out", "o", "--cache", "frames"]
    assert cli(*run).returncode == 0
    manifest = json.loads((here / "o" / "manifest.json").read_text())
    manifest["data"]["cache"] = str(here / "elsewhere")
    (here / "o" / "manifest.json").write_text(json.dumps(manifest))
    for again in ([], ["--cache", here / "frames"]):
        shutil.rmtree(here / "o" / "lif")
        assert cli("resume", "o", *again).returncode == 0
    assert sorted(path.name for path in here.iterdir()) == ["N-MNIST", "frames", "o"]


@pytest.mark.parametrize("folder", ["--help", "o", "o/qa1-lif", "."])
@pytest.mark.usefixtures("half")
def test_no_code_runs_that_is_not_named(cli: Cli, here: Path, folder: str) -> None:
    (here / "evil.py").write_text("import pathlib; pathlib.Path('ran').touch()")
    for place in (here, here / "o"):
        manifest = json.loads((here / "o" / "manifest.json").read_text())
        manifest["plugins"] = [str(here / "evil.py")]
        (place / "manifest.json").write_text(json.dumps(manifest))
    code, _, err = cli("resume", folder)
    assert code == (0 if folder == "--help" else 2)
    assert ("pass --plugin" in err) == (folder != "--help")
    assert not (here / "ran").exists()
    if folder == "o":
        assert cli("resume", "o", "--plugin", "evil.py").returncode == 0
        assert (here / "ran").exists()
