"""The equations' pages: the lines that they include are there, and each has its section."""

import re
from pathlib import Path

import pytest
from documentation.excerpt import Excerpt, equation_numbers, excerpt
from documentation.tables import load_map

from liaf_ref.report.render import heading_anchor

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs" / "equations").glob("*.md"))
EQUATIONS = load_map()["equation"]
BLOCK = re.compile(r"```\{equation\} (\S+)\n(.*?)\n?```", re.DOTALL)


def included(text: str) -> list[tuple[int | None, Excerpt]]:
    found = []
    for path, options in BLOCK.findall(text):
        given = dict(re.findall(r":(\w+): (\S+)", options))
        assert given.keys() <= {"function", "number"}
        number = int(given["number"]) if "number" in given else None
        found.append((number, excerpt(ROOT / path, given["function"], number)))
    return found


def section(number: int) -> str:
    """The section of an equation, where the map says it is."""
    page, _, anchor = EQUATIONS[str(number)]["page"].partition("#")
    sections = re.split(r"^## ", (ROOT / page).read_text("utf-8"), flags=re.M)
    return next(text for text in sections if heading_anchor(text.partition("\n")[0]) == anchor)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_inclusion_finds_its_lines(page: Path) -> None:
    for number, found in included(page.read_text("utf-8")):
        assert found.text
        assert bool(found.marked_lines) == (number is not None)


@pytest.mark.parametrize("number", [*range(2, 9), 13, 14, 15, 16])
def test_a_section_marks_lines_of_its_equation_and_no_other(number: int) -> None:
    found = included(section(number))
    marked = [excerpt.marked_text for of, excerpt in found if of is not None]
    assert marked
    assert {of for of, _ in found} <= {number, None}
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
        first = next(found for of, found in included(section(number)) if of == number)
        assert [text.partition("  #")[0] for text in first.marked_text] == [line]
