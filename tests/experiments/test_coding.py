"""A network whose layers send spikes: what comes out, and what is counted."""

from itertools import product

import numpy as np
import pytest
from networks.small import small_network

from liaf_ref._core.errors import InputError
from liaf_ref.analysis import op_count
from liaf_ref.analysis.spike_coding import RateCode, SignedScaler, SpikeEncoder, TimeToFirstSpike
from liaf_ref.experiments.coding import (
    ENCODING_SITES,
    encode_inputs,
    encode_outputs,
    record_inputs,
    run_encoded,
)
from liaf_ref.kernels.array import Array
from liaf_ref.layers import REFERENCE, Conv2D, Dense, Sequential
from liaf_ref.layers.sequential import NamedLayer
from liaf_ref.networks import SequenceClassifier

NETWORKS = ["small-liaf", "small-lif", "tiny-liaf"]


def frames(net: SequenceClassifier, seed: int = 5) -> Array:
    rng = np.random.default_rng(seed)
    return rng.poisson(0.7, (3, net.steps, *net.sequential.in_shape)).astype(float)


def test_values_leave_neurons_and_enter_the_synapses_above() -> None:
    chain = small_network("small-liaf").sequential
    receivers = [chain.stages[n].name for n in encode_inputs(chain)]
    assert [chain.stages[n].name for n in encode_outputs(chain)] == ["norm1", "norm2"]
    assert receivers == ["conv2", "sum"]


@pytest.mark.parametrize("name", NETWORKS)
def test_without_channels_a_network_answers_as_it_does(name: str) -> None:
    net = small_network(name)
    params, X = net.init(np.random.default_rng(1), np.float64), frames(net)
    expected, _ = net.forward(params, X)
    found = run_encoded(net.sequential, params, X, {})
    np.testing.assert_array_equal(found.logits, expected)
    assert (found.values, found.spikes) == (0, 0)


def test_of_steps_there_must_be_one_in_the_end() -> None:
    chain = Sequential((NamedLayer("out", Dense(4, 3)),))
    rng = np.random.default_rng(1)
    params, X = chain.init(rng), rng.normal(size=(2, 3, 4))
    expected, *_ = chain.forward(params, X[:, :1])
    np.testing.assert_array_equal(run_encoded(chain, params, X[:, :1], {}).logits, expected[:, 0])
    text = (
        "sequential of the spike-coded network: expected an output of one time step, "
        "such as that of a TimeMean, got 3"
    )
    with pytest.raises(InputError, match=text):
        run_encoded(chain, params, X, {})


@pytest.mark.parametrize("name", ["small-liaf", "small-lif"])
def test_operations_are_those_that_zeros_leave(name: str) -> None:
    net = small_network(name)
    params, X = net.init(np.random.default_rng(1), np.float64), frames(net)
    left = op_count.total(
        row.effective for row in op_count.measure_sparsity(net.sequential, params, X, REFERENCE)
    )
    found = run_encoded(net.sequential, params, X, {})
    assert found.muls / len(X) == pytest.approx(left.muls, abs=3)
    assert found.adds / len(X) == pytest.approx(left.adds, abs=3)


@pytest.mark.parametrize(
    ("place", "code"), list(product(ENCODING_SITES, [RateCode(), TimeToFirstSpike()]))
)
def test_with_many_slots_the_analog_answer_comes_back(
    place: str, code: RateCode | TimeToFirstSpike
) -> None:
    net = small_network("small-liaf")
    params, X = net.init(np.random.default_rng(1), np.float64), frames(net)
    expected, _ = net.forward(params, X)
    stages = ENCODING_SITES[place](net.sequential)
    values = record_inputs(net.sequential, params, X, stages)
    apart = []
    for k in (2, 32, 512):
        channels = {
            n: SpikeEncoder(code, SignedScaler.from_percentile(values[n], 100), k) for n in stages
        }
        apart.append(abs(run_encoded(net.sequential, params, X, channels).logits - expected).max())
    assert apart[0] > apart[1] > apart[2]
    assert apart[2] < 1e-2


def test_events_are_counted_where_they_meet_weights() -> None:
    net = small_network("small-liaf")
    params, X = net.init(np.random.default_rng(1), np.float64), frames(net)
    (first, _), analog = encode_inputs(net.sequential), run_encoded(net.sequential, params, X, {})
    value = record_inputs(net.sequential, params, X, [first])[first]
    lines = SignedScaler.from_percentile(value, 100)
    conv = net.sequential.stages[first].layer
    assert isinstance(conv, Conv2D)
    plain = _windows(conv, (value != 0).astype(float))
    for code, once in ((RateCode(), 0), (TimeToFirstSpike(), 1)):
        channel = SpikeEncoder(code, lines, 4)
        found = run_encoded(net.sequential, params, X, {first: channel})
        counts = channel.encode(value).sum(axis=(0, 1))
        events = _windows(conv, counts)
        assert found.spikes == counts.sum()
        assert found.values == value.size
        # What is above differs by its zeros alone: none of them before the next Act.
        above = found.adds - analog.adds - (events - plain)
        assert found.muls - analog.muls == once * events - plain + above


def _windows(conv: Conv2D, counts: Array) -> int:
    """Sum counts over all windows of a 3 x 3 convolution, place by place."""
    H, W, _ = conv.shape
    padded = np.pad(counts, ((0, 0), (0, 0), (1, 1), (1, 1), (0, 0)))
    total = sum(padded[:, :, i : i + 3, j : j + 3].sum() for i, j in product(range(H), range(W)))
    return conv.L * int(total)


def test_a_sum_at_the_border_has_fewer_terms() -> None:
    found = op_count.count_terms(Conv2D((3, 4, 2), 5), np.ones((1, 1, 3, 4, 2)))[0, 0, ..., 0]
    assert found.tolist() == [[8, 12, 12, 8], [12, 18, 18, 12], [8, 12, 12, 8]]
    assert op_count.count_terms(Dense(3, 7), np.array([[[2, 0, 1]]])).tolist() == [[[3]]]
