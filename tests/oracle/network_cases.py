"""The paper's networks in sizes whose every rounding can be followed, as points and as cases."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels import loss
from liaf_ref.kernels.array import Array
from liaf_ref.networks import (
    BabiNetwork,
    ConvBlock,
    NetworkConfig,
    SequenceClassifier,
    dvs_network,
    gesture_network,
)
from liaf_ref.networks.cells import CELL_FACTORIES as BABI
from liaf_ref.networks.vision import FIG6_CELLS as FIG6
from liaf_ref.networks.vision import TABLE_VIII_CELLS as GESTURES
from oracle import case_builder
from oracle.case_builder import RANDOM_DISTRIBUTIONS, CaseBuilder

HALF, QUARTER = (2, 2), (4, 4)


def _network_config(name: str, cell: str) -> NetworkConfig:
    """As small as blocks, pools and dense blocks allow; ConvLSTM has four times the parameters."""
    shape, pools, dense = SIZES[name]
    filters = (1, 2) if cell == "convlstm" else (2, 2)
    blocks = tuple(ConvBlock(L, pool) for L, pool in zip(filters, pools, strict=False))
    return NetworkConfig(name, shape, 2, blocks, dense, 3)


def _fig6(name: str, cell: str) -> SequenceClassifier:
    return dvs_network(_network_config(name, cell), cell)


def _gesture(cell: str) -> SequenceClassifier:
    return gesture_network(cell, network_config=_network_config("gesture", cell))


SIZES = {
    "mnist-dvs": ((4, 4, 2), (HALF, HALF), (4, 3)),
    "cifar10-dvs": ((4, 4, 2), (None, QUARTER), (4,)),
    "gesture": ((4, 2, 2), (HALF,), (3,)),
}
BATCH = {"gesture": 6}  # statistics of fewer are nearly those of nothing
TOKENS = 7
Network = BabiNetwork | SequenceClassifier
NETWORKS: Mapping[str, Callable[[], Network]] = (
    {f"babi-{cell}": partial(BabiNetwork, TOKENS, cell, 3, 4) for cell in BABI}
    | {f"mnist-dvs-{cell}": partial(_fig6, "mnist-dvs", cell) for cell in FIG6}
    | {f"cifar10-dvs-{cell}": partial(_fig6, "cifar10-dvs", cell) for cell in FIG6}
    | {f"gesture-{cell}": partial(_gesture, cell) for cell in GESTURES}
)


class NetworkSample(NamedTuple):
    """A network, its parameters and what it is applied to; every number a float32."""

    net: Network
    params: dict[str, Array]
    inputs: tuple[Any, ...]
    buffers: dict[str, Array]
    labels: Array

    def to_case(self) -> CaseBuilder:
        """The same for who reads cases."""
        if isinstance(self.net, BabiNetwork):
            story, query = self.inputs
            return case_builder.babi_case(self.net, self.params, story, query, self.labels)
        (frames,) = self.inputs
        return case_builder.dvs_case(self.net, self.params | self.buffers, frames, self.labels)

    def run(self, dtype: Any) -> tuple[Array, dict[str, Array]]:
        """Logits and every parameter's gradient, by the network's own passes in a format."""
        params = {name: value.astype(dtype) for name, value in self.params.items()}
        given: tuple[Any, ...] = ()
        if isinstance(self.net, SequenceClassifier):
            given = ({name: value.astype(dtype) for name, value in self.buffers.items()},)
        inputs: list[Any] = [x.astype(dtype) if x.dtype.kind == "f" else x for x in self.inputs]
        net: Any = self.net
        logits, tape = net.forward(params, *inputs, *given)
        criterion = self.net.loss if isinstance(self.net, SequenceClassifier) else loss
        _, loss_tape = criterion.forward(logits, self.labels)
        return logits, net.backward(criterion.backward(np.ones((), dtype), loss_tape), tape)


def draw_sample(name: str, seed: int) -> NetworkSample:
    """Draw a network's point by the golden cases' own ranges."""
    net, rng = NETWORKS[name](), np.random.default_rng(seed)
    params = {
        key: RANDOM_DISTRIBUTIONS[key.rpartition(".")[2]].sample(rng, shape)
        for key, shape in net.param_shapes().items()
    }
    if isinstance(net, BabiNetwork):
        story, query = (rng.integers(0, TOKENS, (2, steps)) for steps in (6, 3))
        return NetworkSample(net, params, (story, query), {}, rng.integers(0, TOKENS, 2))
    B = BATCH.get(net.name.rpartition("-")[0], 2)
    frames = rng.integers(0, 4, (B, net.steps, *net.sequential.in_shape)).astype(float)
    masks = net.draw_masks(rng, B, np.float64)
    return NetworkSample(
        net, params, (frames,), masks, rng.integers(0, net.sequential.out_shape[0], B)
    )


def with_running_statistics(point: NetworkSample, seed: int) -> NetworkSample:
    """The same network with running statistics, as it is tested."""
    assert isinstance(point.net, SequenceClassifier)
    rng = np.random.default_rng(seed)
    saved = {
        key: RANDOM_DISTRIBUTIONS[key.rpartition(".")[2]].sample(rng, value.shape)
        for key, value in point.net.initial_running_stats(np.float64).items()
    }
    return point._replace(buffers=saved)
