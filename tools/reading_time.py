"""How long pages and notebooks take to read, and notebooks to do and to run.

Prose at 120 words a minute, which is slow, for there is something to understand; words have two
letters or more and are outside code and formulas.  In a notebook, 20 lines of code a minute
besides, ten minutes for an exercise and three for a quiz.  Plots are folded, and checks are not
read.

example: python tools/reading_time.py --run build/notebooks/run
"""

import argparse
import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from documentation.excerpt import write_out_imports
from readability import word_count

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted(ROOT.glob("notebooks/[0-9][0-9]-*.py"))
WORDS, LINES, EXERCISE, QUIZ = 120, 20, 10, 3
CODE = re.compile(
    r"^([ ]*`{3,}).*?^\1`*[ ]*$|\$\$.*?\$\$|\$[^$\n]+\$|`[^`\n]*`|<!--.*?-->", re.M | re.S
)


class NotebookTime(NamedTuple):
    """Minutes to read a notebook, the number of its exercises, and the number of its quizzes."""

    reading: float
    exercises: int
    quizzes: int

    @property
    def minutes(self) -> float:
        """Minutes to read it and to do its exercises and its quiz."""
        return self.reading + EXERCISE * self.exercises + QUIZ * self.quizzes


def count_words(text: str) -> int:
    """Words that are read: without code, formulas, comments and where links lead."""
    return word_count(re.sub(r"\]\([^)]*\)", "]", CODE.sub("", text)))


def notebook_time(source: str) -> NotebookTime:
    """How long a notebook takes, its solutions not read."""
    read = lines = exercises = quizzes = 0
    for cell in f"\n{source}".split("\n# %%")[1:]:
        head, _, text = cell.partition("\n")
        if "[markdown]" in head:
            read += count_words(re.sub(r"^# ?", "", text, flags=re.M))
        elif '"solution"' in head:
            is_quiz = re.search("^answers = ", text, re.M) is not None
            exercises, quizzes = exercises + (not is_quiz), quizzes + is_quiz
        elif '"check"' in head or '"hide-input"' in head:
            continue
        elif '"definitions"' in head:
            lines += len(write_out_imports(text).splitlines())
        else:
            lines += len(text.strip().splitlines())
    return NotebookTime(read / WORDS + lines / LINES, exercises, quizzes)


def run_seconds(run: Path) -> float:
    """Seconds from the start of the first cell to the end of the last, in a notebook that ran."""
    times = list(_times(json.loads(run.read_text("utf-8"))["cells"]))
    return (max(times) - min(times)).total_seconds() if times else float("nan")


def _times(cells: list[dict[str, dict[str, dict[str, str]]]]) -> Iterator[datetime]:
    for cell in cells:
        yield from map(datetime.fromisoformat, cell["metadata"].get("execution", {}).values())


def main() -> None:
    """Print the table of the page about the course."""
    parser = argparse.ArgumentParser(
        description="Print how many minutes the notebooks take, and how many seconds they run.",
        epilog="example: python tools/reading_time.py --run build/notebooks/run",
    )
    folder = "folder of the notebooks that make notebooks has run (default: %(default)s)"
    default = ROOT / "build" / "notebooks" / "run"
    parser.add_argument("--run", type=Path, default=default, metavar="DIR", help=folder)
    run = parser.parse_args().run
    print("| notebook | reading, min | exercises | all, min | run, s |\n|---|---:|---:|---:|---:|")
    for source in NOTEBOOKS:
        text, path = source.read_text("utf-8"), run / f"{source.stem}.ipynb"
        title = next(line.removeprefix("# # ") for line in text.splitlines() if line[:4] == "# # ")
        time = notebook_time(text)
        seconds = f"{run_seconds(path):.0f}" if path.exists() else ""
        row = f"{time.reading:.0f} | {time.exercises} | {time.minutes:.0f} | {seconds}"
        print(f"| [{title}](../../notebooks/{source.name}) | {row} |")


if __name__ == "__main__":
    main()
