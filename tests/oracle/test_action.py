"""The GitHub Action as far as it runs without GitHub: its script, in the shell it asks for."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ACTION = Path(__file__).parents[2] / "action.yml"
RIGHT = "from liaf_ref.oracle import run as answer\n"
WRONG = "from liaf_ref.oracle.adapters.first_draft import answer\n"  # of 11 cases two are detached


def step(name: str) -> dict[str, Any]:
    (found,) = (s for s in yaml.safe_load(ACTION.read_text())["runs"]["steps"] if s["name"] == name)
    return dict(found)


def run_check(folder: Path, **inputs: str) -> tuple[int, str]:
    """What GitHub does: the defaults, the inputs given, and bash with its options."""
    known = yaml.safe_load(ACTION.read_text())["inputs"]
    assert inputs.keys() <= known.keys()
    values = {name: entry["default"] for name, entry in known.items()} | inputs
    script = step("Check the backend")
    environment = {
        variable: values[text.removeprefix("${{ inputs.").removesuffix(" }}")]
        for variable, text in script["env"].items()
    }
    (folder / "script.sh").write_text(script["run"])
    summary = folder / "summary.md"
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "script.sh"],  # noqa: S607
        cwd=folder,
        env=os.environ | environment | {"PYTHON": sys.executable, "GITHUB_STEP_SUMMARY": summary},
        capture_output=True,
        text=True,
        check=False,
    )
    assert summary.read_text() == done.stdout
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("source", "code", "counts"), [(RIGHT, 0, "11 passed"), (WRONG, 1, "9 failed")]
)
def test_the_job_fails_if_the_backend_is_wrong(
    tmp_path: Path, source: str, code: int, counts: str
) -> None:
    (tmp_path / "mine.py").write_text(source)
    options = "--level L0 --case l0_lif_*"
    found, summary = run_check(tmp_path, backend="mine:answer", options=options, dtype="float64")
    assert (found, counts in summary) == (code, True)
    assert summary.startswith("```\n")
    assert summary.endswith("\n```\n")
