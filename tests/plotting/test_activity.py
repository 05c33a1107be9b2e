"""What a network's neurons do, taken out of its forward pass."""

import numpy as np

from liaf_ref.kernels import activation, neuron
from liaf_ref.layers import REFERENCE, Dense, DirectLIAF, NamedLayer, Sequential
from liaf_ref.plotting import plot_traces, record_activity

rng = np.random.default_rng(0)
first, second = (
    DirectLIAF((4,), act="relu", alpha=0.9),
    DirectLIAF((2,), act="relu", sharing="non"),
)
CHAIN = Sequential(
    (
        NamedLayer("dense1", Dense(3, 4)),
        NamedLayer("node1", first),
        NamedLayer("dense2", Dense(4, 2)),
        NamedLayer("node2", second),
    )
)
PARAMS = CHAIN.init(rng)
X = rng.normal(size=(3, 6, 3))


def test_each_layer_of_neurons_is_there() -> None:
    seen = record_activity(CHAIN, PARAMS, X)
    Y, _, _ = CHAIN.run(PARAMS, X, CHAIN.zeros(3, float), REFERENCE)
    assert list(seen) == ["node1", "node2"]
    assert seen["node1"].I.shape == (3, 6, 4)
    np.testing.assert_array_equal(seen["node2"].Y, Y)


def test_one_neuron_is_a_neuron() -> None:
    one = record_activity(CHAIN, PARAMS, X)["node1"].select(2, 3)
    Y, _, tape = neuron.forward(
        one.I, np.zeros((1, 1)), one.tape.p, first.neuron.fires, activation.relu, neuron.TR
    )
    np.testing.assert_array_equal(one.Y, Y)
    np.testing.assert_array_equal(one.tape.U, tape.U)
    assert len(plot_traces(one.I, one.Y, one.tape).axes) == 4
