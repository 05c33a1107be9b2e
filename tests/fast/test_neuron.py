"""The fast neuron to the bit, and what it promises beyond: memory, small gradients, exact zeros."""

from collections import Counter
from typing import Any

import numpy as np
import pytest

from fast.cases import ACTS, CUTS, EPS, PAPER, SHARING, apply, draw_neurons, neuron, to_float64
from liaf_ref.fast import memory_layout, readout
from liaf_ref.fast import neuron as fast
from liaf_ref.fast.activate import DeferredOutputs
from liaf_ref.kernels import activation, spike
from liaf_ref.kernels import neuron as reference
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.neuron import NTR, TR, Params
from liaf_ref.kernels.pair import Pair

CHUNKS = CUTS[0], CUTS[3], CUTS[2]


@pytest.mark.parametrize("s", [0, 1])
@pytest.mark.parametrize("act", ACTS)
def test_forward_is_the_float32_definition_to_the_bit(act: str, s: int) -> None:
    """Also unsafe inputs: the twin rounds where the definition rounds."""
    drawn = draw_neurons((16, 50, 40))
    Y, last, tape = fast.forward(*drawn, PAPER, ACTS[act], s)
    Y32, last32, _ = reference.forward(*drawn, PAPER, ACTS[act], s)
    np.testing.assert_array_equal(Y, Y32)
    np.testing.assert_array_equal(last, last32)
    assert isinstance(tape, fast.Tape)
    np.testing.assert_array_equal(fast.output(tape, ACTS[act], s), Y32)


@pytest.mark.parametrize("v_th", [0.5, 0.0, -0.0])
@pytest.mark.parametrize("act", ["identity", "relu", "lif"])
@pytest.mark.parametrize("s", [0, 1])
def test_dyadic(v_th: float, act: str, s: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ties U = v_th and edges |U - v_th| = mu abound, and every operation is exact."""
    rng = np.random.default_rng(3)
    I, V, dY, dV = (
        (rng.integers(-4, 5, shape) / 4).astype(np.float32)
        for shape in ((9, 3, 5), (9, 5), (9, 3, 5), (9, 5))
    )
    for x in (I, V):  # a sum of two is -0.0
        x[rng.random(x.shape) < 0.3] = -0.0
    p = Params(*(np.full(5, x, np.float32) for x in (v_th, 0.25, 0.5, -0.0)))
    twin = neuron((I, V, p), PAPER if act == "lif" else act, PAPER, s)._replace(grads=(dY, dV))
    U = reference.forward(*to_float64(I, V, p), PAPER, activation.identity, 0)[0]
    assert (p.v_th == U).any()
    assert (abs(U - v_th) == 0.5).any()
    for cut in CHUNKS:
        apply(cut, monkeypatch)
        for got, want in zip(twin.run(twin.fast), twin.references()[0], strict=True):
            np.testing.assert_array_equal(got, want)


def test_time_major_memory_is_kept() -> None:
    I, V, p = draw_neurons()
    I = I.swapaxes(0, 1).copy().swapaxes(0, 1)
    choices = PAPER, activation.tanh, 1
    put_off, _, tape = fast.forward(I, V, p, *choices)
    Y = np.asarray(put_off)
    dI, _, _ = fast.backward(Y, V, tape, *choices)
    for X in (Y, dI):
        assert X.swapaxes(0, 1).flags.c_contiguous


@pytest.mark.parametrize("act", ["identity", "selu", "spike"])
def test_outputs_that_may_be_written_to_are_the_callers_own(act: str) -> None:
    I, V, p = draw_neurons()
    choices = PAPER, ACTS[act], 1
    Y, _, tape = fast.forward(I, V, p, *choices)
    kept = fast.backward(I * 2, V * 3, tape, *choices)
    if act == "identity":
        with pytest.raises(ValueError, match="read-only"):
            np.asarray(Y)[:] = 0
        return
    np.asarray(Y)[:] = 0
    for a, b in zip(fast.backward(I * 2, V * 3, tape, *choices)[:2], kept[:2], strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of two steps of two neurons."""
    apply({(memory_layout, "CHUNK"): 4}, monkeypatch)


def decaying(v_th: float, T: int) -> tuple[Array, Any, Any]:
    """No input, the tape of two neurons whose carried gradient decays as 0.25 ** t, and choices."""
    I = np.zeros((1, T, 2), np.float32)
    p = Params(*(np.full(1, x, np.float32) for x in (v_th, 0, 0.25, 0)))
    choices = PAPER, activation.identity, 0
    return I, fast.forward(I, I[:, 0], p, *choices)[2], choices


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize(("v_th", "lowest"), [(1.2, 2.0**-48), (8, 0)])
def test_tiny_gradients_are_dropped_where_none_can_grow(v_th: float, lowest: float) -> None:
    """Without dY the carry decays as 0.25 ** t, and is looked at every second step.

    Below 2**-48 of the largest, -0.25, it goes; what is within two steps of there may stay.  With a
    threshold of 8, neurons that fired would let it grow, and nothing goes.
    """
    I, tape, choices = decaying(v_th, 60)
    dY = np.array([[[-1, 2.0**-10]]], np.float32)
    dI, _, _ = fast.backward(dY, I[:, 0], tape, *choices)
    exact = dY * 0.25 ** np.arange(59, -1, -1)[None, :, None]
    saved, gone = abs(exact) >= lowest, abs(exact) < lowest * 2.0**-8
    np.testing.assert_array_equal(dI[saved], exact[saved])
    np.testing.assert_array_equal(dI[gone], 0)
    np.testing.assert_array_equal(dI[dI != 0], exact[dI != 0])


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize(("T", "gone"), [(4, 0), (6, 4)])
def test_what_is_tiny_goes_between_the_first_silent_run_and_the_last(T: int, gone: int) -> None:
    """Runs of two steps: T - 1, then T - 3 and T - 2, which measure, ...; 0 keeps what is left."""
    I, tape, choices = decaying(1.2, T)
    first = np.array([[1, 2.0**-70]], np.float32)
    for dY, dV in ((first[:, None], I[:, 0]), (I[:, :0], first / np.float32(0.25))):
        dI, _, _ = fast.backward(dY, dV, tape, *choices)
        assert (dI[0, :, 1] == 0).sum() == gone


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_nonfinite_gradient_makes_no_other_tiny(value: float) -> None:
    I, tape, choices = decaying(1.2, 8)
    dY = np.array([[[value, 1]]], np.float32)
    with np.errstate(invalid="ignore"):  # in the sums of an infinite column
        dI, _, _ = fast.backward(dY, I[:, 0], tape, *choices)
    np.testing.assert_array_equal(dI[0, :, 1], 0.25 ** np.arange(7, -1, -1))


def test_a_detached_reset_has_no_threshold_gradient() -> None:
    """Exactly none, for Act does not see the threshold either."""
    I, V, p = draw_neurons()
    choices = spike.detached(), activation.identity, 0
    Y, _, tape = fast.forward(I, V, p, *choices)
    _, _, dp = fast.backward(np.asarray(Y), V, tape, *choices)
    np.testing.assert_array_equal(dp.v_th, np.zeros(7))


@pytest.mark.parametrize("time_major", [True, False])
@pytest.mark.parametrize("act", ["selu", "spike"])
def test_where_one_output_is_read_one_is_computed(
    act: str, time_major: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Small batch-major memory is worked on as it is, too.
    apply({(memory_layout, "MIN_BATCH_MAJOR_ELEMENTS"): 1}, monkeypatch)
    I, V, p = draw_neurons()
    if time_major:
        I = I.swapaxes(0, 1).copy().swapaxes(0, 1)
    choices = PAPER, ACTS[act], 1
    Y, _, _ = fast.forward(I, V, p, *choices)
    want, _, _ = reference.forward(I, V, p, *choices)
    assert (Y.shape, Y.dtype) == (want.shape, want.dtype)
    np.testing.assert_array_equal(readout.last_forward(Y), want[:, -1])
    np.testing.assert_array_equal(readout.mean_forward(Y), want.sum(axis=1) / 6)
    np.testing.assert_array_equal(np.asarray(Y), want)
    assert isinstance(Y, DeferredOutputs)
    assert Y.__array__(np.float64).dtype == np.float64


@pytest.mark.parametrize("act", ["tanh", "spike"])
def test_what_the_cache_does_not_hold_is_activated_at_once(
    act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    I, V, p = draw_neurons()
    choices = PAPER, ACTS[act], 1
    want, last, _ = reference.forward(I, V, p, *choices)
    grads = []
    for limit, kind in ((I.size, DeferredOutputs), (I.size - 1, np.ndarray)):
        apply({(memory_layout, "MAX_CACHED_ELEMENTS"): limit}, monkeypatch)
        Y, _, tape = fast.forward(I, V, p, *choices)
        assert isinstance(Y, kind)
        np.testing.assert_array_equal(np.asarray(Y), want)
        np.asarray(Y)[:] = 0  # an array of its own
        grads.append(fast.backward(want, last, tape, *choices))
    for a, b in zip(grads[0][:2], grads[1][:2], strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("s", [TR, NTR])
def test_a_tape_of_the_definition_goes_to_the_definition(s: int) -> None:
    own = Pair(np.tanh, activation.tanh.slope)
    I, V, p = to_float64(*draw_neurons())
    Y, _, tape = fast.forward(I, V, p, PAPER, own, s)
    assert isinstance(tape, reference.Tape)
    np.testing.assert_array_equal(fast.output(tape, own, s), Y)
    np.testing.assert_array_equal(Y, reference.output(tape, own, s))


MEANS = (-3.0, 3.0, 0.0, 0.3, 0.6)  # never fires, always fires, at 0, at rest, near the threshold


def draw_mixed(rng: np.random.Generator, sharing: str) -> tuple[Array, Array, Params]:
    """I, V and parameters; neurons that never or always fire, or get no input, are many."""
    S = tuple(int(n) for n in rng.integers(1, 6, rng.choice([1, 3])))
    shape = (int(rng.integers(1, 6)), int(rng.integers(1, 12)), *S)
    size = S if rng.random() < 0.5 else ()  # one kind of neuron, or one for each place
    mean, spread = rng.choice(MEANS, size), rng.choice([0.0, 0.1], size)
    I = (mean + spread * rng.normal(size=shape)).astype(np.float32)
    V = (rng.choice([0.0, 0.2]) * rng.normal(size=(shape[0], *S))).astype(np.float32)
    values = rng.uniform(0.3, 0.6), *(rng.choice(x) for x in ([0, 0.12], [0, 0.3, 0.7], [0, 0.05]))
    shapes = SHARING[sharing](S)
    p = (np.full(s, x, np.float32) for s, x in zip(shapes, values, strict=True))
    return I, V, Params(*p)


@pytest.mark.parametrize("sharing", SHARING)
@pytest.mark.parametrize("s", [NTR, TR])
def test_zero_where_the_definition_is_zero(
    s: int, sharing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With float32 and with float64 the definition must say 0: no sum is then 0 by chance."""
    rng = np.random.default_rng((s, list(SHARING).index(sharing)))
    found: Counter[str] = Counter()
    for cut in 30 * CHUNKS:
        apply(cut, monkeypatch)
        I, V, p = draw_mixed(rng, sharing)
        choices: Any = spike.paper(rng.choice([0.5, 0.3, 0])), ACTS[rng.choice(list(ACTS))], s
        k = int(rng.choice([1, I.shape[1]]))
        dY = np.zeros_like(I)
        dY[:, I.shape[1] - k :] = rng.choice([0, 1]) * rng.normal(size=(len(I), k, *I.shape[2:]))
        dV = (rng.choice([0, 1]) * rng.normal(size=V.shape)).astype(np.float32)
        _, _, tape = fast.forward(I, V, p, *choices)
        _, _, got = fast.backward(dY[:, I.shape[1] - k :], dV, tape, *choices)
        _, _, tape32 = reference.forward(I, V, p, *choices)
        _, _, want = reference.backward(dY, dV, tape32, *choices)
        _, _, tape64 = reference.forward(*to_float64(I, V, p), *choices)
        _, _, sure = reference.backward(dY.astype(float), dV.astype(float), tape64, *choices)
        for name, d, d32, d64 in zip(p._fields, got, want, sure, strict=True):
            if name == "alpha" and s == TR:
                continue
            zero = (d32 == 0) & (d64 == 0)
            found[name] += zero.sum()
            assert (d[zero] == 0).all(), (name, d[zero])
    assert min(found.values()) >= 10, found


@pytest.mark.parametrize("s", [NTR, TR])
def test_v_th_is_as_exact_as_its_own_terms(s: int) -> None:
    """One of 100,000 neuron steps is in the window; the gradients of all others are as large.

    Its term may be off by what dI may be off by, times its factor: a step rounds fewer than 8
    values and hands its error on by a factor of at most max |J| < 1.
    """
    rng = np.random.default_rng(0)
    I = rng.normal(-2, 0.2, (50, 40, 50)).astype(np.float32)
    I[25, -1, 25] = 1.6
    V = np.zeros_like(I[:, 0])
    p = Params(*(np.full(1, x, np.float32) for x in (0.5, 0.1, 0.3, 0.05)))
    choices = PAPER, ACTS["identity"], s
    dY = rng.normal(1, 0.2, I.shape).astype(np.float32) * np.float32(s == NTR)
    dV = rng.normal(1, 0.2, V.shape).astype(np.float32)
    _, _, tape = fast.forward(I, V, p, *choices)
    _, _, dp = fast.backward(dY, dV, tape, *choices)
    _, _, tape64 = reference.forward(*to_float64(I, V, p), *choices)
    dI, _, dp64 = reference.backward(dY.astype(float), dV.astype(float), tape64, *choices)
    (U,) = tape64.U[abs(tape64.U - 0.5) < 0.5]
    bound = 64 * EPS * abs(dI).max() * abs(0.3 * (0.1 - U))
    assert abs(dp.v_th - dp64.v_th).item() <= bound < 1e-3 * abs(dp64.v_th).item()
