"""One name and one color of each cell in every figure."""

import re
from pathlib import Path

import pytest

from liaf_ref._core import palette
from liaf_ref._core.palette import CELL_COLORS, CELL_NAMES, cell_color
from liaf_ref.networks.cells import CELL_FACTORIES
from liaf_ref.networks.dvs_builder import CELL_NAMES as ON_IMAGES


def test_every_cell_has_a_name_and_a_colour() -> None:
    assert CELL_NAMES.keys() == CELL_COLORS.keys() == {*CELL_FACTORIES, *ON_IMAGES}
    assert len(set(CELL_NAMES.values())) == len(CELL_NAMES)


@pytest.mark.parametrize("cells", [tuple(CELL_FACTORIES), ON_IMAGES], ids=["babi", "images"])
def test_cells_that_stand_beside_each_other_differ_in_colour(cells: tuple[str, ...]) -> None:
    assert len({CELL_COLORS[cell] for cell in cells}) == len(cells)


def test_a_registered_cell_has_a_color_of_no_other() -> None:
    assert all(cell_color(cell) == color for cell, color in CELL_COLORS.items())
    assert cell_color("my-cell") not in CELL_COLORS.values()


def test_one_module_has_the_colors() -> None:
    root = Path(__file__).resolve().parents[2]
    colors = re.compile("|".join(c for c in vars(palette).values() if str(c).startswith("#")), re.I)
    sources = [
        path for part in ("liaf_ref", "notebooks", "tools") for path in (root / part).rglob("*.py")
    ]
    assert [path.name for path in sources if colors.search(path.read_text("utf-8"))] == [
        "palette.py"
    ]
