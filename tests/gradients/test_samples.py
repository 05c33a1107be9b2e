"""The samples are not blind: the kernel itself finds them in every situation, off every kink."""

from itertools import product

import numpy as np
import pytest
from independent import sampling
from independent.finite_difference import REACH

from gradients.gradient_problem import neuron_params
from liaf_ref.kernels import neuron, spike
from liaf_ref.kernels.activation import identity


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
