"""The session of the documentation runs as it is printed."""

import doctest
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs/learn/first-session.md"


def test_the_session_prints_what_the_page_shows() -> None:
    result = doctest.testfile(str(PAGE), module_relative=False, globs={"__name__": "__main__"})
    assert result.attempted > 20
    assert result.failed == 0
