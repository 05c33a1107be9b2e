"""Figures as PNG images."""

import io
from typing import Any


def figure_to_png(figure: Any, dpi: int = 150) -> bytes:
    """Draw a Matplotlib figure as a PNG image."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi)
    return buffer.getvalue()
