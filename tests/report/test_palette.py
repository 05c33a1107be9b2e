"""One name and one color of each cell in every figure."""

import pytest

from liaf_ref.networks.cells import CELL_FACTORIES
from liaf_ref.networks.dvs_builder import CELL_NAMES as ON_IMAGES
from liaf_ref.report import babi_results, dvs_results, efficiency
from liaf_ref.report.palette import CELL_COLORS, CELL_NAMES, cell_color
from liaf_ref.report.rendering import svg


def test_every_cell_has_a_name_and_a_colour() -> None:
    assert CELL_NAMES.keys() == CELL_COLORS.keys() == {*CELL_FACTORIES, *ON_IMAGES}
    assert len(set(CELL_NAMES.values())) == len(CELL_NAMES)


@pytest.mark.parametrize("cells", [tuple(CELL_FACTORIES), ON_IMAGES], ids=["babi", "images"])
def test_cells_that_stand_beside_each_other_differ_in_colour(cells: tuple[str, ...]) -> None:
    assert len({CELL_COLORS[cell] for cell in cells}) == len(cells)


@pytest.mark.parametrize("module", [efficiency, dvs_results, svg])
def test_a_cell_has_one_colour_in_every_figure(module: object) -> None:
    assert vars(module)["CELL_COLORS"] is CELL_COLORS


def test_the_figure_of_babi_takes_the_same_colours_and_one_for_a_registered_cell() -> None:
    assert vars(babi_results)["cell_color"] is cell_color
    assert all(cell_color(cell) == color for cell, color in CELL_COLORS.items())
