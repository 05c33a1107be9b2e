"""The vision networks refuse what they cannot be created of, and what they cannot work on."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from liaf_ref import layers
from liaf_ref._core.errors import InputError
from liaf_ref.kernels.spike import paper
from liaf_ref.layers import CheckpointedSequential, NamedLayer, Params, Tape
from liaf_ref.networks import MNIST_DVS, DVSNetwork, dvs_network, gesture_network
from liaf_ref.networks.registry import create_network as named
from networks.small import DVS_CONFIG, GESTURE_CONFIG, small_network

B, T = 2, 3
SMALL, TINY = small_network("small-liaf"), small_network("tiny-liaf")
FRAMES = np.zeros((B, T, 8, 8, 2), np.float32)
OTHER = np.zeros((B, T, 4, 4, 2), np.float32)


def params(net: DVSNetwork) -> Params:
    return net.init(np.random.default_rng(0))


def forward(net: DVSNetwork = SMALL, frames: Any = FRAMES, buffers: Any = None, **more: Any) -> Any:
    return lambda: net.forward(params(net) | more, frames, buffers)


def tape(net: DVSNetwork, frames: Any, buffers: Any = None) -> Tape:
    return net.forward(params(net), frames, buffers)[1]


def backward(dlogits: Any) -> Callable[[], object]:
    return lambda: SMALL.backward(dlogits, tape(SMALL, FRAMES))


def build_own(*parts: NamedLayer) -> Callable[[], DVSNetwork]:
    return lambda: DVSNetwork(DVS_CONFIG, "own", layers.Sequential(parts), "ce")


FLAT, OUT = NamedLayer("flat", layers.Flatten((8, 8, 2))), NamedLayer("out", layers.Dense(128, 3))
OWN_NETWORK = "small-own, Sequential, Section II-D"
LABEL = "Fig. 6 and Table V"
BAD: dict[str, tuple[Callable[[], object], str]] = {
    "no setting": (
        lambda: dvs_network("mnist-dvs"),  # type: ignore[arg-type]
        f"network_config of {LABEL}: expected a NetworkConfig, got str 'mnist-dvs'",
    ),
    "no setting of Table VIII": (
        lambda: gesture_network(network_config=(4, 4, 2)),  # type: ignore[arg-type]
        "network_config of Table VIII: expected a NetworkConfig, got tuple (4, 4, 2)",
    ),
    "no block": (
        lambda: dvs_network(MNIST_DVS._replace(blocks=())),
        f"blocks of {LABEL}: expected at least one, got none",
    ),
    "cell": (
        lambda: dvs_network(DVS_CONFIG, "gru"),
        f"cell of {LABEL}: expected one of liaf, lif, conv2d, conv3d, convlstm, got str 'gru'",
    ),
    "spike without neurons": (
        lambda: dvs_network(DVS_CONFIG, "conv3d", spike=paper(0.5)),
        f"spike of {LABEL}: expected no value for the cell conv3d, only liaf and lif have one",
    ),
    "spike without neurons, Table VIII": (
        lambda: gesture_network("convlstm", spike=paper(0.5)),
        "spike of Table VIII: expected no value for the cell convlstm",
    ),
    "cell of the other table": (
        lambda: gesture_network("conv2d"),
        "cell of Table VIII: expected one of liaf, lif, convlstm, got str 'conv2d'",
    ),
    "spike": (
        lambda: dvs_network(DVS_CONFIG, spike=0.5),  # type: ignore[arg-type]
        "spike of Eq. (4): expected a Pair from liaf_ref.kernels.spike, got float 0.5",
    ),
    "dropout": (
        lambda: dvs_network(DVS_CONFIG, dropout=1.0),
        "rate of Dropout((16,)), Section VI-B2: expected",
    ),
    "steps of the norm": (
        lambda: gesture_network(network_config=GESTURE_CONFIG, time_statistics="all"),
        "time_statistics of BatchNorm, Section VI-C2: expected one of joint, per_step, got str",
    ),
    "pooled away": (
        lambda: dvs_network(DVS_CONFIG._replace(shape=(2, 2, 2))),
        "shape of AveragePool, Fig. 6: expected at least (2, 2, 4) for a window of (2, 2), got (1,",
    ),
    "no filters": (
        lambda: dvs_network(
            DVS_CONFIG._replace(blocks=(DVS_CONFIG.blocks[0]._replace(filters=0),))
        ),
        "L of Conv2D, Eq. (2): expected an integer >= 1, got 0",
    ),
    "nothing to tell apart": (
        lambda: gesture_network(network_config=GESTURE_CONFIG._replace(num_classes=0)),
        "num_classes of Table VIII: expected an integer >= 1, got 0",
    ),
    "setting without a name": (
        lambda: dvs_network(DVS_CONFIG._replace(name=3)),  # type: ignore[arg-type]
        f"name of {LABEL}: expected a string, got int 3",
    ),
    "frames of one row": (
        lambda: dvs_network(DVS_CONFIG._replace(shape=(8, 2))),
        f"shape of {LABEL}: expected (height, width, channels), got tuple (8, 2)",
    ),
    "no steps": (
        lambda: gesture_network(network_config=GESTURE_CONFIG._replace(steps=0)),
        "steps of Table VIII: expected an integer >= 1, got 0",
    ),
    "number of blocks": (
        lambda: dvs_network(DVS_CONFIG._replace(blocks=5)),  # type: ignore[arg-type]
        f"blocks of {LABEL}: expected ConvBlocks, got int 5",
    ),
    "pairs for blocks": (
        lambda: dvs_network(DVS_CONFIG._replace(blocks=((32, None),))),  # type: ignore[arg-type]
        f"blocks of {LABEL}: expected ConvBlocks, got tuple (32, None) at index 0",
    ),
    "pooled by nothing": (
        lambda: dvs_network(DVS_CONFIG._replace(blocks=(DVS_CONFIG.blocks[0]._replace(pool=()),))),
        f"pool of {LABEL}: expected a tuple of 2 integers, got tuple ()",
    ),
    "one dense block": (
        lambda: gesture_network(network_config=GESTURE_CONFIG._replace(dense_units=512)),  # type: ignore[arg-type]
        "dense_units of Table VIII: expected integers, got int 512",
    ),
    "dense block of nothing": (
        lambda: dvs_network(DVS_CONFIG._replace(dense_units=(4, 0))),
        f"dense_units of {LABEL}: expected an integer >= 1, got 0",
    ),
    "chain of other frames": (
        build_own(
            NamedLayer("flat", layers.Flatten((4, 4, 2))), NamedLayer("out", layers.Dense(32, 3))
        ),
        f"sequential of {OWN_NETWORK}: expected input (8, 8, 2) and output (3,) per step, got "
        "input (4, 4, 2) and output (3,) per step",
    ),
    "chain of other classes": (
        build_own(FLAT, NamedLayer("out", layers.Dense(128, 7))),
        f"sequential of {OWN_NETWORK}: expected input (8, 8, 2) and output (3,) per step, got "
        "input (8, 8, 2) and output (7,) per step",
    ),
    "chain without a mean over time": (
        forward(build_own(FLAT, OUT)()),
        f"sequential of {OWN_NETWORK}: expected an output of one time step, "
        "such as that of a Sumlayer, got "
        "3",
    ),
    "chain without a mean over time, unchecked": (
        lambda: (
            build_own(FLAT, OUT)()
            .unchecked_functions()
            .forward(params(build_own(FLAT, OUT)()), FRAMES)
        ),
        f"sequential of {OWN_NETWORK}: expected an output of one time step, "
        "such as that of a Sumlayer, got "
        "3",
    ),
    "setting of one's own network": (
        lambda: DVSNetwork(DVS_CONFIG._replace(steps=0), "own", SMALL.sequential, "ce"),
        "steps of a DVSNetwork: expected an integer >= 1, got 0",
    ),
    "seed": (
        lambda: SMALL.init(-1),
        "rng of the initial weights: expected a numpy.random.Generator or a seed >= 0, got int -1",
    ),
    "seed of masks": (
        lambda: SMALL.draw_masks(-1, B),
        f"rng of small-liaf, {LABEL}: expected a numpy.random.Generator or a seed >= 0, got int -1",
    ),
    "masks of nobody": (
        lambda: SMALL.draw_masks(np.random.default_rng(0), 0),
        f"batch of small-liaf, {LABEL}: expected an integer >= 1, got 0",
    ),
    "statistics of integers, and of no norm": (
        lambda: SMALL.initial_running_stats("int8"),
        f"dtype of small-liaf, {LABEL}: expected dtype float32, float64, longdouble or complex",
    ),
    "frames of another size": (
        forward(frames=OTHER),
        f"X of {LABEL}: expected shape (B, T, 8, 8, 2), got shape (2, 3, 4, 4, 2)",
    ),
    "frames of counts": (
        forward(frames=FRAMES.astype(int)),
        f"X of {LABEL}: expected dtype float32, float64, longdouble or complex, got int64",
    ),
    "no frames": (forward(frames=FRAMES[:, :0]), "expected B >= 1 and T >= 1, got shape (2, 0, 8"),
    "unknown parameter": (forward(W=np.ones(1, np.float32)), "unknown: W"),
    "spoilt parameter": (
        lambda: SMALL.forward(params(SMALL) | {"out.b": np.full(3, np.nan, np.float32)}, FRAMES),
        f"out.b of {LABEL}: expected finite values, got nan at index (0,)",
    ),
    "mask of another batch": (
        forward(buffers={"drop1.M": np.ones((1, 1, 16), np.float32)}),
        f"buffers['drop1.M'] of {LABEL}: expected shape (2, 1, 16), got shape (1, 1, 16)",
    ),
    "statistics of another network": (
        forward(buffers=TINY.initial_running_stats()),
        f"buffers of {LABEL}: expected the keys drop1.M; unknown: 'norm1.m'",
    ),
    "statistics with a gap": (
        forward(
            TINY, OTHER, {k: v for k, v in TINY.initial_running_stats().items() if k != "norm3.v"}
        ),
        "buffers of Table VIII: expected norm3.v too, got only part of the buffers of its layer",
    ),
    "dlogits of other classes": (
        backward(np.zeros((B, 4), np.float32)),
        f"dlogits of small-liaf, {LABEL} (backward): expected shape (2, 3), got shape (2, 4)",
    ),
    "dlogits in double": (
        backward(np.zeros((B, 3))),
        "(backward): expected dtype float32 like the parameters, got float64",
    ),
    "tape of another network": (
        lambda: SMALL.backward(np.zeros((B, 3), np.float32), tape(TINY, OTHER)),
        f"tape of {LABEL} (backward): expected the tape of its own forward, got that of Table VIII",
    ),
    "followed without statistics": (
        lambda: TINY.update_running_stats({}, tape(TINY, OTHER)),
        "running statistics of tiny-liaf, Table VIII: expected the keys norm1.m, norm1.v, norm2.m",
    ),
    "followed no mapping": (
        lambda: TINY.update_running_stats(None, tape(TINY, OTHER)),  # type: ignore[arg-type]
        "in a mapping, got None",
    ),
    "followed another network": (
        lambda: TINY.update_running_stats(TINY.initial_running_stats(), tape(SMALL, FRAMES)),
        f"tape of Table VIII (backward): expected the tape of its own forward, got that of {LABEL}",
    ),
    "followed in evaluation": (
        lambda: TINY.update_running_stats(
            TINY.initial_running_stats(), tape(TINY, OTHER, TINY.initial_running_stats())
        ),
        "expected the tape of a training pass, got that of an evaluation with running statistics",
    ),
    "network": (
        lambda: named("mnist-dvs-gru"),
        "network of the paper: expected one of babi-liaf, babi-lif",
    ),
    "checkpointed Fig. 5": (
        lambda: named("babi-liaf", CheckpointedSequential),
        "container of Fig. 5: expected a network without branches, got one with two",
    ),
    "checkpointed without a state": (
        lambda: named("mnist-dvs-conv2d", CheckpointedSequential),
        f"layers of {LABEL}: expected at least one layer with a state (neurons or "
        "recurrent), got none",
    ),
}


@pytest.mark.parametrize(("call", "message"), BAD.values(), ids=BAD)
def test_a_wrong_value_is_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(InputError) as refused:
        call()
    assert message in str(refused.value)
