"""Valid calls of the layers' methods; tests/layers/test_declarations.py has what makes them."""

from typing import Any

import numpy as np
from layers.samples import IMAGES, SAMPLES, X, params, state

from liaf_ref import layers
from validation.public_callables import call

RNG = np.random.default_rng(0)
IDS = np.ones((2, 3), int)
EMBEDDING = layers.Embedding(5, 3)
E = EMBEDDING.init(RNG)
ROWS, TAPE_E = EMBEDDING.forward(E, IDS)
NORM = layers.BatchNorm((3,))
NORMED = NORM.forward(NORM.init(RNG), np.ones((2, 4, 3)) * np.arange(3.0))[2]

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
