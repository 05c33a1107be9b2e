"""What a reader of native code may do, as functions for a child process."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from liaf_ref._core.errors import DataError, FormatError


def read(path: Path, count: int) -> Iterator[Any]:
    """Print something, and yield the process and as many arrays."""
    print("hello")
    for number in range(count):
        yield os.getpid(), np.full(3, number)


def hang(path: Path) -> Iterator[Any]:
    yield None, None
    time.sleep(1000)


def end(path: Path) -> Iterator[Any]:
    yield None, None
    os._exit(3)


def take_memory(path: Path) -> Iterator[Any]:
    yield None, np.ones(10**8)


def panic(path: Path) -> Iterator[Any]:
    raise BaseException("a panic")


def refuse(path: Path) -> Iterator[Any]:
    raise FormatError("elsewhere", "a reason", offset=7)


def lack(path: Path) -> Iterator[Any]:
    raise DataError("a package")
