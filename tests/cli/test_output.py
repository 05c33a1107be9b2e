"""What a command prints, also when its streams or its input are not as they should be."""

import contextlib
import io
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import folder_contents, start_python, wait_for

from cli.commands import EPOCHS, Cli, training_args
from liaf_ref.cli.output import Messages, Results, Stream


@contextlib.contextmanager
def lost_stream(kind: type[Stream], how: str) -> Iterator[Stream]:
    """A stream on a full disk, one closed at the start, or a pipe whose reader has left."""
    if how == "left":
        reader, number = os.pipe()
        os.close(reader)
    elif how == "full":
        number = os.open("/dev/full", os.O_WRONLY)
    else:
        number = os.open(os.devnull, os.O_RDONLY)
    with open(number, "wb") as file:  # noqa: PTH123 - a number
        stream = kind(file, "utf-8")
        yield stream
        stream.detach()  # flushes: nothing is left that would fail when the process ends


@pytest.mark.parametrize("kind", [Results, Messages])
def test_control_characters_of_names_are_shown(kind: type[Stream]) -> None:
    text = "\x1b[31mred\x9b0m \x7f\b a\rb \u202eabc \u200b\ufeff\ttab\nline é α × \u2009"
    shown = r"\x1b[31mred\x9b0m \x7f\x08 a\rb \u202eabc \u200b\ufeff"
    stream = kind(io.BytesIO(), "utf-8", newline="")
    stream.write(text)
    stream.flush()
    assert stream.buffer.getvalue().decode() == f"{shown}\ttab\nline é α × \u2009"  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["\x1b[31mred", "two\nlines"])
def test_a_name_stays_within_its_line(here: Path, name: str) -> None:
    shown = name.replace("\x1b", r"\x1b").replace("\n", r"\n")
    ended = wait_for(start_python("-m", "liaf_ref", "events", name, cwd=here))
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"liaf-ref: error: {shown}: ")
    assert ended.stderr.count("\n") == 1


def test_progress_may_be_lost(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, data: Path, here: Path
) -> None:
    with lost_stream(Messages, "left") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        assert cli(*training_args(data, here / "o")).returncode == 0
    assert (here / "o" / "table.md").exists()


CANNOT = "liaf-ref: error: standard output: cannot be written: "


@pytest.mark.parametrize(
    ("how", "message"),  # a reader who has left wants none
    [
        ("full", f"{CANNOT}No space left on device\n"),
        ("closed", f"{CANNOT}Bad file descriptor\n"),
        ("left", ""),
    ],
)
def test_lost_results_are_one_line(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, how: str, message: str
) -> None:
    with lost_stream(Results, how) as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        ended = cli("data", "--where", "n-mnist")
    assert (ended.returncode, ended.stderr) == (1, message)


def test_streams_that_were_closed_at_the_start_are_no_traceback(here: Path) -> None:
    code = """
import os, sys
os.close(1), os.close(2)
sys.stdout = sys.stderr = None
import liaf_ref.cli as cli
def main():
    print("progress", file=sys.stderr, flush=True)
    return 0 if not sys.stderr.isatty() and os.open("new", os.O_CREAT | os.O_RDWR) > 2 else 3
cli.main = main
cli.entry()
"""
    assert wait_for(start_python("-c", code, cwd=here)) == (0, "", "")
    warn = "import warnings, liaf_ref.cli as cli; cli.main = lambda: warnings.warn('odd')"
    ended = wait_for(start_python("-c", f"{warn}; cli.entry()", cwd=here))
    assert ended == (0, "", "liaf-ref: warning: odd\n")


def test_memory_running_out_is_one_line(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, here: Path
) -> None:
    def memory_runs_out(*_: object) -> None:  # a real end of memory ends other processes
        raise MemoryError("Unable to allocate 1.00 GiB for an array")

    monkeypatch.setattr("liaf_ref.cli.report.collect_runs", memory_runs_out)
    reason = "Unable to allocate 1.00 GiB for an array; pass fewer runs\n"
    line = f"liaf-ref: error: out of memory: {reason}"
    assert cli("report", "runs", "--out", "r") == (1, "", line)


FILES = (
    "simulate mnist-dvs --out mine.npz",
    "simulate --compare --figure mine.png",
    "table03 none.csv --out mine.md",
    "table03 mine.csv mine.csv --csv mine.md",
    "oracle check --exec none --junit mine.xml",
    "oracle check --exec none --badge mine.svg",
    "oracle explain none.csv --plot mine.png",
    "oracle explain none.csv --write-input mine.csv",
    "oracle surrogates --figure mine.png",
)


@pytest.mark.parametrize("command", FILES)
@pytest.mark.parametrize("kind", ["a file", "a link to nothing"])
def test_a_file_of_the_user_stays(cli: Cli, here: Path, command: str, kind: str) -> None:
    name = command.rsplit(maxsplit=1)[-1]
    if kind == "a file":
        (here / "mine.csv").write_bytes(b"mine")
        (here / name).write_bytes(b"mine")
    else:
        (here / name).symlink_to("none")
    before = folder_contents(here)
    code, out, err = cli(*command.split())
    assert (code, out) == (2, "")
    assert err == f"liaf-ref: error: {name}: already exists; remove it, or choose another name\n"
    assert folder_contents(here) == before


@pytest.mark.parametrize("command", ["report r", "events x.bin"])
@pytest.mark.parametrize("name", ["run.json", "manifest.json"])
def test_results_stay_out_of_the_folder_of_a_run(
    cli: Cli, here: Path, command: str, name: str
) -> None:
    (here / "r").mkdir()
    (here / "r" / name).write_text("{}")
    code, out, err = cli(*command.split(), "--out", "r")
    assert (code, out) == (2, "")
    assert err.startswith("liaf-ref: error: r: ")
    assert [path.name for path in (here / "r").iterdir()] == [name]


ADVICE = "use the recorded values, or choose another folder\n"
OTHER = "cannot resume with another configuration; --batch-size: was 32, is 5; "
OTHER_OPTIONS = {
    "--batch-size 5": OTHER + ADVICE,
    "--epochs 1": f"; --epochs: was 2, is 1, and epochs can only be increased; {ADVICE}",
    "--generated": "; the data (--data, --edition, --generated): was '",
}


@pytest.mark.parametrize("more", OTHER_OPTIONS)
def test_runs_of_other_options_do_not_share_a_table(
    cli: Cli, two: Path, here: Path, more: str
) -> None:
    shutil.copytree(two / "whole", here / "o")
    before = folder_contents(here / "o")
    args = training_args(two / "data", here / "o", "--resume", *more.split())
    code, out, err = cli(*(args[:2] + args[4:] if more == "--generated" else args))
    assert (code, out) == (2, "")
    assert OTHER_OPTIONS[more] in err
    assert folder_contents(here / "o") == before


def test_a_damaged_run_is_not_resumed(cli: Cli, data: Path, here: Path) -> None:
    cli(*training_args(data, here / "o"))
    path = here / "o" / "qa1-liaf" / "checkpoint.npz"
    path.write_bytes(path.read_bytes()[:1000])
    before = folder_contents(here / "o")
    longer = training_args(data, here / "o", "--resume", "--epochs", EPOCHS + 1)
    code, out, err = cli(*longer)
    assert (code, out) == (2, "")
    assert err.startswith(f"liaf-ref: error: qa1-liaf: {path}: expected a checkpoint, got ")
    assert err.count("\n") == 1
    after = folder_contents(here / "o")
    assert after.pop("manifest.json") != before.pop("manifest.json")
    assert after == before


DIVERGES = ["--lr", 1e30, "--optimizer", "sgd", "--epochs", 40]


# The outputs of the other cells are bounded, whatever their parameters.
@pytest.mark.parametrize("cell", ["liaf", "rnn"])
def test_training_out_of_range_is_one_line(cli: Cli, data: Path, here: Path, cell: str) -> None:
    code, out, err = cli(*training_args(data, here / "o", *DIVERGES, "--cells", cell))
    assert (code, out) == (1, "")
    line = rf"liaf-ref: error: qa1-{cell}: epoch \d, (after )?batch \d: the .* is .*\n"
    assert re.fullmatch(line, err)


def test_a_failed_run_stops_no_other(cli: Cli, data: Path, here: Path) -> None:
    code, out, err = cli(*training_args(data, here / "o", *DIVERGES, "--cells", "liaf,lif"))
    assert code == 1
    assert re.search(r"^liaf-ref: error: qa1-liaf: epoch \d, ", err, re.MULTILINE)
    assert " LIF " in out
    assert "LIAF" not in out
