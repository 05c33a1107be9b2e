"""Scripts of tools/ have --help with an example."""

from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[2] / "tools"
SCRIPTS = [
    path
    for path in sorted(TOOLS.glob("*.py"))
    if '__name__ == "__main__"' in path.read_text("utf-8")
]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_has_help_with_an_example(path: Path) -> None:
    """Without a parser, --help would run the script, which may write into the repository."""
    text = path.read_text("utf-8")
    assert "Parser(" in text
    assert f"python tools/{path.name}" in text
