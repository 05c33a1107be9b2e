"""A figure as Jupyter shows it, whatever Matplotlib's backend is."""

from typing import Any

from liaf_ref._core.png import figure_to_png
from liaf_ref._core.validation import check_instance

DPI = 100  # of the figures of a notebook


class DisplayedFigure:
    """A figure that Jupyter shows with sliders, and as an image where there is no kernel."""

    def __init__(self, png: bytes, widgets: dict[str, Any] | None = None) -> None:
        self.png, self.widgets = png, widgets

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {**(self.widgets or {}), "image/png": self.png}


def show(figure: Any) -> DisplayedFigure:
    """Show a figure without sliders, as the last line of a cell."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow to import

    check_instance("figure", figure, Figure, "show", "a Figure of Matplotlib")
    return DisplayedFigure(figure_to_png(figure, DPI))
