"""Programs as backends: each case in a folder, the answer in it."""

import contextlib
import os
import queue
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from liaf_ref._core.errors import InputError, RunError
from liaf_ref._core.kinds import real
from liaf_ref._core.safe_load import load_npz, max_decompressed_size
from liaf_ref._core.system import kill_with_children, own_group, split_command
from liaf_ref._core.text import describe_value
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case, Declined
from liaf_ref.oracle.golden import manifest
from liaf_ref.oracle.golden.arrays import from_safetensors, to_safetensors
from liaf_ref.oracle.golden.golden_case import GoldenCase
from liaf_ref.oracle.golden.manifest import is_network_input
from liaf_ref.oracle.golden.store import MANIFEST
from liaf_ref.oracle.shapes import array_shapes, required_arrays


def _from_npz(content: bytes, path: Path | str) -> dict[str, Array]:
    return load_npz(content, path, max_decompressed_size(len(content)))


ANSWERS = {"answer.npz": _from_npz, "answer.safetensors": from_safetensors}


def write_case(folder: Path, case: Case, dtype: str) -> None:
    """Write a case without its answer, and the precision of the check."""
    golden = GoldenCase(case, {}, {}, required_names(case))
    arrays: dict[str, Any] = dict(case)
    (folder / f"{case.name}.safetensors").write_bytes(to_safetensors(arrays))
    np.savez(folder / f"{case.name}.npz", **arrays)
    entry = manifest.case_entry(golden, arrays)
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
MAX_LINE_LENGTH = 10_000  # bytes of a line that answers a folder
MAX_KEPT_BYTES = 10_000  # of what a program prints
CHUNK_BYTES = 1 << 16
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
        if not isinstance(command, str):
            raise InputError(f"--exec: expected a command, got {describe_value(command)}")
        real(0, closed="()").check("timeout", timeout, "a program")
        self.command, self.timeout, self.keep, self.dtype = command, timeout, keep, dtype
        self.loop, self._program = loop, None
        try:
            self.argv = split_command(command)
        except ValueError as error:
            raise InputError(f"--exec: expected a command, got {command!r}: {error}") from error
        if not self.argv:
            raise InputError("--exec: expected a command, got nothing")
        if shutil.which(self.argv[0]) is None:
            raise InputError(f"--exec: expected an executable program, got {self.argv[0]!r}")

    def __str__(self) -> str:
        return self.command

    def __call__(self, case: Case) -> Mapping[str, Array]:
        """Answer one case."""
        with _case_folder(case, self.keep) as folder:
            write_case(folder, case, self.dtype)
            try:
                answered = self._ask_running(folder) if self.loop else self._run(folder)
            except OSError as error:
                raise self._error(f"cannot be run: {error.strerror or error}") from error
            except (queue.Empty, subprocess.TimeoutExpired) as error:
                late = f"timed out after {self.timeout:g} s (--timeout)"
                raise self._error(late + (FLUSH if self.loop else "")) from error
            if answered is not None:
                raise Declined(answered.strip() or "declined")
            return read_answer(folder, case)

    def close(self) -> None:
        """End what runs between two cases, by the end of its input."""
        if self._program is not None:
            self._program.end()
            self._program = None

    def _run(self, folder: Path) -> str | None:
        """The reason if it declines."""
        program = _Program([*self.argv, str(folder)])
        with program.or_killed():
            code = program.finish(self.timeout)
        if code and code != DECLINED_EXIT_CODE:
            raise self._error(f"exit code {code}: {program.errors()}")
        return program.ends["stdout"].decode(errors="replace") if code else None

    def _ask_running(self, folder: Path) -> str | None:
        """The reason if it declines; after anything unexpected the next case gets a new program."""
        program, self._program = self._program or _Program(self.argv, loop=True), None
        with program.or_killed():
            line = program.answer(folder, self.timeout)
        if not line:
            code = program.end()
            raise self._error(f"exit code {code} before an answer: {program.errors()}")
        word, _, reason = line.partition(" ")
        if word not in {"declined", "failed"} and line != "ok":
            program.kill()
            raise self._error(f"expected {WORDS}, got {line[:MAX_ERROR_LENGTH]!r}")
        self._program = program
        if word == "failed":
            raise self._error(reason.strip() or "failed")
        return reason if word == "declined" else None

    def _error(self, text: str) -> RunError:
        return RunError(f"{self.argv[0]}: {text}")


class _Program:
    """A program that runs, and the end of what it prints; in a loop, each line."""

    def __init__(self, argv: list[str], loop: bool = False) -> None:
        pipe = subprocess.PIPE
        self.process: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603 - the user's own
            argv, stdin=pipe if loop else None, stdout=pipe, stderr=pipe, **own_group()
        )
        self.lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.ends = {"stdout": b"", "stderr": b""}
        targets = (
            self._put_lines if loop else partial(self._keep_end, "stdout"),
            partial(self._keep_end, "stderr"),
        )
        self.readers = [threading.Thread(target=target, daemon=True) for target in targets]
        for reader in self.readers:
            reader.start()

    def _put_lines(self) -> None:
        """Put each line that it prints, and an empty one at the end."""
        stdout: Any = self.process.stdout
        with stdout:
            while line := stdout.readline(MAX_LINE_LENGTH):
                self.lines.put(line)
        self.lines.put(b"")

    def _keep_end(self, name: str) -> None:
        """Read a stream, and keep no more than its end."""
        with getattr(self.process, name) as stream:
            while chunk := stream.read1(CHUNK_BYTES):
                self.ends[name] = (self.ends[name] + chunk)[-MAX_KEPT_BYTES:]

    def errors(self) -> str:
        """The end of its standard error on one line."""
        text = self.ends["stderr"].decode(errors="replace").strip()[-MAX_ERROR_LENGTH:]
        return text.replace("\n", " | ") or "no output on stderr"

    @contextlib.contextmanager
    def or_killed(self) -> Iterator[None]:
        """Give the program up, and its children, if it is too late or Ctrl-C comes."""
        try:
            yield
        except BaseException:  # Ctrl-C does not reach another session
            self.kill()
            raise

    def finish(self, timeout: float) -> int:
        """Its exit code."""
        deadline = time.monotonic() + timeout
        for reader in self.readers:  # a child that holds a pipe open has not ended either
            reader.join(max(deadline - time.monotonic(), 0))
        if any(reader.is_alive() for reader in self.readers):
            raise subprocess.TimeoutExpired(self.process.args, timeout)
        return self.process.wait(max(deadline - time.monotonic(), 0))

    def answer(self, folder: Path, timeout: float) -> str:
        """The line that answers a folder; empty if the program has ended."""
        stdin: Any = self.process.stdin
        self.ends["stderr"] = b""
        with contextlib.suppress(OSError):  # it has ended, and so have its lines
            stdin.write(os.fsencode(folder) + b"\n")
            stdin.flush()
        return self.lines.get(timeout=timeout).decode(errors="replace").rstrip("\r\n")

    def end(self) -> int:
        """End its input, and the program if that does not; its exit code."""
        self._close_input()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(SECONDS_TO_END)
        return self.kill()

    def kill(self) -> int:
        """End it with its children; its exit code."""
        kill_with_children(self.process)
        self._close_input()
        code = self.process.wait()
        for reader in self.readers:
            reader.join(SECONDS_TO_END)
        return code

    def _close_input(self) -> None:
        if self.process.stdin is not None:
            with contextlib.suppress(OSError):
                self.process.stdin.close()


@contextlib.contextmanager
def _case_folder(case: Case, keep: Path | None) -> Iterator[Path]:
    """A new folder for a case: a temporary one, or one that stays in ``keep``."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="liaf-case-") as name:
            yield Path(name)
        return
    names = (case.name if k == 1 else f"{case.name}.{k}" for k in count(1))
    folder = next(keep / name for name in names if not (keep / name).exists())
    folder.mkdir(parents=True)
    yield folder


def keep_only(keep: Path, names: Collection[str]) -> None:
    """Remove the folders of all cases but some."""
    for folder in keep.iterdir():
        if not {folder.name, folder.name.rpartition(".")[0]} & {*names}:  # CASE or CASE.2
            shutil.rmtree(folder)
