"""A full disk, a read-only folder: one line, exit 1, and nothing is lost."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from data.events import dataset_trees
from report.run_factory import vision_run
from support import folder_contents, read_outputs, write_small_task

from cli.commands import run_cli
from cli.failing_disks import DISKS, FailingDisk, FullDisk
from cli.sweep_helpers import SMALL_SPEC
from liaf_ref.experiments.registry import STUDIES
from liaf_ref.oracle import golden
from liaf_ref.report import build, render
from liaf_ref.report import event_pictures as events
from liaf_ref.report.babi_runs import RunSummary, to_csv
from liaf_ref.report.studies import STUDY_REPORTS

Capture = pytest.CaptureFixture[str]

IMAGES = "--partial --scale smoke --epochs 1 --data {inputs}/N-MNIST --out {out}"
TEXT = "--data {inputs}/text --out {out}"
STUDY = f"--on n-mnist {IMAGES}"
COMMANDS = {
    "run babi": f"run babi --cells liaf --epochs 2 --validation-fraction 0.25 {TEXT}",
    "run n-mnist": f"run n-mnist --cells lif {IMAGES}",
    "run degradation": f"run degradation {STUDY}",
    "run efficiency": f"run efficiency {STUDY}",
    "run coding": f"run coding {STUDY}",
    "sweep": f"sweep {{inputs}}/sweep.toml {TEXT}",
    "resume a run": "resume {out}",
    "resume a study": "resume {out}",
    "resume a sweep": "resume {out}",
    "report": "report {inputs}/runs --out {out}",
    "events": "events {inputs}/one.bin --format n-mnist --out {out}",
    "babi generate": "babi generate --tasks 1-3 --stories 5 --out {out}",
    "oracle export": "oracle export {out} --level L0",
    "oracle export over a set": "oracle export {out} --level L0",
    "oracle export-onnx": "oracle export-onnx {out} --level L0",
    "simulate": "simulate mnist-dvs --duration 50 --out {out}/one.npz",
    "table03": "table03 {inputs}/ends.csv --out {out}/table.md",
}
# What is resumed, and after how many files a full disk had ended it.
STARTED = {
    "resume a run": ("run babi", 6),
    "resume a study": ("run degradation", 6),
    "resume a sweep": ("sweep", 12),
}
ONE_FILE = ("simulate", "table03")  # in a folder that is there
OLDER = "oracle export over a set"
# A folder that is written beside, and renamed.
AT_ONCE = ("report", "events", "oracle export", "oracle export-onnx", OLDER)
PROGRESS = re.compile(
    r"\S+  epoch \d+/\d+  |coding  \w+|\d+/\d+  |\d+ of \d+"
    r"|\S+: already finished|liaf-ref: (estimate|data:)"
)


class Whole(NamedTuple):
    """What a command leaves that nothing disturbs, and how many files it writes on the way."""

    reported: dict[str, Any]
    names: set[str]
    files: int


class Room:
    """Where commands find what they read, and a place to begin in."""

    def __init__(self, inputs: Path) -> None:
        self.inputs, self.ended = inputs, dict[str, Whole]()

    def args(self, name: str, out: Path) -> list[str]:
        return [word.format(inputs=self.inputs, out=out) for word in COMMANDS[name].split()]

    def again(self, name: str, out: Path) -> list[str]:
        """The command that continues, or does it again."""
        started = (out / "manifest.json").exists() and "oracle" not in name
        return ["resume", str(out)] if started else self.args(name, out)

    def lay(self, name: str, out: Path) -> None:
        """Put there what a command finds where it writes."""
        if name in STARTED:
            shutil.copytree(self.inputs / name, out)
        if name == OLDER:
            golden.save(out, golden.golden_cases()[1:], ["safetensors"])
        if name in ONE_FILE:
            out.mkdir()

    def whole(self, capsys: Capture, name: str) -> Whole:
        if name not in self.ended:
            out = self.inputs / "whole" / name
            out.parent.mkdir(exist_ok=True)
            self.begin(capsys, name)
            self.lay(name, out)
            disk = FailingDisk(out.parent if name in AT_ONCE else out, max_files=10**6)
            with disk.patched():
                code, _, err = run_cli(capsys, *self.args(name, out))
            assert (code, unexpected(err)) == (0, [])
            self.ended[name] = Whole(
                read_outputs(out), set(folder_contents(out)), disk.files_started
            )
        return self.ended[name]

    def begin(self, capsys: Capture, name: str) -> None:
        """Make what is to be resumed."""
        if name in STARTED:
            command, files = STARTED[name]
            out = self.inputs / name
            with FullDisk(out, files).patched():
                assert run_cli(capsys, *self.args(command, out)).returncode == 1


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    inputs = tmp_path_factory.mktemp("inputs")
    write_small_task(inputs / "text")
    dataset_trees.write_n_mnist(inputs / "N-MNIST", train=3, test=1)
    vision_run(inputs / "runs")
    (inputs / "sweep.toml").write_text(SMALL_SPEC.replace("epochs = 2", "epochs = 1"), "utf-8")
    (inputs / "one.bin").write_bytes(bytes([5, 6, 128, 0, 9]))
    end = RunSummary(1, "liaf", 0, 1e-3, 60, 60, 0.2, 0.5, 0.5, 0.5, 1, 1, 0.9, 1.5)
    (inputs / "ends.csv").write_text(to_csv([end]), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        shorten(patch)
        yield Room(inputs)


def shorten(patch: pytest.MonkeyPatch) -> None:
    """Let commands measure and draw little, and once: here only what they write is looked at."""
    few = [case for case in golden.golden_cases() if case.case.level == "L0"][:2]
    patch.setattr(golden, "golden_cases", lambda *levels: few)
    for study in STUDIES.values():
        patch.setitem(STUDIES, study.name, study._replace(measure=once(study.measure)))
        report = STUDY_REPORTS[study.name]
        patched = report._replace(plot_png=once(report.plot_png))
        patch.setitem(STUDY_REPORTS, study.name, patched)
    for module, name in (
        *(
            (events, each)
            for each in ("load_plot_data", "plot_strip", "plot_cloud", "plot_rate", "make_gif")
        ),
        *((build, "build_report"), (render, "render_report")),
    ):
        patch.setattr(module, name, once(getattr(module, name)))


def once(function: Callable[..., Any]) -> Callable[..., Any]:
    """What a function gives first, whatever it is asked afterwards."""
    given: list[Any] = []

    def called(*args: Any, **words: Any) -> Any:
        if not given:
            given.append(function(*args, **words))
        return given[0]

    return called


def unexpected(err: str) -> list[str]:
    """Lines that are not a command's progress."""
    return [line for line in err.splitlines() if not PROGRESS.match(line)]


def only(err: str) -> str:
    """The one line that is no progress."""
    lines = unexpected(err)
    assert len(lines) == 1, err
    return lines[0]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (name, kind)
        for name in COMMANDS
        if name not in AT_ONCE
        for kind in DISKS
        if kind == "full" or name not in ("run efficiency", "run coding")  # as degradation
    ],
)
def test_a_command_ends_with_one_line_and_loses_nothing(
    capsys: Capture, room: Room, tmp_path: Path, name: str, kind: str
) -> None:
    whole = room.whole(capsys, name)
    # Which file it is makes the same difference on each disk.
    for files in sorted({whole.files // 2, whole.files - 1} if kind == "full" else {0}):
        out = tmp_path / str(files) / "o"
        out.parent.mkdir()
        room.lay(name, out)
        disk = DISKS[kind](out, files)
        with disk.patched():
            code, printed, err = run_cli(capsys, *room.args(name, out))
        line = only(err)
        assert (code, printed) == (1, "")
        assert line.startswith(f"liaf-ref: error: {out}")
        assert line.endswith(f": {disk.message}")
        assert folder_contents(out) == disk.files_at_failure
        assert run_cli(capsys, *room.again(name, out)).returncode == 0
        assert read_outputs(out) == whole.reported
        assert set(folder_contents(out)) == whole.names


@pytest.mark.parametrize("kind", DISKS)
@pytest.mark.parametrize("name", AT_ONCE)
def test_a_folder_is_there_with_all_its_new_files_or_as_it_was(
    capsys: Capture, room: Room, tmp_path: Path, name: str, kind: str
) -> None:
    whole = room.whole(capsys, name)
    for files in sorted({whole.files // 2, whole.files - 1} if kind == "full" else {0}):
        out = tmp_path / str(files) / "o"
        out.parent.mkdir()
        room.lay(name, out)
        before = dict.fromkeys(out.parent.rglob("*")), folder_contents(out.parent)
        disk = DISKS[kind](out.parent, files)
        with disk.patched():
            code, printed, err = run_cli(capsys, *room.args(name, out))
        assert (code, printed) == (1, "")
        assert only(err).endswith(f": {disk.message}")
        assert (dict.fromkeys(out.parent.rglob("*")), folder_contents(out.parent)) == before
        assert run_cli(capsys, *room.args(name, out)).returncode == 0
        assert read_outputs(out) == whole.reported
