"""The operations of a case as data: arrays, shapes and options of each, and of each optimizer.

A shape is a text of sizes, written as jaxtyping writes them: ``"B T *S L"``.  A capital letter is
a size of the input, ``*S`` any number of sizes, and ``*P`` the windows that fit in them
(:class:`Windows`).  A word is an option of the node, ``*kernel`` one with a number for each axis.
``4L`` and ``HWL`` are products; ``sum(K)`` is the sum over all inputs.
:mod:`liaf_ref.oracle.shapes` turns the texts into sizes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

# What an option without a list of values takes.
SIZE, NUMBER = "a positive integer", "a number"
SIZES, PADDING = "a positive integer for each axis", "a pair for each axis: zeros before and after"


@dataclass(frozen=True)
class Option:
    """Something that a node lets one choose: its values, listed or in words, and the usual one."""

    values: tuple[Any, ...] | str
    default: Any = None  # what the specification of a case need not say; None: it has to


@dataclass(frozen=True)
class Choice:
    """A shape by the value of an option; None where the array is absent."""

    option: str
    shapes: Mapping[Any, str | None]


@dataclass(frozen=True)
class Windows:
    """The options that say how windows lie over the axes ``*S``; ``*P`` counts the windows."""

    size: str
    stride: str = "stride"
    pad: str | None = None


Shape: TypeAlias = str | Choice
Arrays: TypeAlias = Mapping[str, Shape]


@dataclass(frozen=True)
class Op:
    """One operation."""

    about: str
    input: str  # the shape of each input
    traces: Arrays  # what the forward pass gives, in the order it is computed
    output: str = "Y"  # the trace that the next node takes
    num_inputs: int | None = 1  # None: any number
    parameters: Arrays = field(default_factory=dict)
    states: Arrays = field(default_factory=dict)
    constants: Arrays = field(default_factory=dict)  # given and not differentiated
    adjoints: Arrays = field(default_factory=dict)  # per step, in the backward pass
    options: Mapping[str, Option] = field(default_factory=dict)
    windows: Windows | None = None
    target: str | None = None  # the shape of ``in/y``: the operation is a loss
    index_limit: str | None = None  # the integers that it reads are below this size


@dataclass(frozen=True)
class Optimizer:
    """An optimizer: its options with their defaults, and what it keeps for each parameter."""

    about: str
    defaults: Mapping[str, float | None]  # None: a case has to give it
    states: tuple[str, ...]


ACTIVATIONS = ("identity", "relu", "selu", "tanh", "sigmoid")
AXES: Mapping[str, tuple[int, ...]] = {  # by the name of what has mean and variance in common
    "HWL": (-3, -2, -1),
    "L": (-1,),
    "BTHW": (0, 1, 2, 3),
    "BHW": (0, 2, 3),
    "BT": (0, 1),
    "B": (0,),
}

_BIAS = Choice("bias", {True: "units", False: None})
_SHARED = Choice("sharing", {"all": "1", "channel": "L", "non": "*S L"})
_NORMALIZED = Choice("axes", {"HWL": "*S L", "L": "L"})
_RUNNING = Choice("statistics", {"batch": "L", "running": None})
_BIAS_OPTION = Option((True, False), True)
_EPS_OPTION = Option(NUMBER, 1e-3)
_POOL_OPTIONS = {"size": Option(SIZES), "stride": Option(SIZES)}

LOSSES: Mapping[str, Op] = {
    "softmax_ce": Op(
        "mean cross-entropy over the batch, in nats",
        "B C",
        {"loss": ""},
        "loss",
        target="B",
        index_limit="C",
    ),
    "softmax_bce": Op(
        "binary cross-entropy of the softmax, mean over batch and classes",
        "B C",
        {"loss": ""},
        "loss",
        target="B",
        index_limit="C",
    ),
    "sigmoid_bce": Op(
        "binary cross-entropy of the sigmoids, mean over batch and classes",
        "B C",
        {"loss": ""},
        "loss",
        target="B",
        index_limit="C",
    ),
    "mse": Op(
        "squared error to the one-hot class, mean over batch and classes",
        "B C",
        {"loss": ""},
        "loss",
        target="B",
        index_limit="C",
    ),
}
OPS: Mapping[str, Op] = {
    "dense": Op(
        "(2): `I = X W + b`",
        "*A K",
        {"I": "*A units"},
        "I",
        parameters={"W": "K units", "b": _BIAS},
        options={"units": Option(SIZE), "bias": _BIAS_OPTION},
    ),
    "embedding": Op(
        "row of `E` for each token",
        "*A",
        {"Y": "*A width"},
        parameters={"E": "tokens width"},
        options={"tokens": Option(SIZE), "width": Option(SIZE)},
        index_limit="tokens",
    ),
    "neuron": Op(
        "(3)–(8): LIAF; LIF if `act` is *spike*",
        "B T *S L",
        dict.fromkeys("UFRVY", "B T *S L"),
        parameters=dict.fromkeys(("v_th", "v_reset", "alpha", "beta"), _SHARED),
        states={"V": "B *S L"},
        adjoints={"dU": "B T *S L", "dV": "B T *S L"},
        options={
            "act": Option((*ACTIVATIONS, "spike"), "identity"),
            "mode": Option(("TR", "NTR"), "TR"),
            "sharing": Option(("all", "channel", "non"), "channel"),
            "mu": Option(NUMBER, 0.5),
            "reset": Option(("paper", "detached"), "paper"),
        },
    ),
    "rnn": Op(
        "first line of (14); its input is the drive of a `dense` node",
        "B T L",
        {"c": "B T L", "Y": "B T L"},
        parameters={"U": "L L"},
        states={"c": "B L"},
        adjoints={"dA": "B T L"},
    ),
    "lstm": Op(
        "(15); gates in the order f, i, o, c̃",
        "B T 4L",
        {"h": "B T L", "c": "B T L", "Y": "B T L"},
        parameters={"U": "L 4L"},
        states={"h": "B L", "c": "B L"},
        adjoints={"dA": "B T 4L"},
    ),
    "gru": Op(
        "(16) as printed; gates in the order z, r, h̃",
        "B T 3L",
        {"h": "B T L", "Y": "B T L"},
        parameters={"U": "L 3L"},
        states={"h": "B L"},
        adjoints={"dA": "B T 3L"},
    ),
    "conv": Op(
        "(2): `I = X * W + b` over H and W",
        "B T *S K",
        {"I": "B T *P units"},
        "I",
        parameters={"W": "*kernel K units", "b": _BIAS},
        options={
            "units": Option(SIZE),
            "kernel": Option(SIZES, (3, 3)),
            "stride": Option(SIZES, (1, 1)),
            "pad": Option(PADDING, ((1, 1), (1, 1))),
            "bias": _BIAS_OPTION,
        },
        windows=Windows("kernel", pad="pad"),
    ),
    "conv3d": Op(
        "Table II: `I = X * W + b` over T, H and W",
        "B *S K",
        {"I": "B *P units"},
        "I",
        parameters={"W": "*kernel K units", "b": _BIAS},
        options={
            "units": Option(SIZE),
            "kernel": Option(SIZES, (3, 3, 3)),
            "stride": Option(SIZES, (1, 1, 1)),
            "pad": Option(PADDING, ((1, 1), (1, 1), (1, 1))),
            "bias": _BIAS_OPTION,
        },
        windows=Windows("kernel", pad="pad"),
    ),
    "convlstm": Op(
        "(15); its input is the drive of a `conv` node; same padding for h; gates as for `lstm`",
        "B T H W 4L",
        {"h": "B T H W L", "c": "B T H W L", "Y": "B T H W L"},
        parameters={"U": "*kernel L 4L"},
        states={"h": "B H W L", "c": "B H W L"},
        adjoints={"dA": "B T H W 4L"},
        options={"kernel": Option(SIZES, (3, 3))},
    ),
    "average_pool": Op(
        "mean of each window",
        "B T *S K",
        {"Y": "B T *P K"},
        options=_POOL_OPTIONS,
        windows=Windows("size"),
    ),
    "max_pool": Op(
        "maximum of each window; the gradient goes to the first maximum in row-major order",
        "B T *S K",
        {"Y": "B T *P K"},
        options=_POOL_OPTIONS,
        windows=Windows("size"),
    ),
    "layer_norm": Op(
        "`gamma (x - m) / sqrt(v + eps) + b` in each step of each sample",
        "B T *S L",
        {"Y": "B T *S L"},
        parameters={"gamma": _NORMALIZED, "b": _NORMALIZED},
        options={"axes": Option(("HWL", "L"), "HWL"), "eps": _EPS_OPTION},
    ),
    "batch_norm": Op(
        "as `layer_norm`, but for each channel; `m v` are running statistics",
        "B T *S L",
        {"Y": "B T *S L", "m": _RUNNING, "v": _RUNNING},
        parameters={"gamma": "L", "b": "L"},
        constants={"m": "L", "v": "L"},
        options={
            "axes": Option(("BTHW", "BHW", "BT", "B"), "BTHW"),
            "eps": _EPS_OPTION,
            "statistics": Option(("batch", "running"), "batch"),
            "momentum": Option(NUMBER, 0.1),
        },
    ),
    "dropout": Op(
        "`X M`",
        "*A",
        {"Y": "*A"},
        constants={"M": "*A"},
        options={"keep": Option(NUMBER, 0.5)},
    ),
    "act": Op(
        "an elementwise activation",
        "*A",
        {"Y": "*A"},
        options={"act": Option(ACTIVATIONS, "relu")},
    ),
    "flatten": Op("H, W and L as one axis, row-major", "*A H W L", {"Y": "*A HWL"}),
    "last": Op("last step", "B T *S", {"Y": "B *S"}),
    "mean": Op("mean over time", "B T *S", {"Y": "B *S"}),
    "concat": Op("concatenation along the last axis", "*A K", {"Y": "*A sum(K)"}, num_inputs=None),
    **LOSSES,
}

_MOMENTS = {"lr": None, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0.0}
OPTIMIZERS: Mapping[str, Optimizer] = {
    "sgd": Optimizer(
        "`g += weight_decay p`; `velocity = momentum velocity + g`; `p -= lr velocity`",
        {"lr": None, "momentum": 0.0, "weight_decay": 0.0},
        ("velocity",),
    ),
    "adam": Optimizer(
        "`g += weight_decay p`; `m = beta1 m + (1 - beta1) g`; `v = beta2 v + (1 - beta2) g²`; "
        "`p -= lr m̂ / (√v̂ + eps)` with `m̂ = m / (1 - beta1^t)`, `v̂ = v / (1 - beta2^t)`",
        _MOMENTS,
        ("m", "v"),
    ),
    "adamw": Optimizer(
        "as `adam`, but with `p -= lr weight_decay p` instead of `g += weight_decay p`",
        _MOMENTS,
        ("m", "v"),
    ),
}
