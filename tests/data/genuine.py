"""The genuine bAbI files, which are not part of the project."""

import os
from pathlib import Path

import pytest


def genuine_folder() -> Path:
    """Folder that holds ``tasks_1-20_v1-2``; the test is skipped if there is none."""
    folder = os.environ.get("LIAF_REF_DATA")
    if not folder:
        pytest.skip("set LIAF_REF_DATA to the folder that holds tasks_1-20_v1-2")
    return Path(folder)


def genuine_text(task: int, part: str) -> str:
    (path,) = (genuine_folder() / "tasks_1-20_v1-2" / "en").glob(f"qa{task}_*_{part}.txt")
    return path.read_text(encoding="ascii")
