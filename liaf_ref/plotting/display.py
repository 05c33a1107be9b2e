"""Show figures in Jupyter with any Matplotlib backend, with or without sliders."""

from collections.abc import Callable
from typing import Any, NamedTuple

from liaf_ref._core.errors import InputError, unexpected
from liaf_ref._core.kinds import real
from liaf_ref._core.png import figure_to_png
from liaf_ref._core.validation import check_callable, check_instance

DPI = 100  # of the figures of a notebook


class DisplayedFigure:
    """A figure that Jupyter shows with sliders, or as an image without a kernel."""

    def __init__(self, png: bytes, widgets: dict[str, Any] | None = None) -> None:
        self.png, self.widgets = png, widgets

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {**(self.widgets or {}), "image/png": self.png}


def show(figure: Any) -> DisplayedFigure:
    """Show a figure without sliders, as the last line of a notebook's cell.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure.

    Returns
    -------
    DisplayedFigure
        Jupyter shows it as an image, whatever Matplotlib's backend is.

    Raises
    ------
    InputError
        If ``figure`` is no figure of Matplotlib.

    Examples
    --------
    >>> import numpy as np
    >>> from liaf_ref.plotting import plot_frames, show
    >>> shown = show(plot_frames(np.zeros((1, 4, 4, 2))))
    >>> shown.png[1:4]
    b'PNG'
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow to import

    check_instance("figure", figure, Figure, "show", "a Figure of Matplotlib")
    return DisplayedFigure(figure_to_png(figure, DPI, None))


class SliderRange(NamedTuple):
    """Range, initial value and step of a slider.

    Parameters
    ----------
    low, high : float
        Ends of the range.
    initial : float
        Value at first, within the range.
    step : float
        Distance of the slider's positions.

    Examples
    --------
    >>> from liaf_ref.plotting import SliderRange
    >>> SliderRange(0, 1, initial=0.5)
    SliderRange(low=0, high=1, initial=0.5, step=0.05)
    """

    low: float
    high: float
    initial: float
    step: float = 0.05


def show_with_sliders(draw: Callable[..., Any], **ranges: SliderRange) -> DisplayedFigure:
    """Show the figure that ``draw`` returns, with a slider for each of its arguments.

    Parameters
    ----------
    draw : callable
        Takes a float for each range, by name, and returns a figure of Matplotlib.
    **ranges : SliderRange
        Sliders, by the argument they set.

    Returns
    -------
    DisplayedFigure
        Jupyter shows it with sliders, or as an image where ipywidgets is not installed.

    Raises
    ------
    InputError
        If ``draw`` is no function, no range is given, or a range does not hold its initial value.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from liaf_ref.plotting import SliderRange, show_with_sliders
    >>> def draw(slope):
    ...     figure = Figure(figsize=(2, 2))
    ...     figure.subplots().plot([0, 1], [0, slope])
    ...     return figure
    >>> shown = show_with_sliders(draw, slope=SliderRange(0, 2, initial=1))
    """
    check_callable("draw", draw, "sliders", "a function that draws")
    if not ranges:
        reason = "expected at least one SliderRange, got none"
        raise InputError.for_argument("ranges", "sliders", reason)
    for name, expected in ranges.items():
        check_instance(name, expected, SliderRange, "sliders", "a SliderRange")
        for field, value in expected._asdict().items():
            real().check(f"{field} of {name}", value, "sliders")
        if not expected.low <= expected.initial <= expected.high:
            limits = f"an initial value in [{expected.low}, {expected.high}]"
            raise unexpected(name, expected.initial, "sliders", limits)
    first = {name: expected.initial for name, expected in ranges.items()}
    still = figure_to_png(draw(**first), DPI, None)
    return DisplayedFigure(still, _widgets(draw, ranges))


def _widgets(draw: Callable[..., Any], ranges: dict[str, SliderRange]) -> dict[str, Any] | None:
    """Return the MIME bundle of the widgets; None if ipywidgets is not installed."""
    try:
        import ipywidgets  # noqa: PLC0415 - an extra
    except ImportError:
        return None
    image = ipywidgets.Image(format="png", layout={"min_width": "410px"})
    knobs = {
        name: ipywidgets.FloatSlider(first, min=low, max=high, step=step, description=name)
        for name, (low, high, first, step) in ranges.items()
    }

    def redraw(_: Any = None) -> None:
        # ipywidgets adds up steps: 0.1 would be 0.09999999999999998.
        values = {name: round(knob.value, 9) for name, knob in knobs.items()}
        image.value = figure_to_png(draw(**values), DPI, None)

    for knob in knobs.values():
        knob.observe(redraw, names="value")
    redraw()
    # In a narrow window, the figure is placed below the sliders and scrolls.
    column = ipywidgets.VBox([*knobs.values()], layout={"flex": "0 0 auto"})
    box = ipywidgets.HBox([column, image], layout={"flex_flow": "row wrap", "overflow": "auto"})
    return dict(box._repr_mimebundle_())
