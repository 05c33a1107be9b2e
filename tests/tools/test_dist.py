"""Wheel and sdist hold what they should, and nothing else."""

import shutil
from pathlib import Path

import pytest
from check_dist import ROOT, build, faults


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="asks git what belongs to the package")
@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_wheel_and_sdist_hold_the_package_and_nothing_strange(tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    assert faults(build(tmp_path / "dist")) == []
