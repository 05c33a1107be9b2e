"""Studies: special cases of LIAF, and a network whose layers send spikes."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from networks.small import DVS_CONFIG, small_network

from liaf_ref import layers as ly
from liaf_ref.analysis.spike_coding import RateCode, SignedScaler, SpikeEncoder, TimeToFirstSpike
from liaf_ref.experiments import degradation, equivalences
from liaf_ref.experiments.coding import (
    ENCODING_SITES,
    encode_inputs,
    encode_outputs,
    record_inputs,
    run_encoded,
)
from liaf_ref.kernels.array import Array
from liaf_ref.layers.types import MODES, SHARINGS
from liaf_ref.networks import SequenceClassifier, dvs_network
from liaf_ref.networks.vision import BLOCK_ORDERS

FOUND = list(equivalences.measure_all())
SUMS = 16  # ulp: orders of summation, float32 among them


@pytest.mark.parametrize("found", FOUND, ids=lambda f: f"{f.liaf} and {f.baseline}, {f.dtype}")
def test_an_equivalence_holds_and_where_it_is_inexact_there_is_a_reason(
    found: equivalences.Equivalence,
) -> None:
    apart = {name: ulps for name, ulps in found.ulps.items() if ulps}
    if found.explanation == equivalences.NO_THRESHOLD_GRADIENT:
        assert apart.keys() == {"v_th"}
        return
    assert max(found.ulps.values()) <= SUMS
    if not found.explanation:
        assert not apart


def test_without_memory_the_start_is_seen_once_and_alpha_has_a_gradient() -> None:
    left = equivalences.remaining_effects()
    assert left["changed_steps"] == 1
    assert left["alpha"] > 0
    assert left["beta"] > 0


def firing(net: SequenceClassifier) -> tuple[SequenceClassifier, ly.Params, Array]:
    """A network whose neurons fire now and then, and frames."""
    rng = np.random.default_rng(4)
    params = net.init(rng, np.float64)
    for key in params:
        if key.endswith(("alpha", "v_th")):
            params[key] = rng.uniform(0.2, 0.6, params[key].shape)
        elif key.endswith(("beta", "v_reset")):
            params[key] = rng.uniform(-0.2, 0.2, params[key].shape)
    X = rng.poisson(1.0, (2, net.steps, *net.sequential.in_shape)).astype(float)
    return net, params, X


@pytest.mark.parametrize("name", ["small-liaf", "tiny-liaf"])
def test_an_act_that_is_all_spike_is_lif(name: str) -> None:
    net, params, X = firing(small_network(name))

    def fires(layer: ly.Layer) -> ly.Layer:
        if isinstance(layer, ly.Driven):
            return ly.Driven(layer.synapse, ly.DirectLIF(layer.dynamics.out_shape))
        return (
            ly.DirectLIF(layer.out_shape, sharing="all") if isinstance(layer, ly.Neurons) else layer
        )

    parts = tuple(
        ly.NamedLayer(n, fires(layer) if layer.param_shapes().keys() & {"alpha"} else layer)
        for n, layer in net.sequential.layers
    )
    lif = replace(net, sequential=replace(net.sequential, layers=parts))
    expected, _ = lif.forward(params, X)
    found, _ = degradation.interpolate_to_spike(net, params, 1.0).forward(params, X)
    np.testing.assert_array_equal(found, expected)
    whole, _ = net.forward(params, X)
    assert abs(whole - expected).max() > 1e-3
    unchanged, _ = degradation.interpolate_to_spike(net, params, 0.0).forward(params, X)
    np.testing.assert_array_equal(unchanged, whole)


OF_ANY_KIND = (
    dvs_network(
        DVS_CONFIG, "liaf", neuron=ly.Neuron(act="tanh", mode=m, sharing=s), block_order=order
    )
    for order, m, s in product(BLOCK_ORDERS, MODES, SHARINGS)
)


@pytest.mark.parametrize("net", [small_network("tiny-liaf"), *OF_ANY_KIND])
def test_without_memory_any_neurons_leave_their_act(net: SequenceClassifier) -> None:
    net, params, X = firing(net)
    other, weights = degradation.without_neurons(net, params)
    assert not any(key.endswith(("alpha", "v_th")) for key in other.param_shapes())
    assert weights.keys() == other.param_shapes().keys()
    expected, tape = other.forward(weights, X)
    found, whole = net.forward(degradation.scale_memory(net, params, 0.0), X)
    # X W + (b - V_th) is rounded otherwise than X W + b - V_th
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)
    remembered, _ = net.forward(params, X)
    assert abs(remembered - expected).max() > 1e-3
    dY = np.ones_like(expected)
    slopes, full = other.backward(dY, tape), net.backward(dY, whole)
    # so are the activations that it sums over all places and steps
    np.testing.assert_allclose(slopes["conv2.W"], full["conv2.W"], rtol=1e-9, atol=1e-12)


def frames(net: SequenceClassifier, seed: int = 5) -> Array:
    rng = np.random.default_rng(seed)
    return rng.poisson(0.7, (3, net.steps, *net.sequential.in_shape)).astype(float)


def test_values_leave_neurons_and_enter_the_synapses_above() -> None:
    chain = small_network("small-liaf").sequential
    receivers = [chain.stages[n].name for n in encode_inputs(chain)]
    assert [chain.stages[n].name for n in encode_outputs(chain)] == ["norm1", "norm2"]
    assert receivers == ["conv2", "sum"]


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
    assert isinstance(conv, ly.Conv2D)
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


def _windows(conv: ly.Conv2D, counts: Array) -> int:
    """Sum counts over all windows of a 3 x 3 convolution, place by place."""
    H, W, _ = conv.shape
    padded = np.pad(counts, ((0, 0), (0, 0), (1, 1), (1, 1), (0, 0)))
    total = sum(padded[:, :, i : i + 3, j : j + 3].sum() for i, j in product(range(H), range(W)))
    return conv.L * int(total)
