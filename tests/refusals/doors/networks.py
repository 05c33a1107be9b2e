"""The doors of the networks, of what says what they take, and of what looks into them."""

from typing import Any

import numpy as np
from networks.small import FIG6, VIII, network

from liaf_ref import cost, layers, teach
from liaf_ref.experiments.coding import passing
from liaf_ref.kernels import loss, spike
from liaf_ref.networks import (
    BabiNetwork,
    VisionNetwork,
    check_fits,
    fig6,
    needs,
    summary,
    table_viii,
)
from liaf_ref.networks import network as named
from liaf_ref.networks.diagnosis.origin import origin
from liaf_ref.networks.variant import Variant

RNG = np.random.default_rng(0)
PAIR = spike.paper(0.5)
IDS = np.ones((2, 3), int)
BABI = BabiNetwork(7, "liaf", 3, 4)
N = BABI.init(RNG)
Z, TAPE = BABI.forward(N, IDS, IDS)
VISION, TINY = network("small-liaf"), network("tiny-liaf")
V, W = VISION.init(RNG), TINY.init(RNG)
FRAMES = RNG.normal(size=(2, 3, 8, 8, 2)).astype(np.float32)
SMALL = RNG.normal(size=(2, 3, 4, 4, 2)).astype(np.float32)
LOGITS, TAPE_V = VISION.forward(V, FRAMES)
TAPE_W = TINY.forward(W, SMALL)[1]
RUNNING = TINY.running()
VARIANT = Variant()
DENSE = layers.Dense(2, 3)
CHAIN = VISION.chain

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
    "networks.catalogue.network": (named, {"name": "babi-liaf", "chain": layers.Chain}),
    "networks.diagnosis.origin.origin": (
        origin,
        {"network": VISION, "loss": loss, "params": V, "given": None, "batches": []},
    ),
    "networks.fig6.fig6": (
        fig6,
        {"setting": FIG6, "cell": "liaf", "spike": PAIR, "variant": VARIANT, "dropout": 0.5}
        | {"criterion": "ce", "chain": layers.Chain},
    ),
    "networks.gesture.table_viii": (
        table_viii,
        {"cell": "liaf", "setting": VIII, "spike": PAIR, "steps": "each", "criterion": "ce"}
        | {"variant": Variant("selu", "NTR", "all"), "chain": layers.Chain},
    ),
    "networks.memory.needs": (needs, {"network": VISION, "batch": 2, "steps": 3}),
    "networks.memory.check_fits": (
        check_fits,
        {"network": VISION, "batch": 2, "steps": 3, "free": 10**9},
    ),
    "networks.summary.summary": (summary, {"network": VISION, "batch": 2, "steps": 3}),
    "networks.variant.Variant": (
        Variant,
        {"act": "relu", "mode": "TR", "sharing": "all"}
        | {"block_order": "neuron-norm-pool", "output": PAIR},
    ),
    "networks.vision.VisionNetwork": (
        VisionNetwork,
        {"setting": FIG6, "cell": "liaf", "chain": CHAIN, "criterion": "ce"},
    ),
    "networks.vision.VisionNetwork.init": (VISION.init, {"rng": RNG, "dtype": np.float64}),
    "networks.vision.VisionNetwork.masks": (
        VISION.masks,
        {"rng": RNG, "batch": 2, "dtype": np.float32},
    ),
    "networks.vision.VisionNetwork.forward": (
        VISION.forward,
        {"params": V, "frames": FRAMES, "given": VISION.masks(RNG, 2), "forms": None},
    ),
    "networks.vision.VisionNetwork.backward": (
        VISION.backward,
        {"dlogits": LOGITS, "tape": TAPE_V},
    ),
    "networks.vision.VisionNetwork.running": (VISION.running, {"dtype": np.float32}),
    "networks.vision.VisionNetwork.follow": (
        TINY.follow,
        {"running": RUNNING, "tape": TAPE_W},
    ),
    "networks.vision.VisionNetwork.statistics": (TINY.statistics, {"tape": TAPE_W}),
    "networks.vision.VisionNetwork.update": (
        TINY.update,
        {"running": RUNNING, "shares": [TINY.statistics(TAPE_W)]},
    ),
    "cost.exact.exact": (cost.count_exact, {"layer": DENSE, "T": 2, "spikes": True}),
    "cost.paper.paper": (cost.count_as_printed, {"layer": DENSE, "T": 2}),
    "cost.walk.walk": (cost.count_ops, {"layers": CHAIN, "T": 2}),
    "cost.count.total": (cost.total, {"counts": [cost.OpCount(1, 2, 3)]}),
    "cost.observe.observe": (
        cost.measure_sparsity,
        {"chain": CHAIN, "params": V, "X": FRAMES, "forms": layers.DEFINITION},
    ),
    "experiments.coding.passing.run": (
        passing.run_encoded,
        {"chain": CHAIN, "params": V, "X": FRAMES, "channels": {}},
    ),
    "teach.watch.watch": (teach.record_activity, {"chain": CHAIN, "params": V, "X": FRAMES}),
}
