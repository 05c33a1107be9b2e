"""The operations of a case as data: arrays, shapes, options and rules, and the optimizers.

A shape is a text of sizes, written as jaxtyping writes them: ``"B T *S L"``.  A capital letter is
a size of the input, ``*S`` any number of sizes, and ``*P`` the windows that fit in them.  A word
is an option of the node, ``*kernel`` one with a number for each axis.  ``4L`` and ``HWL`` are
products; ``sum(K)`` is the sum over all inputs.
:mod:`liaf_ref.oracle.shapes` turns the texts into sizes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

# What an option without a list of values takes.
SIZE, NUMBER = "a positive integer", "a number"
SIZES, PADDING = "a positive integer for each axis", "a pair for each axis: zeros before and after"


class Option(NamedTuple):
    """Something that a node lets one choose: its values, listed or in words, and the usual one."""

    values: tuple[Any, ...] | str
    default: Any = None  # what the specification of a case need not say; None: it has to


class Choice(NamedTuple):
    """A shape by the value of an option; None where the array is absent."""

    option: str
    shapes: Mapping[Any, str | None]


class Rule(NamedTuple):
    """What a right backend computes, and where."""

    # ``when`` has alternatives, joined by " or ", of words that must all be true of a node and its
    # case: an operation, ``option=value``, or a word of :mod:`liaf_ref.oracle.specification`.
    text: str  # Markdown
    source: str = ""  # an equation's number, or empty: a decision of docs/reference/decisions.md
    when: str = ""  # empty: the operation of the row
    section: str = ""  # empty: that of the row


Shape: TypeAlias = str | Choice
Arrays: TypeAlias = Mapping[str, Shape]


@dataclass(frozen=True)
class Op:
    """One operation."""

    about: str  # also the first of its rules
    input: str  # the shape of each input
    traces: Arrays  # what the forward pass gives, in the order it is computed
    source: str = ""  # as of a rule
    section: str = "Dropout, readouts and shapes"  # of the specification
    rules: tuple[Rule, ...] = ()
    num_inputs: int | None = 1  # None: any number
    parameters: Arrays = field(default_factory=dict)
    states: Arrays = field(default_factory=dict)
    constants: Arrays = field(default_factory=dict)  # given and not differentiated
    adjoints: Arrays = field(default_factory=dict)  # per step, in the backward pass
    options: Mapping[str, Option] = field(default_factory=dict)
    windows: str | None = None  # that lie over ``*S``: the option with their size
    target: str | None = None  # the shape of ``in/y``: the operation is a loss
    index_limit: str | None = None  # the integers that it reads are below this size

    @property
    def described(self) -> str:
        """What it is about, and its equation."""
        return f"{self.source}: {self.about}" if self.source else self.about

    @cached_property
    def num_gates(self) -> int:
        """How many gates are side by side on the last axis of the input."""
        return int(re.findall(r"(\d*)\w$", self.input)[0] or 1)

    @property
    def output(self) -> str:
        """The trace that the next node takes."""
        return "Y" if "Y" in self.traces else next(iter(self.traces))


class Optimizer(NamedTuple):
    """An optimizer, and its options with their defaults."""

    about: str
    defaults: Mapping[str, float | None]  # None: a case has to give it


ACTIVATIONS = ("identity", "relu", "selu", "tanh", "sigmoid")


def norm_axes(axes: str, ndim: int) -> tuple[int, ...]:
    """The axes with one mean and variance: ``HWL`` are all of a step, of a plane or of a line."""
    if axes == "HWL":
        return tuple(range(2, ndim))
    return tuple(-1 if letter == "L" else "BTHW".index(letter) for letter in axes)


_BIAS = Choice("bias", {True: "units", False: None})
_SHARED = Choice("sharing", {"all": "1", "channel": "L", "non": "*S L"})
_NORMALIZED = Choice("axes", {"HWL": "*S L", "L": "L"})
_RUNNING = Choice("statistics", {"batch": "L", "running": None})
_BIAS_OPTION = Option((True, False), True)
_EPS_OPTION = Option(NUMBER, 1e-3)
_SHARING_OPTION = Option(("all", "channel", "non"), "channel")


def _convolution(about: str, lead: str, ndim: int, source: str, *rules: Rule) -> Op:
    return Op(
        about,
        f"{lead} *S K",
        {"I": f"{lead} *P units"},
        source,
        "Convolution",
        rules,
        parameters={"W": "*kernel K units", "b": _BIAS},
        options={
            "units": Option(SIZE),
            "kernel": Option(SIZES, (3,) * ndim),
            "stride": Option(SIZES, (1,) * ndim),
            "pad": Option(PADDING, ((1, 1),) * ndim),
            "bias": _BIAS_OPTION,
        },
        windows="kernel",
    )


def _cell(about: str, states: str, gates: str, source: str, plane: str = "", **more: Any) -> Op:
    return Op(
        about,
        f"B T {plane}{gates}",
        dict.fromkeys((*states, "Y"), f"B T {plane}L"),
        source,
        "Recurrent layers",
        parameters={"U": f"{'*kernel ' if plane else ''}L {gates}"},
        states=dict.fromkeys(states, f"B {plane}L"),
        adjoints={"dA": f"B T {plane}{gates}"},
        **more,
    )


def _pool(about: str, **more: Any) -> Op:
    return Op(
        about,
        "B T *S K",
        {"Y": "B T *P K"},
        section="Pooling",
        options={"size": Option(SIZES), "stride": Option(SIZES)},
        windows="size",
        **more,
    )


def _loss(about: str) -> Op:
    return Op(about, "B C", {"loss": ""}, section="Losses", target="B", index_limit="C")


_SYNAPSES, _NORMS = "Dense layers and embeddings", "Normalisation"
_BATCH, _NORM = "statistics=batch", "layer_norm or batch_norm"
_WITH_RESET, _LIF = "neuron reset=paper", "neuron act=spike"

LOSSES: Mapping[str, Op] = {
    "softmax_ce": _loss(
        "cross-entropy of the softmax, in nats, mean over the batch, without overflow"
    ),
    "softmax_bce": _loss(
        "binary cross-entropy of the softmax, mean over batch and classes; 0 for a single class"
    ),
    "sigmoid_bce": _loss("binary cross-entropy of the sigmoids, mean over batch and classes"),
    "mse": _loss("squared error to the one-hot class, mean over batch and classes"),
}
_NEURON_FORWARD = (
    Rule("$U^t = I^t + V^{t-1}$", "(3)"),
    Rule("$F^t = 1$ where $U^t > V_{th}$, and 0 where $U^t < V_{th}$.", "(4)"),
    Rule("$F^t = 1$ where $U^t = V_{th}$.", "(4)", "ties"),
    Rule("$R^t = F^t V_{reset} + (1 - F^t) U^t$", "(5)"),
    Rule(r"$V^t = \alpha R^t + \beta$: the leak follows the reset, and $\beta$ the leak.", "(6)"),
    Rule("LIF: $Y^t = F^t$, in both modes.", "(7)", _LIF),
    Rule(r"LIAF, TR: $Y^t = \mathrm{Act}(U^t - V_{th})$.", "(8)", "analog mode=TR"),
    Rule(r"LIAF, NTR: $Y^t = \mathrm{Act}(U^t)$.", "(8)", "analog mode=NTR"),
    Rule("The first step starts from the given $V^0$ of each sample and neuron."),
    Rule("All-Sharing: all neurons of the layer have one parameter.", "II-B", "sharing=all"),
    Rule("Channel-Sharing: all positions of a channel have one.", "II-B", "sharing=channel"),
    Rule("Non-Sharing: each neuron has its own.", "II-B", "sharing=non"),
    Rule("The parameters are any real numbers; nothing is clipped."),
)
_NEURON_BACKWARD = (
    Rule(r"$dz^t = dY^t\,\mathrm{Act}'(z^t)$, where $z^t$ is the argument of Act.", "(7), (8)"),
    Rule(
        r"The spike has the slope 1 where $\lvert U^t - V_{th}\rvert < \mu$, and 0 elsewhere.",
        "(13)",
        f"{_WITH_RESET} or {_LIF}",
    ),
    Rule(r"It is 0 where $\lvert U^t - V_{th}\rvert = \mu$.", "(13)", "edges"),
    Rule("The output of LIF has this slope, also with a detached reset.", "(13)", _LIF),
    Rule(r"$dR^t = \alpha\,dV^t$, and $dF^t = dR^t (V_{reset} - U^t)$.", "(12)", _WITH_RESET),
    Rule(r"$dU^t = (1 - F^t)\,dR^t + \bar\delta\,dF^t + dz^t$", "(12)", _WITH_RESET),
    Rule("Detached reset: the term with $dF^t$ is 0.", when="neuron reset=detached"),
    Rule("$dI^t = dU^t$, and $dV^{t-1} = dU^t$, through all steps.", "(12)"),
    Rule("The upstream gradient of $V^T$ is added at the last step.", when="VT"),
    Rule("The gradient of $V^0$ is returned."),
    Rule("$dV_{th}$ has the path through the reset (both modes) and the output (LIF and TR)."),
    Rule(r"$dV_{reset} = \sum_t F^t\,dR^t$"),
    Rule(r"$d\alpha = \sum_t R^t\,dV^t$, and $d\beta = \sum_t dV^t$."),
    Rule("The gradient of a parameter is summed over batch and neurons that share it."),
)
OPS: Mapping[str, Op] = {
    "dense": Op(
        "`I = X W + b`",
        "*A K",
        {"I": "*A units"},
        "(2)",
        _SYNAPSES,
        (Rule("A layer without bias has no b.", when="dense bias=False"),),
        parameters={"W": "K units", "b": _BIAS},
        options={"units": Option(SIZE), "bias": _BIAS_OPTION},
    ),
    "embedding": Op(
        "row of `E` for each token; gradients of a repeated token are added",
        "*A",
        {"Y": "*A width"},
        section=_SYNAPSES,
        parameters={"E": "tokens width"},
        options={"tokens": Option(SIZE), "width": Option(SIZE)},
        index_limit="tokens",
    ),
    "neuron": Op(
        "LIAF; LIF if `act` is *spike*",
        "B T *S L",
        dict.fromkeys("UFRVY", "B T *S L"),
        "(3)–(8)",
        "Neuron, forward",
        rules=(
            *_NEURON_FORWARD,
            *(rule._replace(section="Neuron, backward") for rule in _NEURON_BACKWARD),
        ),
        parameters=dict.fromkeys(("v_th", "v_reset", "alpha", "beta"), _SHARED),
        states={"V": "B *S L"},
        adjoints={"dU": "B T *S L", "dV": "B T *S L"},
        options={
            "act": Option((*ACTIVATIONS, "spike"), "identity"),
            "mode": Option(("TR", "NTR"), "TR"),
            "sharing": _SHARING_OPTION,
            "mu": Option(NUMBER, 0.5),
            "reset": Option(("paper", "detached"), "paper"),
        },
    ),
    "current": Op(
        "synaptic current: `I = decay I + X`, I of the step before",
        "B T *S L",
        {"I": "B T *S L"},
        section="Synaptic current",
        rules=(Rule("The decay, the input and the initial current have gradients."),),
        parameters={"decay": _SHARED},
        states={"I": "B *S L"},
        adjoints={"dI": "B T *S L"},
        options={"sharing": _SHARING_OPTION},
    ),
    "rnn": _cell(
        "RNN: $c_t = \\tanh(A_t + c_{t-1} U)$ is the output; a `dense` node computes $A_t$",
        "c",
        "L",
        "(14)",
    ),
    "lstm": _cell("LSTM, with gates in the order f, i, o, c̃", "hc", "4L", "(15)"),
    "gru": _cell(
        r"GRU as printed, with gates in the order z, r, h̃: the reset gate precedes $U_h$, and "
        r"$h = (1 - z) h + z \tilde h$",
        "h",
        "3L",
        "(16)",
    ),
    "conv": _convolution(
        "`I = X * W + b` over H and W, a correlation: the kernel is not flipped",
        "B T",
        2,
        "(2)",
        Rule("Gradients in X, W and b", when="conv or conv3d"),
        Rule("Any stride, of each axis", when="conv strided or conv3d strided"),
        Rule("Any padding with zeros, of each side", when="conv uneven or conv3d uneven"),
    ),
    "conv3d": _convolution("`I = X * W + b` over T, H and W", "B", 3, "Table II"),
    "convlstm": _cell(
        "ConvLSTM: the gates of `lstm`, without peephole connections; its input is the drive of a "
        "`conv` node; same padding for h, the odd zero of an even kernel behind",
        "hc",
        "4L",
        "(15)",
        "H W ",
        rules=(
            Rule("Initial and final states have gradients.", when="rnn or gru or lstm or convlstm"),
        ),
        options={"kernel": Option(SIZES, (3, 3))},
    ),
    "average_pool": _pool("mean of each window; entries that fill no whole window are dropped"),
    "max_pool": _pool(
        "maximum of each window",
        rules=(
            Rule("The first of equal maxima, row by row, has the gradient.", when="equal_maxima"),
        ),
    ),
    "layer_norm": Op(
        "`gamma (x - m) / sqrt(v + eps) + b` in each step of each sample, over (H, W, L) or L",
        "B T *S L",
        {"Y": "B T *S L"},
        section=_NORMS,
        parameters={"gamma": _NORMALIZED, "b": _NORMALIZED},
        options={"axes": Option(("HWL", "L"), "HWL"), "eps": _EPS_OPTION},
    ),
    "batch_norm": Op(
        "as `layer_norm`, but for each channel; `m v` are running statistics",
        "B T *S L",
        {"Y": "B T *S L", "m": _RUNNING, "v": _RUNNING},
        section=_NORMS,
        rules=(
            Rule("By the statistics of the batch; without T in the axes, of a step", when=_BATCH),
            Rule("Running mean and unbiased variance; momentum weighs the batch.", when=_BATCH),
            Rule("By the running statistics", when="statistics=running"),
            Rule("eps is added to the variance; both statistics are differentiated.", when=_NORM),
        ),
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
        "`X M`, forward and backward: the mask, usually of 0 and 1 / `keep`, is given",
        "*A",
        {"Y": "*A"},
        constants={"M": "*A"},
        options={"keep": Option(NUMBER, 0.5)},
    ),
    "act": Op(
        "an elementwise activation",
        "*A",
        {"Y": "*A"},
        section="Activations",
        rules=(
            Rule("identity", when="neuron act=identity"),
            Rule("ReLU", when="act=relu"),
            Rule("The slope at 0 is that from below: of ReLU 0.", when="act=relu mode=TR ties"),
            Rule("SELU, with constants of full precision, without overflow", when="act=selu"),
            Rule("tanh", when="act=tanh"),
            Rule("sigmoid, without overflow", when="act=sigmoid"),
        ),
        options={"act": Option(ACTIVATIONS, "relu")},
    ),
    "flatten": Op("H, W and L as one axis, row-major", "*A H W L", {"Y": "*A HWL"}),
    "last": Op("last step", "B T *S", {"Y": "B *S"}),
    "mean": Op("mean over time", "B T *S", {"Y": "B *S"}),
    "concat": Op(
        "concatenation along the last axis; the gradient is split",
        "*A K",
        {"Y": "*A sum(K)"},
        num_inputs=None,
    ),
    **LOSSES,
}

STATEFUL = tuple(op for op in OPS if OPS[op].states)

_MOMENTS = {"lr": None, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0.0}
OPTIMIZERS: Mapping[str, Optimizer] = {
    "sgd": Optimizer(
        "SGD: `g += weight_decay p`; `velocity = momentum velocity + g`; `p -= lr velocity`",
        {"lr": None, "momentum": 0.0, "weight_decay": 0.0},
    ),
    "adam": Optimizer(
        "Adam: `g += weight_decay p`; `m = beta1 m + (1 - beta1) g`; "
        "`v = beta2 v + (1 - beta2) g²`; `p -= lr m̂ / (√v̂ + eps)` with `m̂ = m / (1 - beta1^t)`, "
        "`v̂ = v / (1 - beta2^t)`",
        _MOMENTS,
    ),
    "adamw": Optimizer(
        "AdamW: as `adam`, but with `p -= lr weight_decay p` instead of `g += weight_decay p`",
        _MOMENTS,
    ),
}
