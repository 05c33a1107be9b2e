"""Snapshot tests of the texts and documents of the oracle."""

import pytest

from oracle.snapshot_texts import SNAPSHOT_DIR, TEXTS, snapshot


@pytest.mark.parametrize("name", TEXTS)
def test_text_matches_its_snapshot(name: str) -> None:
    assert snapshot(name) == (SNAPSHOT_DIR / name).read_text("utf-8")
