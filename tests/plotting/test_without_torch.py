"""The notebook on backends runs where PyTorch is not installed, and says so."""

import runpy
import sys
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "12-check-your-backend.py"


def test_it_says_that_a_stand_in_is_used(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)  # import torch raises ImportError
    runpy.run_path(str(NOTEBOOK))
    text = capsys.readouterr().out
    assert "PyTorch is not installed" in text
    assert "reset detached + fires on >: explains 68 of 68 failures" in text
