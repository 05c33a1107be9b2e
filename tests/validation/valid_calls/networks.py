"""Valid calls of layers and networks, of what says what they take, and of what looks into them.

tests/layers/test_declarations.py has what makes layers.
"""

from typing import Any
from unittest import mock

import numpy as np
from layers.samples import IMAGES, SAMPLES, X, params, state
from networks.small import DVS_CONFIG, GESTURE_CONFIG, small_network

from liaf_ref import layers, networks, plotting
from liaf_ref.analysis import neurobench, op_count
from liaf_ref.networks import create_network as named
from liaf_ref.networks.cells import CELL_FACTORIES, register_cell
from validation.public_callables import call

RNG = np.random.default_rng(0)
IDS = np.ones((2, 3), int)
BABI = networks.BabiNetwork(7, "liaf", 3, 4)
N = BABI.init(RNG)
Z, TAPE = BABI.forward(N, IDS, IDS)
VISION, TINY = small_network("small-liaf"), small_network("tiny-liaf")
V, W = VISION.init(RNG), TINY.init(RNG)
FRAMES = RNG.normal(size=(2, 3, 8, 8, 2)).astype(np.float32)
SMALL = RNG.normal(size=(2, 3, 4, 4, 2)).astype(np.float32)
LOGITS, TAPE_V = VISION.forward(V, FRAMES)
TAPE_W = TINY.forward(W, SMALL)[1]
RUNNING = TINY.initial_running_stats()
DENSE = layers.Dense(2, 3)
CHAIN = VISION.sequential
EMBEDDING = layers.Embedding(5, 3)
E = EMBEDDING.init(RNG)
ROWS, TAPE_E = EMBEDDING.forward(E, IDS)
NORM = layers.BatchNorm((3,))
NORMED = NORM.forward(NORM.init(RNG), np.ones((2, 4, 3)) * np.arange(3.0))[2]


def register(name: Any, factory: Any) -> None:
    """Register a cell, and take it out again."""
    with mock.patch.dict(CELL_FACTORIES):
        register_cell(name, factory)


VALID_CALLS: dict[str, Any] = dict(
    [
        call(
            NORM.update_running_stats,
            running_stats=NORM.initial_running_stats(np.float64),
            tape=NORMED,
        ),
        call(NORM.statistics, tape=NORMED),
        call(
            NORM.update,
            running=NORM.initial_running_stats(np.float64),
            shares=[NORM.statistics(NORMED)],
        ),
        call(NORM.pool_statistics, batches=[NORM.statistics(NORMED)]),
        call(NORM.initial_running_stats, dtype=np.float64),
        call(layers.Dropout((3,)).draw_mask, rng=RNG, batch=2, dtype=np.float64),
        call(EMBEDDING.init, rng=RNG, dtype=np.float64),
        call(EMBEDDING.forward, params=E, ids=IDS),
        call(EMBEDDING.backward, dX=ROWS, tape=TAPE_E),
        call("networks.cells.register_cell", register, name="mine", factory=layers.DenseLIF),
        call(BABI.init, rng=RNG, dtype=np.float64),
        call(BABI.forward, params=N, story=IDS, query=IDS, kernel_set=None),
        call(BABI.backward, dlogits=Z, tape=TAPE),
        call(named, name="babi-liaf", container=layers.Sequential),
        call(
            networks.dvs_network,
            network_config=DVS_CONFIG,
            cell="liaf",
            neuron=layers.Neuron(act="relu"),
            block_order="neuron-norm-pool",
            dropout=0.5,
            criterion="ce",
            container=layers.Sequential,
        ),
        call(
            networks.gesture_network,
            cell="liaf",
            network_config=GESTURE_CONFIG,
            neuron=layers.Neuron(act="relu"),
            gesture_blocks=networks.GestureBlocks(),
            time_statistics="per_step",
            criterion="ce",
            container=layers.Sequential,
        ),
        call(networks.estimate_memory, network=VISION, batch=2, steps=3),
        call(networks.check_memory, network=VISION, batch=2, steps=3, free_bytes=10**9),
        call(networks.summary, network=VISION, batch=2, steps=3),
        call(VISION.draw_masks, rng=RNG, batch=2, dtype=np.float32),
        call(
            VISION.forward, params=V, X=FRAMES, buffers=VISION.draw_masks(RNG, 2), kernel_set=None
        ),
        call(VISION.initial_running_stats, dtype=np.float32),
        call(TINY.update_running_stats, running_stats=RUNNING, tape=TAPE_W),
        call(TINY.statistics, tape=TAPE_W),
        call(TINY.update, running=RUNNING, shares=[TINY.statistics(TAPE_W)]),
        call(TINY.pool_statistics, batches=[TINY.statistics(TAPE_W)]),
        call(op_count.count_exact, layer=DENSE, T=2, spikes=True),
        call(op_count.count_as_printed, layer=DENSE, T=2),
        call(op_count.count_ops, layers=CHAIN, T=2),
        call(op_count.total, counts=[op_count.OpCount(1, 2, 3)]),
        call(
            op_count.measure_sparsity,
            sequential=CHAIN,
            params=V,
            X=FRAMES,
            kernel_set=layers.REFERENCE,
        ),
        call(neurobench.measure_neurobench, sequential=CHAIN, params=V, X=FRAMES, below=0.0),
        call(plotting.record_activity, sequential=CHAIN, params=V, X=FRAMES),
    ]
)


def _runs(name: str, layer: Any) -> dict[str, Any]:
    """The four methods that every layer has."""
    p, buffers = params(layer), {key: None for key in ("buffers",) if layer.buffer_shapes()}
    Y, last, tape = layer.forward(p, X(layer))
    return {
        f"{name}.init": (layer.init, {"rng": RNG, "dtype": np.float64}),
        f"{name}.initial_state": (layer.initial_state, {"batch": 2, "dtype": np.float64}),
        f"{name}.forward": (
            layer.forward,
            {"params": p, "X": X(layer), "state": state(layer), "kernel_set": None} | buffers,
        ),
        f"{name}.backward": (layer.backward, {"dY": Y, "tape": tape, "d_state": last}),
    }


# The methods are the base class's, tests/layers runs them for every layer.
for name in ("DenseLIF", "LSTM", "ConvLIAF", "BatchNorm", "Dropout", "CheckpointedSequential"):
    VALID_CALLS |= _runs(name, (SAMPLES | IMAGES)[name].layer)
