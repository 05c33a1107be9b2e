"""Nothing is longer than one sitting reads, at the pace that tools/reading_time.py states."""

from pathlib import Path

import figures
import pytest
from reading_time import NOTEBOOKS, WORDS, count_words, notebook_time

ROOT = Path(__file__).parents[2]
# Tables to look things up in, not pages to read from end to end.
LOOKED_UP = {"docs/results/report/report.md", "docs/verify/diagnosis.md"}
PAGES = [path for path in sorted(ROOT.glob("docs/**/*.md"))
         if path.relative_to(ROOT).as_posix() not in LOOKED_UP]  # fmt: skip


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_is_read_in_twenty_minutes(page: Path) -> None:
    long = count_words(page.read_text("utf-8"))
    figures.record("words", long)
    assert long <= 20 * WORDS


@pytest.mark.parametrize("source", NOTEBOOKS, ids=lambda source: source.stem)
def test_a_notebook_is_done_in_an_hour_and_a_quarter(source: Path) -> None:
    long = notebook_time(source.read_text("utf-8")).minutes
    figures.record("minutes", long)
    assert 20 < long <= 75


def test_what_is_read_is_counted() -> None:
    text = "Two words, $x^2 = y$ and `code` [link](away.md).\n\n```py\nnot = this\n```\n$$\na\n$$\n"
    text += "<!--none-->4<!--of these-->\n"
    assert count_words(text) == 4


def test_what_a_notebook_takes_is_added_up() -> None:
    message = "\n# ".join(["word"] * 240)
    code = "\n".join(["x = 1"] * 40)
    text = f'\n# %% [markdown]\n# {message}\n\n# %%\n{code}\n\n# %% tags=["solution"]\n{code}\n'
    text += '\n# %% tags=["solution"]\nanswers = "abc"\n'
    assert notebook_time(text) == (2 + 2, 1, 1)
    assert notebook_time(text).minutes == 2 + 2 + 10 + 3
