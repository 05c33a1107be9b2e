"""A full disk, a read-only folder: one line, exit 1, and nothing is lost."""

import contextlib
import errno
import io
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from data.events import dataset_trees
from report.run_factory import summary
from support import folder_contents, write_small_task

from cli.commands import SMALL_SPEC, Cli, check_same
from liaf_ref.experiments.registry import STUDIES
from liaf_ref.oracle import golden
from liaf_ref.report.babi_runs import to_csv
from liaf_ref.report.studies import STUDY_REPORTS

ERRORS = {"full": errno.ENOSPC, "read-only": errno.EROFS}
LOCKS = (".lock", ".run.lock", ".job.lock")


class FailingDisk:
    """The disk of a folder, which takes so many files: then it is full, or read-only.

    A full one takes half of what is written, and says so; of an empty file when it is flushed.
    ``files_at_failure`` is what stood there when it failed, but for locks and unfinished files.
    """

    def __init__(self, folder: Path, kind: str, max_files: int) -> None:
        self.folder, self.kind, self.max_files, self.files_started = folder, kind, max_files, 0
        self.files_at_failure: dict[str, bytes] | None = None
        self.message = os.strerror(ERRORS[kind])
        self.empty: dict[int, Path] = {}

    def refuse(self, path: Path) -> NoReturn:
        if self.files_at_failure is None:
            found = folder_contents(self.folder).items()
            self.files_at_failure = {n: c for n, c in found if not n.endswith((*LOCKS, ".part"))}
        raise OSError(ERRORS[self.kind], self.message, str(path))

    def open_excess_file(self, path: Path) -> Any:
        if self.kind == "read-only":
            self.refuse(path)
        disk = self

        class Half(io.FileIO):
            def write(self, data: Any) -> NoReturn:
                super().write(bytes(data)[: len(data) // 2])
                disk.refuse(path)

        file = io.BufferedWriter(Half(path, "xb"))
        self.empty[file.fileno()] = path
        return file

    def before_create(self, path: Any) -> None:
        """Called before a folder is made there, or a lock."""
        full = self.files_started >= self.max_files
        if full and self.kind == "read-only" and self._contains(path):
            self.refuse(path)

    @contextlib.contextmanager
    def patched(self) -> Iterator[None]:
        """Let all that is written go to this disk."""
        opened, handle, made, flush = Path.open, os.open, os.mkdir, os.fsync

        def new_file(path: Path, mode: str = "r", *args: Any, **words: Any) -> Any:
            if "x" in mode and self._contains(path):
                self.files_started += 1
                if self.files_started > self.max_files:
                    return self.open_excess_file(path)
            return opened(path, mode, *args, **words)

        def new_lock(path: Any, flags: int, *args: Any, **words: Any) -> int:
            if flags & (os.O_WRONLY | os.O_RDWR):
                self.before_create(path)
            return handle(path, flags, *args, **words)

        def new_folder(path: Any, *args: Any, **words: Any) -> None:
            self.before_create(path)
            made(path, *args, **words)

        def fsync(handle: int) -> None:
            if self.files_at_failure is None and handle in self.empty:
                self.refuse(self.empty[handle])
            flush(handle)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Path, "open", new_file)
            patch.setattr(os, "open", new_lock)
            patch.setattr(os, "mkdir", new_folder)
            patch.setattr(os, "fsync", fsync)
            yield

    def _contains(self, path: Any) -> bool:
        return self.folder in (Path(path), *Path(path).parents)


TEXT = "--data {inputs}/text --out {out}"
STUDY = "--on n-mnist --partial --scale smoke --epochs 1 --data {inputs}/N-MNIST --out {out}"
COMMANDS = {
    "run babi": f"run babi --cells liaf --epochs 2 --validation-fraction 0.25 {TEXT}",
    "run degradation": f"run degradation {STUDY}",
    "sweep": f"sweep {{inputs}}/sweep.toml {TEXT}",
    "babi generate": "babi generate --tasks 1-3 --stories 5 --out {out}",
    "oracle export": "oracle export {out} --level L0",
    "oracle export over a set": "oracle export {out} --level L0",
    "table03": "table03 {inputs}/ends.csv --out {out}/table.md",
}
OLDER = "oracle export over a set"
# A folder that is written beside, and renamed.
AT_ONCE = ("oracle export", OLDER)
PROGRESS = re.compile(
    r"\S+  epoch \d+/\d+|\d+/\d+  |\d+ of \d+|\S+: already finished|liaf-ref: (estimate|data:)"
)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What commands read."""
    inputs = tmp_path_factory.mktemp("inputs")
    write_small_task(inputs / "text")
    dataset_trees.write_n_mnist(inputs / "N-MNIST", train=3, test=1)
    (inputs / "sweep.toml").write_text(SMALL_SPEC.replace("epochs = 2", "epochs = 1"), "utf-8")
    (inputs / "ends.csv").write_text(to_csv([summary(1, "liaf")]), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        shorten(patch)
        yield inputs


def shorten(patch: pytest.MonkeyPatch) -> None:
    """Let commands measure and draw little, and once: here only what they write is looked at."""
    # Commands run 28 times here: with all cases and epochs they would take minutes.
    few = [case for case in golden.golden_cases() if case.case.level == "L0"][:2]
    patch.setattr(golden, "golden_cases", lambda *levels: few)
    study, report = STUDIES["degradation"], STUDY_REPORTS["degradation"]
    patch.setitem(STUDIES, study.name, study._replace(measure=once(study.measure)))
    patch.setitem(STUDY_REPORTS, study.name, report._replace(plot_png=once(report.plot_png)))


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


def begin(name: str, out: Path) -> Path:
    """Put there what a command finds where it writes."""
    out.parent.mkdir()
    if name == OLDER:
        golden.save(out, golden.golden_cases()[1:], ["safetensors"])
    if name == "table03":  # it writes one file
        out.mkdir()
    return out.parent if name in AT_ONCE else out


@pytest.mark.parametrize("name", COMMANDS)
def test_one_line_and_nothing_is_lost(cli: Cli, inputs: Path, tmp_path: Path, name: str) -> None:
    """A folder that is written at once is there with all its new files, or as it was."""

    def args(out: Path) -> list[str]:
        return [word.format(inputs=inputs, out=out) for word in COMMANDS[name].split()]

    whole = tmp_path / "whole" / "o"
    disk = FailingDisk(begin(name, whole), "full", max_files=10**6)
    with disk.patched():
        code, _, err = cli(*args(whole))
    assert (code, unexpected(err)) == (0, [])
    count = disk.files_started
    # Which file it is makes the same difference on each disk.
    for kind, files in sorted({("read-only", 0), ("full", count // 2), ("full", count - 1)}):
        out = tmp_path / f"{kind}-{files}" / "o"
        place = begin(name, out)
        before = dict.fromkeys(out.parent.rglob("*")), folder_contents(out.parent)
        disk = FailingDisk(place, kind, files)
        with disk.patched():
            code, printed, err = cli(*args(out))
        assert (code, printed) == (1, "")
        (line,) = unexpected(err)
        assert line.endswith(f": {disk.message}")
        if name in AT_ONCE:
            assert (dict.fromkeys(out.parent.rglob("*")), folder_contents(out.parent)) == before
        else:
            assert line.startswith(f"liaf-ref: error: {out}")
            assert folder_contents(out) == disk.files_at_failure
        started = (out / "manifest.json").exists() and name != OLDER
        assert cli(*(("resume", out) if started else args(out))).returncode == 0
        check_same(out, whole)


# None of the inputs is there, which each command would say if it read them first.
UNREAD = [
    "run babi --data none --out o",
    "run babi --data none",  # to a numbered folder of `runs`
    "run degradation --data none",
    "sweep none.toml --data none --out o",
    "report none --out o",
    "table03 none.csv --csv o",
    "table03 none.csv --out o",
    "events none --out o",
    "simulate none --out o",
    "babi generate --tasks 1-20 --stories 100000 --out o",  # hours of work
    "oracle check --exec none --junit o",
    "oracle check --exec none --badge o",
    "oracle check --exec none --save o",
    "oracle export o --level L0",
    "oracle export-onnx o --level L0",
    "oracle explain none.csv --plot o",
    "oracle surrogates --figure o",
]


@pytest.mark.parametrize("command", UNREAD)
def test_a_folder_that_cannot_be_written_is_found_before_the_work(
    cli: Cli, here: Path, command: str
) -> None:
    (here / "none.toml").write_text('experiment = "babi"\n[grid]\ntask = 1\ncell = "gru"\n')
    with FailingDisk(here, "read-only", 0).patched():
        code, out, err = cli(*command.split())
    name = "o" if " o" in command else "runs"
    reason = "cannot be written: Read-only file system"
    assert (code, out, err) == (1, "", f"liaf-ref: error: {name}: {reason}\n")


def test_a_listing_of_a_sweep_needs_no_folder(cli: Cli, here: Path, fake: Path) -> None:
    with FailingDisk(here, "read-only", 0).patched():
        assert cli("sweep", fake, "--dry-run").returncode == 0
