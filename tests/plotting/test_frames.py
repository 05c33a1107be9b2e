"""Frames are drawn one beside the other, brighter and darker told apart."""

import numpy as np

from liaf_ref.data.events import OFF_CHANNEL, ON_CHANNEL
from liaf_ref.plotting import plot_frames, show


def test_panels_and_colours() -> None:
    counts = np.zeros((3, 4, 4, 2))
    counts[0, 1, 2, ON_CHANNEL] = counts[1, 2, 1, OFF_CHANNEL] = 1
    figure = plot_frames(counts, [f"{k} ms" for k in range(3)], columns=2)
    pictures = [panel.images[0].get_array() for panel in figure.axes if panel.images]
    assert [panel.get_title() for panel in figure.axes][:3] == ["0 ms", "1 ms", "2 ms"]
    assert len(pictures) == 3
    places = pictures[0][1, 2], pictures[1][2, 1], pictures[2][0, 0]
    up, down, nothing = (float(np.dot(place, (0.30, 0.59, 0.11))) for place in places)
    assert up > down > nothing == 0  # in print too


def test_a_figure_is_shown_as_an_image() -> None:
    shown = show(plot_frames(np.zeros((1, 4, 4, 2))))._repr_mimebundle_()
    assert shown["image/png"].startswith(b"\x89PNG")
