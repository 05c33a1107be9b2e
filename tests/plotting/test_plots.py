"""Plots of the notebooks, and how Jupyter shows them."""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from liaf_ref import plotting
from liaf_ref._core.errors import InputError
from liaf_ref.data.events import OFF_CHANNEL, ON_CHANNEL
from liaf_ref.kernels import activation, neuron, spike
from liaf_ref.layers import REFERENCE, Dense, DirectLIAF, Sequential

rng = np.random.default_rng(0)
first = DirectLIAF((4,), act="relu", alpha=0.9)
second = DirectLIAF((2,), act="relu", sharing="non")
CHAIN = Sequential([Dense(3, 4), first, Dense(4, 2), second])
PARAMS = CHAIN.init(rng)
X = rng.normal(size=(3, 6, 3))


def test_the_activity_of_each_layer_of_neurons_is_recorded() -> None:
    seen = plotting.record_activity(CHAIN, PARAMS, X)
    Y, _, _ = CHAIN.run(PARAMS, X, CHAIN.zeros(3, float), REFERENCE)
    below, above = seen.values()
    assert below.I.shape == (3, 6, 4)
    np.testing.assert_array_equal(above.Y, Y)
    one = below.select(2, 3)
    Y, _, tape = neuron.forward(
        one.I, np.zeros((1, 1)), one.tape.p, first.neuron.spike_pair, activation.relu, neuron.TR
    )
    np.testing.assert_array_equal(one.Y, Y)
    np.testing.assert_array_equal(one.tape.U, tape.U)


def test_traces_show_the_neuron() -> None:
    p = neuron.Params(*(np.array([z]) for z in (0.5, 0.0, 0.8, 0.0)))
    I, V = np.full((1, 6, 1), 0.3), np.zeros((1, 1))
    Y, _, tape = neuron.forward(I, V, p, spike.paper(0.3), activation.relu, neuron.TR)
    panels = plotting.plot_traces(I, Y, tape).axes
    titles = [panel.get_legend().get_texts()[0].get_text() for panel in panels]
    assert titles == ["I (2)", "U (3)", "F (4)", "Y (8)"]
    shown = panels[1].lines[1].get_ydata()
    np.testing.assert_allclose(shown, [0.3, 0.54, 0.3, 0.54, 0.3, 0.54])


VALUES = {"I": ["0.75", "0.5"], "U": ["0.76", "1.125"], "F": ["0", "1"], "R": ["0.77", "0.25"]}
VALUES |= {"V": ["0.1", "0.625", "0.375"], "Y": ["0", "0.125"]}


def test_the_unrolled_graph_shows_every_number_and_its_gradient() -> None:
    (panel,) = plotting.plot_unrolled(VALUES, {"V": ["5", "6", "7"]}).axes
    shown = {text.get_text() for text in panel.texts}
    for name in "IUFRY":
        for t, value in enumerate(VALUES[name], start=1):
            assert f"${name}^{t}$\n{value}" in shown
    assert {"$V^0$\n0.1\n5", "$V^1$\n0.625\n6", "$V^2$\n0.375\n7"} <= shown


def test_arrows_run_forward() -> None:
    texts = plotting.plot_unrolled(VALUES).axes[0].texts
    boxes = [text for text in texts if text.get_text().startswith("$")]
    where = {text.get_position(): text.get_text().split("\n")[0].strip("$") for text in boxes}
    arrows = {(where[a.xyann], where[a.xy]) for a in texts if getattr(a, "arrow_patch", None)}
    step = [("I", "U"), ("U", "Y"), ("U", "F"), ("U", "R"), ("F", "R"), ("R", "V")]
    expected = {(f"{a}^{t}", f"{b}^{t}") for a, b in step for t in (1, 2)}
    assert arrows == expected | {("V^0", "U^1"), ("V^1", "U^2")}


def test_frames_have_panels_and_colours() -> None:
    counts = np.zeros((3, 4, 4, 2))
    counts[0, 1, 2, ON_CHANNEL] = counts[1, 2, 1, OFF_CHANNEL] = 1
    figure = plotting.plot_frames(counts, [f"{k} ms" for k in range(3)], columns=2)
    pictures = [panel.images[0].get_array() for panel in figure.axes if panel.images]
    assert [panel.get_title() for panel in figure.axes][:3] == ["0 ms", "1 ms", "2 ms"]
    assert len(pictures) == 3
    places = pictures[0][1, 2], pictures[1][2, 1], pictures[2][0, 0]
    up, down, nothing = (float(np.dot(place, (0.30, 0.59, 0.11))) for place in places)
    assert up > down > nothing == 0  # in print too
    shown = plotting.show(figure)._repr_mimebundle_()
    assert list(shown) == ["image/png"]
    assert shown["image/png"].startswith(b"\x89PNG")


def drawn(M: Any, **options: Any) -> Any:
    axes = Figure().subplots()
    plotting.plot_matrix(axes, np.array(M), **options)
    return axes


def test_a_matrix_has_its_numbers_and_frames_in_place() -> None:
    axes = drawn([[1, 0, -2.5], [0, 3, 0]], highlighted=[(0, 1, 2, 1)])
    written = {text.get_position(): text.get_text() for text in axes.texts}
    assert written == {(0, 0): "1", (2, 0): "-2.5", (1, 1): "3"}
    (frame,) = axes.patches
    assert frame.get_bbox().extents.tolist() == [0.5, -0.5, 1.5, 1.5]
    assert not drawn(np.ones((2, 25))).texts  # no room


def test_colours_tell_signs_and_groups_apart() -> None:
    groups = np.array([[0, -1, 1, 0]])
    for axes in (drawn([[1, 0, -1, 2]]), drawn(np.ones((1, 4)), groups=groups)):
        colors = axes.images[0].get_array()[0]
        assert (colors[0] == colors[3]).all()
        assert (colors[1] == 1).all()
        assert len(np.unique(colors, axis=0)) == 3


def _draw(alpha: float) -> Any:
    figure = Figure(figsize=(2, 2))
    figure.subplots().plot([0, 1], [0, alpha])
    return figure


def test_without_widgets_there_is_an_image(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    shown = plotting.show_with_sliders(
        _draw, alpha=plotting.SliderRange(0, 1, 0.5)
    )._repr_mimebundle_()
    assert list(shown) == ["image/png"]
    assert shown["image/png"].startswith(b"\x89PNG")


def test_a_slider_that_is_moved_draws_anew() -> None:
    widgets = pytest.importorskip("ipywidgets")
    seen: list[float] = []

    def draw(alpha: float) -> Any:
        seen.append(alpha)
        return _draw(alpha)

    shown = plotting.show_with_sliders(draw, alpha=plotting.SliderRange(0, 1, 0.5))
    bundle = shown._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["image/png"].startswith(b"\x89PNG")  # an image still
    assert shown.widgets is not None
    key = shown.widgets["application/vnd.jupyter.widget-view+json"]["model_id"]
    box = widgets.widget._instances[key]
    knobs, image = box.children
    before = image.value
    knobs.children[0].value = 0.9
    assert seen[-1] == 0.9
    assert image.value != before


REFUSED: list[tuple[Callable[[], object], str]] = [
    (lambda: plotting.plot_unrolled({}), "expected 1 strings for I, got 0"),
    (lambda: plotting.plot_unrolled(VALUES | {"V": ["0", "1"]}), "expected 3 strings for V, got 2"),
    (
        lambda: plotting.plot_unrolled(VALUES, {"F": ["0"]}),
        "gradients .*expected 2 strings for F, got 1",
    ),
    (lambda: plotting.show_with_sliders(_draw), "expected at least one SliderRange"),
    (lambda: plotting.show_with_sliders(_draw, alpha=(0, 1, 0.5)), "expected a SliderRange"),  # type: ignore[arg-type]
    (
        lambda: plotting.show_with_sliders(_draw, alpha=plotting.SliderRange(0, 1, 2)),
        r"expected an initial value in \[0, 1\], got 2",
    ),
]


@pytest.mark.parametrize(("call", "text"), REFUSED)
def test_refused(call: Callable[[], object], text: str) -> None:
    with pytest.raises(InputError, match=text):
        call()
