"""``make clean``."""

import re
from pathlib import Path

MAKEFILE = (Path(__file__).parents[2] / "Makefile").read_text("utf-8")


def test_clean_removes_what_the_other_targets_leave() -> None:
    """All but lab, where somebody writes."""
    recipe = re.search(r"^clean:.*\n\trm -rf (.*)$", MAKEFILE, re.MULTILINE)
    assert recipe
    caches = {f".{name}_cache" for name in ("pytest", "mypy", "ruff", "import_linter")}
    left = {".hypothesis", ".coverage", "demo", "build", "dist", "mutants", "fuzz", "$(VENV)"}
    assert caches | left <= set(recipe[1].split())
    assert "lab" not in recipe[1].split()
