"""Valid calls of the layers: what makes them, and what runs them."""

from typing import Any

import numpy as np
from layers.images import IMAGES
from layers.samples import SAMPLES, X, params, state

from liaf_ref import layers
from liaf_ref.kernels import spike

PAIR = spike.paper(0.5)
RNG = np.random.default_rng(0)
IDS = np.ones((2, 3), int)
EMBEDDING = layers.Embedding(5, 3)
E = EMBEDDING.init(RNG)
ROWS, TAPE_E = EMBEDDING.forward(E, IDS)
NORM = layers.BatchNorm((3,))
NORMED = NORM.forward(NORM.init(RNG), np.ones((2, 4, 3)) * np.arange(3.0))[2]
IMAGE: dict[str, Any] = {"shape": (4, 3, 2)}
NEURONS: dict[str, Any] = {"sharing": "all", "spike": PAIR, "v_th": 1}
WINDOW: dict[str, Any] = IMAGE | {"L": 4, "kernel": (3, 2), "stride": (1, 2), "bias": True}
PAD: dict[str, Any] = {"pad": ((0, 1), (1, 1))}
PART = layers.NamedLayer("one", layers.Dense(2, 3))
DEEP = layers.NamedLayer("two", layers.DenseLIAF(3, 2))
RECURRENT = {"recurrent_initializer": "glorot_uniform"}
GATED = RECURRENT | {"recurrent_activation": "hard_sigmoid"}

VALID_CALLS: dict[str, Any] = {
    "layers.activation.Activation": (layers.Activation, {"shape": (3,), "act": "relu"}),
    "layers.batch_norm.BatchNorm": (
        layers.BatchNorm,
        {"shape": (3,), "time_statistics": "per_step", "eps": 0.1, "momentum": 0.1},
    ),
    "layers.batch_norm.BatchNorm.update_running_stats": (
        NORM.update_running_stats,
        {"running_stats": NORM.initial_running_stats(np.float64), "tape": NORMED},
    ),
    "layers.batch_norm.BatchNorm.statistics": (NORM.statistics, {"tape": NORMED}),
    "layers.batch_norm.BatchNorm.update": (
        NORM.update,
        {"running": NORM.initial_running_stats(np.float64), "shares": [NORM.statistics(NORMED)]},
    ),
    "layers.batch_norm.BatchNorm.pool_statistics": (
        NORM.pool_statistics,
        {"batches": [NORM.statistics(NORMED)]},
    ),
    "layers.batch_norm.BatchNorm.initial_running_stats": (
        NORM.initial_running_stats,
        {"dtype": np.float64},
    ),
    "layers.sequential.Sequential": (layers.Sequential, {"layers": (PART, DEEP), "label": "s"}),
    "layers.checkpointed.CheckpointedSequential": (
        layers.CheckpointedSequential,
        {"layers": (PART, DEEP), "label": "s"},
    ),
    "layers.conv.Conv2D": (layers.Conv2D, WINDOW | PAD),
    "layers.conv.Conv3D": (
        layers.Conv3D,
        IMAGE | {"L": 4, "kernel": (1, 3, 3), "stride": (1, 1, 1), "bias": True},
    ),
    "layers.convlstm.ConvLSTMCell": (
        layers.ConvLSTMCell,
        {"L": 4, "size": (4, 3), "kernel": (3, 3), "forget_bias": 0.5} | GATED,
    ),
    "layers.dense.Dense": (layers.Dense, {"K": 3, "L": 4, "bias": True}),
    "layers.dropout.Dropout": (layers.Dropout, {"shape": (3,), "rate": 0.5}),
    "layers.dropout.Dropout.draw_mask": (
        layers.Dropout((3,)).draw_mask,
        {"rng": RNG, "batch": 2, "dtype": np.float64},
    ),
    "layers.embedding.Embedding": (
        layers.Embedding,
        {"N": 3, "K": 4, "initializer": "normal"},
    ),
    "layers.parametrized.Parametrized.init": (EMBEDDING.init, {"rng": RNG, "dtype": np.float64}),
    "layers.embedding.Embedding.forward": (EMBEDDING.forward, {"params": E, "ids": IDS}),
    "layers.embedding.Embedding.backward": (EMBEDDING.backward, {"dX": ROWS, "tape": TAPE_E}),
    "layers.neuron_layer.NeuronLayer": (
        layers.NeuronLayer,
        {"synapse": layers.Dense(3, 4), "dynamics": layers.ElmanCell(4)},
    ),
    "layers.liaf.DirectLIAF": (
        layers.DirectLIAF,
        {"shape": (3,), "act": "relu", "mode": "TR"}
        | NEURONS
        | {"v_reset": 0.0, "alpha": 0.3, "beta": 0.1},
    ),
    "layers.liaf.DirectLIF": (
        layers.DirectLIF,
        {"shape": (3,), "output": PAIR} | NEURONS,
    ),
    "layers.layer_norm.LayerNorm": (layers.LayerNorm, IMAGE | {"num_axes": 1, "eps": 0.1}),
    "layers.pool.AveragePool": (
        layers.AveragePool,
        IMAGE | {"size": (2, 2), "stride": (1, 1)},
    ),
    "layers.pool.MaxPool": (layers.MaxPool, IMAGE | {"size": (2, 2), "stride": (1, 1)}),
    "layers.reshape.Flatten": (layers.Flatten, {"shape": (3,)}),
    "layers.reshape.Sumlayer": (layers.Sumlayer, {"shape": (3,)}),
    "layers.recurrent.ElmanCell": (layers.ElmanCell, {"L": 4} | RECURRENT),
    "layers.recurrent.GRUCell": (layers.GRUCell, {"L": 4} | GATED),
    "layers.recurrent.LSTMCell": (layers.LSTMCell, {"L": 4, "forget_bias": 0.5} | GATED),
    "layers.spatial.ConvLIAF": (
        layers.ConvLIAF,
        WINDOW | PAD | {"act": "relu", "mode": "TR"} | NEURONS,
    ),
    "layers.spatial.ConvLIF": (layers.ConvLIF, WINDOW | PAD | {"output": PAIR} | NEURONS),
    "layers.spatial.ConvLSTM": (layers.ConvLSTM, WINDOW | {"kernel": (3, 3), "stride": (1, 1)}),
    "layers.spatial.PoolingLIAF": (
        layers.PoolingLIAF,
        IMAGE | {"size": (2, 2), "stride": (2, 2), "act": "relu", "mode": "TR"} | NEURONS,
    ),
    "layers.temporal.DenseLIAF": (
        layers.DenseLIAF,
        {"K": 3, "L": 4, "act": "relu", "mode": "TR", "bias": True} | NEURONS,
    ),
    "layers.temporal.DenseLIF": (
        layers.DenseLIF,
        {"K": 3, "L": 4, "output": PAIR, "bias": True} | NEURONS,
    ),
    "layers.temporal.GRU": (layers.GRU, {"K": 3, "L": 4, "bias": True} | GATED),
    "layers.temporal.LSTM": (
        layers.LSTM,
        {"K": 3, "L": 4, "bias": True, "forget_bias": 0.5} | GATED,
    ),
    "layers.temporal.RNN": (layers.RNN, {"K": 3, "L": 4, "bias": True} | RECURRENT),
}


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
