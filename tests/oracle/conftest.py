"""What tests of the oracle may ask for."""

from importlib import import_module

import pytest


@pytest.fixture
def few_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what no convention explains, few pairs are tried: the test reads the verdict alone."""
    monkeypatch.setattr(import_module("liaf_ref.oracle.checker.search"), "MAX_PAIRS", 50)
