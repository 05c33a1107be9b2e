"""How parameters start."""

import numpy as np
import pytest

from liaf_ref import layers
from liaf_ref.layers.initializers import glorot_uniform, orthogonal


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


def test_orthogonal_favours_no_direction() -> None:
    rng = draws()
    U = np.array([orthogonal(rng, (3, 3), np.float64) for _ in range(4000)])
    assert np.abs(U.mean(axis=0)).max() < 5 * (1 / 3 / 4000) ** 0.5


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


def test_a_norm_starts_as_nothing_but_a_norm() -> None:
    params = layers.LayerNorm((2, 3, 4)).init(draws())
    assert (params["gamma"] == 1).all()
    assert not params["b"].any()


def test_the_embedding_is_uniform_within_a_twentieth() -> None:
    E = layers.Embedding(200, 50).init(draws())["E"]
    assert 0.0499 < np.abs(E).max() <= 0.05
    assert E.var() == pytest.approx(0.05**2 / 3, rel=0.05)


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


def test_precision_decides_rounding_not_draws() -> None:
    layer = layers.GRU(3, 4)
    single, double = layer.init(draws(), np.float32), layer.init(draws(), np.float64)
    for name, value in single.items():
        assert value.dtype == np.float32
        assert (value == double[name].astype(np.float32)).all()
