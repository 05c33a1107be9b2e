"""The vision networks refuse what they cannot be made of, and what they cannot work on."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from liaf_ref import layers
from liaf_ref.errors import InputError
from liaf_ref.kernels.spike import paper
from liaf_ref.layers import Frugal, Params, Part, Tape
from liaf_ref.networks import MNIST_DVS, VisionNetwork, fig6, table_viii
from liaf_ref.networks.catalogue import network as named
from networks.small import FIG6, VIII, network

B, T = 2, 3
SMALL, TINY = network("small-liaf"), network("tiny-liaf")
FRAMES = np.zeros((B, T, 8, 8, 2), np.float32)
OTHER = np.zeros((B, T, 4, 4, 2), np.float32)


def params(net: VisionNetwork) -> Params:
    return net.init(np.random.default_rng(0))


def forward(
    net: VisionNetwork = SMALL, frames: Any = FRAMES, given: Any = None, **more: Any
) -> Any:
    return lambda: net.forward(params(net) | more, frames, given)


def tape(net: VisionNetwork, frames: Any, given: Any = None) -> Tape:
    return net.forward(params(net), frames, given)[1]


def backward(dlogits: Any) -> Callable[[], object]:
    return lambda: SMALL.backward(dlogits, tape(SMALL, FRAMES))


def own(*parts: Part) -> Callable[[], VisionNetwork]:
    return lambda: VisionNetwork(FIG6, "own", layers.Chain(parts), "ce")


FLAT, OUT = Part("flat", layers.Flatten((8, 8, 2))), Part("out", layers.Dense(128, 3))
OWN = "small-own, Chain, Section II-D"
SOURCE = "Fig. 6 and Table V"
BAD: dict[str, tuple[Callable[[], object], str]] = {
    "no setting": (
        lambda: fig6("mnist-dvs"),  # type: ignore[arg-type]
        f"setting of {SOURCE}: expected a Setting, got str 'mnist-dvs'",
    ),
    "no setting of Table VIII": (
        lambda: table_viii(setting=(4, 4, 2)),  # type: ignore[arg-type]
        "setting of Table VIII: expected a Setting, got tuple (4, 4, 2)",
    ),
    "no block": (
        lambda: fig6(MNIST_DVS._replace(blocks=())),
        f"blocks of {SOURCE}: expected at least one, got none",
    ),
    "cell": (
        lambda: fig6(FIG6, "gru"),
        f"cell of {SOURCE}: expected one of liaf, lif, conv2d, conv3d, convlstm, got str 'gru'",
    ),
    "spike without neurons": (
        lambda: fig6(FIG6, "conv3d", spike=paper(0.5)),
        f"spike of {SOURCE}: expected none with the cell conv3d, only liaf and lif can have one",
    ),
    "spike without neurons, Table VIII": (
        lambda: table_viii("convlstm", spike=paper(0.5)),
        "spike of Table VIII: expected none with the cell convlstm",
    ),
    "cell of the other table": (
        lambda: table_viii("conv2d"),
        "cell of Table VIII: expected one of liaf, lif, convlstm, got str 'conv2d'",
    ),
    "spike": (
        lambda: fig6(FIG6, spike=0.5),  # type: ignore[arg-type]
        "spike of Eq. (4): expected a Pair from liaf_ref.kernels.spike, got float 0.5",
    ),
    "dropout": (lambda: fig6(FIG6, dropout=1.0), "rate of Dropout((16,)), Section VI-B2: expected"),
    "steps of the norm": (
        lambda: table_viii(setting=VIII, steps="all"),
        "steps of BatchNorm, Section VI-C2: expected one of joint, each, got str 'all'",
    ),
    "pooled away": (
        lambda: fig6(FIG6._replace(shape=(2, 2, 2))),
        "shape of AveragePool, Fig. 6: expected at least (2, 2, 4) for a window of (2, 2), got (1,",
    ),
    "no filters": (
        lambda: fig6(FIG6._replace(blocks=(FIG6.blocks[0]._replace(filters=0),))),
        "L of Conv, Eq. (2): expected a whole number >= 1, got 0",
    ),
    "nothing to tell apart": (
        lambda: table_viii(setting=VIII._replace(classes=0)),
        "classes of Table VIII: expected a whole number >= 1, got 0",
    ),
    "setting without a name": (
        lambda: fig6(FIG6._replace(name=3)),  # type: ignore[arg-type]
        f"name of {SOURCE}: expected a text, got int 3",
    ),
    "frames of one row": (
        lambda: fig6(FIG6._replace(shape=(8, 2))),
        f"shape of {SOURCE}: expected a tuple of 3 whole numbers, got tuple (8, 2)",
    ),
    "no steps": (
        lambda: table_viii(setting=VIII._replace(steps=0)),
        "steps of Table VIII: expected a whole number >= 1, got 0",
    ),
    "number of blocks": (
        lambda: fig6(FIG6._replace(blocks=5)),  # type: ignore[arg-type]
        f"blocks of {SOURCE}: expected Blocks, got int 5",
    ),
    "pairs for blocks": (
        lambda: fig6(FIG6._replace(blocks=((32, None),))),  # type: ignore[arg-type]
        f"blocks of {SOURCE}: expected Blocks only, got tuple (32, None)",
    ),
    "pooled by nothing": (
        lambda: fig6(FIG6._replace(blocks=(FIG6.blocks[0]._replace(pool=()),))),
        f"pool of {SOURCE}: expected a tuple of 2 whole numbers, got tuple ()",
    ),
    "one dense block": (
        lambda: table_viii(setting=VIII._replace(dense=512)),  # type: ignore[arg-type]
        "dense of Table VIII: expected whole numbers, got int 512",
    ),
    "dense block of nothing": (
        lambda: fig6(FIG6._replace(dense=(4, 0))),
        f"dense of {SOURCE}: expected a whole number >= 1, got 0",
    ),
    "chain of other frames": (
        own(Part("flat", layers.Flatten((4, 4, 2))), Part("out", layers.Dense(32, 3))),
        f"chain of {OWN}: expected steps of (8, 8, 2) in and (3,) out, got "
        "steps of (4, 4, 2) in and (3,) out",
    ),
    "chain of other classes": (
        own(FLAT, Part("out", layers.Dense(128, 7))),
        f"chain of {OWN}: expected steps of (8, 8, 2) in and (3,) out, got "
        "steps of (8, 8, 2) in and (7,) out",
    ),
    "chain without a mean over time": (
        forward(own(FLAT, OUT)()),
        f"chain of {OWN}: expected one step put out, as by a Sumlayer, got 3",
    ),
    "chain without a mean over time, unchecked": (
        lambda: own(FLAT, OUT)().unchecked().forward(params(own(FLAT, OUT)()), FRAMES),
        f"chain of {OWN}: expected one step put out, as by a Sumlayer, got 3",
    ),
    "setting of one's own network": (
        lambda: VisionNetwork(FIG6._replace(steps=0), "own", SMALL.chain, "ce"),
        "steps of a vision network: expected a whole number >= 1, got 0",
    ),
    "seed": (
        lambda: SMALL.init(-1),
        "rng of the initial weights: expected a numpy.random.Generator or a seed >= 0, got int -1",
    ),
    "seed of masks": (
        lambda: SMALL.masks(0, B),  # type: ignore[arg-type]
        f"rng of small-liaf, {SOURCE}: expected a numpy.random.Generator, got int 0",
    ),
    "masks of nobody": (
        lambda: SMALL.masks(np.random.default_rng(0), 0),
        f"batch of small-liaf, {SOURCE}: expected a whole number >= 1, got 0",
    ),
    "statistics of integers, and of no norm": (
        lambda: SMALL.running("int8"),
        f"dtype of small-liaf, {SOURCE}: expected dtype float32, float64, longdouble or complex",
    ),
    "frames of another size": (
        forward(frames=OTHER),
        f"X of {SOURCE}: expected shape (B, T, 8, 8, 2), got shape (2, 3, 4, 4, 2)",
    ),
    "frames of counts": (
        forward(frames=FRAMES.astype(int)),
        f"X of {SOURCE}: expected dtype float32, float64, longdouble or complex, got int64",
    ),
    "no frames": (forward(frames=FRAMES[:, :0]), "expected B >= 1 and T >= 1, got shape (2, 0, 8"),
    "unknown parameter": (forward(W=np.ones(1, np.float32)), "unknown: W"),
    "spoilt parameter": (
        lambda: SMALL.forward(params(SMALL) | {"out.b": np.full(3, np.nan, np.float32)}, FRAMES),
        f"out.b of {SOURCE}: expected finite values, got nan at index (0,)",
    ),
    "mask of another batch": (
        forward(given={"drop1.M": np.ones((1, 1, 16), np.float32)}),
        f"given['drop1.M'] of {SOURCE}: expected shape (2, 1, 16), got shape (1, 1, 16)",
    ),
    "statistics of another network": (
        forward(given=TINY.running()),
        f"given of {SOURCE}: expected drop1.M; unknown: 'norm1.m'",
    ),
    "statistics with a gap": (
        forward(TINY, OTHER, {k: v for k, v in TINY.running().items() if k != "norm3.v"}),
        "given of Table VIII: expected norm3.v beside its companion, got none",
    ),
    "dlogits of other classes": (
        backward(np.zeros((B, 4), np.float32)),
        f"dlogits of small-liaf, {SOURCE} (backward): expected shape (2, 3), got shape (2, 4)",
    ),
    "dlogits in double": (
        backward(np.zeros((B, 3))),
        "(backward): expected dtype float32 like the parameters, got float64",
    ),
    "tape of another network": (
        lambda: SMALL.backward(np.zeros((B, 3), np.float32), tape(TINY, OTHER)),
        f"tape of {SOURCE} (backward): expected its own, got that of Table VIII",
    ),
    "followed without statistics": (
        lambda: TINY.follow({}, tape(TINY, OTHER)),
        "running statistics of tiny-liaf, Table VIII: expected norm1.m, norm1.v, norm2.m",
    ),
    "followed no mapping": (
        lambda: TINY.follow(None, tape(TINY, OTHER)),  # type: ignore[arg-type]
        "in a mapping; got NoneType None",
    ),
    "followed another network": (
        lambda: TINY.follow(TINY.running(), tape(SMALL, FRAMES)),
        f"tape of Table VIII (backward): expected its own, got that of {SOURCE}",
    ),
    "followed in evaluation": (
        lambda: TINY.follow(TINY.running(), tape(TINY, OTHER, TINY.running())),
        "expected that of a pass in training, got one that was given m and v",
    ),
    "network": (
        lambda: named("mnist-dvs-gru"),
        "network of the paper: expected one of babi-liaf, babi-lif",
    ),
    "frugal Fig. 5": (
        lambda: named("babi-liaf", Frugal),
        "chain of Fig. 5: expected it left out: two branches are no row of layers",
    ),
    "frugal without a state": (
        lambda: named("mnist-dvs-conv2d", Frugal),
        f"parts of {SOURCE}: expected a layer with dynamics, whose potentials are kept, got none",
    ),
}


@pytest.mark.parametrize(("call", "message"), BAD.values(), ids=BAD)
def test_a_wrong_guest_is_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(InputError) as refused:
        call()
    assert message in str(refused.value)
