"""Read files with another library's native code in a child process of bounded memory and time.

A damaged file can make native code end its process, loop forever or take all memory.  It does so
in the child, and the caller gets a :class:`FormatError`.  An idle child waits for the next file.
"""

import contextlib
import importlib
import io
import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import DataError, FormatError, unreadable
from liaf_ref._core.system import limit_memory, own_group
from liaf_ref._core.text import short_repr

MAX_SECONDS = 30.0  # of waiting for the child, for a file of at most LARGE_FILE bytes
MAX_MEMORY = 400_000_000  # bytes that the child may have for such a file
LARGE_FILE = 50_000_000  # bytes, above which both limits grow with the file
BOOTSTRAP = f"import sys; sys.path[:] = sys.argv[1:]; from {__name__} import serve; serve()"

Item = tuple[Any, NDArray[Any] | None]  # a JSON value, and an array
_idle: "list[Child]" = []


def read_in_child(function: str, path: Path, **options: Any) -> Iterator[Item]:
    """Yield what ``module:function(path, **options)`` yields, and raise its FormatErrors."""
    if sys.platform == "emscripten":  # a browser starts no processes
        yield from _find(function)(path, **options)
        return
    child = _idle.pop() if _idle and _idle[-1].is_usable() else Child()
    try:
        yield from child.read(function, path, options)
    finally:
        if child.busy:  # it hangs, has ended, or its caller does not need the rest
            child.end()
        else:
            _idle.append(child)


class Child:
    """The parent's side of a child process."""

    def __init__(self) -> None:
        import subprocess  # noqa: PLC0415 - slow, and not in a browser

        self.owner, self.busy = os.getpid(), False
        self.process: Any = subprocess.Popen(  # noqa: S603 - this program
            [sys.executable, "-P", "-c", BOOTSTRAP, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            **own_group(),
        )

    def is_usable(self) -> bool:
        """Whether the child runs, and was started by this process and not before a fork."""
        return self.owner == os.getpid() and self.process.poll() is None

    def read(self, function: str, path: Path, options: dict[str, Any]) -> Iterator[Item]:
        """Have a file read, and yield the items."""
        factor = max(1.0, path.stat().st_size / LARGE_FILE)
        seconds, memory = MAX_SECONDS * factor, int(MAX_MEMORY * factor)
        self.busy = True
        self.process.stdin.write(
            json.dumps([function, str(path.absolute()), options, memory]).encode() + b"\n"
        )
        self.process.stdin.flush()
        while True:
            began = time.monotonic()
            kind, value, array = self._receive(path, seconds)
            seconds -= time.monotonic() - began
            self.busy = kind == "item"
            if kind == "end":
                return
            if kind == "error":
                raise FormatError(path, **value)
            if kind == "data error":
                raise DataError(value)
            yield value, array

    def end(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):  # what was to be written is lost
                pipe.close()

    def _receive(self, path: Path, seconds: float) -> tuple[str, Any, NDArray[Any] | None]:
        timer = threading.Timer(max(seconds, 0.0), self.process.kill)
        timer.start()
        answers = self.process.stdout
        try:
            kind, value, size = json.loads(answers.readline())
            body = io.BytesIO(answers.read(size))
            array = np.lib.format.read_array(body, allow_pickle=False) if size else None
            return kind, value, array
        except ValueError as error:  # a message cut short: the process has ended
            code = self.process.wait()
            why = f"the reader ended with exit code {code}" if timer.is_alive() else "time is up"
            raise unreadable(path, "a file that can be read", why) from error
        finally:
            timer.cancel()


def serve() -> None:
    """Read the files that are named on standard input, in the child."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    for line in sys.stdin:
        function, path, options, memory = json.loads(line)
        limit_memory(memory)
        for message in _messages(function, Path(path), options):
            _send(answers, *message)


def _messages(function: str, path: Path, options: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    try:
        for value, array in _find(function)(path, **options):
            yield "item", value, array
        yield "end", None, None
    except FormatError as error:
        yield "error", {"reason": error.reason, "line": error.line, "offset": error.offset}, None
    except DataError as error:
        yield "data error", str(error), None
    except BaseException as error:  # noqa: BLE001 - native code raises anything
        yield "error", {"reason": f"expected a valid file, got an error: {short_repr(error)}"}, None


def _send(answers: BinaryIO, kind: str, value: Any, array: NDArray[Any] | None) -> None:
    body = io.BytesIO()
    if array is not None:
        np.lib.format.write_array(body, array, allow_pickle=False)
    answers.write(json.dumps([kind, value, body.tell()]).encode() + b"\n")
    answers.write(body.getbuffer())
    answers.flush()


def _find(function: str) -> Any:
    module, name = function.split(":")
    return getattr(importlib.import_module(module), name)
