"""A chain refuses what is no row of layers, and the plain layers what is no shape of a step."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from layers.samples import B, T, X, params
from layers.sequentials import SPIKE, nested
from liaf_ref import layers
from liaf_ref._core.errors import InputError
from liaf_ref.layers import CheckpointedSequential, Dense, NamedLayer, Sequential


def build_sequential(
    *layers: Any, container: type[Sequential] = Sequential
) -> Callable[[], object]:
    return lambda: container(layers)


SEQUENTIAL = Sequential((NamedLayer("one", Dense(2, 3)), NamedLayer("two", Dense(3, 2))))
LABEL = "Sequential, Section II-D"
EXPECTED = (
    "expected a list of layers or of (name, layer) pairs, such as Sequential([layer1, layer2])"
)
ONE, TWO = SEQUENTIAL.layers
BAD: dict[str, tuple[Callable[[], object], str]] = {
    "nothing": (build_sequential(), f"layers of {LABEL}: {EXPECTED}, got tuple ()"),
    "a generator": (
        lambda: Sequential(layer for layer in SEQUENTIAL.layers),
        f"layers of {LABEL}: {EXPECTED}, got generator",
    ),
    "one layer without a list": (
        lambda: Sequential(Dense(2, 3)),  # type: ignore[arg-type]
        f"layers of {LABEL}: {EXPECTED}, got Dense(2, 3)",
    ),
    "a class": (
        build_sequential(Dense),
        "expected layers or (name, layer) pairs, got the class Dense",
    ),
    "three in place of a pair": (
        build_sequential(("one", Dense(2, 3), 1)),
        "expected layers or (name, layer) pairs, got tuple ('one'",
    ),
    "a name twice": (
        build_sequential(NamedLayer("fc", Dense(2, 3)), NamedLayer("fc", Dense(3, 2))),
        f"layers of {LABEL}: expected a different name for each layer, got 'fc' for 2",
    ),
    "a name with a dot": (
        build_sequential(NamedLayer("fc.1", Dense(2, 3))),
        f"layers of {LABEL}: expected non-empty names without a dot, got str 'fc.1'",
    ),
    "no name": (
        build_sequential(NamedLayer("", Dense(2, 3))),
        "expected non-empty names without a dot, got str ''",
    ),
    "a number for a name": (
        build_sequential(NamedLayer(1, Dense(2, 3))),  # type: ignore[arg-type]
        "expected non-empty names without a dot, got int 1",
    ),
    "no layer": (
        build_sequential(NamedLayer("fc", "dense")),  # type: ignore[arg-type]
        f"fc of {LABEL}: expected a layer, got str 'dense'",
    ),
    "shapes that do not fit": (
        build_sequential(ONE, NamedLayer("three", Dense(2, 2))),
        f"three of {LABEL}: expected a layer with inputs of shape (3,), got Dense(2, 2), Eq. (2)",
    ),
    "no source": (
        lambda: Sequential(SEQUENTIAL.layers, label=3),  # type: ignore[arg-type]
        "label of a layer: expected a string, got int 3",
    ),
    "checkpointed without a state": (
        build_sequential(*SEQUENTIAL.layers, container=CheckpointedSequential),
        f"layers of {LABEL}: expected at least one layer with a state (neurons or "
        "recurrent), got none",
    ),
    "parameters of another": (
        lambda: SEQUENTIAL.forward({"one.W": np.ones((2, 3))}, X(SEQUENTIAL)),
        f"parameters of {LABEL}: expected the keys one.W, one.b, two.W, two.b; missing: "
        "one.b, two.W",
    ),
    "state of another": (
        lambda: Sequential(nested(SPIKE)).forward(
            params(Sequential(nested(SPIKE))), np.ones((B, T, 2)), ()
        ),
        f"state of {LABEL}: expected a tuple of 2 arrays, got 0",
    ),
    "tape of its part": (
        lambda: SEQUENTIAL.backward(
            np.ones((B, T, 2)), ONE.layer.forward(params(ONE.layer), X(SEQUENTIAL))[2]
        ),
        f"tape of {LABEL} (backward): expected the tape of its own forward, "
        "got that of Dense(2, 3)",
    ),
    "tape of the checkpointed one": (
        lambda: Sequential(nested(SPIKE)).backward(
            np.ones((B, T, 2)),
            CheckpointedSequential(nested(SPIKE)).forward(
                params(CheckpointedSequential(nested(SPIKE))), np.ones((B, T, 2))
            )[2],
        ),
        f"expected the tape of its own forward, got that of {LABEL} with other options",
    ),
    "activation": (
        lambda: layers.Activation((3,), "gelu"),
        "act of Activation, Fig. 6: expected one of identity, relu, selu, tanh, sigmoid, got",
    ),
    "a table to flatten": (
        lambda: layers.Flatten((4, 3)),
        "shape of Flatten, Section VI-B2: expected (L,) or (H, W, L), got tuple (4, 3)",
    ),
    "a size of no time step": (
        lambda: layers.Sumlayer((4, 0, 3)),
        "shape of Sumlayer, Section VI-B2: expected an integer >= 1, got 0",
    ),
}


@pytest.mark.parametrize(("call", "message"), BAD.values(), ids=BAD)
def test_a_wrong_value_is_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(InputError) as refused:
        call()
    assert message in str(refused.value)


def test_layers_without_a_name_are_named_by_class_and_number() -> None:
    net = Sequential([Dense(2, 3), ("head", Dense(3, 3)), Dense(3, 2)])
    assert [name for name, _ in net.layers] == ["dense1", "head", "dense2"]
    assert net == Sequential(net.layers) == Sequential(list(net.layers))
    assert repr(net) == (
        "Sequential([('dense1', Dense(2, 3)), ('head', Dense(3, 3)), ('dense2', Dense(3, 2))])"
    )


def test_a_name_of_ones_own_may_not_be_an_automatic_one() -> None:
    with pytest.raises(InputError, match="different name for each layer, got 'dense1' for 2"):
        Sequential([("dense1", Dense(2, 3)), Dense(3, 2)])
