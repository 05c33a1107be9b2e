"""What the fast neuron promises beyond its definition: memory, inputs, what it hands over."""

import numpy as np
import pytest

from fast.neurons import ACTS, draw, to_float64
from liaf_ref.fast import memory_layout, readout
from liaf_ref.fast import neuron as fast
from liaf_ref.fast.activate import DeferredOutputs
from liaf_ref.kernels import activation, neuron, spike
from liaf_ref.kernels.neuron import Params
from liaf_ref.kernels.pair import Pair


def test_time_major_memory_is_kept() -> None:
    I, V, p = draw((5, 6, 7), "channel")
    I = I.swapaxes(0, 1).copy().swapaxes(0, 1)
    choices = spike.paper(0.5), activation.tanh, 1
    put_off, _, tape = fast.forward(I, V, p, *choices)
    Y = np.asarray(put_off)
    dI, _, _ = fast.backward(Y, V, tape, *choices)
    for X in (Y, dI):
        assert X.swapaxes(0, 1).flags.c_contiguous


@pytest.mark.parametrize("act", ["identity", "selu", "spike"])
def test_outputs_that_may_be_written_to_are_the_callers_own(act: str) -> None:
    I, V, p = draw((5, 6, 7), "channel")
    choices = spike.paper(0.5), ACTS[act], 1
    Y, _, tape = fast.forward(I, V, p, *choices)
    kept = fast.backward(I * 2, V * 3, tape, *choices)
    if act == "identity":
        with pytest.raises(ValueError, match="read-only"):
            np.asarray(Y)[:] = 0
        return
    np.asarray(Y)[:] = 0
    for a, b in zip(fast.backward(I * 2, V * 3, tape, *choices)[:2], kept[:2], strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(("v_th", "lowest"), [(1.2, 2.0**-48), (8, 0)])
def test_tiny_gradients_are_dropped_where_none_can_grow(
    v_th: float, lowest: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without dY the carry decays as 0.25 ** t, and is looked at every second step.

    Below 2**-48 of the largest, -0.25, it goes; what is within two steps of there may stay.  With a
    threshold of 8, neurons that fired would let it grow, and nothing goes.
    """
    monkeypatch.setattr(memory_layout, "CHUNK", 4)
    I = np.zeros((1, 60, 2), np.float32)
    p = Params(*(np.full(1, x, np.float32) for x in (v_th, 0, 0.25, 0)))
    choices = spike.paper(0.5), activation.identity, 0
    dY = np.array([[[-1, 2.0**-10]]], np.float32)
    _, _, tape = fast.forward(I, I[:, 0], p, *choices)
    dI, _, _ = fast.backward(dY, I[:, 0], tape, *choices)
    exact = dY * 0.25 ** np.arange(59, -1, -1)[None, :, None]
    saved, gone = abs(exact) >= lowest, abs(exact) < lowest * 2.0**-8
    np.testing.assert_array_equal(dI[saved], exact[saved])
    np.testing.assert_array_equal(dI[gone], 0)
    np.testing.assert_array_equal(dI[dI != 0], exact[dI != 0])


@pytest.mark.parametrize(("T", "gone"), [(4, 0), (6, 4)])
def test_what_is_tiny_goes_between_the_first_silent_run_and_the_last(
    T: int, gone: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Runs of two steps: T - 1, then T - 3 and T - 2, which measure, ...; 0 keeps what is left."""
    monkeypatch.setattr(memory_layout, "CHUNK", 4)
    I = np.zeros((1, T, 2), np.float32)
    p = Params(*(np.full(1, x, np.float32) for x in (1.2, 0, 0.25, 0)))
    choices = spike.paper(0.5), activation.identity, 0
    _, _, tape = fast.forward(I, I[:, 0], p, *choices)
    first = np.array([[1, 2.0**-70]], np.float32)
    for dY, dV in ((first[:, None], I[:, 0]), (I[:, :0], first / np.float32(0.25))):
        dI, _, _ = fast.backward(dY, dV, tape, *choices)
        assert (dI[0, :, 1] == 0).sum() == gone


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_nonfinite_gradient_makes_no_other_tiny(
    value: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory_layout, "CHUNK", 4)
    I = np.zeros((1, 8, 2), np.float32)
    p = Params(*(np.full(1, x, np.float32) for x in (1.2, 0, 0.25, 0)))
    choices = spike.paper(0.5), activation.identity, 0
    _, _, tape = fast.forward(I, I[:, 0], p, *choices)
    dY = np.array([[[value, 1]]], np.float32)
    with np.errstate(invalid="ignore"):  # in the sums of an infinite column
        dI, _, _ = fast.backward(dY, I[:, 0], tape, *choices)
    np.testing.assert_array_equal(dI[0, :, 1], 0.25 ** np.arange(7, -1, -1))


def test_what_only_the_caller_may_round_away_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A faint gradient where there is a dY, and in the caller's own dV."""
    monkeypatch.setattr(memory_layout, "CHUNK", 4)
    I = np.zeros((1, 60, 2), np.float32)
    p = Params(*(np.full(1, x, np.float32) for x in (8, 0, 0.25, 0)))
    choices = spike.paper(0.5), activation.identity, 0
    _, _, tape = fast.forward(I, I[:, 0], p, *choices)
    exact = 0.25 ** np.arange(59, -1, -1)
    dY = np.zeros_like(I)
    dY[:, -1] = 1
    dI, _, _ = fast.backward(dY, I[:, 0], tape, *choices)
    np.testing.assert_array_equal(dI[0, :, 0], exact)
    dV = np.array([[1, 2.0**-70]], np.float32)
    fast.backward(dY[:, :0], dV, tape, *choices)
    assert dV[0, 1] == 2.0**-70


def test_a_carry_that_starts_from_zero_is_carried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_layout, "CHUNK", 4)
    I = np.zeros((1, 6, 2), np.float32)
    p = Params(*(np.full(1, x, np.float32) for x in (8, 0, 0.25, 0)))
    choices = spike.paper(0.5), activation.identity, 0
    dY = np.ones_like(I)
    dY[:, -1] = 0
    _, _, tape = fast.forward(I, I[:, 0], p, *choices)
    dI, _, _ = fast.backward(dY, I[:, 0], tape, *choices)
    carried = [1 + 0.25 * (1 + 0.25 * (1 + 0.25 * 1.25)), 1 + 0.25 * (1 + 0.25 * 1.25)]
    np.testing.assert_array_equal(dI[0, :, 0], [*carried, 1 + 0.25 * 1.25, 1.25, 1, 0])


def test_a_detached_reset_has_no_threshold_gradient() -> None:
    """Exactly none, for Act does not see the threshold either."""
    I, V, p = draw((5, 6, 7), "channel")
    choices = spike.detached(), activation.identity, 0
    Y, _, tape = fast.forward(I, V, p, *choices)
    _, _, dp = fast.backward(np.asarray(Y), V, tape, *choices)
    np.testing.assert_array_equal(dp.v_th, np.zeros(7))


@pytest.mark.parametrize("time_major", [True, False])
@pytest.mark.parametrize("act", ["selu", "spike"])
def test_where_one_output_is_read_one_is_computed(
    act: str, time_major: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        memory_layout, "MIN_BATCH_MAJOR_ELEMENTS", 1
    )  # small batch-major memory is worked on as it is, too
    I, V, p = draw((5, 6, 7), "channel")
    if time_major:
        I = I.swapaxes(0, 1).copy().swapaxes(0, 1)
    choices = spike.paper(0.5), ACTS[act], 1
    Y, _, _ = fast.forward(I, V, p, *choices)
    want, _, _ = neuron.forward(I, V, p, *choices)
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
    I, V, p = draw((5, 6, 7), "channel")
    choices = spike.paper(0.5), ACTS[act], 1
    want, last, _ = neuron.forward(I, V, p, *choices)
    grads = []
    for limit, kind in ((I.size, DeferredOutputs), (I.size - 1, np.ndarray)):
        monkeypatch.setattr(memory_layout, "MAX_CACHED_ELEMENTS", limit)
        Y, _, tape = fast.forward(I, V, p, *choices)
        assert isinstance(Y, kind)
        np.testing.assert_array_equal(np.asarray(Y), want)
        np.asarray(Y)[:] = 0  # an array of its own
        grads.append(fast.backward(want, last, tape, *choices))
    for a, b in zip(grads[0][:2], grads[1][:2], strict=True):
        np.testing.assert_array_equal(a, b)


def test_of_the_identity_it_is_the_tape_and_read_only() -> None:
    I, V, p = draw((2, 6, 3, 4, 5), "channel")
    _, _, tape = fast.forward(I, V, p, spike.paper(0.5), activation.identity, neuron.TR)
    assert isinstance(tape, fast.Tape)
    Y = fast.output(tape, activation.identity, neuron.TR)
    assert np.shares_memory(Y, tape.A)
    assert not Y.flags.writeable
    assert fast.output(tape, activation.tanh, neuron.TR).flags.writeable


@pytest.mark.parametrize("s", [neuron.TR, neuron.NTR])
def test_a_tape_of_the_definition_goes_to_the_definition(s: int) -> None:
    own = Pair(np.tanh, activation.tanh.slope)
    I, V, p = to_float64(*draw((5, 6, 7), "channel"))
    Y, _, tape = fast.forward(I, V, p, spike.paper(0.5), own, s)
    assert isinstance(tape, neuron.Tape)
    np.testing.assert_array_equal(fast.output(tape, own, s), Y)
    np.testing.assert_array_equal(Y, neuron.output(tape, own, s))
