"""The genuine data sets, which are not part of the project."""

import os
from pathlib import Path

import pytest


def genuine_folder() -> Path:
    """Folder that holds ``tasks_1-20_v1-2``; the test is skipped if there is none."""
    return _folder("tasks_1-20_v1-2")


def genuine_part(*parts: str) -> Path:
    """A file or folder of a data set of event cameras; the test is skipped without it."""
    path = _folder(parts[0]).joinpath(*parts)
    if not path.exists():
        pytest.skip(f"no {path.relative_to(path.parents[len(parts) - 1])} in LIAF_REF_DATA")
    return path


def _folder(held: str) -> Path:
    folder = os.environ.get("LIAF_REF_DATA")
    if not folder:
        pytest.skip(f"set LIAF_REF_DATA to the folder that holds {held}")
    return Path(folder)


def genuine_text(task: int, part: str) -> str:
    (path,) = (genuine_folder() / "tasks_1-20_v1-2" / "en").glob(f"qa{task}_*_{part}.txt")
    return path.read_text(encoding="ascii")
