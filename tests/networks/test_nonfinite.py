"""A number that stops being finite is traced to its layer and time step."""

from typing import Any

import numpy as np
import pytest

from liaf_ref.kernels import loss
from liaf_ref.layers import Params
from liaf_ref.networks import BabiNetwork, SequenceClassifier
from liaf_ref.networks.cells import CELL_FACTORIES
from liaf_ref.networks.nonfinite import locate_nonfinite

from .small import NAMES, small_network

HUGE = np.float32(3e38)
T = 9
STORY = np.array([[0, 0, 0, 1, 2, 3, 4, 5, 6], [0, 0, 0, 0, 0, 3, 5, 1, 2]])
QUERY = np.array([[1, 2], [0, 3]])
LABELS = np.array([1, 2])


def babi(cell: str, change: dict[str, Any], padding: str = "unmasked") -> str | None:
    """Where the network went wrong with some parameters changed."""
    net = BabiNetwork(7, cell, embedding_dim=4, units=5, padding=padding)
    params = changed(net.init(np.random.default_rng(1)), change)
    return locate_nonfinite(net, loss, params, None, [((STORY, QUERY), LABELS)])


def vision(name: str, change: dict[str, Any], **frames: Any) -> str | None:
    net = small_network(name)
    params = changed(net.init(np.random.default_rng(1)), change)
    X = frames.get("X", counts(net))
    masks = net.draw_masks(np.random.default_rng(3), 2)
    return locate_nonfinite(net, net.loss, params, masks, [((X,), np.array([0, 2]))])


def counts(net: SequenceClassifier) -> Any:
    rng = np.random.default_rng(2)
    return rng.poisson(1.0, (2, net.steps, *net.sequential.in_shape)).astype(np.float32)


def changed(params: Params, change: dict[str, Any]) -> Params:
    return params | {n: np.full_like(params[n], v) for n, v in change.items()}


@pytest.mark.parametrize("cell", CELL_FACTORIES)
def test_where_all_is_finite_nothing_is_found(cell: str) -> None:
    assert babi(cell, {}) is None


@pytest.mark.parametrize("name", NAMES)
def test_nor_in_a_network_on_frames(name: str) -> None:
    assert vision(name, {}) is None


def test_of_a_network_of_your_own_the_parameters_are_looked_at() -> None:
    network: Any = object()
    assert locate_nonfinite(network, loss, {}, None, [((STORY,), LABELS)]) is None


# Every step fires, near the threshold, and dV grows by alpha (v_reset - U) in each.
STEEP_SPIKE = {
    **{"story.E": 0.0, "story.v_th": 0.0, "story.v_reset": 1e4},
    **{"story.alpha": 1e4, "story.beta": -1e8, "story.b": 0.1},
}
# A potential that is multiplied by 1e20 in each step is infinite in the third.
BABI = {
    "parameter": (
        ("liaf", {"story.alpha": np.nan, "head.W": np.inf}),
        "story.alpha is nan after an update of DenseLIAF(4, 5), Eqs. (2)-(8)",
    ),
    "embedding": (
        ("rnn", {"query.E": np.inf}),
        "query.E is inf after an update of Embedding(7, 4)",
    ),
    "forward": (
        ("liaf", {"story.b": 1.0, "story.v_th": HUGE, "story.alpha": 1e20}),
        "the output is inf at time step 3 of 9 in story, DenseLIAF(4, 5), Eqs. (2)-(8)",
    ),
    "head": (("liaf", {"head.W": HUGE, "story.b": 1.0}), "in head, Dense(10, 7), Eq. (2)"),
    "backward": (
        ("lif", STEEP_SPIKE),
        "the gradient in the drive is -inf at time step 4 of 9 in story, DenseLIF(4, 5)",
    ),
}


@pytest.mark.parametrize(("given", "expected"), BABI.values(), ids=BABI)
def test_the_layer_and_the_step_are_named(given: tuple[str, dict[str, Any]], expected: str) -> None:
    assert expected in str(babi(*given))


def test_masked_stories_are_counted_from_the_first_step_of_all() -> None:
    change = {"story.b": 1.0, "story.v_th": HUGE, "story.alpha": 1e20}
    found = str(babi("liaf", change, "masked"))
    assert "the output is inf at time step 6 of 9 in story" in found  # tokens from 4 on


def test_nor_does_a_sequence_end_for_the_gradient_where_the_next_story_joins() -> None:
    found = str(babi("lif", STEEP_SPIKE, "masked"))
    assert "the gradient in the drive is -inf at time step 4 of 9 in story" in found


VISION = {
    "frames": (("small-liaf", {}), "X is nan at time step 2 of 3 in the input"),
    "parameter": (
        ("small-liaf", {"conv2.W": np.inf}),
        "conv2.W is inf after an update of ConvLIAF((4, 4, 3), 4)",
    ),
    "forward": (
        ("small-conv2d", {"conv2.W": HUGE}),
        "the output is inf at time step 1 of 3 in conv2, Conv2D((4, 4, 3), 4), Eq. (2)",
    ),
    "neurons": (
        ("small-liaf", {"conv1.alpha": 1e20, "conv1.b": 1.0, "conv1.v_th": HUGE}),
        "the output is inf at time step 3 of 3 in conv1, DirectLIAF((8, 8, 3)), Eqs. (3)-(8)",
    ),
    "norm": (
        ("small-lif", {"norm1.gamma": HUGE}),
        "the output is inf at time step 1 of 3 in norm1, LayerNorm((8, 8, 3)), Section VI-B2",
    ),
    "backward": (
        ("small-convlstm", {"conv2.b": HUGE, "conv2.U": HUGE}),
        "the gradient in the input is nan at time step 2 of 3 in conv2, ",
    ),
    "head": (
        ("small-lif", {"dense1.W": HUGE, "dense1.b": HUGE}),
        "the output is inf in dense1, Dense(",
    ),
}


@pytest.mark.parametrize(("given", "expected"), VISION.values(), ids=VISION)
def test_the_stage_of_a_network_on_frames_is_named(
    given: tuple[str, dict[str, Any]], expected: str
) -> None:
    name, change = given
    X = counts(small_network(name))
    if "X is" in expected:
        X[1, 1, 0, 0, 0] = np.nan
    assert expected in str(vision(name, change, X=X))
