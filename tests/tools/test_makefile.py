"""What targets of the Makefile run."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")


def test_clean_removes_what_the_other_targets_leave() -> None:
    """All but lab, where somebody writes."""
    recipe = re.search(r"^clean:.*\n\trm -rf (.*)$", MAKEFILE, re.MULTILINE)
    assert recipe
    caches = {f".{name}_cache" for name in ("pytest", "mypy", "ruff", "import_linter")}
    left = {".hypothesis", ".coverage", "demo", "build", "dist", "mutants", "fuzz", "$(VENV)"}
    assert caches | left <= set(recipe[1].split())
    assert "lab" not in recipe[1].split()


@pytest.mark.parametrize(
    ("words", "runs"),
    [
        (["shuffled", "RUNS=1", "SEED=316"], r"seq 316 \$\(\(316 \+ 1 - 1\)\)"),
        (["mutants", "SAMPLE=5"], r"mutation_test\.py --part kernels +--sample 5 --seed 0$"),
        (["lab"], r"jupyter lab (--allow-root)? *lab/01-one-neuron\.ipynb *$"),
        (["coverage"], r"--cov-fail-under=95$"),
    ],
)
def test_settings_reach_the_tools(words: list[str], runs: str) -> None:
    make = shutil.which("make")
    if make is None:
        pytest.skip("make is not installed")
    env = {"PATH": os.environ["PATH"]}  # without the settings of a make that runs the tests
    done = subprocess.run(  # noqa: S603
        [make, "--dry-run", *words], cwd=ROOT, env=env, capture_output=True, text=True, check=True
    )
    assert re.search(runs, done.stdout, re.MULTILINE), done.stdout
