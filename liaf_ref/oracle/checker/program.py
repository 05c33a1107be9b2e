"""Programs as backends: each case in a folder, the answer in it."""

import contextlib
import os
import queue
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Collection, Iterator, Mapping
from itertools import count
from pathlib import Path
from subprocess import PIPE
from typing import IO, Any, cast

import numpy as np

from liaf_ref._core.errors import InputError, RunError
from liaf_ref._core.kinds import real
from liaf_ref._core.safe_load import load_npz, max_decompressed_size
from liaf_ref._core.system import kill_with_children, own_group, split_command
from liaf_ref.oracle.case import Array, Case, Declined
from liaf_ref.oracle.golden import manifest
from liaf_ref.oracle.golden.cases import GoldenCase, from_safetensors, to_safetensors
from liaf_ref.oracle.golden.store import MANIFEST
from liaf_ref.oracle.shapes import array_shapes, is_network_input, required_arrays


def _from_npz(content: bytes, path: Path | str) -> dict[str, Array]:
    return load_npz(content, path, max_decompressed_size(len(content)))


ANSWERS = {"answer.npz": _from_npz, "answer.safetensors": from_safetensors}


def write_case(folder: Path, case: Case, dtype: str) -> None:
    """Write a case without its answer, and the precision of the check."""
    arrays: dict[str, Any] = dict(case)
    (folder / f"{case.name}.safetensors").write_bytes(to_safetensors(arrays))
    np.savez(folder / f"{case.name}.npz", **arrays)
    entry = manifest.case_entry(GoldenCase(case, {}, {}, required_names(case)), arrays)
    del entry["exact"]  # of the expected numbers, which a program is not told
    entry["dtype"] = dtype  # bfloat16 and TF32 have float32 arrays
    (folder / MANIFEST).write_bytes(manifest.dumps([entry], ("npz", "safetensors")))


def required_names(case: Case) -> frozenset[str]:
    """The arrays that a backend must return, by the op table."""
    given = {name: array.shape for name, array in case.items() if is_network_input(name)}
    steps = None if case.optimizer is None else case.optimizer["steps"]
    integers = {f"grad/{name}" for name, array in case.items() if array.dtype.kind == "i"}
    return required_arrays(case, array_shapes(case.nodes, given, steps).keys() - integers)


def read_answer(folder: Path, case: Case) -> Mapping[str, Array]:
    """Read a program's answer."""
    for name, loads in ANSWERS.items():
        if (folder / name).is_file():
            return loads((folder / name).read_bytes(), name)
    raise RunError(f"{case.name}: expected {' or '.join(ANSWERS)}, got neither")


DECLINED_EXIT_CODE = 77  # exit code of a program that declines, as with automake's tests
MAX_ERROR_LENGTH = 2000  # characters of a failed program's standard error in the message
MAX_LINE_LENGTH = 10_000  # bytes of a line that answers a folder, or of a reason
SECONDS_TO_END = 5.0  # after the end of a program's input
WORDS = "a line 'ok', 'declined REASON' or 'failed REASON'"
FLUSH = "; a program must flush its standard output after each line"


class ProgramBackend:
    """Run ``COMMAND FOLDER`` for each case, as docs/verify/program-backend.md describes it."""

    # With ``loop``, it runs ``COMMAND`` once, which reads a folder from each line of its input.
    _program: "_Program | None"  # of a loop, between two cases

    def __init__(
        self,
        command: str,
        timeout: float = 60.0,
        keep: Path | None = None,
        dtype: str = "float32",
        loop: bool = False,
    ) -> None:
        real(0, closed="()").check("timeout", timeout, "a program")
        self.command, self.timeout, self.keep, self.dtype = command, timeout, keep, dtype
        self.loop, self._program, self.argv = loop, None, list[str]()
        with contextlib.suppress(ValueError):  # of a quote that is not closed
            self.argv = split_command(command)
        if not self.argv or shutil.which(self.argv[0]) is None:
            raise InputError(f"--exec: expected an executable program, got {command!r}")

    def __str__(self) -> str:
        return self.command

    def __call__(self, case: Case) -> Mapping[str, Array]:
        """Answer one case."""
        with _case_folder(case, self.keep) as folder:
            write_case(folder, case, self.dtype)
            try:
                (self._ask_running if self.loop else self._run)(folder)
            except OSError as error:
                raise self._error(f"cannot be run: {error.strerror or error}") from error
            except (queue.Empty, subprocess.TimeoutExpired) as error:
                late = f"timed out after {self.timeout:g} s (--timeout)"
                raise self._error(late + (FLUSH if self.loop else "")) from error
            return read_answer(folder, case)

    def close(self) -> None:
        """End what runs between two cases, by the end of its input."""
        if self._program is not None:
            self._program.end()
            self._program = None

    def _run(self, folder: Path) -> None:
        """Start it for a case, and wait for its end."""
        with tempfile.TemporaryFile("a+b") as printed:
            program = _Program([*self.argv, str(folder)], stdout=printed)
            try:
                program.process.wait(self.timeout)
            finally:  # Ctrl-C does not reach another session
                code = program.kill()
            if code == DECLINED_EXIT_CODE:
                raise Declined(_end_of(printed, MAX_LINE_LENGTH).strip() or "declined")
            if code:
                raise self._error(f"exit code {code}: {program.errors}")

    def _ask_running(self, folder: Path) -> None:
        """Tell it the folder of a case; after anything unexpected the next gets a new program."""
        program = self._program or _Program(self.argv, stdin=PIPE, stdout=PIPE)
        self._program = None
        try:
            line = program.answer(folder, self.timeout)
        except BaseException:
            program.kill()
            raise
        if not line:
            code = program.end()
            raise self._error(f"exit code {code} before an answer: {program.errors}")
        word, _, reason = line.partition(" ")
        if word not in {"declined", "failed"} and line != "ok":
            program.kill()
            raise self._error(f"expected {WORDS}, got {line[:MAX_ERROR_LENGTH]!r}")
        self._program = program
        if word != "ok":
            text = reason.strip() or word
            raise self._error(text) if word == "failed" else Declined(text)

    def _error(self, text: str) -> RunError:
        return RunError(f"{self.argv[0]}: {text}")


class _Program:
    """A program that runs; what it prints on standard error goes into a file."""

    errors = ""  # the end of its standard error on one line, once it has ended

    def __init__(self, argv: list[str], **streams: Any) -> None:
        self.stderr = tempfile.TemporaryFile("a+b")  # noqa: SIM115 - as long as the program
        how = {"stderr": self.stderr, **streams, **own_group()}
        self.process = subprocess.Popen[bytes](argv, **how)

    def answer(self, folder: Path, timeout: float) -> str:
        """The line that answers a folder; empty if the program has ended."""
        stdin, stdout = (cast("IO[bytes]", s) for s in (self.process.stdin, self.process.stdout))
        lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.stderr.truncate(0)
        with contextlib.suppress(OSError):  # it has ended, and so have its lines
            stdin.write(os.fsencode(folder) + b"\n")
            stdin.flush()

        def read() -> None:
            lines.put(stdout.readline(MAX_LINE_LENGTH))

        threading.Thread(target=read, daemon=True).start()
        return lines.get(timeout=timeout).decode(errors="replace").rstrip("\r\n")

    def end(self) -> int:
        """End its input, and the program if that does not; its exit code."""
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            cast("IO[bytes]", self.process.stdin).close()
            self.process.wait(SECONDS_TO_END)
        return self.kill()

    def kill(self) -> int:
        """End it with its children; its exit code."""
        kill_with_children(self.process)
        text = _end_of(self.stderr, MAX_ERROR_LENGTH).strip()
        self.errors = text.replace("\n", " | ") or "no output on stderr"
        for stream in (self.stderr, self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError, AttributeError):
                stream.close()  # type: ignore[union-attr]
        return self.process.wait()


def _end_of(file: IO[bytes], size: int) -> str:
    """The last bytes of what a program has printed, as text."""
    file.seek(max(file.seek(0, os.SEEK_END) - size, 0))
    return file.read().decode(errors="replace")


@contextlib.contextmanager
def _case_folder(case: Case, keep: Path | None) -> Iterator[Path]:
    """A new folder for a case: a temporary one, or one that stays in ``keep``."""
    with tempfile.TemporaryDirectory(prefix="liaf-case-") as temporary:
        place = keep or Path(temporary)
        names = (case.name if k == 1 else f"{case.name}.{k}" for k in count(1))
        folder = next(place / name for name in names if not (place / name).exists())
        folder.mkdir(parents=True)
        yield folder


def keep_only(keep: Path, names: Collection[str]) -> None:
    """Remove the folders of all cases but some."""
    for folder in keep.iterdir():
        if not {folder.name, folder.name.rpartition(".")[0]} & {*names}:  # CASE or CASE.2
            shutil.rmtree(folder)
