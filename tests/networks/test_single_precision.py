"""Each of the paper's networks is within a derived bound of the independent implementation.

The bound is a running error analysis along the network's graph, for any right way to
compute it, and so for the twins that float32 runs in.  It holds where no decision hangs on
rounding: at each point here every neuron, kink and window is farther from its edge than
the error there, which is asserted.
"""

from functools import cache
from typing import Any, NamedTuple

import figures
import numpy as np
import pytest
from oracle.case_builder import CaseBuilder
from oracle.network_cases import NETWORKS, NetworkSample, draw_sample, with_running_statistics

from liaf_ref.kernels.array import Array
from liaf_ref.networks import registry
from liaf_ref.oracle import table
from liaf_ref.oracle.error_bounds import spike_safe, tolerances

IDLE = 1e-9  # a gradient that is 0 but for what rounds on both sides of a difference
SEEDS = {
    "babi-liaf": 5,
    "babi-lif": 4,
    "babi-rnn": 5,
    "babi-lstm": 0,
    "babi-gru": 1,
    "mnist-dvs-liaf": 17,
    "mnist-dvs-lif": 7,
    "mnist-dvs-conv2d": 3,
    "mnist-dvs-conv3d": 5,
    "mnist-dvs-convlstm": 16,
    "cifar10-dvs-liaf": 5,
    "cifar10-dvs-lif": 6,
    "cifar10-dvs-conv2d": 0,
    "cifar10-dvs-conv3d": 15,
    "cifar10-dvs-convlstm": 3,
    "gesture-liaf": 20,
    "gesture-lif": 15,
    "gesture-convlstm": 3,
}
GESTURES = tuple(name for name in SEEDS if name.startswith("gesture"))
# Where no norm takes its own statistics in between, or spikes stop what rounding does to values.
TIGHT = (*(name for name in SEEDS if name.startswith("babi")), "mnist-dvs-lif", "cifar10-dvs-lif")
every_network = pytest.mark.parametrize("name", SEEDS)


class BoundCheck(NamedTuple):
    """The largest error over its bound, and how wide the bounds are: a median of medians."""

    error: float
    width: float


@cache
def point(name: str) -> NetworkSample:
    """A network where every decision is clear."""
    return draw_sample(name, SEEDS[name])


def bounds(at: NetworkSample, dtype: str) -> tuple[CaseBuilder, dict[str, Array]]:
    """The network as a case, and its tolerances, which hold as no decision hangs on rounding."""
    translated = at.to_case()
    case = translated.case()
    assert spike_safe(case, dtype)
    return translated, tolerances(case, dtype)


@cache
def cached_bounds(name: str, dtype: str) -> tuple[CaseBuilder, dict[str, Array]]:
    """The bounds of one of the points."""
    return bounds(point(name), dtype)


def check_within_bounds(
    bounded: tuple[CaseBuilder, dict[str, Array]], actual: Any, expected: Any, share: float = 1.0
) -> BoundCheck:
    """Compare logits and every parameter's gradient, entry by entry."""
    translated, allowed = bounded
    named = {translated.logits: (actual[0], expected[0])} | {
        f"grad/{translated.params[key]}": (actual[1][key], expected[1][key]) for key in expected[1]
    }
    errors, widths = [], []
    for key, (mine, theirs) in named.items():
        bound = allowed[key] * share
        assert np.isfinite(bound).all(), key
        assert mine.shape == theirs.shape == bound.shape, key
        off = np.abs(mine.astype(np.longdouble) - theirs)
        errors.append(float((off[off > 0] / bound[off > 0]).max(initial=0.0)))
        if np.abs(theirs).max() > IDLE:
            widths.append(float(np.median(bound) / np.abs(theirs).max()))
    return BoundCheck(max(errors), float(np.median(widths)))


def test_these_are_all_networks_there_are() -> None:
    assert set(SEEDS) == set(NETWORKS) == set(registry.NETWORKS)


@every_network
def test_float32_is_within_the_derived_bound_of_float64(name: str) -> None:
    at = point(name)
    held = check_within_bounds(
        cached_bounds(name, "float32"), at.run(np.float32), at.run(np.float64)
    )
    figures.record("error over bound", held.error)
    assert held.error <= 1


@every_network
def test_the_independent_implementation_gives_the_same_logits_and_gradients(name: str) -> None:
    """Its tape has no backward pass of a layer; both are within the bound of what is exact."""
    translated, _ = bounded = cached_bounds(name, "float64")
    answer, found = table.run(translated.case()), point(name).run(np.float64)
    grads = {key: answer[f"grad/{translated.params[key]}"] for key in found[1]}
    assert check_within_bounds(bounded, found, (answer[translated.logits], grads)).error <= 1


@every_network
def test_float64_is_within_its_own_share_of_the_bound(name: str) -> None:
    """Against extended precision, where there is one; and the bound is sharp behind norms too."""
    at = point(name)
    held = check_within_bounds(
        cached_bounds(name, "float64"), at.run(np.float64), at.run(np.longdouble), 0.5
    )
    assert held.error <= 1
    assert held.width < 1e-7


@pytest.mark.parametrize("name", GESTURES)
def test_the_gesture_networks_with_running_statistics(name: str) -> None:
    at = with_running_statistics(point(name), 1)
    held = check_within_bounds(bounds(at, "float32"), at.run(np.float32), at.run(np.float64))
    assert held.error <= 1
    assert held.width < 2.0**-10


@pytest.mark.parametrize("name", TIGHT)
def test_a_thousandth_is_beyond_the_bound(name: str) -> None:
    at = point(name)
    logits, grads = at.run(np.float32)
    wrong = logits, {key: grad * np.float32(1 + 2**-10) for key, grad in grads.items()}
    assert check_within_bounds(cached_bounds(name, "float32"), wrong, at.run(np.float64)).error > 1
