"""The networks of Fig. 6 and Table VIII: what they do, in training and in evaluation."""

from typing import Any

import numpy as np
import pytest
from support import trees_equal

from liaf_ref.kernels import norm_running
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.norm import Statistics
from liaf_ref.layers import (
    CheckpointedSequential,
    Params,
    Sequential,
)
from liaf_ref.networks import SequenceClassifier
from networks.small import NAMES, small_network

B, T = 6, 3
TINY = [name for name in NAMES if name.startswith("tiny")]


def frames(net: SequenceClassifier, dtype: Any = np.float32) -> Array:
    """Counts of events, read-only."""
    counts = np.random.default_rng(3).poisson(1.0, (B, T, *net.sequential.in_shape)).astype(dtype)
    counts.flags.writeable = False
    return counts


def params(net: SequenceClassifier, dtype: Any = np.float32) -> Params:
    found = net.init(np.random.default_rng(0), dtype)
    for value in found.values():
        value.flags.writeable = False
    return found


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("small")])
def test_without_batch_norm_an_answer_does_not_depend_on_its_batch(name: str) -> None:
    net = small_network(name)
    p, x = params(net, np.float64), frames(net, np.float64)
    together = net.forward(p, x)[0]
    alone = [net.forward(p, x[k : k + 1])[0][0] for k in range(B)]
    np.testing.assert_allclose(together, alone, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", TINY)
def test_with_batch_norm_it_does_not_in_evaluation_alone(name: str) -> None:
    net = small_network(name)
    p, x = params(net, np.float64), frames(net, np.float64)
    _, tape = net.forward(p, x)
    running = net.update_running_stats(net.initial_running_stats(np.float64), tape)
    together, trained = net.forward(p, x, running)[0], net.forward(p, x)[0]
    alone = [net.forward(p, x[k : k + 1], running)[0][0] for k in range(B)]
    np.testing.assert_allclose(together, alone, rtol=1e-12, atol=1e-14)
    halves = np.concatenate([net.forward(p, x[k : k + 3])[0] for k in (0, 3)])
    assert abs(halves - trained).max() > 0.1
    assert abs(together - trained).max() > 0.1


@pytest.mark.parametrize("name", TINY)
@pytest.mark.parametrize("kind", [Sequential, CheckpointedSequential])
def test_running_statistics_follow_every_norm(name: str, kind: type[Sequential]) -> None:
    net = small_network(name, kind)
    p, x = params(net, np.float64), frames(net, np.float64)
    first = net.initial_running_stats(np.float64)
    _, tape = net.forward(p, x)
    got = net.update_running_stats(first, tape)
    norms = [part for part, _ in net.sequential.layers if part.startswith("norm")]
    assert list(got) == list(first) == [f"{part}.{key}" for part in norms for key in ("m", "v")]
    statistics = dict(net.tape_parts(tape))["norm1"].statistics
    start = Statistics(np.zeros(3), np.ones(3))
    expected = norm_running.follow(start, statistics, B * T * 4 * 4, 0.1)
    assert trees_equal(got["norm1.m"], expected.m.reshape(-1))
    assert trees_equal(got["norm1.v"], expected.v.reshape(-1))
    again = net.update_running_stats(got, tape)
    assert all((abs(again[key] - first[key]) > abs(got[key] - first[key])).any() for key in first)
