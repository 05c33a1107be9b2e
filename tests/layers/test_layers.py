"""What every layer promises, whatever its equations."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import trees_equal

from layers.samples import (
    ACROSS_TIME,
    IMAGES,
    SAMPLES,
    B,
    Sample,
    T,
    X,
    params,
    random_array,
    state,
)
from liaf_ref import layers
from liaf_ref.kernels import gru
from liaf_ref.layers.initializers import glorot_uniform, orthogonal

ALL = SAMPLES | IMAGES


def of(samples: dict[str, Sample]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("sample", samples.values(), ids=samples)


every_layer = of(ALL)
stateful = of({name: sample for name, sample in ALL.items() if sample.states})
step_by_step = of({name: sample for name, sample in ALL.items() if name not in ACROSS_TIME})


def test_a_kernel_is_the_module_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "max_plus.py").write_text("forward = 1")
    monkeypatch.syspath_prepend(str(tmp_path))
    kernels = layers.KernelSet("ours", "liaf_ref.kernels", lstm=gru)
    assert (kernels.max_plus.forward, kernels.gru, kernels.lstm) == (1, gru, gru)
    with pytest.raises(AttributeError, match="min_plus"):
        kernels.min_plus  # noqa: B018


@every_layer
def test_parameters_have_their_names_shapes_and_count(sample: Sample) -> None:
    layer = sample.layer
    drawn_shapes = {name: p.shape for name, p in layer.init(np.random.default_rng(0)).items()}
    assert layer.param_shapes() == drawn_shapes == sample.shapes
    assert layer.count_params() == sum(int(np.prod(shape)) for shape in sample.shapes.values())


@every_layer
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble, np.complex128])
def test_dtype_goes_through_both_ways_and_nothing_passed_in_is_changed(
    sample: Sample, dtype: Any
) -> None:
    layer, p = sample.layer, params(sample.layer, dtype)
    x, before, d_state = X(layer, dtype), state(layer, dtype), state(layer, dtype)
    dY = random_array((B, 1 if "TimeMean" in repr(layer) else T, *layer.out_shape), dtype)
    given = (x, *before, *p.values(), dY, *d_state)
    copies = [array.copy() for array in given]
    for array in given:
        array.flags.writeable = False
    Y, after, tape = layer.forward(p, x, before)
    dX, d_before, grads = layer.backward(dY, tape, d_state)
    assert trees_equal(tuple(copies), given)
    found = {array.dtype for array in (Y, *after, dX, *d_before, *grads.values())}
    assert found == {np.dtype(dtype)}
    assert Y.shape == dY.shape
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


def draws() -> np.random.Generator:
    return np.random.default_rng(17)


@pytest.mark.parametrize("shape", [(5, 5), (5, 20), (7, 21), (1, 1, 5, 20), (3, 1, 2, 8)])
def test_orthogonal_rows_are_orthonormal(shape: tuple[int, ...]) -> None:
    U = orthogonal(draws(), shape, np.float64)
    assert U.shape == shape
    rows = U.reshape(-1, shape[-1])
    np.testing.assert_allclose(rows @ rows.T, np.eye(len(rows)), atol=1e-14)


def test_more_rows_than_columns_have_orthonormal_columns() -> None:
    U = layers.ConvLSTMCell(2, (4, 3)).init(draws())["U"]
    assert U.shape == (3, 3, 2, 8)
    np.testing.assert_allclose(np.einsum("ijkl,ijkm->lm", U, U), np.eye(8), atol=1e-14)


def test_glorot_is_uniform_within_its_bound() -> None:
    W = glorot_uniform(draws(), (200, 100), np.float64)
    bound = (6 / 300) ** 0.5
    assert np.abs(W).max() <= bound
    assert np.abs(W).max() > 0.999 * bound
    assert W.var() == pytest.approx(bound**2 / 3, rel=0.03)
    assert abs(W.mean()) < 5 * (W.var() / W.size) ** 0.5


def test_a_window_has_its_places_as_inputs_and_outputs() -> None:
    W = layers.Conv2D((8, 8, 20), 30, (5, 3)).init(draws())["W"]
    bound = (6 / (15 * 20 + 15 * 30)) ** 0.5
    assert 0.999 * bound < np.abs(W).max() <= bound


def test_the_forget_gate_starts_open_and_no_other_bias_does() -> None:
    b = layers.LSTM(3, 4).init(draws())["b"]
    assert b.tolist() == [1] * 4 + [0] * 12
    b = layers.ConvLSTM((4, 4, 3), 4).init(draws())["b"]
    assert b.tolist() == [1] * 4 + [0] * 12
    for layer in (
        layers.Dense(3, 4),
        layers.Conv2D((4, 4, 3), 4),
        layers.RNN(3, 4),
        layers.GRU(3, 4),
    ):
        assert not layer.init(draws())["b"].any()


@pytest.mark.parametrize("sample", ALL.values(), ids=ALL)
def test_parameters_alone_have_the_gradients_of_the_whole(sample: Sample) -> None:
    layer = sample.layer
    Y, last, tape = layer.forward(params(layer), X(layer), state(layer))
    dY, d_state = np.cos(Y), tuple(np.sin(part) for part in last)
    grads = layer.back_params(dY, d_state, tape.saved, tape.kernels)
    assert trees_equal(grads, layer.backward(dY, tape, d_state)[2])
