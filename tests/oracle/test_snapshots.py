"""Every text and every document that the oracle gives is as it was written down."""

import pytest

from oracle.snapshot_texts import SNAPSHOT_DIR, TEXTS, snapshot


@pytest.mark.parametrize("name", TEXTS)
def test_it_says_what_is_written_down(name: str) -> None:
    assert snapshot(name) == (SNAPSHOT_DIR / name).read_text("utf-8")
