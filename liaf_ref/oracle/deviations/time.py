"""Other recurrent layers, gradients through less than all of time, chunks, losses, optimizers."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np

from liaf_ref.oracle.deviations import deviation as edit
from liaf_ref.oracle.deviations.deviation import Deviation, Edits, Table, after, put, result, sees
from liaf_ref.oracle.opset import STATEFUL
from liaf_ref.oracle.table import interpreter, training
from liaf_ref.oracle.table.functions import relu
from liaf_ref.oracle.table.layers import CELLS, States, split
from liaf_ref.oracle.table.tape import T, as_if, concat, path, stack, stop, with_slope

Factor = Callable[[int, int], float]


# Edits of a cell, by the name of its operation.
def _reordered(op: str, *order: int) -> Edits:
    """Gates stacked in another order, which leads to the cell's."""

    def parts(x: T, *_: Any) -> T:
        found = split(x, len(order))
        return concat([found[i] for i in order])

    return sees(f"cell:{op}", "A U", parts)


def _gates(x: T, *numbers: float) -> T:
    """A number for each gate."""
    return T(np.repeat(numbers, x.shape[-1] // len(numbers)))


def hard_sigmoid(x: T) -> T:
    """``clip(0.2 x + 0.5, 0, 1)``."""
    y = 0.2 * x.v + 0.5
    return with_slope(x, np.clip(y, 0, 1), 0.2 * ((y > 0) & (y < 1)))


def _from_next_state(op: str) -> Edits:
    """The gradient in the recurrent weights uses the state that the step leaves."""
    cell: Any = CELLS[op]

    def with_next(A: T, _: T, states: States, U: T, z: Any) -> T:
        after = next(iter(cell(A, states, U, z).values()))
        return A + path(stop(after) @ U)

    return edit.not_in(f"cell:{op}", "U") + sees(f"cell:{op}", "A", with_next)


def _lstm(op: str) -> Table:
    """Other LSTM, of vectors or planes."""
    add_one = sees(f"cell:{op}", "A", lambda A, *_: A + _gates(A, 1.0, 0.0, 0.0, 0.0))
    return {
        "gates stacked i, f, c, o (Keras, PyTorch)": _reordered(op, 1, 0, 3, 2),
        "gates stacked i, f, o, c": _reordered(op, 1, 0, 2, 3),
        "forget gate with 1 added": add_one,
        "without the output's tanh": edit.always(f"cell:{op}", output=lambda c: c),
        "with hard sigmoid gates (Keras)": edit.always(f"cell:{op}", gate=hard_sigmoid),
    }


AFTER = edit.always("cell:gru", reset_after=True)
Z_SWAPPED = sees("cell:gru", "A U", lambda x, *_: x * _gates(x, -1.0, 1.0, 1.0))
RECURRENT: Table = {
    "GRU with reset_after (Keras, PyTorch)": AFTER,
    "GRU with z for 1 - z (Keras, PyTorch)": Z_SWAPPED,
    "PyTorch GRU, reset_after and z for 1 - z": AFTER + Z_SWAPPED,
    "GRU gates stacked r, z, h": _reordered("gru", 1, 0, 2),
    "PyTorch GRU, gates stacked r, z, h": AFTER + Z_SWAPPED + _reordered("gru", 1, 0, 2),
    **{f"LSTM {name}": edits for name, edits in _lstm("lstm").items()},
    "RNN with ReLU": edit.always("cell:rnn", act=relu),
    "RNN dU from the next state": _from_next_state("rnn"),
    "LSTM dU from the next state": _from_next_state("lstm"),
    **{f"ConvLSTM {name}": edits for name, edits in _lstm("convlstm").items()},
}

# In time: neurons and recurrent layers alike.
WITH_STATES = " ".join(STATEFUL)
MAX_LISTED_K = 5  # of the catalog; others are tried where the steps of a case allow them


def truncated_bptt(k: int) -> Deviation:
    """BPTT through k steps."""
    start = partial(interpreter.CHUNKS["chunk_start"], bptt="truncated")

    def run(op: Any, z: SimpleNamespace, X: T, **o: Any) -> States:
        spans = pairwise([*range(0, X.shape[1], k), X.shape[1]])
        return interpreter.in_spans(partial(op, **o), z, [X], spans, start)[0]

    edits = edit.wrapped(WITH_STATES, lambda old: partial(run, old))
    return Deviation(f"truncated BPTT, k = {k}", edits)


def _detached(states: States, *_: Any) -> States:
    return {name: stop(state) for name, state in states.items()}


def _detached_final(traces: Any, z: Any, *_: Any, **__: Any) -> Any:
    z.final |= _detached(z.final)
    return traces


TRUNCATION: Table = {
    **{each.name: each.edits for each in map(truncated_bptt, range(1, MAX_LISTED_K + 1))},
    "gradient of the final state missing": after(WITH_STATES, _detached_final),
    "gradient of the initial state missing": sees(WITH_STATES, "states", _detached),
}


def _late(traces: Any, z: Any, *_: Any, **__: Any) -> States:
    return {"I": concat([stack([z.states["I"]]), traces["I"][:, :-1]], axis=1)}


CURRENT: Table = {
    "synaptic current one step late": after("current", _late),
    "synaptic current of the input times 1 - decay": sees(
        "current", "X", lambda X, z, *_: X * (1 - z.decay)
    ),
    "gradient of the current's decay missing": edit.not_in("current", "decay"),
}


# Chunks of a sequence that do not follow one another as the case says.
def _start(change: Callable[[T, T], T]) -> Edits:
    """Another state at the start of a chunk, of the first and that of the chunk before."""

    def start(found: T, first: T, before: T, k: int, K: int, bptt: str) -> T:
        return change(first, found) if k else found

    return after("chunk_start", start)


def _weight(weight: Factor) -> Edits:
    """The gradients of a chunk times a weight."""
    return put(chunk_parameter=lambda k, K: float(weight(k, K)))


def _samples(of: Callable[[Any], Any]) -> Edits:
    """The states of a chunk are those of other samples."""
    return _start(lambda first, before: before[of(np.arange(len(before.v)))])


def _of_last_chunk(found: T, first: T, _: T, k: int, K: int, bptt: str) -> T:
    """The gradient of the initial state is that of the last chunk's."""
    return (found if k else stop(first)) + path(first if k == K - 1 else stop(first))


CHUNKS: Table = {
    "state not detached between chunks": put(chunk_start=lambda first, before, *_, **__: before),
    "state detached between chunks": _start(lambda first, before: stop(before)),
    "each chunk from the initial state": _start(lambda first, before: first),
    "each chunk from the initial state, detached": _start(lambda first, before: stop(first)),
    "each chunk from zero": _start(lambda first, before: stop(0 * first)),
    "state passed to the next sample": _samples(lambda i: i - 1),
    "state passed to the previous sample": _samples(lambda i: i + 1 - len(i)),
    "state of the first sample passed to all": _samples(lambda i: 0 * i),
    "parameter gradients of the last chunk only": _weight(lambda k, K: k == K - 1),
    "parameter gradients of the first chunk only": _weight(lambda k, K: k == 0),
    "parameter gradients averaged over chunks": _weight(lambda k, K: 1 / K),
    "gradient of the final state in every chunk": put(chunk_final=lambda finals: finals),
    "gradient of the initial state of the last chunk": after("chunk_start", _of_last_chunk),
    "gradients of the initial states added": _start(lambda first, before: before + path(first)),
}

PER_CLASS = "softmax_bce sigmoid_bce mse"
ALL, LOGARITHMS = f"softmax_ce {PER_CLASS}", "softmax_ce softmax_bce sigmoid_bce"


def _loss(value: Factor, slope: Factor | None = None, ops: str = ALL) -> Edits:
    """The loss times a factor of the sizes of batch and classes, its gradient times another."""
    return result(ops, lambda L, Z, o: as_if(L * value(*Z.shape), L * (slope or value)(*Z.shape)))


LOSSES: Table = {
    "loss summed": _loss(lambda B, C: B),
    "gradient of the summed loss": _loss(lambda B, C: 1, lambda B, C: B),
    "loss averaged twice in the gradient": _loss(lambda B, C: 1, lambda B, C: 1 / B),
    "loss with log base 2": _loss(lambda B, C: 1 / np.log(2.0), ops=LOGARITHMS),
    "loss summed over classes": _loss(lambda B, C: C, ops=PER_CLASS),
    "loss summed over batch and classes": _loss(lambda B, C: B * C, ops=PER_CLASS),
    "squared error halved": _loss(lambda B, C: 0.5, ops="mse"),
    "categorical for binary cross-entropy": put(softmax_bce=training.softmax_ce),
    "binary for categorical cross-entropy": put(softmax_ce=training.softmax_bce),
    "sigmoids for the softmax": put(softmax_bce=training.sigmoid_bce),
    "softmax for the sigmoids": put(sigmoid_bce=training.softmax_bce),
}


def _adam(move: Callable[..., Any]) -> Edits:
    """Adam and AdamW with another step, of both moments, the options and their corrections."""

    def step(p: Any, g: Any, s: Any, o: Any, t: int, coupled: bool) -> Any:
        decay = o["weight_decay"] * p
        m, v = training.moments(g + decay if coupled else g, s, o)
        moved = move(m, v, o["eps"], 1 - o["beta1"] ** t, 1 - o["beta2"] ** t)
        return p - o["lr"] * moved - (0 if coupled else o["lr"] * decay)

    return put(adam=partial(step, coupled=True), adamw=partial(step, coupled=False))


OPTIMIZERS: Table = {
    "Adam without bias correction": _adam(lambda m, v, eps, c1, c2: m / (np.sqrt(v) + eps)),
    "Adam's eps inside the root": _adam(lambda m, v, eps, c1, c2: m / c1 / np.sqrt(v / c2 + eps)),
    "Adam's eps before the correction": _adam(
        lambda m, v, eps, c1, c2: np.sqrt(c2) / c1 * m / (np.sqrt(v) + eps)
    ),
    "Adam's weight decay decoupled": put(adam=training.adamw),
    "AdamW's weight decay coupled": put(adamw=training.adam),
}
