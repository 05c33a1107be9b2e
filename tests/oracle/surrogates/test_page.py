"""docs/verify/surrogates.md has the table that the command prints."""

from pathlib import Path

from liaf_ref.oracle.surrogates.tables import format_markdown

PAGE = Path(__file__).parents[3] / "docs/verify/surrogates.md"
START, END = "<!-- liaf-ref oracle surrogates --markdown -->\n", "\n<!-- end -->"


def test_the_tables_are_those_of_the_command() -> None:
    text = PAGE.read_text("utf-8")
    assert text.partition(START)[2].partition(END)[0] == format_markdown()
