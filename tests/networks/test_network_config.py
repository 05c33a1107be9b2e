"""What the vision networks are made of: the order of Section VI, and the sizes of its tables."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from liaf_ref import layers, networks
from liaf_ref._core.errors import InputError
from liaf_ref.kernels.spike import paper
from liaf_ref.networks import (
    CIFAR10_DVS,
    GESTURE,
    MNIST_DVS,
    GestureBlocks,
    SequenceClassifier,
    dvs_network,
    gesture_network,
)
from liaf_ref.networks.registry import NETWORKS, create_network
from networks.small import DVS_CONFIG, GESTURE_CONFIG

SPIKE = paper(0.5)
FULL, BELOW, ABOVE = (8, 8, 3), (4, 4, 3), (4, 4, 4)
BASELINES: dict[str, Any] = {
    "liaf": lambda shape, L: layers.ConvLIAF(
        shape, L, act="identity", mode="TR", sharing="channel"
    ),
    "conv2d": lambda shape, L: layers.Conv2D(shape, L, (3, 3)),
    "conv3d": lambda shape, L: layers.Conv3D(shape, L, (3, 3, 3)),
    "convlstm": lambda shape, L: layers.ConvLSTM(shape, L, kernel=(3, 3)),
}
HEAD = (
    layers.NamedLayer("sum", layers.TimeMean((2, 2, 4))),
    layers.NamedLayer("flat", layers.Flatten((2, 2, 4))),
    layers.NamedLayer("drop1", layers.Dropout((16,), 0.5)),
    layers.NamedLayer("dense1", layers.Dense(16, 6)),
    layers.NamedLayer("act1", layers.Activation((6,), "relu")),
    layers.NamedLayer("out", layers.Dense(6, 3)),
)


@pytest.mark.parametrize("cell", BASELINES)
def test_a_block_of_fig_6_is_the_cell_norm_relu_and_pooling(cell: str) -> None:
    make = BASELINES[cell]
    assert dvs_network(DVS_CONFIG, cell).sequential.layers == (
        layers.NamedLayer("conv1", make((8, 8, 2), 3)),
        layers.NamedLayer("norm1", layers.LayerNorm(FULL)),
        layers.NamedLayer("relu1", layers.Activation(FULL, "relu")),
        layers.NamedLayer("pool1", layers.AveragePool(FULL, (2, 2))),
        layers.NamedLayer("conv2", make(BELOW, 4)),
        layers.NamedLayer("norm2", layers.LayerNorm(ABOVE)),
        layers.NamedLayer("relu2", layers.Activation(ABOVE, "relu")),
        layers.NamedLayer("pool2", layers.AveragePool(ABOVE, (2, 2))),
        *HEAD,
    )


def test_a_block_of_lif_is_convolution_norm_pooling_and_neurons() -> None:
    assert dvs_network(DVS_CONFIG, "lif").sequential.layers == (
        layers.NamedLayer("conv1", layers.Conv2D((8, 8, 2), 3)),
        layers.NamedLayer("norm1", layers.LayerNorm(FULL)),
        layers.NamedLayer("pool1", layers.AveragePool(FULL, (2, 2))),
        layers.NamedLayer("node1", layers.DirectLIF(BELOW, sharing="channel")),
        layers.NamedLayer("conv2", layers.Conv2D(BELOW, 4)),
        layers.NamedLayer("norm2", layers.LayerNorm(ABOVE)),
        layers.NamedLayer("pool2", layers.AveragePool(ABOVE, (2, 2))),
        layers.NamedLayer("node2", layers.DirectLIF((2, 2, 4), sharing="channel")),
        *HEAD,
    )


def _gesture_node(cell: str, shape: tuple[int, ...]) -> layers.Layer:
    options: Any = {"sharing": "all", "v_th": 0.5, "alpha": 0.3, "beta": 0.0}
    if cell == "lif":
        return layers.DirectLIF(shape, **options)
    return layers.DirectLIAF(shape, act="selu", mode="NTR", **options)


@pytest.mark.parametrize("cell", ["liaf", "lif"])
@pytest.mark.parametrize("steps", ["joint", "per_step"])
def test_table_viii_is_neurons_throughout(cell: str, steps: str) -> None:
    def block(number: int, synapse: str, made: layers.Layer) -> tuple[layers.NamedLayer, ...]:
        shape = made.out_shape
        return (
            layers.NamedLayer(f"{synapse}{number}", made),
            layers.NamedLayer(f"norm{number}", layers.BatchNorm(shape, steps)),
            layers.NamedLayer(f"node{number}", _gesture_node(cell, shape)),
        )

    assert gesture_network(
        cell, network_config=GESTURE_CONFIG, time_statistics=steps
    ).sequential.layers == (
        *block(1, "conv", layers.Conv2D((4, 4, 2), 3)),
        *block(2, "conv", layers.Conv2D((4, 4, 3), 4)),
        layers.NamedLayer("pool2", layers.AveragePool((4, 4, 4), (2, 2))),
        layers.NamedLayer("pooled2", _gesture_node(cell, (2, 2, 4))),
        layers.NamedLayer("flat", layers.Flatten((2, 2, 4))),
        *block(3, "dense", layers.Dense(16, 5)),
        *block(4, "dense", layers.Dense(5, 3)),
        layers.NamedLayer("sum", layers.TimeMean((3,))),
    )


def test_table_viii_of_convlstm_has_an_lstm_and_a_dense_layer_on_top() -> None:
    assert gesture_network("convlstm", network_config=GESTURE_CONFIG).sequential.layers == (
        layers.NamedLayer("conv1", layers.ConvLSTM((4, 4, 2), 3)),
        layers.NamedLayer("norm1", layers.BatchNorm((4, 4, 3))),
        layers.NamedLayer("conv2", layers.ConvLSTM((4, 4, 3), 4)),
        layers.NamedLayer("norm2", layers.BatchNorm((4, 4, 4))),
        layers.NamedLayer("pool2", layers.AveragePool((4, 4, 4), (2, 2))),
        layers.NamedLayer("flat", layers.Flatten((2, 2, 4))),
        layers.NamedLayer("lstm3", layers.LSTM(16, 5)),
        layers.NamedLayer("norm3", layers.BatchNorm((5,))),
        layers.NamedLayer("out", layers.Dense(5, 3)),
        layers.NamedLayer("sum", layers.TimeMean((3,))),
    )


def full_size_network(name: str) -> SequenceClassifier:
    """A network of the catalogue, in the paper's sizes."""
    net = create_network(name)
    assert isinstance(net, SequenceClassifier)
    return net


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


def test_the_catalogue_has_every_network_under_its_name() -> None:
    fig6_cells = (*BASELINES, "lif")
    assert set(NETWORKS) == {
        *(f"babi-{cell}" for cell in ("liaf", "lif", "rnn", "lstm", "gru")),
        *(f"{name}-{cell}" for name in ("mnist-dvs", "cifar10-dvs") for cell in fig6_cells),
        *(f"gesture-{cell}" for cell in ("liaf", "lif", "convlstm")),
    }
    vision = [name for name in NETWORKS if not name.startswith("babi")]
    assert [full_size_network(name).name for name in vision] == vision


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_shows_the_call_that_makes_it(name: str) -> None:
    net = create_network(name)
    known = {each: getattr(part, each) for part in (layers, networks) for each in dir(part)}
    assert eval(repr(net), known) == net  # noqa: S307


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
