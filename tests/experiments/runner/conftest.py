"""The fake experiment is known in all tests of the runner."""

import pytest

from experiments.runner.fake_experiment import FakeExperiment
from liaf_ref.experiments.registry import EXPERIMENTS


@pytest.fixture(autouse=True)
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeExperiment:
    experiment = FakeExperiment()
    monkeypatch.setitem(EXPERIMENTS, "fake", experiment)
    return experiment
