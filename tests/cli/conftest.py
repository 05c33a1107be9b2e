"""Folders for the command line's tests."""

import shutil
from functools import partial
from pathlib import Path

import pytest
from experiments.runner.fake_experiment import FakeExperiment
from support import write_small_task

from cli.commands import SMALL_SPEC, Cli, run_cli, training_args
from liaf_ref.cli import main
from liaf_ref.experiments.registry import EXPERIMENTS


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in the published layout, with few questions of task 1."""
    return write_small_task(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def two(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs that nobody disturbed, in `whole`, and beside them their data."""
    folder = tmp_path_factory.mktemp("two")
    shutil.copytree(data, folder / "data")
    args = training_args(folder / "data", folder / "whole", "--cells", "liaf,lif")
    assert main(list(map(str, args))) == 0
    return folder


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    """The command line, called with its words."""
    return partial(run_cli, capsys)


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
