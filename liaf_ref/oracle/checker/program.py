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
from itertools import count
from pathlib import Path
from typing import IO, Any

from liaf_ref._core.atomic import write_npz
from liaf_ref._core.errors import InputError, RunError
from liaf_ref._core.safe_load import load_npz, max_decompressed_size
from liaf_ref._core.system import kill_with_children, own_group, split_command
from liaf_ref._core.text import describe_value
from liaf_ref._core.validation import check_number
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.declined import Declined
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
    golden, arrays = GoldenCase(case, {}, {}, required_names(case)), dict(case)
    (folder / f"{case.name}.safetensors").write_bytes(to_safetensors(arrays))
    with (folder / f"{case.name}.npz").open("wb") as file:
        write_npz(file, arrays)
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


class ProgramBackend:
    """Run ``COMMAND FOLDER`` for each case, as docs/verify/program-backend.md describes it."""

    def __init__(
        self,
        command: str,
        timeout: float = 60.0,
        keep: Path | None = None,
        dtype: str = "float32",
    ) -> None:
        if not isinstance(command, str):
            raise InputError(f"--exec: expected a command, got {describe_value(command)}")
        limit = "a number of seconds > 0"
        check_number("timeout", timeout, "a program", lambda x: x > 0, limit)
        self.command, self.timeout, self.keep, self.dtype = command, timeout, keep, dtype
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
            self._run(folder)
            return read_answer(folder, case)

    def close(self) -> None:
        """End what runs between two cases: nothing."""

    def _run(self, folder: Path) -> None:
        try:
            code, out, err = _run_process([*self.argv, str(folder)], self.timeout)
        except OSError as error:
            raise self._cannot_run(error) from error
        except subprocess.TimeoutExpired as error:
            raise self._error(f"timed out after {self.timeout:g} s (--timeout)") from error
        if code == DECLINED_EXIT_CODE:
            raise Declined(out.decode(errors="replace").strip() or "declined")
        if code:
            raise self._error(f"exit code {code}: {_tail(err)}")

    def _error(self, text: str) -> RunError:
        return RunError(f"{self.argv[0]}: {text}")

    def _cannot_run(self, error: OSError) -> RunError:
        return self._error(f"cannot be run: {error.strerror or error}")


class LoopBackend(ProgramBackend):
    """Run ``COMMAND`` once; it reads a folder from each line of its standard input."""

    _program: "_Program | None" = None

    def close(self) -> None:
        """End the program by the end of its input."""
        if self._program is not None:
            self._program.end()
            self._program = None

    def _run(self, folder: Path) -> None:
        try:
            self._program = self._program or _Program(self.argv)
        except OSError as error:
            raise self._cannot_run(error) from error
        try:
            line = self._program.answer(folder, self.timeout)
            word, _, reason = line.partition(" ")
            if word == "declined":
                raise Declined(reason.strip() or "declined")
            if word == "failed":
                raise self._error(reason.strip() or "failed")
            if line != "ok":
                raise self._unexpected(self._program, line)
        except queue.Empty:
            self._kill()
            hint = "a program must flush its standard output after each line"
            raise self._error(f"timed out after {self.timeout:g} s (--timeout); {hint}") from None
        except KeyboardInterrupt:
            self._kill()
            raise

    def _unexpected(self, program: "_Program", line: str) -> RunError:
        """The error for a program that ended or printed something else; the next is a new one."""
        if not line:
            program.wait()
            errors = program.errors_tail()
            return self._error(f"exit code {self._kill()} before an answer: {errors}")
        self._kill()
        expected = "expected a line 'ok', 'declined REASON' or 'failed REASON'"
        return self._error(f"{expected}, got {line[:MAX_ERROR_LENGTH]!r}")

    def _kill(self) -> int:
        program, self._program = self._program, None
        return program.kill() if program is not None else 0


class _Program:
    """A program that runs, and the lines it prints."""

    def __init__(self, argv: list[str]) -> None:
        self.errors: IO[bytes] = tempfile.TemporaryFile("a+b")  # noqa: SIM115 - while it runs
        pipe = subprocess.PIPE
        self.process: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603 - the user's own
            argv, stdin=pipe, stdout=pipe, stderr=self.errors, **own_group()
        )
        self.lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        target, args = _read_lines, (self.process, self.lines)
        self.reader = threading.Thread(target=target, args=args, daemon=True)
        self.reader.start()

    def answer(self, folder: Path, timeout: float) -> str:
        """The line that answers a folder; empty if the program has ended."""
        stdin: Any = self.process.stdin
        with contextlib.suppress(OSError):  # it has ended, and so have its lines
            self.errors.truncate(0)
            stdin.write(os.fsencode(folder) + b"\n")
            stdin.flush()
        return self.lines.get(timeout=timeout).decode(errors="replace").rstrip("\r\n")

    def errors_tail(self) -> str:
        """The end of what it wrote to standard error on the last case."""
        self.errors.seek(0)
        return _tail(self.errors.read())

    def end(self) -> None:
        """End its input, and the program if that does not."""
        stdin: Any = self.process.stdin
        with contextlib.suppress(OSError):
            stdin.close()
        self.wait()
        self.kill()

    def wait(self) -> None:
        """Wait for its end, but not for long."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(SECONDS_TO_END)

    def kill(self) -> int:
        """End it with its children; its exit code."""
        stdin: Any = self.process.stdin
        kill_with_children(self.process)
        with contextlib.suppress(OSError):
            stdin.close()
        code = self.process.wait()
        self.reader.join(SECONDS_TO_END)
        self.errors.close()
        return code


def _read_lines(process: "subprocess.Popen[bytes]", lines: "queue.SimpleQueue[bytes]") -> None:
    """Put each line that a program prints, and an empty one at the end."""
    stream: Any = process.stdout
    with stream:
        while line := stream.readline(MAX_LINE_LENGTH):
            lines.put(line)
    lines.put(b"")


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


@contextlib.contextmanager
def open_program(
    command: str, timeout: float, loop: bool, keep: Path | None, dtype: str
) -> Iterator[ProgramBackend]:
    """A program as a backend; what runs of it ends with the block."""
    backend = (LoopBackend if loop else ProgramBackend)(command, timeout, keep, dtype)
    try:
        yield backend
    finally:
        backend.close()


def _tail(err: bytes) -> str:
    """The end of a program's standard error on one line."""
    text = err.decode(errors="replace").strip()[-MAX_ERROR_LENGTH:]
    return text.replace("\n", " | ") or "no output on stderr"


def _run_process(argv: list[str], timeout: float) -> tuple[int, bytes, bytes]:
    """Exit code and output; a program that is given up takes its children along."""
    with subprocess.Popen(  # noqa: S603 - what the user asked for
        argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **own_group()
    ) as process:
        streams: Any = process.stdout, process.stderr
        ends: list[list[bytes]] = [[b""], [b""]]
        readers = [
            threading.Thread(target=_keep_end, args=pair, daemon=True)
            for pair in zip(streams, ends, strict=True)
        ]
        deadline = time.monotonic() + timeout
        try:
            for reader in readers:
                reader.start()
            for reader in readers:  # a child that holds a pipe open has not ended either
                reader.join(max(deadline - time.monotonic(), 0))
            if any(reader.is_alive() for reader in readers):
                raise subprocess.TimeoutExpired(argv, timeout)
            process.wait(max(deadline - time.monotonic(), 0))
        except BaseException:  # Ctrl-C too: it does not reach another session
            kill_with_children(process)
            raise
    return process.returncode, ends[0][0], ends[1][0]


def _keep_end(stream: IO[bytes], end: list[bytes]) -> None:
    """Read a stream, and keep no more than its end."""
    while chunk := stream.read1(CHUNK_BYTES):  # type: ignore[attr-defined]
        end[0] = (end[0] + chunk)[-MAX_KEPT_BYTES:]
