"""The animated pictures: the files are what the tool draws, and what they show is computed."""

import re
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from animations import bptt, events, im2col, neuron
from animations.svg import number
from draw_animations import PICTURES

from liaf_ref.kernels import conv
from liaf_ref.kernels.grid import Grid

ROOT = Path(__file__).parents[2]
FOLDER, STORY = ROOT / "docs" / "animations", ROOT / "docs" / "learn" / "why-analog-spikes.md"
PHONE = 345 / 400  # px for a unit of a picture, in the site on a screen of 390 px
FLOAT = re.compile(rb"-?\d+\.?\d*")
NAMES = sorted(PICTURES)


def shown(name: str) -> ET.Element:
    return ET.fromstring((FOLDER / f"{name}-animated.svg").read_bytes())  # noqa: S314 - our own


def numbers_of_lines(root: ET.Element) -> list[str]:
    return ["".join(line.itertext()) for line in root.iter("{http://www.w3.org/2000/svg}text")]


def test_each_picture_is_committed() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == [f"{x}-animated.svg" for x in NAMES]


@pytest.mark.parametrize("name", NAMES)
def test_the_file_is_what_the_tool_draws(name: str) -> None:
    drawn, committed = PICTURES[name](), (FOLDER / f"{name}-animated.svg").read_bytes()
    assert drawn == PICTURES[name]()
    if name != "events":
        assert drawn == committed
    else:  # NumPy's logarithm may differ in its last place, and events swap by a microsecond
        assert FLOAT.sub(b"", drawn) == FLOAT.sub(b"", committed)
        ours, theirs = (np.array(FLOAT.findall(text), float) for text in (drawn, committed))
        np.testing.assert_allclose(np.sort(ours), np.sort(theirs), atol=0.11)


def test_the_neuron_shows_what_the_kernels_compute() -> None:
    trace, lines = neuron.run_neuron(), Counter(numbers_of_lines(shown("neuron")))
    for name in "IURVY":
        for value, count in Counter(map(number, getattr(trace, name))).items():
            assert lines[value] >= count, name
    np.testing.assert_array_equal(trace.U, trace.I + trace.V_before)  # (3)
    assert trace.F.tolist() == [0, 1, 0, 1]


def test_the_gradients_that_are_shown_satisfy_the_recursion() -> None:
    trace, found = neuron.run_neuron(), bptt.run_backward()
    through_spike = found.dR * (neuron.V_RESET - trace.U) * found.window
    np.testing.assert_allclose(found.dU, found.dR * (1 - trace.F) + through_spike + 1)  # (12)
    near = np.abs(trace.U - neuron.V_TH) < neuron.MU
    np.testing.assert_array_equal(found.window, near)
    lines = set(numbers_of_lines(shown("bptt")))
    assert {number(value) for part in (found.dU, found.dV, found.dR) for value in part} <= lines


def test_col2im_ends_at_the_gradient_of_the_convolution() -> None:
    arrays = im2col.run_im2col()
    p = conv.Params(arrays.W.reshape(2, 2, 1, 1), np.zeros(1))
    grid = Grid((1, 1), ((0, 0), (0, 0)))
    I, tape = conv.forward(arrays.X.reshape(1, 3, 3, 1), p, grid)
    dX, _ = conv.backward(arrays.dI.reshape(I.shape), tape, grid)
    np.testing.assert_array_equal(arrays.I, I.ravel())
    np.testing.assert_array_equal(arrays.dX[-1], dX.squeeze())


def test_every_event_is_in_a_frame() -> None:
    recording = events.record()
    assert recording.frames.sum() == len(recording.events) > 1000
