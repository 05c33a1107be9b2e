"""Other recurrent layers, gradients through less than all of time, chunks, losses, optimizers."""

from collections.abc import Callable, Mapping
from functools import partial
from operator import matmul
from types import SimpleNamespace
from typing import Any

import numpy as np

from liaf_ref.oracle.deviations.deviation import Deviation, Edit, Table, put, result
from liaf_ref.oracle.table.functions import relu, sigmoid, tanh
from liaf_ref.oracle.table.interpreter import in_spans, spans_of
from liaf_ref.oracle.table.layers import CELLS, Product, States, rnn, same, split
from liaf_ref.oracle.table.losses import sigmoid_bce, softmax_bce, softmax_ce
from liaf_ref.oracle.table.optimizers import adam, adamw, moments
from liaf_ref.oracle.table.tape import T, as_if, concat, gradient_of, path, stop, with_slope

Factor = Callable[[int, int], float]
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


Cells = Mapping[str, Wrap]  # other cells, by what they do
FROM_NEXT = "dU from the next state"
GRU: Cells = {
    "GRU with reset_after (Keras, PyTorch)": lambda cell: gru_reset_after,
    "GRU with z for 1 - z (Keras, PyTorch)": _z_for_one_minus_z,
    "PyTorch GRU, reset_after and z for 1 - z": lambda cell: _z_for_one_minus_z(gru_reset_after),
    "GRU gates stacked r, z, h": _reordered(1, 0, 2),
    "PyTorch GRU, gates stacked r, z, h": (
        lambda cell: _reordered(1, 0, 2)(_z_for_one_minus_z(gru_reset_after))
    ),
}
RNN: Cells = {
    "RNN with ReLU": lambda cell: partial(rnn, act=relu),
    f"RNN {FROM_NEXT}": _from_next_state,
}
LSTM: Cells = {
    "gates stacked i, f, c, o (Keras, PyTorch)": _reordered(1, 0, 3, 2),
    "gates stacked i, f, o, c": _reordered(1, 0, 2, 3),
    "forget gate with 1 added": lambda cell: _scaled(cell, (1.0,) * 4, (1.0, 0.0, 0.0, 0.0)),
    "without the output's tanh": lambda cell: partial(cell, output=lambda c: c),
    "with hard sigmoid gates (Keras)": lambda cell: partial(cell, gate=hard_sigmoid),
}


def _cells(op: str, cells: Cells, title: str = "") -> Table:
    """Other cells of an operation."""
    return {f"{title}{name}": Edit(f"cell:{op}", wrap) for name, wrap in cells.items()}


RECURRENT: Table = {
    **_cells("gru", GRU),
    **_cells("lstm", LSTM, "LSTM "),
    **_cells("rnn", RNN),
    **_cells("lstm", {FROM_NEXT: _from_next_state}, "LSTM "),
    **_cells(
        "convlstm",
        {**LSTM, "dU of the last step only": _last_step_only, FROM_NEXT: _from_next_state},
        "ConvLSTM ",
    ),
}

# In time: neurons and recurrent layers alike.
MAX_LISTED_K = 5  # of the catalog; others are tried where the steps of a case allow them


def _with_states(wrap: Wrap) -> tuple[Edit, ...]:
    """All operations that have a state."""
    return tuple(Edit(op, wrap) for op in ("neuron", *CELLS))


def truncated_bptt(k: int) -> Deviation:
    """BPTT through k steps."""

    def detached(first: T, before: T, part: int, parts: int) -> T:
        return stop(before) if part else before

    def wrap(old: Any) -> Any:
        def run(z: SimpleNamespace, X: T, **o: Any) -> States:
            return in_spans(old, z, [X], o, spans_of(X.shape[1], k), detached)[0]

        return run

    return Deviation(f"truncated BPTT, k = {k}", _with_states(wrap))


def _detached(states: str) -> Callable[[Any], Any]:
    """The initial states before an operation, or the final ones after it, without a gradient."""

    def wrap(old: Any) -> Any:
        def run(z: SimpleNamespace, X: T, **options: Any) -> Any:
            z.states = {n: stop(s) if states == "initial" else s for n, s in z.states.items()}
            traces = old(z, X, **options)
            z.final |= {n: stop(s) for n, s in z.final.items() if states == "final"}
            return traces

        return run

    return wrap


TRUNCATION: Table = {
    **{each.name: each.edits for each in map(truncated_bptt, range(1, MAX_LISTED_K + 1))},
    "gradient of the final state missing": _with_states(_detached("final")),
    "gradient of the initial state missing": _with_states(_detached("initial")),
}


# Chunks of a sequence that do not follow one another as the case says.
def _rule(rule: str, change: Callable[..., Any]) -> tuple[Edit, ...]:
    return put(**{f"chunk {rule}": change})


def _start(change: Callable[[T, T], T]) -> tuple[Edit, ...]:
    """Another state at the start of a chunk, of the first and that of the chunk before."""
    return _rule("start", lambda first, before, k, K: change(first, before) if k else before)


def _weight(weight: Factor) -> tuple[Edit, ...]:
    """The gradients of a chunk times a weight."""
    return _rule("parameter", lambda k, K: float(weight(k, K)))


def _samples(of: Callable[[Any], Any]) -> tuple[Edit, ...]:
    """The states of a chunk are those of other samples."""
    return _start(lambda first, before: before[of(np.arange(len(before.v)))])


def _of_last_chunk(first: T, before: T, k: int, K: int) -> T:
    return (before if k else stop(first)) + path(first if k == K - 1 else stop(first))


CHUNKS: Table = {
    "state not detached between chunks": _rule("bptt", lambda bptt: "full"),
    "state detached between chunks": _rule("bptt", lambda bptt: "truncated"),
    "each chunk from the initial state": _start(lambda first, before: first),
    "each chunk from the initial state, detached": _start(lambda first, before: stop(first)),
    "each chunk from zero": _start(lambda first, before: stop(0 * first)),
    "state passed to the next sample": _samples(lambda i: i - 1),
    "state passed to the previous sample": _samples(lambda i: i + 1 - len(i)),
    "state of the first sample passed to all": _samples(lambda i: 0 * i),
    "parameter gradients of the last chunk only": _weight(lambda k, K: k == K - 1),
    "parameter gradients of the first chunk only": _weight(lambda k, K: k == 0),
    "parameter gradients averaged over chunks": _weight(lambda k, K: 1 / K),
    "gradient of the final state in every chunk": _rule("final", lambda finals: finals),
    "gradient of the initial state of the last chunk": _rule("start", _of_last_chunk),
    "gradients of the initial states added": _start(lambda first, before: before + path(first)),
}

PER_CLASS = ("softmax_bce", "sigmoid_bce", "mse")
ALL, LOGARITHMS = ("softmax_ce", *PER_CLASS), ("softmax_ce", "softmax_bce", "sigmoid_bce")


def _loss(
    value: Factor, slope: Factor | None = None, ops: tuple[str, ...] = ALL
) -> tuple[Edit, ...]:
    """The loss times a factor of the sizes of batch and classes, its gradient times another."""

    def change(L: T, Z: T, o: Any) -> T:
        return as_if(L * value(*Z.shape), L * (slope or value)(*Z.shape))

    return tuple(result(op, change) for op in ops)


LOSSES: Table = {
    "loss summed": _loss(lambda B, C: B),
    "gradient of the summed loss": _loss(lambda B, C: 1, lambda B, C: B),
    "loss averaged twice in the gradient": _loss(lambda B, C: 1, lambda B, C: 1 / B),
    "loss with log base 2": _loss(lambda B, C: 1 / np.log(2.0), ops=LOGARITHMS),
    "loss summed over classes": _loss(lambda B, C: C, ops=PER_CLASS),
    "loss summed over batch and classes": _loss(lambda B, C: B * C, ops=PER_CLASS),
    "squared error halved": _loss(lambda B, C: 0.5, ops=("mse",)),
    "categorical for binary cross-entropy": put(softmax_bce=softmax_ce),
    "binary for categorical cross-entropy": put(softmax_ce=softmax_bce),
    "sigmoids for the softmax": put(softmax_bce=sigmoid_bce),
    "softmax for the sigmoids": put(sigmoid_bce=softmax_bce),
}


def _adam(move: Callable[..., Any]) -> tuple[Edit, ...]:
    """Adam and AdamW with another step, of both moments, the options and their corrections."""

    def step(p: Any, g: Any, s: Any, o: Any, t: int, coupled: bool) -> Any:
        decay = o["weight_decay"] * p
        m, v = moments(g + decay if coupled else g, s, o)
        moved = move(m, v, o["eps"], 1 - o["beta1"] ** t, 1 - o["beta2"] ** t)
        return p - o["lr"] * moved - (0 if coupled else o["lr"] * decay)

    return put(adam=partial(step, coupled=True), adamw=partial(step, coupled=False))


OPTIMIZERS: Table = {
    "Adam without bias correction": _adam(lambda m, v, eps, c1, c2: m / (np.sqrt(v) + eps)),
    "Adam's eps inside the root": _adam(lambda m, v, eps, c1, c2: m / c1 / np.sqrt(v / c2 + eps)),
    "Adam's eps before the correction": _adam(
        lambda m, v, eps, c1, c2: np.sqrt(c2) / c1 * m / (np.sqrt(v) + eps)
    ),
    "Adam's weight decay decoupled": put(adam=adamw),
    "AdamW's weight decay coupled": put(adamw=adam),
}
