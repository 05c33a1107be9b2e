"""A matrix is shown entry by entry, and a figure without sliders is shown at all."""

from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from liaf_ref._core.errors import InputError
from liaf_ref.plotting import plot_matrix, show


def _axes() -> Any:
    return Figure().subplots()


def test_numbers_stand_where_they_are_in_the_matrix() -> None:
    axes = _axes()
    plot_matrix(axes, np.array([[1, 0, -2.5], [0, 3, 0]]), highlighted=[(0, 1, 2, 1)])
    written = {text.get_position(): text.get_text() for text in axes.texts}
    assert written == {(0, 0): "1", (2, 0): "-2.5", (1, 1): "3"}
    (frame,) = axes.patches
    assert frame.get_bbox().extents.tolist() == [0.5, -0.5, 1.5, 1.5]


def test_colours_tell_signs_and_kinds_apart() -> None:
    axes = _axes()
    plot_matrix(axes, np.array([[1, 0, -1, 2]]))
    plot_matrix(axes, np.ones((1, 4)), groups=np.array([[0, -1, 1, 0]]))
    for image in axes.images:
        colors = image.get_array()[0]
        assert (colors[0] == colors[3]).all()
        assert (colors[1] == 1).all()
        assert len(np.unique(colors, axis=0)) == 3


def test_many_columns_have_no_numbers() -> None:
    axes = _axes()
    plot_matrix(axes, np.ones((2, 25)))
    assert not axes.texts


def test_refused() -> None:
    with pytest.raises(InputError, match=r"expected shape \(rows, columns\), got shape"):
        plot_matrix(_axes(), np.ones(3))
    with pytest.raises(InputError, match=r"expected shape \(2, 2\), got shape \(2, 1\)"):
        plot_matrix(_axes(), np.ones((2, 2)), groups=np.zeros((2, 1), int))


def test_a_figure_is_an_image() -> None:
    shown = show(_axes().figure)._repr_mimebundle_()
    assert list(shown) == ["image/png"]
    assert shown["image/png"].startswith(b"\x89PNG")
