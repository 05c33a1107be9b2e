"""The neuron's gradient, Eqs. (10)-(13), entry by entry against three reference gradients."""

from itertools import product

import numpy as np
import pytest
from independent import sampling
from independent.derivatives import REACH

from gradients.gradient_problem import (
    check_by_complex_step,
    check_by_differences,
    neuron_params,
    neuron_problem,
)
from liaf_ref.kernels import neuron, spike
from liaf_ref.kernels.activation import ACTIVATIONS, identity
from liaf_ref.kernels.neuron import NTR, TR
from liaf_ref.kernels.pair import Pair

MU = (0.5, 0.3)
# Every output with every sharing, and with them every pair of options.  LIF proper is threshold
# related; a spike that sees U alone must be differentiated rightly too.
CASES = [
    pytest.param(
        output, (TR, NTR)[k % 2], sharing, MU[k // 2 % 2], id=f"{output}-{sharing}-{k % 4}"
    )
    for i, output in enumerate(("lif", *ACTIVATIONS))
    for k, sharing in enumerate(sampling.SHARING, i)
]
every_case = pytest.mark.parametrize(("output", "s", "sharing", "mu"), CASES)


def _act(output: str, fires: Pair) -> Pair:
    return fires if output == "lif" else ACTIVATIONS[output]


@every_case
def test_complex_step_through_the_frozen_spike(
    output: str, s: int, sharing: str, mu: float
) -> None:
    fires = spike.frozen(spike.paper(mu))
    sample = sampling.draw_sample(11, sharing, mu, s == TR)
    check_by_complex_step(neuron_problem(sample, fires, _act(output, fires), s))


@every_case
def test_differences_of_the_relaxed_network(output: str, s: int, sharing: str, mu: float) -> None:
    fires = spike.relaxed(mu)
    sample = sampling.draw_sample(12, sharing, mu, s == TR, relaxed=True)
    check_by_differences(neuron_problem(sample, fires, _act(output, fires), s))


@every_case
def test_differences_of_the_hard_network_without_slope(
    output: str, s: int, sharing: str, mu: float
) -> None:
    fires = spike.detached()
    sample = sampling.draw_sample(13, sharing, mu, s == TR)
    check_by_differences(neuron_problem(sample, fires, _act(output, fires), s))


@pytest.mark.parametrize(
    ("sharing", "mu", "s", "relaxed"),
    list(product(sampling.SHARING, (0.5, 0.3), (neuron.TR, neuron.NTR), (False, True))),
)
def test_quota_and_distance(sharing: str, mu: float, s: int, relaxed: bool) -> None:
    for seed in (11, 12, 13, 14):
        at = sampling.draw_sample(seed, sharing, mu, s == neuron.TR, relaxed).arrays
        p = neuron_params(at)
        fires = spike.relaxed(mu) if relaxed else spike.paper(mu)
        _, _, tape = neuron.forward(at["I"], at["V"], p, fires, identity, s)
        steps = range(at["I"].shape[1])
        x = np.stack([tape.U[:, t] - p.v_th for t in steps], axis=1)
        seen = np.stack([tape.U[:, t] - s * p.v_th for t in steps], axis=1)
        counts = sampling.count_situations(x, seen, mu)
        assert min(counts) >= sampling.MIN_COUNT, counts
        for kink in (abs(abs(x) - mu), abs(x), abs(abs(seen) - mu), abs(seen)):
            assert kink.min() > 10 * REACH
