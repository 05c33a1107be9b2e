"""The doors of the networks, of what says what they take, and of what looks into them."""

from typing import Any

import numpy as np
from networks.small import DVS_CONFIG, GESTURE_CONFIG, small_network

from liaf_ref import layers, plotting
from liaf_ref.analysis import op_count
from liaf_ref.experiments.coding import encoded_forward
from liaf_ref.kernels import loss, spike
from liaf_ref.networks import (
    BabiNetwork,
    DVSNetwork,
    check_memory,
    dvs_network,
    estimate_memory,
    gesture_network,
    summary,
)
from liaf_ref.networks import create_network as named
from liaf_ref.networks.neuron_config import NeuronConfig
from liaf_ref.networks.nonfinite.locate import locate_nonfinite

RNG = np.random.default_rng(0)
PAIR = spike.paper(0.5)
IDS = np.ones((2, 3), int)
BABI = BabiNetwork(7, "liaf", 3, 4)
N = BABI.init(RNG)
Z, TAPE = BABI.forward(N, IDS, IDS)
VISION, TINY = small_network("small-liaf"), small_network("tiny-liaf")
V, W = VISION.init(RNG), TINY.init(RNG)
FRAMES = RNG.normal(size=(2, 3, 8, 8, 2)).astype(np.float32)
SMALL = RNG.normal(size=(2, 3, 4, 4, 2)).astype(np.float32)
LOGITS, TAPE_V = VISION.forward(V, FRAMES)
TAPE_W = TINY.forward(W, SMALL)[1]
RUNNING = TINY.initial_running_stats()
VARIANT = NeuronConfig()
DENSE = layers.Dense(2, 3)
CHAIN = VISION.sequential

VALID_CALLS: dict[str, Any] = {
    "networks.babi.BabiNetwork": (
        BabiNetwork,
        {"vocab": 5, "cell": "liaf", "embedding": 3, "units": 4, "act": "relu", "spike": PAIR}
        | {"padding": "masked"},
    ),
    "networks.babi.BabiNetwork.init": (BABI.init, {"rng": RNG, "dtype": np.float64}),
    "networks.babi.BabiNetwork.forward": (
        BABI.forward,
        {"params": N, "story": IDS, "query": IDS, "forms": None},
    ),
    "networks.babi.BabiNetwork.backward": (BABI.backward, {"dlogits": Z, "tape": TAPE}),
    "networks.catalogue.network": (named, {"name": "babi-liaf", "chain": layers.Sequential}),
    "networks.diagnosis.origin.origin": (
        locate_nonfinite,
        {"network": VISION, "loss": loss, "params": V, "given": None, "batches": []},
    ),
    "networks.fig6.fig6": (
        dvs_network,
        {"setting": DVS_CONFIG, "cell": "liaf", "spike": PAIR, "variant": VARIANT, "dropout": 0.5}
        | {"criterion": "ce", "chain": layers.Sequential},
    ),
    "networks.gesture.table_viii": (
        gesture_network,
        {
            "cell": "liaf",
            "setting": GESTURE_CONFIG,
            "spike": PAIR,
            "steps": "each",
            "criterion": "ce",
        }
        | {"variant": NeuronConfig("selu", "NTR", "all"), "chain": layers.Sequential},
    ),
    "networks.memory.needs": (estimate_memory, {"network": VISION, "batch": 2, "steps": 3}),
    "networks.memory.check_fits": (
        check_memory,
        {"network": VISION, "batch": 2, "steps": 3, "free": 10**9},
    ),
    "networks.summary.summary": (summary, {"network": VISION, "batch": 2, "steps": 3}),
    "networks.variant.Variant": (
        NeuronConfig,
        {"act": "relu", "mode": "TR", "sharing": "all"}
        | {"block_order": "neuron-norm-pool", "output": PAIR},
    ),
    "networks.vision.VisionNetwork": (
        DVSNetwork,
        {"setting": DVS_CONFIG, "cell": "liaf", "chain": CHAIN, "criterion": "ce"},
    ),
    "networks.vision.VisionNetwork.init": (VISION.init, {"rng": RNG, "dtype": np.float64}),
    "networks.vision.VisionNetwork.masks": (
        VISION.draw_masks,
        {"rng": RNG, "batch": 2, "dtype": np.float32},
    ),
    "networks.vision.VisionNetwork.forward": (
        VISION.forward,
        {"params": V, "frames": FRAMES, "given": VISION.draw_masks(RNG, 2), "forms": None},
    ),
    "networks.vision.VisionNetwork.backward": (
        VISION.backward,
        {"dlogits": LOGITS, "tape": TAPE_V},
    ),
    "networks.vision.VisionNetwork.running": (VISION.initial_running_stats, {"dtype": np.float32}),
    "networks.vision.VisionNetwork.follow": (
        TINY.update_running_stats,
        {"running": RUNNING, "tape": TAPE_W},
    ),
    "networks.vision.VisionNetwork.statistics": (TINY.statistics, {"tape": TAPE_W}),
    "networks.vision.VisionNetwork.update": (
        TINY.update,
        {"running": RUNNING, "shares": [TINY.statistics(TAPE_W)]},
    ),
    "cost.exact.exact": (op_count.count_exact, {"layer": DENSE, "T": 2, "spikes": True}),
    "cost.paper.paper": (op_count.count_as_printed, {"layer": DENSE, "T": 2}),
    "cost.walk.walk": (op_count.count_ops, {"layers": CHAIN, "T": 2}),
    "cost.count.total": (op_count.total, {"counts": [op_count.OpCount(1, 2, 3)]}),
    "cost.observe.observe": (
        op_count.measure_sparsity,
        {"chain": CHAIN, "params": V, "X": FRAMES, "forms": layers.REFERENCE},
    ),
    "experiments.coding.passing.run": (
        encoded_forward.run_encoded,
        {"chain": CHAIN, "params": V, "X": FRAMES, "channels": {}},
    ),
    "teach.watch.watch": (plotting.record_activity, {"chain": CHAIN, "params": V, "X": FRAMES}),
}
