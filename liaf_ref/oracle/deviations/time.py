"""Other recurrent layers, gradients through less than all of time, chunks, losses, optimizers."""

from collections.abc import Callable, Mapping
from functools import partial
from operator import matmul
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.oracle.deviations.deviation import Deviation, Edit, Table, result, row, rows
from liaf_ref.oracle.table.functions import relu, sigmoid, tanh
from liaf_ref.oracle.table.interpreter import in_spans, spans_of
from liaf_ref.oracle.table.layers import CELLS, Product, States, rnn, same, split
from liaf_ref.oracle.table.losses import sigmoid_bce, softmax_bce, softmax_ce
from liaf_ref.oracle.table.optimizers import adam, adamw, moments
from liaf_ref.oracle.table.tape import T, as_if, concat, gradient_of, path, stop, with_slope

Cell = Callable[..., States]
Wrap = Callable[[Cell], Cell]


def gru_reset_after(A: T, s: States, U: T, z: Any = None) -> States:
    """The reset gate follows the product: ``a_h = A_h + r (h U_h)``."""
    (Az, Ar, Ah), (Uz, Ur, Uh), h = split(A, 3), split(U, 3), s["h"]
    u, r = sigmoid(Az + h @ Uz), sigmoid(Ar + h @ Ur)
    return {"h": (1 - u) * h + u * tanh(Ah + r * (h @ Uh))}


def _reordered(*order: int) -> Wrap:
    """Gates stacked in another order, which leads to the cell's."""

    def parts(x: T) -> T:
        found = split(x, len(order))
        return concat([found[i] for i in order])

    return lambda cell: lambda A, s, U, z: cell(parts(A), s, parts(U), z)


def _scaled(cell: Cell, scales: tuple[float, ...], shifts: tuple[float, ...]) -> Cell:
    """Drive and recurrent weights scaled gate by gate, and shifted."""

    def run(A: T, s: States, U: T, z: Any = None) -> States:
        scale, shift = (T(np.repeat(w, U.shape[-2])) for w in (scales, shifts))
        return cell(A * scale + shift, s, U * scale, z)

    return run


def _z_for_one_minus_z(cell: Cell) -> Cell:
    return _scaled(cell, (-1.0, 1.0, 1.0), (0.0, 0.0, 0.0))


def hard_sigmoid(x: T) -> T:
    """``clip(0.2 x + 0.5, 0, 1)``."""
    y = 0.2 * x.v + 0.5
    return with_slope(x, np.clip(y, 0, 1), 0.2 * ((y > 0) & (y < 1)))


def _from_next_state(cell: Cell) -> Cell:
    """The gradient in the recurrent weights uses the state that the step leaves."""

    def run(A: T, s: States, U: T, z: Any = None) -> States:
        plain: Product = partial(same, z) if len(U.shape) > 2 else matmul
        found: States = {}

        def product(h: T, U: T) -> T:
            y = plain(h, stop(U))

            def back(g: Any) -> Any:
                after = stop(next(iter(found.values())))
                return gradient_of(lambda W: plain(after, W), U, g)

            return T(y.v, ((y, lambda g: g), (U, back)))

        found |= cell(A, s, U, z, product=product)
        return found

    return run


def _last_step_only(cell: Cell) -> Cell:
    return lambda A, s, U, z: cell(A, s, U if z.t == z.T - 1 else stop(U), z)


class Other(NamedTuple):
    """Another cell: its name after that of the operation, and the change."""

    name: str
    wrap: Wrap


Cells = Mapping[str, Other]  # by what they do
FROM_NEXT = "The gradient of the recurrent weights uses {0}^t instead of {0}^{{t-1}}."
RNN: Cells = {
    "The activation is ReLU instead of tanh.": Other(
        "with ReLU", lambda cell: partial(rnn, act=relu)
    ),
    FROM_NEXT.format("c"): Other("dU from the next state", _from_next_state),
}
GRU: Cells = {
    "The reset gate follows the product: a_h = A_h + r (h U_h).": Other(
        "GRU with reset_after (Keras, PyTorch)", lambda cell: gru_reset_after
    ),
    "z weights the old state: h = z h + (1 - z) h~, as in PyTorch and Keras.": Other(
        "GRU with z for 1 - z", _z_for_one_minus_z
    ),
    "reset_after, and z instead of 1 - z.": Other(
        "PyTorch GRU", lambda cell: _z_for_one_minus_z(gru_reset_after)
    ),
    "The first two gates are swapped: r, z, h, as in PyTorch.": Other(
        "GRU gates stacked r, z, h", _reordered(1, 0, 2)
    ),
    "reset_after, z instead of 1 - z, and gates in the order r, z, h.": Other(
        "PyTorch GRU, gates stacked r, z, h",
        lambda cell: _reordered(1, 0, 2)(_z_for_one_minus_z(gru_reset_after)),
    ),
}
LSTM: Cells = {
    "The order of PyTorch and Keras instead of the paper's f, i, o, c.": Other(
        "gates stacked i, f, c, o", _reordered(1, 0, 3, 2)
    ),
    "The gates i and f are swapped.": Other("gates stacked i, f, o, c", _reordered(1, 0, 2, 3)),
    "1 is added to the forget gate's argument.": Other(
        "forget bias", lambda cell: _scaled(cell, (1.0,) * 4, (1.0, 0.0, 0.0, 0.0))
    ),
    "The output is h = o c instead of h = o tanh(c).": Other(
        "without the output's tanh", lambda cell: partial(cell, output=lambda c: c)
    ),
    "The gates use clip(0.2 x + 0.5, 0, 1) instead of the sigmoid, as in Keras.": Other(
        "with hard sigmoid gates", lambda cell: partial(cell, gate=hard_sigmoid)
    ),
}
LSTM_GRADIENT: Cells = {
    FROM_NEXT.format("h"): Other("dU from the next state", _from_next_state),
}
LAST_STEP: Cells = {
    "The gradient of the recurrent weights is not summed over time.": Other(
        "dU of the last step only", _last_step_only
    ),
}


def _cells(op: str, title: str, cells: Cells) -> Table:
    """Other cells of an operation."""
    return {
        sentence: row(f"{title}{name}", Edit(f"cell:{op}", wrap))
        for sentence, (name, wrap) in cells.items()
    }


RECURRENT: tuple[Table, ...] = (
    *(_cells("gru", "", GRU), _cells("lstm", "LSTM ", LSTM), _cells("rnn", "RNN ", RNN)),
    _cells("lstm", "LSTM ", LSTM_GRADIENT),
    _cells("convlstm", "ConvLSTM ", {**LSTM, **LAST_STEP, **LSTM_GRADIENT}),
)

# In time: neurons and recurrent layers alike.
MAX_LISTED_K = 5  # of the catalog; others are tried where the steps of a case allow them


def _in_time(name: str, sentence: str, wrap: Callable[[Any], Any]) -> Table:
    """In all nodes with a state, in neurons alone, in recurrent layers alone."""
    neurons, cells = ([Edit(op, wrap) for op in ops] for ops in (("neuron",), CELLS))
    return {
        sentence: row(name, *neurons, *cells),
        f"{sentence}  Recurrent layers are correct.": row(f"{name}, in neurons", *neurons),
        f"{sentence}  Neurons are correct.": row(f"{name}, in recurrent layers", *cells),
    }


def _truncated(k: int) -> Table:
    """BPTT through k steps: in all nodes with a state, in neurons, in recurrent layers."""

    def detached(first: T, before: T, part: int, parts: int) -> T:
        return stop(before) if part else before

    def wrap(old: Any) -> Any:
        def run(z: SimpleNamespace, X: T, **o: Any) -> States:
            return in_spans(old, z, [X], o, spans_of(X.shape[1], k), detached)[0]

        return run

    return _in_time(
        f"truncated BPTT, k = {k}",
        f"No gradient flows from step {k + 1}, {2 * k + 1}, {3 * k + 1}, ... to the previous step.",
        wrap,
    )


def truncated_bptt(k: int) -> tuple[Deviation, ...]:
    """The same with their sentences."""
    return rows(_truncated(k))


def _detached(states: str) -> Callable[[Any], Any]:
    """The initial states before an operation, or the final ones after it, without a gradient."""

    def wrap(old: Any) -> Any:
        def run(z: SimpleNamespace, X: T, **options: Any) -> Any:
            z.states = {n: stop(s) if states == "initial" else s for n, s in z.states.items()}
            traces = old(z, X, **options)
            z.final = {n: stop(s) if states == "final" else s for n, s in z.final.items()}
            return traces

        return run

    return wrap


TRUNCATION: Table = {
    **{about: one for k in range(1, MAX_LISTED_K + 1) for about, one in _truncated(k).items()},
    **_in_time(
        "gradient of the final state missing",
        "The upstream gradient of V^T, or of a recurrent layer's final state, is dropped.",
        _detached("final"),
    ),
    **_in_time(
        "gradient of the initial state missing",
        "The gradient of V^0, or of a recurrent layer's initial state, is zero.",
        _detached("initial"),
    ),
}


# Chunks of a sequence that do not follow one another as the case says.
def _rule(name: str, rule: str, change: Callable[..., Any]) -> Deviation:
    return row(name, Edit(f"chunk {rule}", lambda old: change))


def _start(name: str, change: Callable[[T, T], T]) -> Deviation:
    """Another state at the start of a chunk, of the first and that of the chunk before."""
    return _rule(name, "start", lambda first, before, k, K: change(first, before) if k else before)


def _mixed(name: str, matrix: Callable[[int], Any]) -> Deviation:
    """The states of a chunk are ``matrix(B)`` times those of the chunk before."""

    def start(first: T, before: T) -> T:
        M, shape = T(matrix(before.shape[0])), before.shape
        return (M @ before.reshape(shape[0], -1)).reshape(*shape)

    return _start(name, start)


def _of_last_chunk(first: T, before: T, k: int, K: int) -> T:
    return (before if k else stop(first)) + path(first if k == K - 1 else stop(first))


NOT_PASSED = "state not passed to the next chunk: "
CHUNKS: Table = {
    "The gradient flows through the whole sequence, although the case says truncated BPTT.": _rule(
        "state not detached between chunks", "bptt", lambda bptt: "full"
    ),
    "No gradient flows from a chunk to the one before, although the case says full BPTT.": _rule(
        "state detached between chunks", "bptt", lambda bptt: "truncated"
    ),
    "Each chunk starts from the initial state of the case.": _start(
        f"{NOT_PASSED}the initial state of the case", lambda first, before: first
    ),
    "Each chunk starts from the initial state of the case, gradient of the first chunk.": _start(
        f"{NOT_PASSED}the initial state of the case, gradient of the first chunk",
        lambda first, before: stop(first),
    ),
    "Each chunk starts from zero.": _start(
        f"{NOT_PASSED}zero", lambda first, before: stop(0 * first)
    ),
    "A chunk of sample i starts from the final state of sample i - 1.": _mixed(
        "state passed to the next sample", lambda B: np.roll(np.eye(B), 1, axis=0)
    ),
    "A chunk of sample i starts from the final state of sample i + 1.": _mixed(
        "state passed to the previous sample", lambda B: np.roll(np.eye(B), -1, axis=0)
    ),
    "A chunk of every sample starts from the final state of the first sample.": _mixed(
        "state of the first sample passed to all", lambda B: np.eye(B)[np.zeros(B, int)]
    ),
    "The gradients of the other chunks are lost, as with zero_grad() before each chunk.": _rule(
        "parameter gradients of the last chunk only", "parameter", lambda k, K: float(k == K - 1)
    ),
    "The gradients of the other chunks are lost.": _rule(
        "parameter gradients of the first chunk only", "parameter", lambda k, K: float(k == 0)
    ),
    "The sum over chunks is divided by the number of chunks.": _rule(
        "parameter gradients averaged over chunks", "parameter", lambda k, K: 1 / K
    ),
    "The upstream gradient of V^T is used at the end of every chunk.": _rule(
        "gradient of the final state in every chunk", "final", lambda finals: finals
    ),
    "The gradient of V^0 is that of the last chunk's initial state.": _rule(
        "gradient of the initial state of the last chunk", "start", _of_last_chunk
    ),
    "The gradient of V^0 is the sum over the initial states of all chunks.": _start(
        "gradients of the initial states added", lambda first, before: before + path(first)
    ),
}

Factor = Callable[[int, int], float]


PER_CLASS = ("softmax_bce", "sigmoid_bce", "mse")
ALL, LOGARITHMS = ("softmax_ce", *PER_CLASS), ("softmax_ce", "softmax_bce", "sigmoid_bce")


def _loss(
    name: str, value: Factor, slope: Factor | None = None, ops: tuple[str, ...] = ALL
) -> Deviation:
    """The loss times a factor of the sizes of batch and classes, its gradient times another."""

    def change(L: T, Z: T, o: Any) -> T:
        return as_if(L * value(*Z.shape), L * (slope or value)(*Z.shape))

    return row(name, *(result(op, change) for op in ops))


def _per_class(name: str, value: Factor) -> Deviation:
    return _loss(name, value, ops=PER_CLASS)


LOSSES: Table = {
    "The loss and its gradient are sums over the batch.": _loss("loss summed", lambda B, C: B),
    "The loss is a mean over the batch, but its gradient is that of the sum.": _loss(
        "gradient of the summed loss", lambda B, C: 1, lambda B, C: B
    ),
    "The gradient of the loss is divided by the batch size twice.": _loss(
        "loss averaged twice", lambda B, C: 1, lambda B, C: 1 / B
    ),
    "The logarithm of the loss is to base 2.": _loss(
        "loss with log base 2", lambda B, C: 1 / np.log(2.0), ops=LOGARITHMS
    ),
    "The loss is summed over the classes and averaged over the batch.": _per_class(
        "loss summed over classes", lambda B, C: C
    ),
    "The loss is summed over the batch and the classes.": _per_class(
        "loss summed over batch and classes", lambda B, C: B * C
    ),
    "The squared error is multiplied by 1/2.": _loss(
        "squared error halved", lambda B, C: 0.5, ops=("mse",)
    ),
    "The loss is the categorical cross-entropy: only the true class counts.": row(
        "categorical for binary cross-entropy", softmax_bce=softmax_ce
    ),
    "The loss is the binary cross-entropy: every class counts.": row(
        "binary for categorical cross-entropy", softmax_ce=softmax_bce
    ),
    "The binary cross-entropy uses sigmoids instead of a softmax.": row(
        "sigmoids for the softmax", softmax_bce=sigmoid_bce
    ),
    "The binary cross-entropy uses a softmax instead of sigmoids.": row(
        "softmax for the sigmoids", sigmoid_bce=softmax_bce
    ),
}


def _adam(name: str, move: Callable[..., Any]) -> Deviation:
    """Adam and AdamW with another step, of both moments, the options and their corrections."""

    def step(p: Any, g: Any, s: Any, o: Any, t: int, coupled: bool) -> Any:
        decay = o["weight_decay"] * p
        m, v = moments(g + decay if coupled else g, s, o)
        moved = move(m, v, o["eps"], 1 - o["beta1"] ** t, 1 - o["beta2"] ** t)
        return p - o["lr"] * moved - (0 if coupled else o["lr"] * decay)

    return row(name, adam=partial(step, coupled=True), adamw=partial(step, coupled=False))


OPTIMIZERS: Table = {
    "The moments are not divided by 1 - beta^t.": _adam(
        "Adam without bias correction", lambda m, v, eps, c1, c2: m / (np.sqrt(v) + eps)
    ),
    "The denominator is sqrt(v + eps) instead of sqrt(v) + eps.": _adam(
        "Adam's eps inside the root", lambda m, v, eps, c1, c2: m / c1 / np.sqrt(v / c2 + eps)
    ),
    "eps is added to sqrt(v) before the bias correction.": _adam(
        "Adam's eps before the correction",
        lambda m, v, eps, c1, c2: np.sqrt(c2) / c1 * m / (np.sqrt(v) + eps),
    ),
    "Adam subtracts the weight decay from the parameter, as AdamW does.": row(
        "Adam's weight decay decoupled", adam=adamw
    ),
    "AdamW adds the weight decay to the gradient, as Adam does.": row(
        "AdamW's weight decay coupled", adamw=adam
    ),
}
