"""Workers that are killed at random, on a small scale."""

import sys
from pathlib import Path

import pytest
from support import python

TOOL = Path(__file__).resolve().parents[2] / "tools" / "sweep_kills.py"


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_every_job_is_done_once_though_workers_are_killed(tmp_path: Path) -> None:
    with python(TOOL, 60, "--every", 15, "--json", cwd=tmp_path) as process:
        out, err = process.communicate(timeout=300)
    assert process.returncode == 0, out + err
