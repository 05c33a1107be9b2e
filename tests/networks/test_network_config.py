"""What the vision networks are made of: the order of Section VI, and the sizes of its tables."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from liaf_ref import layers, networks
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
    SequenceClassifier,
    cells,
    dvs_network,
    gesture_network,
)
from liaf_ref.networks.registry import NETWORKS, create_network
from liaf_ref.networks.vision import GESTURE_NEURON
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


def test_the_spike_reaches_every_neuron() -> None:
    wide, gestures = paper(0.9), replace(GESTURE_NEURON, mu=0.9)
    for net in (
        dvs_network(DVS_CONFIG, "liaf", neuron=Neuron(mu=0.9)),
        dvs_network(DVS_CONFIG, "lif", neuron=Neuron(mu=0.9)),
        gesture_network("liaf", network_config=GESTURE_CONFIG, neuron=gestures),
        gesture_network("lif", network_config=GESTURE_CONFIG, neuron=gestures),
    ):
        nodes = [stage for _, stage in net.sequential.stages if isinstance(stage, Neurons)]
        assert len(nodes) == (5 if net.name.startswith("tiny") else 2)
        assert {node.neuron.fires for node in nodes} == {wide}


def test_the_rate_reaches_every_dropout() -> None:
    parts = dvs_network(MNIST_DVS, dropout=0.2).sequential.layers
    assert [layer.rate for _, layer in parts if isinstance(layer, Dropout)] == [0.2, 0.2]


SIZES = {  # Tables V and VIII with Section VI: side of a frame, steps, classes
    "mnist-dvs": (MNIST_DVS, 40, 20, 10, [32, 64, 128], [2, 2, 2], [512, 128]),
    "cifar10-dvs": (CIFAR10_DVS, 128, 10, 10, [32, 64, 128, 256, 512], [2, 2, 2, 2, 4], [512]),
    "gesture": (GESTURE, 32, 60, 11, [64, 128, 128], [1, 2, 2], [256]),
}
OUTPUTS = {  # the last block's images
    "mnist-dvs": (5, 5, 128),
    "cifar10-dvs": (2, 2, 512),
    "gesture": (8, 8, 128),
}


@pytest.mark.parametrize("name", SIZES)
def test_settings_are_those_of_the_tables(name: str) -> None:
    setting, side, steps, classes, filters, pools, dense = SIZES[name]
    assert setting.shape == (side, side, 2)
    assert (setting.name, setting.steps, setting.num_classes) == (name, steps, classes)
    assert [block.filters for block in setting.blocks] == filters
    assert [block.pool or (1, 1) for block in setting.blocks] == [(n, n) for n in pools]
    assert list(setting.dense_units) == dense


def synapses(cell: str, filters: list[int]) -> int:
    """Weights and biases of the convolutions, after Table II."""
    K, total = 2, 0
    for L in filters:
        if cell == "conv3d":
            total += (27 * K + 1) * L
        elif cell == "convlstm":
            total += (9 * K + 9 * L + 1) * 4 * L
        else:
            total += (9 * K + 1) * L
        K = L
    return total


def layer_norms(name: str) -> int:
    """Scale and shift for every entry of every block."""
    _, side, _, _, filters, pools, _ = SIZES[name]
    total = 0
    for L, pool in zip(filters, pools, strict=True):
        total += 2 * side * side * L
        side //= pool
    return total


@pytest.mark.parametrize("name", ["mnist-dvs", "cifar10-dvs"])
@pytest.mark.parametrize("cell", ["liaf", "lif", "conv2d", "conv3d", "convlstm"])
def test_parameters_of_fig_6_with_table_v(name: str, cell: str) -> None:
    _, _, _, classes, filters, _, dense = SIZES[name]
    neurons = 4 * sum(filters) if cell in ("liaf", "lif") else 0
    units = [int(np.prod(OUTPUTS[name])), *dense, classes]
    head = sum((K + 1) * L for K, L in pairwise(units))
    net = full_size_network(f"{name}-{cell}")
    assert net.count_params() == synapses(cell, filters) + neurons + layer_norms(name) + head
    assert dict(net.sequential.layers)["flat"].in_shape == OUTPUTS[name]
    assert net.sequential.out_shape == (10,)


@pytest.mark.parametrize("cell", ["liaf", "lif"])
def test_parameters_of_table_viii(cell: str) -> None:
    """Seven layers of neurons with four parameters each; scale and shift by channel."""
    norms = 2 * (64 + 128 + 128 + 256 + 11)
    dense = (8 * 8 * 128 + 1) * 256 + (256 + 1) * 11
    net = full_size_network(f"gesture-{cell}")
    assert net.count_params() == synapses(cell, [64, 128, 128]) + norms + 7 * 4 + dense
    assert dict(net.sequential.layers)["flat"].in_shape == OUTPUTS["gesture"]


def test_parameters_of_table_viii_with_convlstm() -> None:
    lstm = (8 * 8 * 128 + 256 + 1) * 4 * 256
    norms = 2 * (64 + 128 + 128 + 256)
    total = synapses("convlstm", [64, 128, 128]) + norms + lstm + (256 + 1) * 11
    assert full_size_network("gesture-convlstm").count_params() == total


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


def test_a_registered_cell_makes_a_network_of_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cells.CELL_FACTORIES, "mine", cells.CELL_FACTORIES["rnn"])
    assert create_network("babi-mine").count_params() == create_network("babi-rnn").count_params()


def test_networks_of_equal_parts_are_equal_and_may_be_keys() -> None:
    one, other = dvs_network(DVS_CONFIG), dvs_network(DVS_CONFIG)
    assert {one: 1}[other] == 1
    assert one != dvs_network(DVS_CONFIG, "lif")
    assert one != replace(one, criterion="ce")


def test_every_convolution_of_the_vision_networks_is_3_by_3_and_keeps_the_size() -> None:
    for name in NETWORKS:
        if name.startswith("babi"):
            continue
        for _, layer in full_size_network(name).sequential.stages:
            if isinstance(layer, Conv2D):
                assert layer.kernel[-2:] == (3, 3)
                assert layer.out_shape[:2] == layer.shape[:2]
