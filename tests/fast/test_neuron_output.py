"""The output read off a tape is the one that the pass put out, bit for bit."""

import numpy as np
import pytest

from fast.neurons import ACTS, CHUNKS, SHAPES, draw, to_float64
from liaf_ref.fast import memory_layout
from liaf_ref.fast import neuron as fast
from liaf_ref.kernels import neuron, spike
from liaf_ref.kernels.activation import identity, tanh
from liaf_ref.kernels.pair import Pair

OWN = Pair(np.tanh, tanh.slope)


@pytest.mark.parametrize("chunk", CHUNKS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("s", [neuron.TR, neuron.NTR])
@pytest.mark.parametrize("act", ACTS)
def test_it_is_what_was_put_out(
    act: str, s: int, shape: str, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory_layout, "CHUNK", chunk)
    I, V, p = draw(SHAPES[shape], "channel")
    Y, _, tape = fast.forward(I, V, p, spike.paper(0.5), ACTS[act], s)
    again = fast.output(tape, ACTS[act], s)
    assert isinstance(again, np.ndarray)
    assert again.dtype == np.float32
    np.testing.assert_array_equal(again, np.asarray(Y))


def test_of_the_identity_it_is_the_tape_and_read_only() -> None:
    I, V, p = draw(SHAPES["image"], "channel")
    _, _, tape = fast.forward(I, V, p, spike.paper(0.5), identity, neuron.TR)
    assert isinstance(tape, fast.Tape)
    Y = fast.output(tape, identity, neuron.TR)
    assert np.shares_memory(Y, tape.A)
    assert not Y.flags.writeable
    assert fast.output(tape, tanh, neuron.TR).flags.writeable


@pytest.mark.parametrize("s", [neuron.TR, neuron.NTR])
def test_a_tape_of_the_definition_goes_to_the_definition(s: int) -> None:
    I, V, p = to_float64(*draw(SHAPES["dense"], "channel"))
    Y, _, tape = fast.forward(I, V, p, spike.paper(0.5), OWN, s)
    assert isinstance(tape, neuron.Tape)
    np.testing.assert_array_equal(fast.output(tape, OWN, s), Y)
    np.testing.assert_array_equal(Y, neuron.output(tape, OWN, s))
