"""The sessions of docs/learn/course.md fill 90 minutes, and each notebook has one."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/learn/course.md").read_text("utf-8")
SESSIONS = dict(re.findall(r"^## (Session \d+) · .*?\n(.*?)(?=^## )", PAGE, re.M | re.S))
NOTEBOOKS = sorted(ROOT.glob("notebooks/[0-9][0-9]-*.py"))
QUESTION = re.compile(
    r"^# \*\*[123]\.\*\* .*?^# - \*\*a\*\* .*?^# - \*\*b\*\* .*?^# - \*\*c\*\* ", re.M | re.S
)


@pytest.mark.parametrize("name", [f"Session {number}" for number in range(1, 11)])
def test_a_session_fills_90_minutes(name: str) -> None:
    session = SESSIONS[name]
    assert sum(map(int, re.findall(r"^\| (\d+) \|", session, re.M))) == 90
    assert "**You learn**" in session
    assert "**You need**" in session
    assert "quiz" in session
    assert "exercises" in session


@pytest.mark.parametrize("source", NOTEBOOKS, ids=lambda source: source.stem)
def test_a_notebook_has_a_session_and_a_quiz(source: Path) -> None:
    text = source.read_text("utf-8")
    assert any(f"(../../notebooks/{source.name})" in session for session in SESSIONS.values())
    _, heading, quiz = text.partition("# ## Quiz\n")
    assert heading
    assert len(QUESTION.findall(quiz)) == 3
    assert re.search(r'^mark_quiz\("answers", "\w{6}( \w{6}){3}"\)$', quiz, re.M)
