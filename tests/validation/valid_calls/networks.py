"""Valid calls of the networks, of what says what they take, and of what looks into them."""

from typing import Any

import numpy as np
from networks.small import DVS_CONFIG, GESTURE_CONFIG, small_network

from liaf_ref import layers, networks, plotting
from liaf_ref.analysis import op_count
from liaf_ref.experiments import coding as encoded_forward
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


def register(name: Any, factory: Any) -> None:
    """Register a cell, and take it out again."""
    before = dict(CELL_FACTORIES)
    try:
        register_cell(name, factory)
    finally:
        CELL_FACTORIES.clear()
        CELL_FACTORIES.update(before)


VALID_CALLS: dict[str, Any] = dict(
    [
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
            gesture_blocks=networks.GestureBlocks(norm="none"),
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
        call(encoded_forward.run_encoded, sequential=CHAIN, params=V, X=FRAMES, encoders={}),
        call(plotting.record_activity, sequential=CHAIN, params=V, X=FRAMES),
    ]
)
