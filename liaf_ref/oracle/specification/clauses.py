"""The clauses: what a backend has to compute, and which cases have it computed."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from liaf_ref.oracle.case import BPTT, Node

if TYPE_CHECKING:
    from liaf_ref.oracle.golden import GoldenCase

VERSION = "1.1"
SECTIONS = (
    "Answer",
    "Neuron, forward",
    "Neuron, backward",
    "Activations",
    "Dense layers and embeddings",
    "Convolution",
    "Recurrent layers",
    "Pooling",
    "Normalisation",
    "Dropout, readouts and shapes",
    "Losses",
    "Training",
    "Sequences in chunks",
)

Applies: TypeAlias = "Callable[[GoldenCase], bool]"


class Clause(NamedTuple):
    """One requirement, and whether a case has it computed."""

    section: int  # from 1
    text: str  # Markdown
    source: str  # an equation's number, or empty: a decision of docs/reference/decisions.md
    applies: Applies


def _nodes(op: str, **options: object) -> Applies:
    """Cases with a node of an operation, and with these options."""
    return lambda golden: any(_is(node, op, options) for node in golden.case.nodes)


def _is(node: Node, op: str, options: dict[str, object]) -> bool:
    return node.op == op and all(node.options[name] == value for name, value in options.items())


def _analog(**options: object) -> Applies:
    """Cases with a LIAF neuron and these options."""
    return lambda golden: any(
        _is(node, "neuron", options) and node.options["act"] != "spike"
        for node in golden.case.nodes
    )


def _either(*conditions: Applies) -> Applies:
    return lambda golden: any(applies(golden) for applies in conditions)


def _both(*conditions: Applies) -> Applies:
    return lambda golden: all(applies(golden) for applies in conditions)


def _counted(name: str) -> Applies:
    """Exact cases in which something happens at least once, such as a tie."""
    return lambda golden: bool(golden.metadata.get(name))


def _option(op: str, name: str, holds: Callable[[Any], bool]) -> Applies:
    return lambda golden: any(
        node.op == op and holds(node.options[name]) for node in golden.case.nodes
    )


def _optimizer(*names: str) -> Applies:
    return lambda golden: (golden.case.optimizer or {}).get("name") in names


def _given(suffix: str) -> Applies:
    return lambda golden: any(name.endswith(suffix) for name in golden.case)


def _in_chunks(*bptt: str) -> Applies:
    """Cases whose sequence is cut, for full or truncated BPTT."""
    return lambda golden: golden.case.chunks is not None and golden.case.chunks.bptt in bptt


def _is_shared(golden: "GoldenCase") -> bool:
    sources = [source for node in golden.case.nodes for source in node.inputs]
    return len(sources) > len(set(sources))


_every: Applies = lambda golden: True  # noqa: E731
_neuron, _conv = _nodes("neuron"), _either(_nodes("conv"), _nodes("conv3d"))
_window = _either(_nodes("neuron", reset="paper"), _nodes("neuron", act="spike"))
_gate = _either(_nodes("lstm"), _nodes("convlstm"))
_loss = _either(*(_nodes(op) for op in ("softmax_ce", "softmax_bce", "sigmoid_bce", "mse")))
_trained: Applies = lambda golden: golden.case.optimizer is not None  # noqa: E731

_CLAUSES: dict[str, tuple[tuple[str, str, Applies], ...]] = {
    "Answer": (
        ("The answer has every required array, and no array with an unknown name.", "", _every),
        ("Each array has the expected shape, and the dtype of the case.", "", _every),
        ("Each number is finite, and within the tolerance of its entry.", "", _every),
        ("Spikes are equal to the expected ones.", "(4)", _neuron),
        ("The arrays of the case are not modified.", "", _every),
        ("The same case gives the same answer, whatever was computed before.", "", _every),
    ),
    "Neuron, forward": (
        ("$U^t = I^t + V^{t-1}$", "(3)", _neuron),
        ("$F^t = 1$ where $U^t > V_{th}$, and 0 where $U^t < V_{th}$.", "(4)", _neuron),
        ("$F^t = 1$ where $U^t = V_{th}$.", "(4)", _counted("ties")),
        ("$R^t = F^t V_{reset} + (1 - F^t) U^t$", "(5)", _neuron),
        (
            "$V^t = \\alpha R^t + \\beta$: the leak follows the reset, and $\\beta$ the leak.",
            "(6)",
            _neuron,
        ),
        ("LIF: $Y^t = F^t$, in both modes.", "(7)", _nodes("neuron", act="spike")),
        ("LIAF, TR: $Y^t = \\mathrm{Act}(U^t - V_{th})$.", "(8)", _analog(mode="TR")),
        ("LIAF, NTR: $Y^t = \\mathrm{Act}(U^t)$.", "(8)", _analog(mode="NTR")),
        ("The first step starts from the given $V^0$ of each sample and neuron.", "", _neuron),
        (
            "All-Sharing: all neurons of the layer have one parameter.",
            "II-B",
            _nodes("neuron", sharing="all"),
        ),
        (
            "Channel-Sharing: all positions of a channel have one.",
            "II-B",
            _nodes("neuron", sharing="channel"),
        ),
        ("Non-Sharing: each neuron has its own.", "II-B", _nodes("neuron", sharing="non")),
        ("The parameters are any real numbers; nothing is clipped.", "", _neuron),
    ),
    "Neuron, backward": (
        (
            "$dz^t = dY^t\\,\\mathrm{Act}'(z^t)$, where $z^t$ is the argument of Act.",
            "(7), (8)",
            _neuron,
        ),
        (
            r"The spike has the slope 1 where $\lvert U^t - V_{th}\rvert < \mu$, and 0 elsewhere.",
            "(13)",
            _window,
        ),
        ("It is 0 where $\\lvert U^t - V_{th}\\rvert = \\mu$.", "(13)", _counted("edges")),
        (
            "The output of LIF has this slope, also with a detached reset.",
            "(13)",
            _nodes("neuron", act="spike"),
        ),
        (
            "$dR^t = \\alpha\\,dV^t$, and $dF^t = dR^t (V_{reset} - U^t)$.",
            "(12)",
            _nodes("neuron", reset="paper"),
        ),
        (
            "$dU^t = (1 - F^t)\\,dR^t + \\bar\\delta\\,dF^t + dz^t$",
            "(12)",
            _nodes("neuron", reset="paper"),
        ),
        ("Detached reset: the term with $dF^t$ is 0.", "", _nodes("neuron", reset="detached")),
        ("$dI^t = dU^t$, and $dV^{t-1} = dU^t$, through all steps.", "(12)", _neuron),
        ("The upstream gradient of $V^T$ is added at the last step.", "", _given("VT")),
        ("The gradient of $V^0$ is returned.", "", _neuron),
        (
            "$dV_{th}$ has the path through the reset, and that through the output (LIF and TR).",
            "",
            _neuron,
        ),
        ("$dV_{reset} = \\sum_t F^t\\,dR^t$", "", _neuron),
        ("$d\\alpha = \\sum_t R^t\\,dV^t$, and $d\\beta = \\sum_t dV^t$.", "", _neuron),
        (
            "The gradient of a parameter is summed over batch and neurons that share it.",
            "",
            _neuron,
        ),
    ),
    "Activations": (
        ("identity", "", _analog(act="identity")),
        ("ReLU", "", _either(_analog(act="relu"), _nodes("act", act="relu"))),
        (
            "The slope of ReLU is 0 at 0.",
            "",
            _both(_analog(act="relu", mode="TR"), _counted("ties")),
        ),
        (
            "SELU, with constants in the full precision of the dtype, without overflow",
            "",
            _either(_analog(act="selu"), _nodes("act", act="selu")),
        ),
        ("tanh", "", _either(_analog(act="tanh"), _nodes("act", act="tanh"))),
        (
            "sigmoid, without overflow",
            "",
            _either(_analog(act="sigmoid"), _nodes("act", act="sigmoid")),
        ),
    ),
    "Dense layers and embeddings": (
        ("$I = X W + b$, and its gradients in X, W and b", "(2)", _nodes("dense")),
        ("A layer without bias has no b.", "", _nodes("dense", bias=False)),
        (
            "An embedding: a row of E for each token; gradients of a repeated token are added.",
            "",
            _nodes("embedding"),
        ),
    ),
    "Convolution": (
        ("$I = X * W + b$ is a correlation: the kernel is not flipped.", "(2)", _conv),
        ("Gradients in X, W and b", "", _conv),
        (
            "Any stride, of each axis",
            "",
            _either(
                _option("conv", "stride", lambda s: max(s) > 1),
                _option("conv3d", "stride", lambda s: max(s) > 1),
            ),
        ),
        (
            "Any padding with zeros, of each side",
            "",
            _either(
                *(
                    _option(op, "pad", lambda pads: any(a != b for a, b in pads))
                    for op in ("conv", "conv3d")
                )
            ),
        ),
        ("Conv3D: the same over time, height and width", "Table II", _nodes("conv3d")),
    ),
    "Recurrent layers": (
        ("RNN: the first line of (14); $c_t$ is the output.", "(14)", _nodes("rnn")),
        ("LSTM, with gates in the order f, i, o, c̃", "(15)", _nodes("lstm")),
        (
            "GRU: the reset gate precedes $U_h$, and $h = (1 - z) h + z \\tilde h$.",
            "(16)",
            _nodes("gru"),
        ),
        ("ConvLSTM: the same gates, without peephole connections", "(15)", _nodes("convlstm")),
        (
            "Initial and final states have gradients.",
            "",
            _either(_nodes("rnn"), _nodes("gru"), _gate),
        ),
    ),
    "Pooling": (
        (
            "Average pooling; entries that fill no whole window are dropped.",
            "",
            _nodes("average_pool"),
        ),
        ("Maximum pooling", "", _nodes("max_pool")),
        (
            "Of equal maxima, the first in row-major order gets the gradient.",
            "",
            _counted("equal_maxima"),
        ),
    ),
    "Normalisation": (
        ("Layer normalisation over (H, W, L), or over L", "", _nodes("layer_norm")),
        (
            "Batch normalisation by the statistics of the batch, over the axes of the option",
            "",
            _nodes("batch_norm", statistics="batch"),
        ),
        (
            "Its running mean and unbiased running variance; momentum is the weight of the batch.",
            "",
            _nodes("batch_norm", statistics="batch"),
        ),
        (
            "Batch normalisation by running statistics",
            "",
            _nodes("batch_norm", statistics="running"),
        ),
        (
            "eps is added to the variance; mean and variance are differentiated.",
            "",
            _either(_nodes("layer_norm"), _nodes("batch_norm")),
        ),
    ),
    "Dropout, readouts and shapes": (
        ("Dropout multiplies by the given mask, forward and backward.", "", _nodes("dropout")),
        ("The last step, or the mean over time", "", _either(_nodes("last"), _nodes("mean"))),
        ("Flatten is row-major: rows, columns, channels.", "", _nodes("flatten")),
        ("Concatenation along the last axis; the gradient is split.", "", _nodes("concat")),
        (
            "Gradients of an array that is used twice are added.",
            "",
            _is_shared,
        ),
    ),
    "Losses": (
        (
            "Cross-entropy of the softmax, in nats, mean over the batch, without overflow",
            "",
            _nodes("softmax_ce"),
        ),
        (
            "Binary cross-entropy of the softmax, mean over batch and classes",
            "",
            _nodes("softmax_bce"),
        ),
        (
            "Binary cross-entropy of the sigmoids, mean over batch and classes",
            "",
            _nodes("sigmoid_bce"),
        ),
        ("Squared error to the one-hot class, mean over batch and classes", "", _nodes("mse")),
    ),
    "Training": (
        ("SGD with momentum and weight decay", "", _optimizer("sgd")),
        (
            "Adam with bias correction; weight decay is added to the gradient.",
            "",
            _optimizer("adam"),
        ),
        ("AdamW: weight decay is subtracted from the parameter.", "", _optimizer("adamw")),
        ("The parameters after one step, and the loss before each step", "", _trained),
    ),
    "Sequences in chunks": (
        (
            "The final states of a chunk are the initial states of the next.",
            "",
            _in_chunks(*BPTT),
        ),
        (
            "All chunks have the same parameters, and their gradients are added up.",
            "",
            _in_chunks(*BPTT),
        ),
        (
            "$V^T$ is the state after the last chunk, and $V^0$ the one before the first: their "
            "gradients belong to these chunks.",
            "",
            _in_chunks(*BPTT),
        ),
        (
            "Full BPTT: gradients pass from chunk to chunk, as in the whole sequence.",
            "",
            _in_chunks("full"),
        ),
        ("Truncated BPTT: no gradient passes between chunks.", "", _in_chunks("truncated")),
    ),
}


CLAUSES: dict[str, Clause] = {
    f"{section}.{number}": Clause(section, text, source, applies)
    for section, name in enumerate(SECTIONS, 1)
    for number, (text, source, applies) in enumerate(_CLAUSES[name], 1)
}


def count_cases(cases: "Iterable[GoldenCase]") -> dict[str, int]:
    """Count the cases that have each clause computed."""
    cases = tuple(cases)
    return {
        number: sum(clause.applies(golden) for golden in cases)
        for number, clause in CLAUSES.items()
    }
