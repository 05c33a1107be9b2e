"""Folders for the command line's tests."""

from pathlib import Path

import pytest
from experiments.runner.fake_experiment import FakeExperiment
from support import write_small_task

from cli.sweep_helpers import SMALL_SPEC
from liaf_ref.experiments.registry import EXPERIMENTS


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in the published layout, with few questions of task 1."""
    return write_small_task(tmp_path_factory.mktemp("data"))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, and no data sets named by the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LIAF_REF_DATA", raising=False)
    return tmp_path


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    """A small sweep over bAbI."""
    path = tmp_path / "s.toml"
    path.write_text(SMALL_SPEC, "utf-8")
    return path


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sweep over the fake experiment: two jobs that end, one that fails."""
    monkeypatch.setitem(EXPERIMENTS, "fake", FakeExperiment())
    path = tmp_path / "fake.toml"
    path.write_text(
        'experiment = "fake"\n[grid]\nnumber = [0, 1]\n[[also]]\nnumber = 2\nbehavior = "fail"\n'
    )
    return path
