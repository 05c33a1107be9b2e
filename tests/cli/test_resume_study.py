"""A study that is interrupted goes on as if it had not been."""

import json
import shutil
from pathlib import Path
from typing import Any, NoReturn

import pytest
from data.events import dataset_trees
from support import folder_contents, read_outputs

from cli.commands import run_cli
from liaf_ref.cli import run_study
from liaf_ref.cli.progress import RunProgress
from liaf_ref.experiments.registry import STUDIES
from liaf_ref.report.studies import STUDY_REPORTS
from liaf_ref.training.state import StepDone

Capture = pytest.CaptureFixture[str]
ANY = "coding"  # where it is one as another
every = pytest.mark.parametrize("name", STUDIES)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Few recordings of N-MNIST, and studies of them that nobody disturbed, by their names."""
    around = tmp_path_factory.mktemp("studies")
    dataset_trees.write_n_mnist(around / "N-MNIST", train=3, test=1)
    return around


def whole(capsys: Capture, folder: Path, name: str = ANY) -> Path:
    if not (folder / name).exists():
        assert run_cli(capsys, *study(name, folder / "N-MNIST", folder / name)).returncode == 0
    return folder / name


def study(name: str, data: Path, out: Path) -> list[object]:
    short = ["--on", "n-mnist", "--partial", "--scale", "smoke", "--epochs", 2]
    return ["run", name, *short, "--data", data, "--out", out]


def stop(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def check_same(out: Path, other: Path) -> None:
    """Two folders hold the same, all of the checkpoints too, but for times."""
    assert read_outputs(out) == read_outputs(other)
    assert folder_contents(out).keys() == folder_contents(other).keys()


def stop_at(patch: pytest.MonkeyPatch, name: str, where: str) -> None:
    """Interrupt a study in its first network's first epoch, its last's second, or after them."""
    if where == "measuring":
        patch.setitem(STUDIES, name, STUDIES[name]._replace(measure=stop))
    elif where == "writing":
        patch.setitem(STUDY_REPORTS, name, STUDY_REPORTS[name]._replace(plot_png=stop))
    else:
        show, cells = RunProgress.update, STUDIES[name].cells
        network, epoch = (cells[0], 0) if where == "first" else (cells[-1], 1)

        def shown(self: RunProgress, name: str, event: Any) -> None:
            show(self, name, event)
            if name == network and isinstance(event, StepDone) and event.state.epoch == epoch:
                stop()

        patch.setattr(RunProgress, "update", shown)


@pytest.mark.parametrize(
    ("name", "where"),
    [
        *(("degradation", where) for where in ("first", "last", "measuring", "writing")),
        ("coding", "last"),
    ],
)
def test_an_interrupted_study_ends_as_an_undisturbed_one(
    capsys: Capture, folder: Path, here: Path, name: str, where: str
) -> None:
    out, command = here / "o", study(name, folder / "N-MNIST", here / "o")
    with pytest.MonkeyPatch.context() as patch:
        stop_at(patch, name, where)
        code, printed, err = run_cli(capsys, *command)
    assert (code, printed) == (130, "")
    assert err.endswith(f"liaf-ref: error: interrupted; to continue: liaf-ref resume {out}\n")
    again = run_cli(capsys, *command)
    assert again.returncode == 2
    assert f"; continue it with liaf-ref resume {out}, or choose another folder" in again.stderr
    resumed = run_cli(capsys, "resume", out)
    assert resumed.returncode == 0
    cells = STUDIES[name].cells
    finished = {"first": (), "last": cells[:-1]}.get(where, cells)
    for cell in cells:
        assert (f"{cell}: already finished, skipped" in resumed.stderr) is (cell in finished)
    check_same(out, whole(capsys, folder, name))
    assert f"table: {out / 'table.md'}" in resumed.stdout


@every
def test_a_study_goes_on_where_its_data_are_now(
    capsys: Capture, folder: Path, here: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    first = Path(shutil.copytree(folder / "N-MNIST", here / "first"))
    with monkeypatch.context() as patch:
        stop_at(patch, name, "measuring")
        assert run_cli(capsys, *study(name, first, here / "o")).returncode == 130
    first.rename(here / "second")
    lost = run_cli(capsys, "resume", here / "o")
    assert (lost.returncode, lost.stdout) == (2, "")
    assert (
        f"{first}: expected the folder of the data, got no such folder; if it was moved, pass"
        in lost.stderr
    )
    dataset_trees.write_n_mnist(here / "other", train=2, test=1)
    other = run_cli(capsys, "resume", here / "o", "--data", here / "other")
    assert (other.returncode, other.stdout) == (2, "")
    assert "expected a run on data with sha256" in other.stderr
    moved = run_cli(capsys, "resume", here / "o", "--data", here / "second")
    assert moved.returncode == 0
    held = read_outputs(whole(capsys, folder, name))
    assert read_outputs(here / "o")["table.md"] == held["table.md"]


@every
def test_a_study_that_has_ended_is_left_alone(capsys: Capture, folder: Path, name: str) -> None:
    ended = whole(capsys, folder, name)
    before = folder_contents(ended)
    code, out, err = run_cli(capsys, "resume", ended)
    assert (code, err) == (0, f"{name}: already finished, skipped\n")
    assert before["table.md"].decode().strip() in out
    document = json.loads(run_cli(capsys, "resume", ended, "--json").stdout)
    record = json.loads(before["run.json"])
    assert document == {fact: record[fact] for fact in run_study.PRINTED_KEYS}
    assert folder_contents(ended) == before
