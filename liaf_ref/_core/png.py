"""Figures as PNG images."""

import io
from typing import Any


def new_figure(width: float, height: float) -> Any:
    """An empty Matplotlib figure of so many inches, which finds room for its texts."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow to import, seldom needed

    return Figure(figsize=(width, height), layout="constrained")


def figure_to_png(figure: Any, dpi: int = 150, colors: int | None = 64) -> bytes:
    """Draw a Matplotlib figure as a PNG image, a third as large with a palette of colours."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi)
    return buffer.getvalue() if colors is None else _with_nearest_colors(buffer, colors)


def _with_nearest_colors(png: io.BytesIO, colors: int) -> bytes:
    from PIL import Image  # noqa: PLC0415 - slow to import, seldom needed

    picture = Image.open(fp=png).convert("RGB")
    buffer = io.BytesIO()
    picture.quantize(colors, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
