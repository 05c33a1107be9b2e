"""The sessions of docs/learn/course.md fill 90 minutes, and its durations are measured."""

import re
from pathlib import Path

import pytest
from reading_time import NOTEBOOKS, notebook_time

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/learn/course.md").read_text("utf-8")
SESSIONS = dict(re.findall(r"^## (Session \d+) · .*?\n(.*?)(?=^## )", PAGE, re.M | re.S))
ROW = r"^\| \[.*\]\(../../notebooks/{}\) \| (\d+) \| (\d+) \| (\d+) \| \d+ \|$"
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
def test_a_notebook_has_a_session_a_quiz_and_its_measured_duration(source: Path) -> None:
    text = source.read_text("utf-8")
    assert any(f"(../../notebooks/{source.name})" in session for session in SESSIONS.values())
    time = notebook_time(text)
    row = re.search(ROW.format(re.escape(source.name)), PAGE, re.M)
    assert row
    reading, exercises, minutes = map(int, row.groups())
    assert exercises == time.exercises
    assert (reading, minutes) == pytest.approx((time.reading, time.minutes), abs=2)
    _, heading, quiz = text.partition("# ## Quiz\n")
    assert heading
    assert len(QUESTION.findall(quiz)) == 3
    assert re.search(r'^mark_quiz\("answers", "\w{6}( \w{6}){3}"\)$', quiz, re.M)
