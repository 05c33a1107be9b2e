"""Layers refuse wrong guests: a table of them, and what each is told."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from layers.samples import B, K, L, T, X, params
from liaf_ref import layers
from liaf_ref.errors import InputError
from liaf_ref.kernels.spike import paper
from liaf_ref.layers import Embedding, Params

LAYER = layers.LSTM(K, L)
EMBEDDING = Embedding(4, 2)
E = {"E": np.zeros((4, 2))}
IDS = np.zeros((B, T), int)


def forward(**changes: Any) -> Callable[[], object]:
    arguments: dict[str, Any] = {"params": params(LAYER), "X": X(LAYER)}
    return lambda: LAYER.forward(**arguments | changes)


def changed(**changes: Any) -> Params:
    return params(LAYER) | changes


def without(name: str) -> Params:
    return {key: value for key, value in params(LAYER).items() if key != name}


def backward(dY: Any, **more: Any) -> Callable[[], object]:
    return lambda: LAYER.backward(dY, LAYER.forward(params(LAYER), X(LAYER))[2], **more)


def embed_backward(dX: Any) -> Callable[[], object]:
    return lambda: EMBEDDING.backward(dX, EMBEDDING.forward(E, IDS)[1])


def spoilt(shape: tuple[int, ...], at: tuple[int, ...]) -> Any:
    array = np.zeros(shape)
    array[at] = np.nan
    return array


NAMES = "parameters of Integrated: expected W, b, U"
SIGNAL = np.zeros((B, T, L))
ZEROS = np.zeros((B, L))
BAD: dict[str, tuple[Callable[[], object], str]] = {
    "missing parameter": (forward(params=without("U")), f"{NAMES}; got W, b"),
    "unknown parameter": (forward(params=changed(V=ZEROS)), f"{NAMES}; got W, b, U, V"),
    "no mapping": (forward(params=[1, 2, 3]), f"{NAMES} in a mapping; got list"),
    "no parameters": (forward(params=None), f"{NAMES} in a mapping; got NoneType"),
    "first one a list": (
        forward(params=changed(W=[[1.0]])),
        "W of Integrated: expected an array of shape (3, 16), got list [[1.0]]",
    ),
    "misshapen": (
        forward(params=changed(U=np.zeros((L, L)))),
        "U of Integrated: expected shape (4, 16), got shape (4, 4)",
    ),
    "mixed parameters": (
        forward(params=changed(U=np.zeros((L, 4 * L), np.float32))),
        "U of Integrated: expected dtype float64 like the parameters, got float32",
    ),
    "half precision": (
        forward(params={k: v.astype(np.float16) for k, v in params(LAYER).items()}),
        "W of Integrated: expected dtype float32, float64, longdouble or complex, got float16",
    ),
    "spoilt parameter": (
        forward(params=changed(b=spoilt((4 * L,), (2,)))),
        "b of Integrated: expected finite values, got nan at index (2,)",
    ),
    "input a list": (forward(X=[1.0]), "X of Integrated: expected an array of shape (B, T, 3)"),
    "input rank": (forward(X=np.zeros((T, K))), "expected shape (B, T, 3), got shape (5, 3)"),
    "input size": (forward(X=np.zeros((B, T, 9))), "expected shape (B, T, 3), got shape (2, 5, 9)"),
    "input precision": (
        forward(X=X(LAYER, np.float32)),
        "X of Integrated: expected dtype float64 like the parameters, got float32",
    ),
    "input of integers": (forward(X=np.zeros((B, T, K), int)), "got int64"),
    "spoilt input": (forward(X=spoilt((B, T, K), (1, 2, 0))), "got nan at index (1, 2, 0)"),
    "no samples": (forward(X=np.zeros((0, T, K))), "expected B >= 1 and T >= 1, got shape (0, 5"),
    "no steps": (forward(X=np.zeros((B, 0, K))), "expected B >= 1 and T >= 1, got shape (2, 0"),
    "state of one": (
        forward(state=(ZEROS,)),
        "state of Integrated: expected a tuple of 2 arrays, got tuple",
    ),
    "state no tuple": (
        forward(state=np.zeros((2, B, L))),
        "state of Integrated: expected a tuple of 2 arrays, got ndarray",
    ),
    "state size": (
        forward(state=(ZEROS, np.zeros((B, 9)))),
        "state[1] of Integrated: expected shape (2, 4), got shape (2, 9)",
    ),
    "dY size": (
        backward(SIGNAL[:, 1:]),
        "dY of Integrated (backward): expected shape (2, 5, 4), got shape (2, 4, 4)",
    ),
    "dY precision": (
        backward(SIGNAL.astype(np.float32)),
        "dY of Integrated (backward): expected dtype float64 like the parameters, got float32",
    ),
    "spoilt dY": (backward(spoilt((B, T, L), (0, 1, 2))), "got nan at index (0, 1, 2)"),
    "d_state size": (
        backward(SIGNAL, d_state=(ZEROS, ZEROS[:1])),
        "d_state[1] of Integrated (backward): expected shape (2, 4), got shape (1, 4)",
    ),
    "mode": (
        lambda: layers.DirectLIAF((L,), mode="ntr"),
        "mode of Eq. (8): expected one of TR, NTR, got str 'ntr'",
    ),
    "sharing": (
        lambda: layers.DenseLIF(K, L, sharing="none"),
        "sharing of Section II-B: expected one of all, channel, non, got str 'none'",
    ),
    "act": (
        lambda: layers.DenseLIAF(K, L, act="gelu"),
        "act of Eq. (8): expected one of identity, relu, selu, tanh, sigmoid, got str 'gelu'",
    ),
    "shape no tuple": (
        lambda: layers.DirectLIAF(L),  # type: ignore[arg-type]
        "shape of Eq. (3): expected (L,) or (H, W, L), got 4",
    ),
    "shape rank": (
        lambda: layers.DirectLIAF((2, L)),
        "shape of Eq. (3): expected (L,) or (H, W, L), got (2, 4)",
    ),
    "shape size": (
        lambda: layers.DirectLIF((2, 0, L)),
        "shape of Eq. (3): expected a whole number >= 1, got 0",
    ),
    "spike": (
        lambda: layers.DirectLIAF((L,), spike="paper"),  # type: ignore[arg-type]
        "spike of Eq. (4): expected a Pair from liaf_ref.kernels.spike, got 'paper'",
    ),
    "output": (
        lambda: layers.DenseLIF(K, L, output="relu"),  # type: ignore[arg-type]
        "output of Eq. (4): expected a Pair from liaf_ref.kernels.spike, got 'relu'",
    ),
    "threshold": (
        lambda: layers.DenseLIF(K, L, v_th=float("nan")),
        "v_th of Eqs. (4)-(6): expected a finite number, got nan",
    ),
    "inputs": (lambda: layers.Dense(0, L), "K of Eq. (2): expected a whole number >= 1, got 0"),
    "outputs": (lambda: layers.RNN(K, -1), "L of Eq. (2): expected a whole number >= 1, got -1"),
    "units": (lambda: layers.GRUCell(True), "L of GRUCell: expected a whole number >= 1, got True"),
    "seed": (
        lambda: LAYER.init(0),  # type: ignore[arg-type]
        "rng of the initial weights: expected a numpy.random.Generator, got int 0",
    ),
    "embedding seed": (
        lambda: EMBEDDING.init(0),  # type: ignore[arg-type]
        "rng of the initial weights: expected a numpy.random.Generator, got int 0",
    ),
    "recurrent seed": (
        lambda: layers.ElmanCell(L).init(0),  # type: ignore[arg-type]
        "rng of the initial weights: expected a numpy.random.Generator, got int 0",
    ),
    "row": (lambda: Embedding(2, 0), "K of the embedding of Fig. 5: expected a whole number >= 1"),
    "tokens": (lambda: Embedding(0, 2), "N of the embedding of Fig. 5: expected a whole number"),
    "no table": (
        lambda: EMBEDDING.forward({}, IDS),
        "E of Embedding: expected an array of shape (4, 2), got NoneType None",
    ),
    "token too large": (
        lambda: EMBEDDING.forward(E, IDS + 4),
        "ids of Embedding: expected entries in 0 .. 3, got 4",
    ),
    "tokens of floats": (
        lambda: EMBEDDING.forward(E, IDS.astype(float)),
        "ids of Embedding: expected integers, got dtype float64",
    ),
    "dX size": (
        embed_backward(np.zeros((B, T, 3))),
        "dX of Embedding (backward): expected shape (2, 5, 2), got shape (2, 5, 3)",
    ),
}


@pytest.mark.parametrize(("call", "message"), BAD.values(), ids=BAD)
def test_a_wrong_guest_is_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(InputError) as refused:
        call()
    assert message in str(refused.value)


@pytest.mark.parametrize("mu", [float("nan"), float("inf"), -1.0, "0.5"])
def test_a_window_without_a_width_is_refused(mu: Any) -> None:
    with pytest.raises(InputError, match=r"mu of Eq\. \(13\): expected a finite number >= 0"):
        layers.DirectLIAF((3,), spike=paper(mu))


@pytest.mark.parametrize("tape", [None, {}, (1, 2)])
def test_backward_refuses_what_is_no_tape(tape: Any) -> None:
    with pytest.raises(InputError, match=r"tape of Dense \(backward\): expected what forward"):
        layers.Dense(2, 3).backward(np.ones((1, 1, 3)), tape)
