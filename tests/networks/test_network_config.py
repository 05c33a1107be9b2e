"""What the vision networks are made of: the order of Section VI, and the sizes of its tables."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from liaf_ref import layers, networks
from liaf_ref._core.errors import InputError
from liaf_ref.kernels.spike import paper
from liaf_ref.layers import (
    LSTM,
    Activation,
    AveragePool,
    BatchNorm,
    Conv2D,
    Conv3D,
    ConvLIAF,
    ConvLSTM,
    Dense,
    DirectLIAF,
    DirectLIF,
    Dropout,
    Flatten,
    Layer,
    LayerNorm,
    NamedLayer,
    Neuron,
    Neurons,
    TimeMean,
)
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
    "liaf": lambda shape, L: ConvLIAF(shape, L, act="identity", mode="TR", sharing="channel"),
    "conv2d": lambda shape, L: Conv2D(shape, L, (3, 3)),
    "conv3d": lambda shape, L: Conv3D(shape, L, (3, 3, 3)),
    "convlstm": lambda shape, L: ConvLSTM(shape, L, kernel=(3, 3)),
}
HEAD = (
    NamedLayer("sum", TimeMean((2, 2, 4))),
    NamedLayer("flat", Flatten((2, 2, 4))),
    NamedLayer("drop1", Dropout((16,), 0.5)),
    NamedLayer("dense1", Dense(16, 6)),
    NamedLayer("act1", Activation((6,), "relu")),
    NamedLayer("out", Dense(6, 3)),
)


@pytest.mark.parametrize("cell", BASELINES)
def test_a_block_of_fig_6_is_the_cell_norm_relu_and_pooling(cell: str) -> None:
    make = BASELINES[cell]
    assert dvs_network(DVS_CONFIG, cell).sequential.layers == (
        NamedLayer("conv1", make((8, 8, 2), 3)),
        NamedLayer("norm1", LayerNorm(FULL)),
        NamedLayer("relu1", Activation(FULL, "relu")),
        NamedLayer("pool1", AveragePool(FULL, (2, 2))),
        NamedLayer("conv2", make(BELOW, 4)),
        NamedLayer("norm2", LayerNorm(ABOVE)),
        NamedLayer("relu2", Activation(ABOVE, "relu")),
        NamedLayer("pool2", AveragePool(ABOVE, (2, 2))),
        *HEAD,
    )


def test_a_block_of_lif_is_convolution_norm_pooling_and_neurons() -> None:
    assert dvs_network(DVS_CONFIG, "lif").sequential.layers == (
        NamedLayer("conv1", Conv2D((8, 8, 2), 3)),
        NamedLayer("norm1", LayerNorm(FULL)),
        NamedLayer("pool1", AveragePool(FULL, (2, 2))),
        NamedLayer("node1", DirectLIF(BELOW, sharing="channel")),
        NamedLayer("conv2", Conv2D(BELOW, 4)),
        NamedLayer("norm2", LayerNorm(ABOVE)),
        NamedLayer("pool2", AveragePool(ABOVE, (2, 2))),
        NamedLayer("node2", DirectLIF((2, 2, 4), sharing="channel")),
        *HEAD,
    )


def _gesture_node(cell: str, shape: tuple[int, ...]) -> Layer:
    options: Any = {"sharing": "all", "v_th": 0.5, "alpha": 0.3, "beta": 0.0}
    if cell == "lif":
        return DirectLIF(shape, **options)
    return DirectLIAF(shape, act="selu", mode="NTR", **options)


@pytest.mark.parametrize("cell", ["liaf", "lif"])
@pytest.mark.parametrize("steps", ["joint", "per_step"])
def test_table_viii_is_neurons_throughout(cell: str, steps: str) -> None:
    def block(number: int, synapse: str, made: Layer) -> tuple[NamedLayer, ...]:
        shape = made.out_shape
        return (
            NamedLayer(f"{synapse}{number}", made),
            NamedLayer(f"norm{number}", BatchNorm(shape, steps)),
            NamedLayer(f"node{number}", _gesture_node(cell, shape)),
        )

    assert gesture_network(
        cell, network_config=GESTURE_CONFIG, time_statistics=steps
    ).sequential.layers == (
        *block(1, "conv", Conv2D((4, 4, 2), 3)),
        *block(2, "conv", Conv2D((4, 4, 3), 4)),
        NamedLayer("pool2", AveragePool((4, 4, 4), (2, 2))),
        NamedLayer("pooled2", _gesture_node(cell, (2, 2, 4))),
        NamedLayer("flat", Flatten((2, 2, 4))),
        *block(3, "dense", Dense(16, 5)),
        *block(4, "dense", Dense(5, 3)),
        NamedLayer("sum", TimeMean((3,))),
    )


def test_table_viii_of_convlstm_has_an_lstm_and_a_dense_layer_on_top() -> None:
    assert gesture_network("convlstm", network_config=GESTURE_CONFIG).sequential.layers == (
        NamedLayer("conv1", ConvLSTM((4, 4, 2), 3)),
        NamedLayer("norm1", BatchNorm((4, 4, 3))),
        NamedLayer("conv2", ConvLSTM((4, 4, 3), 4)),
        NamedLayer("norm2", BatchNorm((4, 4, 4))),
        NamedLayer("pool2", AveragePool((4, 4, 4), (2, 2))),
        NamedLayer("flat", Flatten((2, 2, 4))),
        NamedLayer("lstm3", LSTM(16, 5)),
        NamedLayer("norm3", BatchNorm((5,))),
        NamedLayer("out", Dense(5, 3)),
        NamedLayer("sum", TimeMean((3,))),
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
    neurons = [layer for _, layer in network.sequential.stages if isinstance(layer, Neurons)]
    assert len(neurons) == len(DVS_CONFIG.blocks)
    assert {layer.neuron.sends_spikes for layer in neurons} == {cell == "lif"}


def neurons(network: SequenceClassifier) -> set[Neuron]:
    return {layer.neuron for _, layer in network.sequential.stages if isinstance(layer, Neurons)}


@pytest.mark.parametrize("order", [None, "norm-pool-neuron"])
def test_every_neuron_has_the_options(order: str | None) -> None:
    own = Neuron(act="tanh", mode="NTR", sharing="non", mu=0.3)
    assert neurons(dvs_network(DVS_CONFIG, neuron=own, block_order=order)) == {own}
    assert neurons(gesture_network(network_config=GESTURE_CONFIG, neuron=own)) == {own}


@pytest.mark.parametrize("order", ["neuron-norm-pool", "norm-pool-neuron"])
def test_lif_shows_one_spike_above_and_another_to_its_reset(order: str) -> None:
    own = Neuron(act="spike", sharing="all", mu=0, output=Neuron(mu=0.3).spike_pair)
    assert neurons(dvs_network(DVS_CONFIG, "lif", neuron=own, block_order=order)) == {own}


WRONG: dict[str, tuple[Callable[[], object], str]] = {
    "act of lif": (
        lambda: dvs_network(DVS_CONFIG, "lif", neuron=Neuron(act="tanh")),
        "act of Fig. 6 and Table V: expected no value for the cell lif, got tanh: the activation",
    ),
    "sharing of conv2d": (
        lambda: dvs_network(DVS_CONFIG, "conv2d", neuron=Neuron(sharing="all")),
        "sharing of Fig. 6 and Table V: expected no value for the cell conv2d",
    ),
    "LIF for liaf": (
        lambda: dvs_network(DVS_CONFIG, "liaf", neuron=Neuron(act="spike")),
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
