"""Pictures with a palette: small, and equal to the eye."""

import io
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from liaf_ref._core.png import figure_to_png


def as_rgba(png: bytes) -> Any:
    return np.array(Image.open(io.BytesIO(png)).convert("RGBA")).astype(int)


def test_a_figure_with_a_palette_is_a_third_as_large_and_equal_to_the_eye() -> None:
    figure = Figure(figsize=(4, 3))
    axes = figure.subplots()
    for color in ("#0072B2", "#D55E00", "#009E73"):
        axes.plot(np.sin(np.arange(40) * len(color)), color=color, label=color)
    axes.legend()
    full, small = figure_to_png(figure, 80, None), figure_to_png(figure, 80)
    assert len(small) < 0.5 * len(full)
    assert len(Image.open(io.BytesIO(small)).convert("RGB").getcolors() or ()) <= 64
    assert np.abs(as_rgba(full) - as_rgba(small)).mean() < 1


@pytest.mark.parametrize("colors", [2, 256])
def test_a_figure_has_so_many_colors_at_most(colors: int) -> None:
    figure = Figure(figsize=(1, 1))
    figure.subplots().imshow(np.arange(400).reshape(20, 20))
    png = Image.open(io.BytesIO(figure_to_png(figure, 80, colors)))
    assert len(png.convert("RGB").getcolors() or ()) <= colors
