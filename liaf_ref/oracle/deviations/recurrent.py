"""Other recurrent layers that go by the same names, and gradients through less than all of time."""

from collections.abc import Callable
from functools import partial
from operator import matmul
from types import SimpleNamespace
from typing import Any

import numpy as np

from liaf_ref.oracle.deviations.deviation import Deviation, Edit, around, deviation
from liaf_ref.oracle.table.functions import relu, sigmoid, tanh
from liaf_ref.oracle.table.interpreter import in_spans, spans_of
from liaf_ref.oracle.table.layers import CELLS, Product, States, rnn, same, split
from liaf_ref.oracle.table.tape import T, concat, gradient_of, stop, with_slope

Cell = Callable[..., States]
FORGET_BIAS = (1.0, 0.0, 0.0, 0.0)


def gru_reset_after(A: T, s: States, U: T, z: Any = None) -> States:
    """The reset gate follows the product: ``a_h = A_h + r (h U_h)``."""
    (Az, Ar, Ah), (Uz, Ur, Uh), h = split(A, 3), split(U, 3), s["h"]
    u, r = sigmoid(Az + h @ Uz), sigmoid(Ar + h @ Ur)
    return {"h": (1 - u) * h + u * tanh(Ah + r * (h @ Uh))}


def _reordered(cell: Cell, order: tuple[int, ...]) -> Cell:
    """Gates stacked in another order, which leads to the cell's."""

    def parts(x: T) -> T:
        found = split(x, len(order))
        return concat([found[i] for i in order])

    return lambda A, s, U, z: cell(parts(A), s, parts(U), z)


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


def _cell(name: str, sentence: str, op: str, wrap: Callable[[Cell], Cell]) -> Deviation:
    return deviation(name, sentence, *around(f"cell:{op}", wrap))


def _lstm(op: str, title: str) -> tuple[Deviation, ...]:
    """What an LSTM and a ConvLSTM have in common."""
    return tuple(
        _cell(f"{title} {name}", sentence, op, wrap)
        for name, sentence, wrap in (
            (
                "gates stacked i, f, c, o",
                "The order of PyTorch and Keras instead of the paper's f, i, o, c.",
                partial(_reordered, order=(1, 0, 3, 2)),
            ),
            (
                "gates stacked i, f, o, c",
                "The gates i and f are swapped.",
                partial(_reordered, order=(1, 0, 2, 3)),
            ),
            (
                "forget bias",
                "1 is added to the forget gate's argument.",
                partial(_scaled, scales=(1.0,) * 4, shifts=FORGET_BIAS),
            ),
            (
                "without the output's tanh",
                "The output is h = o c instead of h = o tanh(c).",
                lambda cell: partial(cell, output=lambda c: c),
            ),
            (
                "with hard sigmoid gates",
                "The gates use clip(0.2 x + 0.5, 0, 1) instead of the sigmoid, as in Keras.",
                lambda cell: partial(cell, gate=hard_sigmoid),
            ),
        )
    )


RECURRENT_LAYERS: tuple[Deviation, ...] = (
    deviation(
        "GRU with reset_after (Keras, PyTorch)",
        "The reset gate follows the product: a_h = A_h + r (h U_h).",
        **{"cell:gru": gru_reset_after},
    ),
    _cell(
        "GRU with z for 1 - z",
        "z weights the old state: h = z h + (1 - z) h~, as in PyTorch and Keras.",
        "gru",
        _z_for_one_minus_z,
    ),
    deviation(
        "PyTorch GRU",
        "reset_after, and z instead of 1 - z.",
        **{"cell:gru": _z_for_one_minus_z(gru_reset_after)},
    ),
    _cell(
        "GRU gates stacked r, z, h",
        "The first two gates are swapped: r, z, h, as in PyTorch.",
        "gru",
        partial(_reordered, order=(1, 0, 2)),
    ),
    deviation(
        "PyTorch GRU, gates stacked r, z, h",
        "reset_after, z instead of 1 - z, and gates in the order r, z, h.",
        **{"cell:gru": _reordered(_z_for_one_minus_z(gru_reset_after), (1, 0, 2))},
    ),
    *_lstm("lstm", "LSTM"),
    deviation(
        "RNN with ReLU",
        "The activation is ReLU instead of tanh.",
        **{"cell:rnn": partial(rnn, act=relu)},
    ),
    _cell(
        "RNN dU from the next state",
        "The gradient of the recurrent weights uses c^t instead of c^{t-1}.",
        "rnn",
        _from_next_state,
    ),
    _cell(
        "LSTM dU from the next state",
        "The gradient of the recurrent weights uses h^t instead of h^{t-1}.",
        "lstm",
        _from_next_state,
    ),
    *_lstm("convlstm", "ConvLSTM"),
    _cell(
        "ConvLSTM dU of the last step only",
        "The gradient of the recurrent weights is not summed over time.",
        "convlstm",
        _last_step_only,
    ),
    _cell(
        "ConvLSTM dU from the next state",
        "The gradient of the recurrent weights uses h^t instead of h^{t-1}.",
        "convlstm",
        _from_next_state,
    ),
)

# In time: neurons and recurrent layers alike.
MAX_LISTED_K = 5  # of the catalog; others are tried where the steps of a case allow them


def _in_time(name: str, sentence: str, wrap: Callable[[Any], Any]) -> tuple[Deviation, ...]:
    """In all nodes with a state, in neurons alone, in recurrent layers alone."""
    neurons, cells = (tuple(Edit(op, wrap) for op in ops) for ops in (("neuron",), CELLS))
    return (
        deviation(name, sentence, *neurons, *cells),
        deviation(f"{name}, in neurons", f"{sentence}  Recurrent layers are correct.", *neurons),
        deviation(f"{name}, in recurrent layers", f"{sentence}  Neurons are correct.", *cells),
    )


def truncated_bptt(k: int) -> tuple[Deviation, ...]:
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


def _without_end(old: Any) -> Any:
    def run(z: SimpleNamespace, X: T, **options: Any) -> Any:
        traces = old(z, X, **options)
        z.final = {name: stop(state) for name, state in z.final.items()}
        return traces

    return run


def _without_start(old: Any) -> Any:
    def run(z: SimpleNamespace, X: T, **options: Any) -> Any:
        z.states = {name: stop(state) for name, state in z.states.items()}
        return old(z, X, **options)

    return run


TRUNCATION: tuple[Deviation, ...] = (
    *(found for k in range(1, MAX_LISTED_K + 1) for found in truncated_bptt(k)),
    *_in_time(
        "gradient of the final state missing",
        "The upstream gradient of V^T, or of a recurrent layer's final state, is dropped.",
        _without_end,
    ),
    *_in_time(
        "gradient of the initial state missing",
        "The gradient of V^0, or of a recurrent layer's initial state, is zero.",
        _without_start,
    ),
)
