"""Nothing is longer than one sitting reads.

Measured: words of two letters or more, outside code and formulas; 120 of them a minute, which is
slow, for there is something to understand.  In a notebook, 20 lines of code a minute besides, ten
minutes for an exercise and three for a quiz.  Plots are folded, and checks are not read.
"""

import re
from pathlib import Path

import figures
import pytest
from documentation.excerpt import write_out_imports
from readability import word_count

ROOT = Path(__file__).parents[2]
# Tables to look things up in, not pages to read from end to end.
LOOKED_UP = {"docs/results/report/report.md", "docs/verify/diagnosis.md"}
PAGES = [path for path in sorted(ROOT.glob("docs/**/*.md"))
         if path.relative_to(ROOT).as_posix() not in LOOKED_UP]  # fmt: skip
NOTEBOOKS = sorted(ROOT.glob("notebooks/*.py"))
CODE = re.compile(
    r"^([ ]*`{3,}).*?^\1`*[ ]*$|\$\$.*?\$\$|\$[^$\n]+\$|`[^`\n]*`|<!--.*?-->", re.M | re.S
)
WORDS, LINES, EXERCISE, QUIZ = 120, 20, 10, 3


def words(text: str) -> int:
    """Words that are read: without code, formulas, comments and where links lead."""
    return word_count(re.sub(r"\]\([^)]*\)", "]", CODE.sub("", text)))


def minutes(source: str) -> float:
    """How long a notebook takes, its solutions not read."""
    read = lines = tasks = 0
    for cell in source.split("\n# %%")[1:]:
        head, _, text = cell.partition("\n")
        if "[markdown]" in head:
            read += words(re.sub(r"^# ?", "", text, flags=re.M))
        elif '"solution"' in head:
            tasks += QUIZ if re.search("^answers = ", text, re.M) else EXERCISE
        elif '"check"' in head or '"hide-input"' in head:
            continue
        elif '"definitions"' in head:
            lines += len(write_out_imports(text).splitlines())
        else:
            lines += len(text.strip().splitlines())
    return read / WORDS + lines / LINES + tasks


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_is_read_in_twenty_minutes(page: Path) -> None:
    long = words(page.read_text("utf-8"))
    figures.record("words", long)
    assert long <= 20 * WORDS


@pytest.mark.parametrize("source", NOTEBOOKS, ids=lambda source: source.stem)
def test_a_notebook_is_done_in_an_hour_and_a_quarter(source: Path) -> None:
    long = minutes(source.read_text("utf-8"))
    figures.record("minutes", long)
    assert 20 < long <= 75


def test_what_is_read_is_counted() -> None:
    text = "Two words, $x^2 = y$ and `code` [link](away.md).\n\n```py\nnot = this\n```\n$$\na\n$$\n"
    text += "<!--none-->4<!--of these-->\n"
    assert words(text) == 4


def test_what_a_notebook_takes_is_added_up() -> None:
    message = "\n# ".join(["word"] * 240)
    code = "\n".join(["x = 1"] * 40)
    text = f'\n# %% [markdown]\n# {message}\n\n# %%\n{code}\n\n# %% tags=["solution"]\n{code}\n'
    assert minutes(text) == 2 + 2 + 10
