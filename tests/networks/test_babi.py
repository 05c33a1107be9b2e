"""The network of Fig. 5."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from support import trees_equal

import liaf_ref as lr
from liaf_ref._core.errors import InputError
from liaf_ref.experiments.babi import BabiConfig
from liaf_ref.kernels.array import Array
from liaf_ref.layers import Params
from liaf_ref.layers.cells import GATES
from liaf_ref.networks import BabiNetwork

VOCAB, B, T, Q = 7, 3, 5, 2
every_cell = pytest.mark.parametrize("cell", ["liaf", "lif", "rnn", "lstm", "gru"])


def network(cell: str = "gru", act: str = "identity") -> BabiNetwork:
    mode = "NTR" if cell == "liaf" else "TR"
    return BabiNetwork(VOCAB, cell, 4, 6, neuron=lr.Neuron(act=act, mode=mode))


def params(cell: str = "gru", dtype: Any = np.float64) -> Params:
    """Initial parameters, embeddings large enough for neurons to fire, read-only."""
    found = network(cell).init(np.random.default_rng(1), dtype)
    for part in ("story", "query"):
        found[f"{part}.E"] *= 40
    for value in found.values():
        value.flags.writeable = False
    return found


def tokens(steps: int, seed: int) -> Array:
    ids = np.random.default_rng(seed).integers(0, VOCAB, (B, steps))
    ids.flags.writeable = False
    return ids


STORY, QUERY = tokens(T, 2), tokens(Q, 3)


@pytest.mark.parametrize(
    ("cell", "layer", "whole"),
    [
        ("liaf", 5_500, 17_622),
        ("lif", 5_500, 17_622),
        ("rnn", 15_100, 36_822),
        ("gru", 45_300, 97_222),
        ("lstm", 60_400, 127_422),
    ],
)
def test_weights_at_qa1_are_those_of_table_iv(cell: str, layer: int, whole: int) -> None:
    net = BabiNetwork(22, cell)
    drawn = net.init(np.random.default_rng(0))
    assert net.temporal_layer.count_params() == layer
    assert net.count_params() == whole == sum(p.size for p in drawn.values())
    assert {name: p.shape for name, p in drawn.items()} == net.param_shapes()


BAD: dict[str, tuple[Callable[[], object], str]] = {
    "cell": (lambda: BabiNetwork(VOCAB, "LIAF"), "cell"),
    "act of another cell": (lambda: network("lif", "relu"), "act"),
    "mode TR": (lambda: BabiNetwork(VOCAB, "liaf", neuron=lr.Neuron()), "mode"),
    "spike of another cell": (lambda: BabiNetwork(VOCAB, "gru", neuron=lr.Neuron(mu=0)), "mu"),
    "another network's tape": (
        lambda: network("gru").backward(
            np.ones((B, VOCAB)), network("rnn").forward(params("rnn"), STORY, QUERY)[1]
        ),
        "tape",
    ),
    "fewer queries": (lambda: network().forward(params(), STORY, QUERY[1:]), "query"),
    "empty stories": (
        lambda: network().forward(params(), STORY[:, :0], QUERY),
        "expected B, T and Q >= 1, got shapes (3, 0) and (3, 2)",
    ),
}


@pytest.mark.parametrize(("call", "message"), BAD.values(), ids=BAD)
def test_a_wrong_value_is_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(InputError) as refused:
        call()
    assert message == refused.value.name or message in str(refused.value)


def drawn(cell: str, **options: Any) -> dict[str, np.ndarray]:
    return BabiConfig(1, cell, **options).make_network(VOCAB).init(0, np.float64)


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_recurrent_weights_are_orthogonal_or_after_glorot(cell: str) -> None:
    U = drawn(cell)["story.U"]
    np.testing.assert_allclose(U @ U.T, np.eye(100), atol=1e-12)
    U = drawn(cell, recurrent_initializer="glorot_uniform")["story.U"]
    bound = np.sqrt(6 / sum(U.shape))
    assert 0.99 * bound < abs(U).max() <= bound
    assert abs(U.mean()) < 0.05 * bound


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


@pytest.mark.parametrize("layer", [lr.LSTM, lr.GRU])
def test_hard_gates_are_limited_lines(layer: Any) -> None:
    gate, x = GATES["hard_sigmoid"], np.array([-np.inf, *np.linspace(-4, 4, 33), np.inf])
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
    ("gru", {"alpha": 0.9}, "expected no value for the cell gru, only liaf and"),
    ("gru", {"forget_bias": 0.0}, "expected .*, only lstm has one; got 0.0"),
    ("lif", {"recurrent_initializer": "orthogonal"}, "expected"),
    ("rnn", {"recurrent_activation": "sigmoid"}, "expected no "),
    ("rnn", {"gradient": "detached"}, "expected no value for the cell rnn, "),
]


@pytest.mark.parametrize(("cell", "options", "message"), REFUSED)
def test_what_a_cell_has_no_use_for_is_refused_by_name(
    cell: str, options: dict[str, Any], message: str
) -> None:
    (name,) = options
    with pytest.raises(InputError, match=f"{name} of BabiConfig: {message}"):
        BabiConfig(1, cell, **options)
    with pytest.raises(InputError, match="expected no value, got 1e-07: only adam"):
        BabiConfig(1, cell, adam_eps=1e-7, optimizer="sgd")


@pytest.mark.parametrize("options", [{"reset": "subtract"}, {"levels": "ternary"}], ids=str)
def test_a_variant_of_the_neuron_has_the_same_gradients_in_single_precision(
    options: dict[str, Any],
) -> None:
    net = BabiNetwork(VOCAB, "liaf", 4, 6, neuron=lr.Neuron(mode="NTR", **options))
    double = params("liaf")
    found = []
    for dtype in (np.float64, np.float32):
        logits, tape = net.forward({k: v.astype(dtype) for k, v in double.items()}, STORY, QUERY)
        found.append(net.backward(np.ones_like(logits), tape))
    for name, gradient in found[0].items():
        np.testing.assert_allclose(found[1][name], gradient, rtol=1e-4, atol=1e-5, err_msg=name)
