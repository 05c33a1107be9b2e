"""The equations' pages: the lines that they include are there, and they say what the map says."""

import re
import tomllib
from pathlib import Path

import pytest
from documentation.excerpt import Excerpt, equation_numbers, excerpt

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "docs" / "equations" / f"eq{number}.md" for number in range(2, 17)]
INCLUDING = sorted([*PAGES, *(ROOT / "docs" / "derivations").glob("*.md")])
CHART = tomllib.loads((ROOT / "docs" / "map.toml").read_text("utf-8"))
BLOCK = re.compile(r"```\{equation\} (\S+)\n(.*?)\n?```", re.DOTALL)


def included(page: Path) -> list[tuple[int | None, Excerpt]]:
    found = []
    for path, options in BLOCK.findall(page.read_text("utf-8")):
        given = dict(re.findall(r":(\w+): (\S+)", options))
        assert given.keys() <= {"function", "number"}
        number = int(given["number"]) if "number" in given else None
        found.append((number, excerpt(ROOT / path, given["function"], number)))
    return found


@pytest.mark.parametrize("page", INCLUDING, ids=lambda page: page.stem)
def test_every_inclusion_finds_its_lines(page: Path) -> None:
    for number, found in included(page):
        assert found.text
        assert bool(found.marked_lines) == (number is not None)


@pytest.mark.parametrize("number", [*range(2, 9), 12, 13, 14, 15, 16])
def test_a_page_marks_lines_of_its_equation_and_no_other(number: int) -> None:
    marked = [found.marked_text for of, found in included(PAGES[number - 2]) if of is not None]
    assert marked
    assert {of for of, _ in included(PAGES[number - 2])} <= {number, None}
    assert all(number in equation_numbers(line) for lines in marked for line in lines)


def test_the_lines_of_the_neuron_are_the_papers() -> None:
    """The code itself, so that a number at the end of another line is noticed."""
    expected = {
        3: "U[:, t] = I[:, t] + V",
        4: "F[:, t] = spike.value(U[:, t] - p.v_th)",
        5: "R[:, t] = F[:, t] * p.v_reset + (1 - F[:, t]) * U[:, t]",
        6: "V = p.alpha * R[:, t] + p.beta",
    }
    for number, line in expected.items():
        first = next(found for of, found in included(PAGES[number - 2]) if of == number)
        assert [text.partition("  #")[0] for text in first.marked_text] == [line]


@pytest.mark.parametrize("number", range(2, 17))
def test_a_page_says_what_the_map_says(number: int) -> None:
    text = PAGES[number - 2].read_text("utf-8")
    entry = CHART["equation"][str(number)]
    assert text.startswith(f"# Eq. ({number}) · {entry['what']}\n")
    for column in ("function", "test", "case"):
        assert all(f"`{name}`" in text for name in entry[column]), column
    assert all(f"(../../notebooks/{name}.py)" in text for name in entry["notebook"])
    assert all(f"(../{name.removeprefix('docs/')})" in text for name in entry["derivation"])


@pytest.mark.parametrize(
    ("function", "number", "message"),
    [
        ("forward", 99, r"line that ends with the comment \(99\)"),
        ("backwards", 5, "function backwards"),
    ],
)
def test_lines_that_have_moved_away_are_missed(function: str, number: int, message: str) -> None:
    with pytest.raises(LookupError, match=message):
        excerpt(ROOT / "liaf_ref" / "kernels" / "neuron.py", function, number)


def test_an_excerpt_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "code.py"
    path.write_text('class A:\n    def f(self):\n        """Say."""\n        a = 1  # (3), (14)\n'
                    "        return a  # not (3), this\n")  # fmt: skip
    assert excerpt(path, "A.f", 14) == Excerpt(
        "a = 1  # (3), (14)\nreturn a  # not (3), this", 4, (1,)
    )
    assert excerpt(path, "A.f").marked_lines == ()
