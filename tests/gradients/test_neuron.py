"""The neuron's gradient, Eqs. (10)-(13), entry by entry against three reference gradients."""

import pytest
from independent import sampling

from gradients.gradient_problem import (
    check_by_complex_step,
    check_by_differences,
    neuron_problem,
)
from liaf_ref.kernels import spike
from liaf_ref.kernels.activation import ACTIVATIONS
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
