"""Damaged files are read or refused; `make fuzz` tries many more."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.events.fuzzing.files import PLANS, Recipe, damaged
from data.events.fuzzing.judge import READERS, inputs, measured
from data.events.fuzzing.recipes import recipes


@pytest.fixture(autouse=True)
def packages() -> None:
    for name in ("lz4.frame", "zstandard"):
        pytest.importorskip(name)


@pytest.mark.parametrize("reader", READERS)
def test_damaged_files(tmp_path: Path, reader: str) -> None:
    for form, suffix, content in inputs(reader, 300, seed=1):
        assert measured(tmp_path / f"a{suffix}", form, content).fault is None, content


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
@pytest.mark.parametrize("reader", PLANS)
def test_damaged_files_of_hypothesis(tmp_path: Path, reader: str, data: st.DataObject) -> None:
    recipe: Recipe = data.draw(recipes(reader))
    content = damaged(reader, recipe)
    path = tmp_path / f"a{PLANS[reader][0]}"
    assert measured(path, reader, content).fault is None, content
