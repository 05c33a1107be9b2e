"""What a command prints, and what happens when its streams cannot take it."""

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import start_python, wait_for

from cli.commands import run_cli, training_args
from liaf_ref.cli import main
from liaf_ref.cli.output import Messages, Results, Stream

Capture = pytest.CaptureFixture[str]


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


def written(kind: type[Stream], *texts: str) -> str:
    """What reaches a terminal."""
    target = io.BytesIO()
    stream = kind(target, "utf-8", newline="")
    for text in texts:
        stream.write(text)
    stream.flush()
    return target.getvalue().decode()


@pytest.mark.parametrize("kind", [Results, Messages])
def test_control_characters_of_names_are_shown(kind: type[Stream]) -> None:
    text = "\x1b[31mred\x9b0m \x7f\b a\rb \u202eabc \u200b\ufeff\ttab\nline é α × \u2009"
    shown = r"\x1b[31mred\x9b0m \x7f\x08 a\rb \u202eabc \u200b\ufeff"
    assert written(kind, text) == f"{shown}\ttab\nline é α × \u2009"


def test_a_bar_may_return_to_the_start_of_its_line_but_a_result_may_not() -> None:
    assert written(Messages, "\rbar \r|") == "\rbar \\r|"
    assert written(Results, "\r2") == r"\r2"


@pytest.mark.parametrize("name", ["\x1b[31mred", "two\nlines"])
def test_a_name_stays_within_its_line(here: Path, name: str) -> None:
    shown = name.replace("\x1b", r"\x1b").replace("\n", r"\n")
    ended = wait_for(start_python("-m", "liaf_ref", "events", name, cwd=here))
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"liaf-ref: error: {shown}: ")
    assert ended.stderr.count("\n") == 1


def test_a_command_goes_on_without_its_progress(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, data: Path, here: Path
) -> None:
    with lost_stream(Messages, "left") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        assert run_cli(capsys, *training_args(data, here / "o")).returncode == 0
    assert (here / "o" / "table.md").exists()


@pytest.mark.parametrize("how", ["full", "closed", "left"])
def test_a_message_that_cannot_be_written_is_no_error(how: str) -> None:
    with lost_stream(Messages, how) as stream:
        print("one", file=stream, flush=True)
        print("two", file=stream, flush=True)


@pytest.mark.parametrize(
    ("how", "reason"), [("full", "No space left on device"), ("closed", "Bad file descriptor")]
)
def test_results_that_cannot_be_printed_are_one_line(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, how: str, reason: str
) -> None:
    with lost_stream(Results, how) as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        code = main(["data", "--where", "n-mnist"])
    line = f"liaf-ref: error: standard output: cannot be written: {reason}\n"
    assert (code, capsys.readouterr().err) == (1, line)


def test_a_reader_who_has_left_wants_no_message(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lost_stream(Results, "left") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        with pytest.raises(SystemExit, match="1"):
            main(["data", "--where", "n-mnist"])
    assert not capsys.readouterr().err


def test_help_that_cannot_be_printed_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with lost_stream(Results, "full") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        assert main(["data", "--help"]) == 1


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


def memory_runs_out(*_: object) -> None:
    raise MemoryError("Unable to allocate 1.00 GiB for an array")


def test_memory_that_runs_out_is_one_line(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, here: Path
) -> None:
    monkeypatch.setattr("liaf_ref.cli.report.collect_runs", memory_runs_out)
    reason = "Unable to allocate 1.00 GiB for an array; pass fewer runs\n"
    line = f"liaf-ref: error: out of memory: {reason}"
    assert run_cli(capsys, "report", "runs", "--out", "r") == (1, "", line)


def test_a_run_whose_memory_runs_out_names_the_batch_size(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, data: Path, here: Path
) -> None:
    monkeypatch.setattr("liaf_ref.experiments.training_run.iter_training", memory_runs_out)
    code, _, err = run_cli(capsys, *training_args(data, here / "o"))
    reason = "use a smaller batch size, or fewer workers (--jobs)\n"
    assert (code, err.rpartition("; ")[2]) == (1, reason)


def test_a_batch_of_stories_that_does_not_fit_is_refused(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, data: Path, here: Path
) -> None:
    monkeypatch.setattr("liaf_ref.networks.memory.available_memory", lambda: 4 * 10**5)
    code, _, err = run_cli(capsys, *training_args(data, here / "o"))
    assert (code, "; the largest batch that fits is " in err) == (2, True)
    assert not (here / "o").exists()
