"""Text of figures is readable at the size at which a page shows them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

import liaf_ref as lr
from liaf_ref.plotting import plot_frames, plot_matrix, plot_traces, plot_unrolled

PAGE_WIDTH = 7.4  # inches; wider figures are shown smaller
MIN_POINTS = 9


def frames() -> Figure:
    figure: Figure = plot_frames(np.ones((6, 4, 4, 2)), ["a frame"] * 6, title="frames")
    return figure


def matrix() -> Figure:
    figure = Figure(figsize=(4, 4))
    plot_matrix(figure.subplots(), np.eye(9), title="identity")
    return figure


def traces() -> Figure:
    net = lr.Sequential([("cell", lr.DenseLIAF(2, 3, mu=0.3))])
    activity = lr.plotting.record_activity(net, net.init(0), np.ones((1, 16, 2)))
    figure: Figure = plot_traces(*activity["cell"].select(0, 2), "a neuron")
    return figure


def unrolled() -> Figure:
    texts = {name: ["0.25"] * 4 for name in "IUFRY"} | {"V": ["0.25"] * 5}
    figure: Figure = plot_unrolled(texts, texts, title="four steps")
    return figure


@pytest.mark.parametrize("draw", [frames, matrix, traces, unrolled])
def test_no_text_is_smaller_than_nine_points(draw: Callable[[], Figure]) -> None:
    figure = draw()
    scale = min(1, PAGE_WIDTH / figure.get_figwidth())
    texts: list[Any] = figure.findobj(
        lambda artist: isinstance(artist, Text) and bool(artist.get_text())
    )
    small = {t.get_text(): t.get_fontsize() for t in texts if scale * t.get_fontsize() < MIN_POINTS}
    assert texts
    assert not small
