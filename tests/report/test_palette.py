"""One name and one color of each cell in every figure."""

import pytest

from liaf_ref._core.palette import CELL_COLORS, CELL_NAMES, cell_color
from liaf_ref.networks.cells import CELL_FACTORIES
from liaf_ref.networks.vision import FIG6_CELLS as ON_IMAGES


def test_every_cell_has_a_name_and_a_colour() -> None:
    assert CELL_NAMES.keys() == CELL_COLORS.keys() == {*CELL_FACTORIES, *ON_IMAGES}
    assert len(set(CELL_NAMES.values())) == len(CELL_NAMES)


@pytest.mark.parametrize("cells", [tuple(CELL_FACTORIES), ON_IMAGES], ids=["babi", "images"])
def test_cells_that_stand_beside_each_other_differ_in_colour(cells: tuple[str, ...]) -> None:
    assert len({CELL_COLORS[cell] for cell in cells}) == len(cells)


def test_a_registered_cell_has_a_color_of_no_other() -> None:
    assert all(cell_color(cell) == color for cell, color in CELL_COLORS.items())
    assert cell_color("my-cell") not in CELL_COLORS.values()
