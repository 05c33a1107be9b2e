"""``liaf-ref gradcheck``."""

import json
from pathlib import Path

import pytest

from liaf_ref.cli import main
from liaf_ref.oracle.gradcheck import MODES

RIGHT = """
import liaf_ref as lr
from liaf_ref.oracle import layer_target

def lif(rng):
    return layer_target(lambda spike: lr.DenseLIF(3, 4, spike=spike, sharing="all"), rng)

def relu(rng):
    make = lambda spike: lr.DenseLIAF(3, 4, act="relu", mode="NTR", spike=spike)
    return layer_target(make, rng)
"""
WRONG = """
import numpy as np
from liaf_ref.oracle import GradcheckTarget

def target(rng):
    at = {"x": rng.normal(size=3)}
    return GradcheckTarget(lambda a, s: (a["x"] ** 2).sum(), lambda a, s: {"x": a["x"]}, at)

def absolute(rng):
    at = {"x": rng.normal(size=3)}
    value = lambda a, s: (abs(a["x"]) ** 2).sum()
    return GradcheckTarget(value, lambda a, s: {"x": 2 * a["x"]}, at)

def nothing(rng):
    return 3

def leaves(rng):
    raise SystemExit(0)
"""


def test_says_right_in_every_mode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "rights.py").write_text(RIGHT)
    monkeypatch.chdir(tmp_path)
    assert main(["gradcheck", "rights:lif", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["passed"]
    assert [check["mode"] for check in document["checks"]] == list(MODES)
    assert all(check["worst"]["error"] <= check["tolerance"] for check in document["checks"])
    assert main(["gradcheck", "rights:relu", "--mode", "relaxed", "--seed", "20"]) == 0
    assert "seed 21, the first sample without a kink nearby" in capsys.readouterr().out


def test_says_wrong_of_somebody_elses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "halves.py").write_text(WRONG)
    monkeypatch.chdir(tmp_path)
    assert main(["gradcheck", "halves:target", "--mode", "complex"]) == 1
    assert "FAILED: 3 derivatives checked by complex" in capsys.readouterr().out
    assert main(["gradcheck", "halves:nothing"]) == 2
    assert "halves:nothing: expected a GradcheckTarget, got 3" in capsys.readouterr().err
    assert main(["gradcheck", "halves:leaves"]) == 2
    assert "halves:leaves: the function raised SystemExit: 0" in capsys.readouterr().err
    assert main(["gradcheck", "halves:absolute"]) == 0
    text = capsys.readouterr()
    assert "mode complex skipped: target.value" in text.err
    assert "PASSED: 3 derivatives checked by relaxed" in text.out
    assert "mode hard skipped: without a spike, it is mode relaxed" in text.err
    assert "checked by hard" not in text.out
    assert main(["gradcheck", "halves:absolute", "--mode", "complex"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
