"""A program in any language as a backend: it reads a case folder and writes its answer."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from liaf_ref._core.errors import InputError, RunError
from liaf_ref._core.validation import check_number
from liaf_ref._core.validation.scalars import describe_value
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.declined import Declined
from liaf_ref.oracle.golden import npz, safetensors_format

DECLINED_EXIT_CODE = 77  # exit code of a program that declines, as with automake's tests
MAX_ERROR_LENGTH = 2000  # characters of a failed program's standard error in the message


class ProgramBackend:
    """Run ``COMMAND FOLDER`` for each case, as docs/verify/check-your-backend.md describes it."""

    def __init__(self, command: str, timeout: float = 60.0) -> None:
        if not isinstance(command, str):
            raise InputError(f"--exec: expected a command, got {describe_value(command)}")
        limit = "a number of seconds > 0"
        check_number("timeout", timeout, "a program", lambda x: x > 0, limit)
        self.command, self.timeout = command, timeout
        try:
            self.argv = shlex.split(command)
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
        with tempfile.TemporaryDirectory(prefix="liaf-case-") as name:
            folder = Path(name)
            write_case(folder, case)
            self._run(folder)
            return read_answer(folder, case)

    def _run(self, folder: Path) -> None:
        try:
            code, out, err = _run_process([*self.argv, str(folder)], self.timeout)
        except OSError as error:
            raise RunError(f"{self.argv[0]}: cannot be run: {error.strerror or error}") from error
        except subprocess.TimeoutExpired as error:
            raise RunError(
                f"{self.argv[0]}: timed out after {self.timeout:g} s (--timeout)"
            ) from error
        if code == DECLINED_EXIT_CODE:
            raise Declined(out.decode(errors="replace").strip() or "declined")
        if code:
            stderr_tail = err.decode(errors="replace").strip()[-MAX_ERROR_LENGTH:]
            stderr_tail = stderr_tail.replace("\n", " | ") or "no output on stderr"
            raise RunError(f"{self.argv[0]}: exit code {code}: {stderr_tail}")


def _run_process(argv: list[str], timeout: float) -> tuple[int, bytes, bytes]:
    """Exit code and output; a program that is given up takes its children along."""
    with subprocess.Popen(  # noqa: S603 - what the user asked for
        argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        try:
            out, err = process.communicate(timeout=timeout)
        except BaseException:  # Ctrl-C too: it does not reach another session
            os.killpg(process.pid, signal.SIGKILL)
            raise
    return process.returncode, out, err


def write_case(folder: Path, case: Case) -> None:
    """Write a case for a program."""
    arrays = dict(case)
    dtype = next(a.dtype.name for a in arrays.values() if a.dtype.kind == "f")
    document = {
        "name": case.name,
        "level": case.level,
        "description": case.description,
        "dtype": dtype,
        "nodes": [node._asdict() for node in case.nodes],
        "optimizer": case.optimizer,
        "arrays": {n: {"shape": a.shape, "dtype": a.dtype.name} for n, a in arrays.items()},
    }
    (folder / "case.json").write_text(json.dumps(document, indent=1, default=dict), "utf-8")
    (folder / "case.npz").write_bytes(npz.dumps(arrays))
    (folder / "case.safetensors").write_bytes(safetensors_format.dumps(arrays))


def read_answer(folder: Path, case: Case) -> Mapping[str, Array]:
    """Read a program's answer."""
    for name, loads in (
        ("answer.npz", npz.loads),
        ("answer.safetensors", safetensors_format.loads),
    ):
        if (folder / name).is_file():
            return loads((folder / name).read_bytes(), name)
    raise RunError(f"{case.name}: expected answer.npz or answer.safetensors, got neither")
