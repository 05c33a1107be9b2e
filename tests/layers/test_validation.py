"""Layers reject invalid values: a table of them, with the messages."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from layers.samples import SAMPLES, B, K, L, T, X, params
from liaf_ref import layers
from liaf_ref._core.errors import InputError
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import paper
from liaf_ref.layers import Embedding, Params

LAYER = layers.LSTM(K, L)
EMBEDDING = Embedding(4, 2)
E = {"E": np.zeros((4, 2))}
E5 = {"E": np.zeros((5, 2))}
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


def draw(dtype: Any) -> Callable[[], object]:
    return lambda: LAYER.init(np.random.default_rng(0), dtype)


def with_nan(shape: tuple[int, ...], at: tuple[int, ...]) -> Any:
    array = np.zeros(shape)
    array[at] = np.nan
    return array


NAMES = "parameters of LSTM(3, 4), Eq. (15): expected the keys W, b, U"
SIGNAL = np.zeros((B, T, L))
ZEROS = np.zeros((B, L))
LAYER_WITHOUT_BIAS = layers.LSTM(K, L, bias=False)
OPTIONS = "sharing, spike, mu, v_th, v_reset, alpha, beta, reset, levels, decay"
WEIGHTS = "the initial weights"
FLOAT_DTYPES = "expected dtype float32, float64, longdouble or complex"


def tape(layer: Any) -> Any:
    return layer.forward(params(layer), X(layer))[2]


def unchecked_tape() -> Any:
    return LAYER._forward(params(LAYER), X(LAYER), LAYER.initial_state(B, float), layers.REFERENCE)[
        2
    ]


BAD: dict[str, tuple[Callable[[], object], str]] = {
    "missing parameter": (forward(params=without("U")), f"{NAMES}; missing: U"),
    "unknown parameter": (forward(params=changed(V=ZEROS)), f"{NAMES}; unknown: V"),
    "no mapping": (forward(params=[1, 2, 3]), f"{NAMES} in a mapping, got list [1, 2, 3]"),
    "no parameters": (forward(params=None), f"{NAMES} in a mapping, got None"),
    "first one a list": (
        forward(params=changed(W=[[1.0]])),
        "W of LSTM(3, 4), Eq. (15): expected an array of shape (3, 16), got list [[1.0]]",
    ),
    "misshapen": (
        forward(params=changed(U=np.zeros((L, L)))),
        "U of LSTM(3, 4), Eq. (15): expected shape (4, 16), got shape (4, 4)",
    ),
    "mixed parameters": (
        forward(params=changed(U=np.zeros((L, 4 * L), np.float32))),
        "U of LSTM(3, 4), Eq. (15): expected dtype float64 like the parameters, got float32",
    ),
    "half precision": (
        forward(params={k: v.astype(np.float16) for k, v in params(LAYER).items()}),
        f"W of LSTM(3, 4), Eq. (15): {FLOAT_DTYPES}, got float16",
    ),
    "spoilt parameter": (
        forward(params=changed(b=with_nan((4 * L,), (2,)))),
        "b of LSTM(3, 4), Eq. (15): expected finite values, got nan at index (2,)",
    ),
    "input a list": (
        forward(X=[1.0]),
        "X of LSTM(3, 4), Eq. (15): expected an array of shape (B, T, 3)",
    ),
    "input rank": (forward(X=np.zeros((T, K))), "expected shape (B, T, 3), got shape (5, 3)"),
    "input size": (forward(X=np.zeros((B, T, 9))), "expected shape (B, T, 3), got shape (2, 5, 9)"),
    "input precision": (
        forward(X=X(LAYER, np.float32)),
        "X of LSTM(3, 4), Eq. (15): expected dtype float64 like the parameters, got float32",
    ),
    "input of integers": (forward(X=np.zeros((B, T, K), int)), "got int64"),
    "spoilt input": (forward(X=with_nan((B, T, K), (1, 2, 0))), "got nan at index (1, 2, 0)"),
    "no samples": (forward(X=np.zeros((0, T, K))), "expected B >= 1 and T >= 1, got shape (0, 5"),
    "no steps": (forward(X=np.zeros((B, 0, K))), "expected B >= 1 and T >= 1, got shape (2, 0"),
    "state of one": (
        forward(state=(ZEROS,)),
        "state of LSTM(3, 4), Eq. (15): expected a tuple of 2 arrays, got 1",
    ),
    "state no tuple": (
        forward(state=np.zeros((2, B, L))),
        "expected a tuple of 2 arrays, got an array of shape (2, 2, 4) and dtype float64",
    ),
    "state size": (
        forward(state=(ZEROS, np.zeros((B, 9)))),
        "state[1] of LSTM(3, 4), Eq. (15): expected shape (2, 4), got shape (2, 9)",
    ),
    "dY size": (
        backward(SIGNAL[:, 1:]),
        "dY of LSTM(3, 4), Eq. (15) (backward): expected shape (2, 5, 4), got shape (2, 4, 4)",
    ),
    "dY precision": (
        backward(SIGNAL.astype(np.float32)),
        "dY of LSTM(3, 4), Eq. (15) (backward): expected dtype float64 like the parameters",
    ),
    "spoilt dY": (backward(with_nan((B, T, L), (0, 1, 2))), "got nan at index (0, 1, 2)"),
    "d_state size": (
        backward(SIGNAL, d_state=(ZEROS, ZEROS[:1])),
        "d_state[1] of LSTM(3, 4), Eq. (15) (backward): expected shape (2, 4), got shape (1, 4)",
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
        "shape of DirectLIAF, Eqs. (3)-(8): expected (L,) or (H, W, L), got int 4",
    ),
    "shape rank": (
        lambda: layers.DirectLIAF((2, L)),
        "shape of DirectLIAF, Eqs. (3)-(8): expected (L,) or (H, W, L), got tuple (2, 4)",
    ),
    "shape size": (
        lambda: layers.DirectLIF((2, 0, L)),
        "shape of DirectLIF, Eqs. (3)-(8): expected an integer >= 1, got 0",
    ),
    "spike": (
        lambda: layers.DirectLIAF((L,), spike="paper"),  # type: ignore[arg-type]
        "spike of Eq. (4): expected a Pair from liaf_ref.kernels.spike, got str 'paper'",
    ),
    "output": (
        lambda: layers.DenseLIF(K, L, output="relu"),  # type: ignore[arg-type]
        "output of Eq. (4): expected a Pair from liaf_ref.kernels.spike, got str 'relu'",
    ),
    "threshold": (
        lambda: layers.DenseLIF(K, L, v_th=float("nan")),
        "v_th of Eqs. (4)-(6): expected a finite number, got nan",
    ),
    "inputs": (
        lambda: layers.Dense(0, L),
        "K of Dense, Eq. (2): expected an integer >= 1, got 0",
    ),
    "outputs": (lambda: layers.RNN(K, -1), "L of ElmanCell, Eq. (14): expected an integer"),
    "units": (lambda: layers.GRUCell(True), "L of GRUCell, Eq. (16): expected an integer"),
    "seed": (
        lambda: LAYER.init(-1),
        "rng of the initial weights: expected a numpy.random.Generator or a seed >= 0, got int -1",
    ),
    "embedding seed": (
        lambda: EMBEDDING.init(-1),
        "rng of the initial weights: expected a numpy.random.Generator or a seed >= 0, got int -1",
    ),
    "recurrent seed": (
        lambda: layers.ElmanCell(L).init(-1),
        "rng of the initial weights: expected a numpy.random.Generator or a seed >= 0, got int -1",
    ),
    "neurons' seed": (
        lambda: layers.DirectLIAF((L,)).init(-1),
        f"rng of {WEIGHTS}: expected a numpy.random.Generator or a seed >= 0, got int -1",
    ),
    "integer weights": (draw(int), f"dtype of {WEIGHTS}: {FLOAT_DTYPES}, got int64"),
    "half weights": (draw(np.float16), f"dtype of {WEIGHTS}: {FLOAT_DTYPES}, got float16"),
    "weights of a fruit": (draw("banana"), f"dtype of {WEIGHTS}: {FLOAT_DTYPES}, got str 'banana'"),
    "weights of none": (draw(None), f"dtype of {WEIGHTS}: {FLOAT_DTYPES}, got None"),
    "weights of a number": (
        draw(np.float64(1)),
        f"dtype of {WEIGHTS}: {FLOAT_DTYPES}, got float64 1.0",
    ),
    "swapped weights": (draw(">f8"), f"dtype of {WEIGHTS}: {FLOAT_DTYPES}, got >f8"),
    "state of nobody": (
        lambda: layers.Dense(K, L).initial_state(0, float),
        "batch of the first state: expected an integer >= 1, got 0",
    ),
    "state of integers": (
        lambda: LAYER.initial_state(2, int),
        f"dtype of the first state: {FLOAT_DTYPES}, got int64",
    ),
    "kernel_set": (
        forward(kernel_set="fast"),
        "kernel_set of LSTM(3, 4), Eq. (15): expected REFERENCE, FAST or another KernelSet",
    ),
    "another layer's tape": (
        lambda: LAYER.backward(SIGNAL, tape(layers.GRU(K, L))),
        "LSTM(3, 4), Eq. (15) (backward): expected the tape of its own forward, "
        "got that of GRU(3, 4), Eq. (16)",
    ),
    "a twin's tape": (
        lambda: LAYER.backward(SIGNAL, tape(LAYER_WITHOUT_BIAS)),
        "expected the tape of its own forward, got that of LSTM(3, 4), Eq. (15) with other options",
    ),
    "a tape without a writer": (
        lambda: LAYER.backward(SIGNAL, unchecked_tape()),
        "expected the tape of its own forward, got that of _forward; pass it to _backward",
    ),
    "an embedding's tape": (
        lambda: LAYER.backward(SIGNAL, EMBEDDING.forward(E, IDS)[1]),  # type: ignore[arg-type]
        "expected the tape that forward returned, got Tape",
    ),
    "another embedding's tape": (
        lambda: EMBEDDING.backward(np.zeros((B, T, 2)), Embedding(5, 2).forward(E5, IDS)[1]),
        "tape of Embedding(4, 2), Fig. 5 (backward): expected the tape of its own forward, "
        "got that of Embedding(5, 2)",
    ),
    "bias of text": (
        lambda: layers.GRU(K, L, bias="no"),  # type: ignore[arg-type]
        "bias of Dense, Eq. (2): expected True or False, got str 'no'",
    ),
    "spike and window": (
        lambda: layers.DenseLIAF(5, 3, spike=paper(0.3), mu=0.3),
        "mu of Eq. (13): expected either spike or mu, got both",
    ),
    "pair of no functions": (
        lambda: layers.DirectLIAF((L,), act=Pair(1, 2)),  # type: ignore[arg-type]
        "act of Eq. (8): expected a Pair of functions, got Pair(value=1, slope=2)",
    ),
    "parts that do not fit": (
        lambda: layers.NeuronLayer(layers.Dense(K, L), layers.LSTMCell(L)),
        "synapse of NeuronLayer, Eq. (2): expected outputs of shape (16,), got (4,)",
    ),
    "a part that is none": (
        lambda: layers.NeuronLayer(layers.Dense(K, L), "lstm"),  # type: ignore[arg-type]
        "dynamics of NeuronLayer, Eq. (2): expected a layer, got str 'lstm'",
    ),
    "embedding without parameters": (
        lambda: EMBEDDING.forward(None, IDS),  # type: ignore[arg-type]
        "parameters of Embedding(4, 2), Fig. 5: expected the keys E in a mapping, got None",
    ),
    "embedding with another's parameters": (
        lambda: EMBEDDING.forward(E | {"q": E["E"]}, IDS),
        "parameters of Embedding(4, 2), Fig. 5: expected the keys E; unknown: q",
    ),
    "dX precision": (
        embed_backward(np.zeros((B, T, 2), np.float32)),
        "dX of Embedding(4, 2), Fig. 5 (backward): expected dtype float64",
    ),
    "row": (lambda: Embedding(2, 0), "K of the embedding of Fig. 5: expected an integer >= 1"),
    "tokens": (lambda: Embedding(0, 2), "N of the embedding of Fig. 5: expected an integer"),
    "no table": (
        lambda: EMBEDDING.forward({}, IDS),
        "parameters of Embedding(4, 2), Fig. 5: expected the keys E; missing: E",
    ),
    "token too large": (
        lambda: EMBEDDING.forward(E, IDS + 4),
        "ids of Embedding(4, 2), Fig. 5: expected entries in 0 .. 3, got 4",
    ),
    "tokens of floats": (
        lambda: EMBEDDING.forward(E, IDS.astype(float)),
        "ids of Embedding(4, 2), Fig. 5: expected integers, got dtype float64",
    ),
    "dX size": (
        embed_backward(np.zeros((B, T, 3))),
        "dX of Embedding(4, 2), Fig. 5 (backward): expected shape (2, 5, 2), got shape (2, 5, 3)",
    ),
}


@pytest.mark.parametrize(("call", "message"), BAD.values(), ids=BAD)
def test_a_wrong_value_is_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(InputError) as refused:
        call()
    assert message in str(refused.value)


@pytest.mark.parametrize("mu", [float("nan"), float("inf"), -1.0, "0.5"])
def test_a_window_without_a_width_is_refused(mu: Any) -> None:
    with pytest.raises(InputError, match=r"mu of Eq\. \(13\): expected a finite number >= 0"):
        layers.DirectLIAF((3,), spike=paper(mu))


@pytest.mark.parametrize("tape", [None, {}, (1, 2)])
def test_backward_refuses_what_is_no_tape(tape: Any) -> None:
    with pytest.raises(
        InputError, match=r"tape of Dense\(2, 3\), .* \(backward\): expected the tape that forward"
    ):
        layers.Dense(2, 3).backward(np.ones((1, 1, 3)), tape)


EXPECTED_MESSAGES = {
    "Dense": "Dense(3, 4), Eq. (2)",
    "DirectLIAF": "DirectLIAF((4,)), Eqs. (3)-(8)",
    "DirectLIF": "DirectLIF((4,)), Eqs. (3)-(8)",
    "DenseLIAF": "DenseLIAF(3, 4), Eqs. (2)-(8)",
    "DenseLIF": "DenseLIF(3, 4), Eqs. (2)-(8)",
    "ElmanCell": "ElmanCell(4), Eq. (14)",
    "LSTMCell": "LSTMCell(4), Eq. (15)",
    "GRUCell": "GRUCell(4), Eq. (16)",
    "RNN": "RNN(3, 4), Eq. (14)",
    "LSTM": "LSTM(3, 4), Eq. (15)",
    "GRU": "GRU(3, 4), Eq. (16)",
}


@pytest.mark.parametrize("name", SAMPLES)
def test_errors_name_the_layer_as_its_maker_does_and_its_equations(name: str) -> None:
    layer = SAMPLES[name].layer
    with pytest.raises(InputError) as refused:
        layer.forward(params(layer), None)  # type: ignore[arg-type]
    assert str(refused.value).startswith(
        f"X of {EXPECTED_MESSAGES[name]}: expected an array of shape (B, T, "
    )


def test_no_parameters_are_all_missing() -> None:
    with pytest.raises(InputError, match=r"expected the keys W, b; missing: W, b$"):
        layers.Dense(2, 3).forward({}, np.ones((1, 1, 2)))


@pytest.mark.parametrize("name", SAMPLES)
def test_outputs_that_the_tape_may_share_cannot_be_changed(name: str) -> None:
    layer = SAMPLES[name].layer
    Y, state, _ = layer.forward(params(layer), X(layer))
    for array in (Y, *state):
        with pytest.raises(ValueError, match="read-only"):
            np.add(array, 1, out=array)
