"""Settings of the network of Fig. 5 that the paper does not print."""

from typing import Any

import numpy as np
import pytest
from support import trees_equal

import liaf_ref as lr
from liaf_ref._core.errors import InputError
from liaf_ref.experiments.babi import BabiConfig
from liaf_ref.layers.cells import GATES
from liaf_ref.networks import BabiNetwork, Recurrent

VOCAB = 9


def drawn(cell: str, **options: Any) -> dict[str, np.ndarray]:
    return BabiConfig(1, cell, **options).make_network(VOCAB).init(0, np.float64)


@pytest.mark.parametrize("cell", ["liaf", "lif"])
def test_neurons_start_at_the_given_values(cell: str) -> None:
    values = {"alpha": 0.9, "beta": 0.1, "v_th": 2.0, "v_reset": -0.5}
    params = drawn(cell, **values)
    for branch in ("story", "query"):
        for name, value in values.items():
            assert (params[f"{branch}.{name}"] == value).all()


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_recurrent_weights_are_orthogonal_or_after_glorot(cell: str) -> None:
    U = drawn(cell)["story.U"]
    np.testing.assert_allclose(U @ U.T, np.eye(100), atol=1e-12)
    U = drawn(cell, recurrent_initializer="glorot_uniform")["story.U"]
    bound = np.sqrt(6 / sum(U.shape))
    assert 0.99 * bound < abs(U).max() <= bound
    assert abs(U.mean()) < 0.05 * bound


def test_embeddings_are_uniform_or_normal() -> None:
    E = drawn("gru")["story.E"]
    assert 0.04 < abs(E).max() <= 0.05
    E = drawn("gru", embedding_initializer="normal")["story.E"]
    assert abs(E.std() - 1) < 0.1


def test_the_forget_gate_starts_at_its_bias() -> None:
    b = drawn("lstm", forget_bias=-2.0)["story.b"]
    assert (b == np.repeat([-2.0, 0.0], [100, 300])).all()
    assert (drawn("lstm")["story.b"][:100] == 1).all()


def test_what_is_the_default_changes_no_bit() -> None:
    spelled: dict[str, dict[str, Any]] = {
        "lif": {"alpha": 0.3, "beta": 0.0, "v_th": 0.5, "v_reset": 0.0, "gradient": "paper"},
        "lstm": {
            "recurrent_initializer": "orthogonal",
            "recurrent_activation": "sigmoid",
            "forget_bias": 1.0,
            "embedding_initializer": "uniform",
        },
    }
    for cell, options in spelled.items():
        config = BabiConfig(1, cell, adam_eps=1e-8, **options)
        plain = BabiConfig(1, cell)
        assert trees_equal(drawn(cell), config.make_network(VOCAB).init(0, np.float64))
        assert config.make_optimizer() == plain.make_optimizer()
        assert config.condition == plain.condition == "ec"


@pytest.mark.parametrize("cell", ["lif", "liaf"])
def test_a_detached_reset_multiplies_the_gradient_by_alpha_or_by_0(cell: str) -> None:
    layer = BabiConfig(1, cell, gradient="detached").make_network(VOCAB).temporal_layer
    plain = BabiConfig(1, cell).make_network(VOCAB).temporal_layer
    neurons, rng = layer.dynamics, np.random.default_rng(2)
    assert isinstance(neurons, lr.layers.Neurons)
    X = rng.normal(0.3, 0.5, (1, 6, *neurons.shape))
    params = neurons.init(0, np.float64)
    dY = np.zeros_like(X)
    dY[:, -1] = 1
    Y, _, tape = neurons(params, X)
    np.testing.assert_equal(Y, plain.dynamics(params, X)[0])  # only the gradient differs
    dU = neurons.backward(dY, tape)[0]
    fired = tape.saved.F[:, :-1]
    np.testing.assert_allclose(dU[:, :-1], 0.3 * (1 - fired) * dU[:, 1:])
    assert dU[:, 0].any()


@pytest.mark.parametrize("layer", [lr.LSTM, lr.GRU])
def test_hard_gates_are_limited_lines(layer: Any) -> None:
    gate, x = GATES["hard_sigmoid"], np.linspace(-4, 4, 33)
    np.testing.assert_allclose(gate.value(x), np.clip(0.2 * x + 0.5, 0, 1))
    inside = abs(x) < 2.5
    np.testing.assert_allclose(gate.slope(x), 0.2 * inside)
    assert gate.value(x.astype(np.float32)).dtype == np.float32
    rng = np.random.default_rng(5)
    cell = layer(2, 3, recurrent_activation="hard_sigmoid")
    params = {name: 2 * p for name, p in cell.init(rng, np.float64).items()}
    X = 2 * rng.normal(size=(2, 4, 2))
    weights = rng.normal(size=(2, 4, 3))

    def loss(p: Any) -> Any:
        Y, _, tape = cell(p, X)
        return (weights * Y).sum(), cell.backward(weights, tape)[2]

    assert lr.gradcheck(loss, params)
    Y, _, _ = cell({name: p.astype(np.float32) for name, p in params.items()}, X.astype("f4"))
    np.testing.assert_allclose(Y, cell(params, X)[0], atol=1e-5)


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    (
        "gru",
        {"alpha": 0.9},
        "alpha of BabiConfig: expected no value for the cell gru, only liaf and",
    ),
    ("gru", {"forget_bias": 0.0}, "forget_bias of BabiConfig: .*, only lstm has one; got 0.0"),
    (
        "lif",
        {"recurrent_initializer": "orthogonal"},
        "recurrent_initializer of BabiConfig: expected",
    ),
    (
        "rnn",
        {"recurrent_activation": "sigmoid"},
        "recurrent_activation of BabiConfig: expected no ",
    ),
    (
        "rnn",
        {"gradient": "detached"},
        "gradient of BabiConfig: expected no value for the cell rnn, ",
    ),
    ("rnn", {"adam_eps": 1e-7, "optimizer": "sgd"}, "expected no value, got 1e-07: only adam"),
]


@pytest.mark.parametrize(("cell", "options", "message"), REFUSED)
def test_what_a_cell_has_no_use_for_is_refused_by_name(
    cell: str, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        BabiConfig(1, cell, **options)


def test_options_of_another_kind_are_refused() -> None:
    with pytest.raises(InputError, match="recurrent of BabiNetwork"):
        BabiNetwork(VOCAB, "lstm", recurrent={"forget_bias": 0.9})  # type: ignore[arg-type]
    assert BabiNetwork(VOCAB, "lif", recurrent=Recurrent()) == BabiNetwork(VOCAB, "lif")


def test_a_hard_gate_is_shut_or_open_at_infinity() -> None:
    x = np.array([-np.inf, -2.5, 0, 2.5, np.inf])
    assert GATES["hard_sigmoid"].value(x).tolist() == [0, 0, 0.5, 1, 1]
