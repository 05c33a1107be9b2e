"""Figures that move where they can, and are shown where they cannot."""

import sys
from typing import Any

import pytest
from matplotlib.figure import Figure

from liaf_ref._core.errors import InputError
from liaf_ref.plotting import SliderRange, show_with_sliders


def _draw(alpha: float) -> Any:
    figure = Figure(figsize=(2, 2))
    figure.subplots().plot([0, 1], [0, alpha])
    return figure


def test_without_widgets_there_is_an_image(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    shown = show_with_sliders(_draw, alpha=SliderRange(0, 1, 0.5))._repr_mimebundle_()
    assert list(shown) == ["image/png"]
    assert shown["image/png"].startswith(b"\x89PNG")


def test_with_widgets_there_is_an_image_still() -> None:
    pytest.importorskip("ipywidgets")
    shown = show_with_sliders(_draw, alpha=SliderRange(0, 1, 0.5))._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in shown
    assert shown["image/png"].startswith(b"\x89PNG")


def test_a_slider_that_is_moved_draws_anew() -> None:
    widgets = pytest.importorskip("ipywidgets")
    seen: list[float] = []

    def draw(alpha: float) -> Any:
        seen.append(alpha)
        return _draw(alpha)

    shown = show_with_sliders(draw, alpha=SliderRange(0, 1, 0.5))
    assert shown.widgets is not None
    key = shown.widgets["application/vnd.jupyter.widget-view+json"]["model_id"]
    box = widgets.widget._instances[key]
    knobs, image = box.children
    before = image.value
    knobs.children[0].value = 0.9
    assert seen[-1] == 0.9
    assert image.value != before


@pytest.mark.parametrize(
    ("ranges", "text"),
    [
        ({}, "expected at least one SliderRange"),
        ({"alpha": (0, 1, 0.5)}, "expected a SliderRange"),
        ({"alpha": SliderRange(0, 1, 2)}, r"expected an initial value in \[0, 1\], got 2"),
    ],
)
def test_refused(ranges: dict[str, Any], text: str) -> None:
    with pytest.raises(InputError, match=text):
        show_with_sliders(_draw, **ranges)
