"""What every layer promises, whatever its equations."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from support import trees_equal

from layers.images import ACROSS_TIME, IMAGES
from layers.samples import SAMPLES, B, K, L, Sample, T, X, params, random_array, state
from liaf_ref import layers
from liaf_ref.layers import REFERENCE

ALL = SAMPLES | IMAGES


def of(samples: dict[str, Sample]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("sample", samples.values(), ids=samples)


every_layer = of(ALL)
stateful = of({name: sample for name, sample in ALL.items() if sample.states})
step_by_step = of({name: sample for name, sample in ALL.items() if name not in ACROSS_TIME})


@every_layer
def test_parameters_have_their_names_shapes_and_count(sample: Sample) -> None:
    layer = sample.layer
    drawn_shapes = {name: p.shape for name, p in layer.init(np.random.default_rng(0)).items()}
    assert layer.param_shapes() == drawn_shapes == sample.shapes
    assert layer.count_params() == sum(int(np.prod(shape)) for shape in sample.shapes.values())


@pytest.mark.parametrize(
    ("layer", "weights"),
    [
        (layers.DenseLIAF(50, 100), 5_500),
        (layers.DenseLIF(50, 100), 5_500),
        (layers.RNN(50, 100), 15_100),
        (layers.GRU(50, 100), 45_300),
        (layers.LSTM(50, 100), 60_400),
    ],
    ids=["LIAF", "LIF", "RNN", "GRU", "LSTM"],
)
def test_weights_are_those_of_table_iv(layer: layers.Layer, weights: int) -> None:
    assert layer.count_params() == weights


@every_layer
def test_forward_is_its_kernels(sample: Sample) -> None:
    layer = sample.layer
    p, x, before = params(layer), X(layer), state(layer)
    Y, after, _ = layer.forward(p, x, before)
    expected, last = sample.reference(p, x, before)
    assert Y.shape == (B, expected.shape[1], *layer.out_shape)
    assert trees_equal((Y, after), (expected, last))


@every_layer
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble, np.complex128])
def test_dtype_goes_through_both_ways(sample: Sample, dtype: Any) -> None:
    layer = sample.layer
    Y, after, tape = layer.forward(params(layer, dtype), X(layer, dtype))
    dX, before, grads = layer.backward(np.ones_like(Y), tape)
    found = {array.dtype for array in (Y, *after, dX, *before, *grads.values())}
    assert found == {np.dtype(dtype)}
    assert {name: g.shape for name, g in grads.items()} == layer.param_shapes()


@step_by_step
def test_state_out_and_in_joins_two_halves(sample: Sample) -> None:
    layer = sample.layer
    p, x = params(layer), X(layer)
    whole, last, _ = layer.forward(p, x)
    first_half, middle, _ = layer.forward(p, x[:, :2])
    second_half, end, _ = layer.forward(p, x[:, 2:], middle)
    np.testing.assert_allclose(np.concatenate((first_half, second_half), 1), whole, rtol=1e-14)
    assert len(end) == sample.states
    for a, b in zip(end, last, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-14)


@stateful
def test_gradients_of_two_halves_join_through_the_state(sample: Sample) -> None:
    layer = sample.layer
    p, x, dY = params(layer), X(layer), random_array((B, T, *layer.out_shape))
    _, _, tape = layer.forward(p, x)
    dX, dstart, grads = layer.backward(dY, tape)
    _, middle, first = layer.forward(p, x[:, :2])
    _, _, second = layer.forward(p, x[:, 2:], middle)
    dX2, dmiddle, grads2 = layer.backward(dY[:, 2:], second)
    dX1, dstart1, grads1 = layer.backward(dY[:, :2], first, dmiddle)
    np.testing.assert_allclose(np.concatenate((dX1, dX2), 1), dX, atol=1e-13)
    for a, b in zip(dstart1, dstart, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-13)
    for name, g in grads.items():
        np.testing.assert_allclose(grads1[name] + grads2[name], g, atol=1e-12)


@every_layer
def test_the_first_state_is_zero(sample: Sample) -> None:
    layer = sample.layer
    p, x = params(layer), X(layer)
    zeros = tuple(np.zeros_like(part) for part in state(layer))
    assert trees_equal(layer.forward(p, x)[:2], layer.forward(p, x, zeros)[:2])


@every_layer
def test_a_layer_remembers_nothing_between_calls(sample: Sample) -> None:
    layer = sample.layer
    p, x = params(layer), X(layer)
    Y, after, tape = layer.forward(p, x)
    again = layer.forward(p, x)
    assert trees_equal((Y, after), again[:2])
    assert trees_equal(
        layer.backward(np.ones_like(Y), tape), layer.backward(np.ones_like(Y), again[2])
    )


@every_layer
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nothing_passed_in_is_changed(sample: Sample, dtype: Any) -> None:
    layer = sample.layer
    p, x, before = params(layer, dtype), X(layer, dtype), state(layer, dtype)
    for array in (x, *before):
        array.flags.writeable = False
    copies = [array.copy() for array in (x, *before, *p.values())]
    Y, _, tape = layer.forward(p, x, before)
    dY, d_state = random_array(Y.shape, dtype), state(layer, dtype)
    for array in (dY, *d_state):
        array.flags.writeable = False
    dY_copy, d_copies = dY.copy(), tuple(array.copy() for array in d_state)
    layer.backward(dY, tape, d_state)
    assert trees_equal(tuple(copies), (x, *before, *p.values()))
    assert trees_equal((dY_copy, d_copies), (dY, d_state))


@every_layer
def test_what_was_passed_in_may_be_written_to_afterwards(sample: Sample) -> None:
    layer = sample.layer
    x, before = X(layer), state(layer)
    Y, _, tape = layer.forward(params(layer), x, before)
    dY, d_state = random_array(Y.shape), state(layer)
    layer.backward(dY, tape, d_state)
    assert all(array.flags.writeable for array in (x, *before, dY, *d_state))


@every_layer
def test_the_same_seed_draws_the_same_parameters(sample: Sample) -> None:
    first, second = (sample.layer.init(np.random.default_rng(11)) for _ in range(2))
    assert trees_equal(first, second)


@pytest.mark.parametrize("name", ["Dense", "DenseLIAF", "RNN", "LSTM", "GRU", "GRUCell"])
def test_another_seed_draws_other_weights(name: str) -> None:
    layer = SAMPLES[name].layer
    weights = next(iter(layer.param_shapes()))
    first, second = (layer.init(np.random.default_rng(seed))[weights] for seed in (1, 2))
    assert not np.isclose(first, second).any()


@pytest.mark.parametrize("make", [layers.DenseLIAF, layers.DenseLIF, layers.RNN, layers.LSTM])
def test_no_bias_is_a_bias_of_zero(make: Any) -> None:
    without, with_bias = make(K, L, bias=False), make(K, L)
    p = params(without)
    zero = p | {"b": np.zeros(with_bias.param_shapes()["b"])}
    x = X(without)
    Y, _, tape = without.forward(p, x)
    Y0, _, tape0 = with_bias.forward(zero, x)
    assert "b" not in without.param_shapes()
    assert without.count_params() == with_bias.count_params() - zero["b"].size
    assert trees_equal(Y, Y0)
    grads, grads0 = (
        layer.backward(np.ones_like(Y), t)[2] for layer, t in ((without, tape), (with_bias, tape0))
    )
    del grads0["b"]
    assert {n: g.tobytes() for n, g in grads.items()} == {n: g.tobytes() for n, g in grads0.items()}


@every_layer
def test_a_layer_cannot_be_changed_and_may_be_a_key(sample: Sample) -> None:
    name = dataclasses.fields(sample.layer)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(sample.layer, name, None)
    assert {sample.layer: 1}[dataclasses.replace(sample.layer)] == 1


@every_layer
def test_forms_may_be_named(sample: Sample) -> None:
    layer = sample.layer
    p, x = params(layer), X(layer)
    assert trees_equal(layer.forward(p, x)[0], layer.forward(p, x, kernel_set=REFERENCE)[0])
