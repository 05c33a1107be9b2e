"""What the vision networks are made of: the order of Section VI, and the sizes of its tables."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from liaf_ref import layers
from liaf_ref._core.errors import InputError
from liaf_ref.networks import (
    CIFAR10_DVS,
    GESTURE,
    MNIST_DVS,
    GestureBlocks,
    SequenceClassifier,
    dvs_network,
    gesture_network,
)
from networks.small import DVS_CONFIG, GESTURE_CONFIG

FIG_6 = """
    conv1 {0}((8, 8, 2), 3), norm1 LayerNorm((8, 8, 3)), relu1 Activation((8, 8, 3)),
    pool1 AveragePool((8, 8, 3)), conv2 {0}((4, 4, 3), 4), norm2 LayerNorm((4, 4, 4)),
    relu2 Activation((4, 4, 4)), pool2 AveragePool((4, 4, 4)), """
FIG_6_OF_LIF = """
    conv1 Conv2D((8, 8, 2), 3), norm1 LayerNorm((8, 8, 3)), pool1 AveragePool((8, 8, 3)),
    node1 DirectLIF((4, 4, 3)), conv2 Conv2D((4, 4, 3), 4), norm2 LayerNorm((4, 4, 4)),
    pool2 AveragePool((4, 4, 4)), node2 DirectLIF((2, 2, 4)), """
HEAD = """
    sum TimeMean((2, 2, 4)), flat Flatten((2, 2, 4)), drop1 Dropout((16,)), dense1 Dense(16, 6),
    act1 Activation((6,)), out Dense(6, 3)"""
TABLE_VIII = """
    conv1 Conv2D((4, 4, 2), 3), norm1 BatchNorm((4, 4, 3){1}), node1 {0}((4, 4, 3){2}),
    conv2 Conv2D((4, 4, 3), 4), norm2 BatchNorm((4, 4, 4){1}), node2 {0}((4, 4, 4){2}),
    pool2 AveragePool((4, 4, 4)), pooled2 {0}((2, 2, 4){2}), flat Flatten((2, 2, 4)),
    dense3 Dense(16, 5), norm3 BatchNorm((5,){1}), node3 {0}((5,){2}),
    dense4 Dense(5, 3), norm4 BatchNorm((3,){1}), node4 {0}((3,){2}), sum TimeMean((3,))"""
TABLE_VIII_OF_CONVLSTM = """
    conv1 ConvLSTM((4, 4, 2), 3), norm1 BatchNorm((4, 4, 3)), conv2 ConvLSTM((4, 4, 3), 4),
    norm2 BatchNorm((4, 4, 4)), pool2 AveragePool((4, 4, 4)), flat Flatten((2, 2, 4)),
    lstm3 LSTM(16, 5), norm3 BatchNorm((5,)), out Dense(5, 3), sum TimeMean((3,))"""
LAYERS = {"liaf": "ConvLIAF", "conv2d": "Conv2D", "conv3d": "Conv3D", "convlstm": "ConvLSTM"}
NODES = {
    "liaf": ("DirectLIAF", ", act='selu', mode='NTR', sharing='all'"),
    "lif": ("DirectLIF", ", sharing='all'"),
}


def shown(network: SequenceClassifier) -> list[str]:
    """The layers in order, each with its name."""
    return ", ".join(f"{name} {layer!r}" for name, layer in network.sequential.layers).split()


@pytest.mark.parametrize("cell", [*LAYERS, "lif"])
def test_a_block_of_fig_6_is_the_cell_norm_relu_and_pooling(cell: str) -> None:
    """That of LIF is a convolution, a norm, a pooling and neurons."""
    blocks = FIG_6_OF_LIF if cell == "lif" else FIG_6.format(LAYERS[cell])
    assert shown(dvs_network(DVS_CONFIG, cell)) == (blocks + HEAD).split()


@pytest.mark.parametrize("cell", NODES)
@pytest.mark.parametrize(
    ("steps", "own"), [("joint", ""), ("per_step", ", time_statistics='per_step'")]
)
def test_table_viii_is_neurons_throughout(cell: str, steps: str, own: str) -> None:
    network = gesture_network(cell, network_config=GESTURE_CONFIG, time_statistics=steps)
    node, options = NODES[cell]
    assert shown(network) == TABLE_VIII.format(node, own, options).split()


def test_table_viii_of_convlstm_has_an_lstm_and_a_dense_layer_on_top() -> None:
    network = gesture_network("convlstm", network_config=GESTURE_CONFIG)
    assert shown(network) == TABLE_VIII_OF_CONVLSTM.split()


SIZES = {  # Tables V and VIII with Section VI: side of a frame, steps, classes
    "mnist-dvs": (MNIST_DVS, 40, 20, 10, [32, 64, 128], [2, 2, 2], [512, 128]),
    "cifar10-dvs": (CIFAR10_DVS, 128, 10, 10, [32, 64, 128, 256, 512], [2, 2, 2, 2, 4], [512]),
    "gesture": (GESTURE, 32, 60, 11, [64, 128, 128], [1, 2, 2], [256]),
}


@pytest.mark.parametrize("name", SIZES)
def test_settings_are_those_of_the_tables(name: str) -> None:
    setting, side, steps, classes, filters, pools, dense = SIZES[name]
    assert setting.shape == (side, side, 2)
    assert (setting.name, setting.steps, setting.num_classes) == (name, steps, classes)
    assert [block.filters for block in setting.blocks] == filters
    assert [block.pool or (1, 1) for block in setting.blocks] == [(n, n) for n in pools]
    assert list(setting.dense_units) == dense


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
    neurons = [layer for _, layer in network.sequential.stages if isinstance(layer, layers.Neurons)]
    assert len(neurons) == len(DVS_CONFIG.blocks)
    assert {layer.neuron.sends_spikes for layer in neurons} == {cell == "lif"}


def neurons(network: SequenceClassifier) -> set[layers.Neuron]:
    return {
        layer.neuron for _, layer in network.sequential.stages if isinstance(layer, layers.Neurons)
    }


@pytest.mark.parametrize("order", [None, "norm-pool-neuron"])
def test_every_neuron_has_the_options(order: str | None) -> None:
    own = layers.Neuron(act="tanh", mode="NTR", sharing="non", mu=0.3)
    assert neurons(dvs_network(DVS_CONFIG, neuron=own, block_order=order)) == {own}
    assert neurons(gesture_network(network_config=GESTURE_CONFIG, neuron=own)) == {own}


@pytest.mark.parametrize("order", ["neuron-norm-pool", "norm-pool-neuron"])
def test_lif_shows_one_spike_above_and_another_to_its_reset(order: str) -> None:
    own = layers.Neuron(act="spike", sharing="all", mu=0, output=layers.Neuron(mu=0.3).spike_pair)
    assert neurons(dvs_network(DVS_CONFIG, "lif", neuron=own, block_order=order)) == {own}


WRONG: dict[str, tuple[Callable[[], object], str]] = {
    "act of lif": (
        lambda: dvs_network(DVS_CONFIG, "lif", neuron=layers.Neuron(act="tanh")),
        "act of Fig. 6 and Table V: expected no value for the cell lif, got tanh: the activation",
    ),
    "sharing of conv2d": (
        lambda: dvs_network(DVS_CONFIG, "conv2d", neuron=layers.Neuron(sharing="all")),
        "sharing of Fig. 6 and Table V: expected no value for the cell conv2d",
    ),
    "LIF for liaf": (
        lambda: dvs_network(DVS_CONFIG, "liaf", neuron=layers.Neuron(act="spike")),
        "act of Fig. 6 and Table V: expected an activation, got the spike of LIF",
    ),
    "blocks of convlstm": (
        lambda: gesture_network("convlstm", gesture_blocks=GestureBlocks(norm="none")),
        "gesture_blocks of Table VIII: expected those of Table VIII for the cell convlstm",
    ),
    "no block": (
        lambda: gesture_network(network_config=replace(GESTURE_CONFIG, blocks=())),
        "blocks of Table VIII: expected at least one, got none",
    ),
}


@pytest.mark.parametrize(("make", "message"), WRONG.values(), ids=WRONG)
def test_what_has_no_use_is_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(InputError) as refused:
        make()
    assert str(refused.value).startswith(message)
