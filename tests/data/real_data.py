"""The genuine data sets, which are not part of the project."""

import os
from pathlib import Path

import pytest


def real_babi_folder() -> Path:
    """Folder that holds ``tasks_1-20_v1-2``; the test is skipped if there is none."""
    return _data_folder("tasks_1-20_v1-2")


def real_data_path(*parts: str) -> Path:
    """A file or folder of a data set of event cameras; the test is skipped without it."""
    path = _data_folder(parts[0]).joinpath(*parts)
    if not path.exists():
        pytest.skip(f"no {path.relative_to(path.parents[len(parts) - 1])} in LIAF_REF_DATA")
    return path


def _data_folder(content: str) -> Path:
    folder = os.environ.get("LIAF_REF_DATA")
    if not folder:
        pytest.skip(f"set LIAF_REF_DATA to the folder that holds {content}")
    return Path(folder)


def real_babi_text(task: int, part: str) -> str:
    (path,) = (real_babi_folder() / "tasks_1-20_v1-2" / "en").glob(f"qa{task}_*_{part}.txt")
    return path.read_text(encoding="ascii")
