"""The fast neuron is its definition: to rounding on random inputs, to the bit on dyadic ones."""

from typing import Any

import numpy as np
import pytest

from fast.neurons import (
    ACTS,
    CHUNKS,
    EPS,
    SHAPES,
    SHARING,
    draw,
    fill_new_arrays_with_nan,
    to_float64,
)
from liaf_ref.fast import memory_layout
from liaf_ref.fast import neuron as fast
from liaf_ref.kernels import activation, neuron, spike
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.neuron import Params
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.sharing import sum_to


def safe(I: Array, V: Array, p: Params, mus: tuple[float, ...]) -> Array:
    """Move I until no decision, neither of spike, window nor ReLU, is within rounding."""
    I = I.copy()
    for _ in range(60):
        tape = neuron.forward(*to_float64(I, V, p), spike.paper(0.5), activation.identity, 1)[2]
        x = tape.U - tape.p.v_th
        near = [abs(x), abs(tape.U), *(abs(abs(x) - mu) for mu in mus)]
        close = np.minimum.reduce(near) < 1e-4
        if not close.any():
            return I
        I[close] += np.float32(1.3e-3)
    raise AssertionError("no spike-safe input found")


def check(
    I: Array, V: Array, p: Params, pair: Pair, act: Pair, s: int, k: int, seed: int = 1
) -> None:
    """Hold the fast form to the definition in float64.

    A step rounds fewer than 8 values, none larger than the largest on its path,
    and hands its error on by a factor of at most max |J| < 1; so errors stay
    below 8 EPS / (1 - max |J|) < 64 EPS times the largest value.  A sum's error
    is that much of the sum of what is added.
    """
    rng = np.random.default_rng(seed)
    dY = rng.normal(size=(I.shape[0], k, *I.shape[2:])).astype(np.float32)
    dV = rng.normal(size=V.shape).astype(np.float32) if seed % 2 else np.zeros_like(V)
    Y, last, tape = fast.forward(I, V, p, pair, act, s)
    assert isinstance(tape, fast.Tape)
    np.testing.assert_array_equal(fast.output(tape, act, s), np.asarray(Y))
    dI, dV0, dp = fast.backward(dY, dV, tape, pair, act, s)
    full = np.zeros(I.shape)
    full[:, I.shape[1] - k :] = dY
    Y64, last64, tape64 = neuron.forward(*to_float64(I, V, p), pair, act, s)
    dI64, dV064, dp64 = neuron.backward(full, dV.astype(np.float64), tape64, pair, act, s)
    for x in (Y, last, dI, dV0, *dp):
        assert x.dtype == np.float32
    size = 1 + abs(tape64.U).max()
    np.testing.assert_allclose(Y, Y64, rtol=0, atol=16 * EPS * size)
    np.testing.assert_allclose(last, last64, rtol=0, atol=16 * EPS * size)
    largest = max(abs(x).max() for x in (dI64, full, dV))
    np.testing.assert_allclose(dI, dI64, rtol=0, atol=64 * EPS * size * largest)
    np.testing.assert_allclose(dV0, dV064, rtol=0, atol=64 * EPS * size * largest)
    mass = abs(dV) + (abs(dI64) + 2 * abs(full)).sum(axis=1)
    for d, d64 in zip(dp, dp64, strict=True):
        assert d.shape == d64.shape
        bound = 64 * EPS * size * sum_to(mass, d.shape)
        assert (abs(d - d64) <= bound).all(), (d, d64, bound)


@pytest.mark.parametrize("sharing", SHARING)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("s", [0, 1])
@pytest.mark.parametrize("act", ACTS)
def test_definition(act: str, s: int, shape: str, sharing: str) -> None:
    size = SHAPES[shape]
    I, V, p = draw(size, sharing)
    I = safe(I, V, p, (0.5, 0.3, 0.4))
    for seed, mu in enumerate((0.5, 0.3, 0.0)):
        for k in (1, 3, size[1]):
            check(I, V, p, spike.paper(mu), ACTS[act], s, k, seed)


@pytest.mark.parametrize("sharing", SHARING)
@pytest.mark.parametrize("chunk", CHUNKS[1:])
@pytest.mark.parametrize(
    "shape",
    [(1, 1, 1), (1, 5, 3), (7, 1, 5), (9, 7, 8), (1, 1, 1, 1, 1), (2, 3, 1, 1, 1), (2, 4, 3, 2, 5)],
)
@pytest.mark.parametrize("batch_major", [False, True])
def test_chunks(
    shape: tuple[int, ...], chunk: int, sharing: str, batch_major: bool, monkeypatch: Any
) -> None:
    monkeypatch.setattr(memory_layout, "CHUNK", chunk)
    monkeypatch.setattr(
        memory_layout,
        "MIN_BATCH_MAJOR_ELEMENTS",
        1 if batch_major else memory_layout.MIN_BATCH_MAJOR_ELEMENTS,
    )
    I, V, p = draw(shape, sharing)
    I = safe(I, V, p, (0.3,))
    for k in sorted({0, 1, shape[1]}):
        for seed, s in enumerate((0, 1)):
            check(I, V, p, spike.paper(0.3), activation.relu, s, k, seed)
            check(I, V, p, spike.paper(0.3), activation.identity, s, k, seed)


@pytest.mark.parametrize("mu", [0.4, 0.0, -0.0, -0.3])
@pytest.mark.parametrize("chunk", CHUNKS)
def test_windows(mu: float, chunk: int, monkeypatch: Any) -> None:
    """Open and shut, below 0 too, for the reset and for Act; nothing is read before it is set."""
    monkeypatch.setattr(memory_layout, "CHUNK", chunk)
    fill_new_arrays_with_nan(monkeypatch)
    I, V, p = draw((5, 6, 7), "channel")
    I = safe(I, V, p, (0.4,))
    for k in (1, 3, 6):
        check(I, V, p, spike.paper(mu), activation.relu, 0, k)
        check(I, V, p, spike.paper(mu), spike.paper(mu), 1, k)
        check(I, V, p, spike.paper(0.4), spike.paper(mu), 0, k)


@pytest.mark.parametrize(
    "n", [memory_layout.CHUNK - 1, memory_layout.CHUNK, memory_layout.CHUNK + 1]
)
@pytest.mark.parametrize("width", [1, 3, "n"])
def test_real_chunk_boundaries(n: int, width: Any) -> None:
    I = np.random.default_rng(0).normal(size=(1, 3, n, 1)).astype(np.float32)
    I = I.reshape(1, 3, -1, 3) if width == 3 and n % 3 == 0 else I
    p = Params(*(np.full(n if width == "n" else 1, x, np.float32) for x in (0.5, 0.1, 0.4, 0.1)))
    p = Params(*(x[:, None] if width == "n" else x for x in p))
    args = I, np.zeros_like(I[:, 0]), p, spike.paper(0.5), activation.identity, 0
    Y, last, _ = fast.forward(*args)
    Y32, last32, _ = neuron.forward(*args)
    np.testing.assert_array_equal(Y, Y32)
    np.testing.assert_array_equal(last, last32)


@pytest.mark.parametrize("s", [0, 1])
@pytest.mark.parametrize("act", ACTS)
def test_forward_is_the_float32_definition_to_the_bit(act: str, s: int) -> None:
    """Also unsafe inputs: the twin rounds where the definition rounds."""
    I, V, p = draw((16, 50, 40), "channel")
    Y, last, _ = fast.forward(I, V, p, spike.paper(0.5), ACTS[act], s)
    Y32, last32, _ = neuron.forward(I, V, p, spike.paper(0.5), ACTS[act], s)
    np.testing.assert_array_equal(Y, Y32)
    np.testing.assert_array_equal(last, last32)


def dyadic(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return (rng.integers(-4, 5, shape) / 4).astype(np.float32)


@pytest.mark.parametrize("v_th", [0.5, 0.0, -0.0])
@pytest.mark.parametrize("act", ["identity", "relu", "spike"])
@pytest.mark.parametrize("s", [0, 1])
@pytest.mark.parametrize("chunk", CHUNKS[:2])
def test_dyadic(v_th: float, act: str, s: int, chunk: int, monkeypatch: Any) -> None:
    """Ties U = v_th and edges |U - v_th| = mu abound, and every operation is exact."""
    monkeypatch.setattr(memory_layout, "CHUNK", chunk)
    rng = np.random.default_rng(3)
    I, V, dY = (dyadic(rng, shape) for shape in ((9, 3, 5), (9, 5), (9, 3, 5)))
    I[rng.random(I.shape) < 0.2] = -0.0
    p = Params(*(np.full(5, x, np.float32) for x in (v_th, 0.25, 0.5, -0.0)))
    pair = spike.paper(0.5)
    out, dV = ACTS[act] if act != "spike" else pair, dyadic(rng, V.shape)
    Y, last, tape = fast.forward(I, V, p, pair, out, s)
    Y64, last64, tape64 = neuron.forward(*to_float64(I, V, p), pair, out, s)
    x = tape64.U - p.v_th
    assert (x == 0).any()
    assert (abs(x) == 0.5).any()
    np.testing.assert_array_equal(Y, Y64)
    np.testing.assert_array_equal(last, last64)
    got = fast.backward(dY, dV, tape, pair, out, s)
    want = neuron.backward(dY.astype(np.float64), dV.astype(np.float64), tape64, pair, out, s)
    for a, b in zip((*got[:2], *got[2]), (*want[:2], *want[2]), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_fires_at_equality_whatever_the_sign_of_zero(zero: float) -> None:
    for input_, v_th in ((zero, 0.0), (zero, -0.0), (0.5, 0.5)):
        I = np.full((1, 1, 1), input_, np.float32)
        p = Params(*(np.full(1, x, np.float32) for x in (v_th, 7, 1, 0)))
        V = np.full((1, 1), -0.0, np.float32)
        Y, last, _ = fast.forward(I, V, p, spike.paper(0.5), spike.paper(0.5), 1)
        assert (np.asarray(Y).item(), last.item()) == (1, 7)
