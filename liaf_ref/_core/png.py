"""Figures as PNG images."""

import io
from typing import Any

import numpy as np

MAX_PALETTE = 256  # colours of a palette


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
    return _save(picture.quantize(colors, dither=Image.Dither.NONE))


def with_palette(png: bytes, opacities: int = 32) -> bytes:
    """Give an image a palette, its opacities rounded; leave one of more than 256 colours alone."""
    from PIL import Image  # noqa: PLC0415 - slow to import, seldom needed

    pixels = np.array(Image.open(fp=io.BytesIO(png)).convert("RGBA"))
    step = 255 / (opacities - 1)
    pixels[..., 3] = np.rint(np.rint(pixels[..., 3] / step) * step)
    palette, places = np.unique(pixels.reshape(-1, 4), axis=0, return_inverse=True)
    if len(palette) > MAX_PALETTE:
        return png
    picture = Image.fromarray(places.reshape(pixels.shape[:2]).astype(np.uint8))
    picture.putpalette(palette[:, :3].tobytes(), "RGB")
    return _save(picture, transparency=palette[:, 3].tobytes())


def _save(picture: Any, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True, **options)
    return buffer.getvalue()
