"""Folders for the command line's tests."""

from pathlib import Path

import pytest
from support import small_folder


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in the published layout, with few questions of task 1."""
    return small_folder(tmp_path_factory.mktemp("data"))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, and no data sets named by the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LIAF_REF_DATA", raising=False)
    return tmp_path
