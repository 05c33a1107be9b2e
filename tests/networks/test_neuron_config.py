"""Networks otherwise than the paper's: what a variant changes, and who has no use for it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from liaf_ref._core.errors import InputError
from liaf_ref.layers import Neuron, Neurons
from liaf_ref.networks import GestureBlocks, SequenceClassifier, dvs_network, gesture_network
from liaf_ref.networks.vision import DVS_NEURON, GESTURE_NEURON
from networks.small import DVS_CONFIG, GESTURE_CONFIG

BLOCKS = {
    ("liaf", "neuron-norm-pool"): ["conv.W", "norm", "relu", "pool"],
    ("liaf", "norm-neuron-pool"): ["conv", "norm", "node", "relu", "pool"],
    ("liaf", "norm-pool-neuron"): ["conv", "norm", "pool", "node", "relu"],
    ("lif", "neuron-norm-pool"): ["conv.W", "norm", "relu", "pool"],
    ("lif", "norm-neuron-pool"): ["conv", "norm", "node", "pool"],
    ("lif", "norm-pool-neuron"): ["conv", "norm", "pool", "node"],
}


@pytest.mark.parametrize(("cell", "order"), BLOCKS)
def test_the_order_of_a_block(cell: str, order: str) -> None:
    network = dvs_network(DVS_CONFIG, cell, block_order=order)
    found = [name[:-1] for name, _ in network.sequential.layers if name.endswith("2")]
    expected = [name.removesuffix(".W") for name in BLOCKS[cell, order]]
    assert found == expected
    joined = "conv.W" in BLOCKS[cell, order]  # synapses and neurons are one layer
    assert ("conv2.v_th" in network.param_shapes()) == joined
    neurons = [layer for _, layer in network.sequential.stages if isinstance(layer, Neurons)]
    assert len(neurons) == len(DVS_CONFIG.blocks)
    assert {layer.neuron.sends_spikes for layer in neurons} == {cell == "lif"}


@pytest.mark.parametrize(("cell", "order"), BLOCKS)
def test_an_order_is_the_papers_own_where_it_is_the_papers(cell: str, order: str) -> None:
    own = {"liaf": "neuron-norm-pool", "lif": "norm-pool-neuron"}[cell] == order
    assert (
        dvs_network(DVS_CONFIG, cell, block_order=order) == dvs_network(DVS_CONFIG, cell)
    ) == own


def neurons(network: SequenceClassifier) -> set[Neuron]:
    return {layer.neuron for _, layer in network.sequential.stages if isinstance(layer, Neurons)}


@pytest.mark.parametrize("order", [None, "norm-pool-neuron"])
def test_every_neuron_has_the_options(order: str | None) -> None:
    own = Neuron(act="tanh", mode="NTR", sharing="non", mu=0.3)
    assert neurons(dvs_network(DVS_CONFIG, neuron=own, block_order=order)) == {own}
    assert neurons(gesture_network(network_config=GESTURE_CONFIG, neuron=own)) == {own}


@pytest.mark.parametrize("order", ["neuron-norm-pool", "norm-pool-neuron"])
def test_lif_shows_one_spike_above_and_another_to_its_reset(order: str) -> None:
    own = Neuron(act="spike", sharing="all", mu=0, output=Neuron(mu=0.3).fires)
    assert neurons(dvs_network(DVS_CONFIG, "lif", neuron=own, block_order=order)) == {own}


WRONG: dict[str, tuple[Callable[[], object], str]] = {
    "act of lif": (
        lambda: dvs_network(DVS_CONFIG, "lif", neuron=Neuron(act="tanh")),
        "act of Fig. 6 and Table V: expected no value for the cell lif, got tanh: the activation",
    ),
    "mode of lif": (
        lambda: gesture_network("lif", neuron=replace(GESTURE_NEURON, mode="TR")),
        "mode of Table VIII: expected no value for the cell lif, got TR: the activation of LIF",
    ),
    "sharing of conv2d": (
        lambda: dvs_network(DVS_CONFIG, "conv2d", neuron=Neuron(sharing="all")),
        "sharing of Fig. 6 and Table V: expected no value for the cell conv2d",
    ),
    "spike of convlstm": (
        lambda: gesture_network("convlstm", neuron=replace(GESTURE_NEURON, mu=0)),
        "mu of Table VIII: expected no value for the cell convlstm",
    ),
    "LIF for liaf": (
        lambda: dvs_network(DVS_CONFIG, "liaf", neuron=Neuron(act="spike")),
        "act of Fig. 6 and Table V: expected an activation, got the spike of LIF",
    ),
    "order of conv2d": (
        lambda: dvs_network(DVS_CONFIG, "conv2d", block_order="norm-neuron-pool"),
        "block_order of Fig. 6 and Table V: expected no value for the cell conv2d",
    ),
    "blocks of convlstm": (
        lambda: gesture_network("convlstm", gesture_blocks=GestureBlocks(norm="none")),
        "gesture_blocks of Table VIII: expected those of Table VIII for the cell convlstm",
    ),
    "no block": (
        lambda: gesture_network(network_config=replace(GESTURE_CONFIG, blocks=())),
        "blocks of Table VIII: expected at least one, got none",
    ),
    "cell of the other table": (
        lambda: gesture_network("conv2d"),
        "cell of Table VIII: expected one of liaf, lif, convlstm, got str 'conv2d'",
    ),
}


@pytest.mark.parametrize(("make", "message"), WRONG.values(), ids=WRONG)
def test_what_has_no_use_is_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(InputError) as refused:
        make()
    assert str(refused.value).startswith(message)


def test_the_papers_own_are_the_defaults() -> None:
    assert dvs_network(DVS_CONFIG) == dvs_network(DVS_CONFIG, neuron=DVS_NEURON)
    own = gesture_network(network_config=GESTURE_CONFIG, neuron=GESTURE_NEURON)
    assert gesture_network(network_config=GESTURE_CONFIG) == own
