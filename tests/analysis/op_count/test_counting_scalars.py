"""The exact count, by running the kernels on numbers that count what is done to them."""

from collections.abc import Callable
from typing import Any, Union

import numpy as np
import pytest

from liaf_ref.analysis.op_count import count_exact
from liaf_ref.kernels import average_pool, conv, convlstm, dense, gru, lstm, neuron, rnn
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import causal
from liaf_ref.kernels.pair import Pair
from liaf_ref.layers import (
    AveragePool,
    Conv2D,
    Conv3D,
    ConvLSTMCell,
    Dense,
    DirectLIAF,
    ElmanCell,
    GRUCell,
    Layer,
    LSTMCell,
)

T, K, L = 3, 2, 4
done = {"muls": 0, "adds": 0}


class Tally:
    """A number without a value; zeros, of padding and of sums that begin, cost nothing."""

    def __mul__(self, other: Union["Tally", int]) -> Union["Tally", int]:
        if isinstance(other, int) and other == 0:
            return 0
        done["muls"] += 1
        return self

    def __add__(self, other: Union["Tally", int]) -> "Tally":
        if isinstance(other, Tally) or other != 0:
            done["adds"] += 1
        return self

    __rmul__ = __truediv__ = __mul__
    __radd__ = __sub__ = __rsub__ = __add__


def numbers(*shape: int) -> Array:
    array = np.empty(shape, object)
    array[...] = Tally()
    return array


free = Pair(lambda x: numbers(*x.shape), lambda x: numbers(*x.shape))  # looked up
IMAGE = (5, 4, K)


def run_conv(layer: Conv2D, *time: int) -> Callable[[], Any]:
    W, b = (numbers(*shape) for shape in layer.param_shapes().values())
    return lambda: conv.forward(numbers(1, *time, *IMAGE), conv.Params(W, b), layer.grid)


def drive(gates: int, *size: int) -> Array:
    return numbers(1, T, *size, gates * L)


CONV, CONV3D, CAUSAL = Conv2D(IMAGE, L), Conv3D(IMAGE, L), Conv3D(IMAGE, L, pad=causal((3, 3, 3)))
STATE = numbers(1, *IMAGE[:2], L), numbers(1, *IMAGE[:2], L)
CASES: dict[str, tuple[Layer, Callable[[], Any]]] = {
    "Dense": (
        Dense(K, L),
        lambda: dense.forward(numbers(1, T, K), dense.Params(numbers(K, L), numbers(L))),
    ),
    "Conv2D": (CONV, run_conv(CONV, T)),
    "Conv3D": (CONV3D, run_conv(CONV3D, T)),
    "Conv3D, causal": (CAUSAL, run_conv(CAUSAL, T)),
    "RNN": (ElmanCell(L), lambda: rnn.forward(drive(1), numbers(1, L), numbers(L, L), free)),
    "LSTM": (
        LSTMCell(L),
        lambda: lstm.forward(
            drive(4), numbers(1, L), numbers(1, L), numbers(L, 4 * L), free, free, free
        ),
    ),
    "GRU": (
        GRUCell(L),
        lambda: gru.forward(drive(3), numbers(1, L), numbers(L, 3 * L), free, free),
    ),
    "AveragePool": (
        AveragePool(IMAGE),
        lambda: average_pool.forward(numbers(1, T, *IMAGE), (2, 2), (2, 2)),
    ),
    "ConvLSTM": (
        ConvLSTMCell(L, IMAGE[:2]),
        lambda: convlstm.forward(
            drive(4, *IMAGE[:2]), *STATE, numbers(3, 3, L, 4 * L), free, free, free
        ),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_as_many_operations_as_the_kernel_does(name: str) -> None:
    layer, run = CASES[name]
    done.update(muls=0, adds=0)
    run()
    count = count_exact(layer, T)
    assert done == {"muls": count.muls, "adds": count.adds}


def test_neurons_are_as_the_kernel_but_for_the_comparison_it_writes_as_a_difference() -> None:
    p = neuron.Params(*(numbers(L) for _ in range(4)))
    done.update(muls=0, adds=0)
    neuron.forward(numbers(1, T, L), numbers(1, L), p, free, free, neuron.NTR)
    count = count_exact(DirectLIAF((L,), mode="NTR"), T)
    assert done == {"muls": count.muls, "adds": count.adds + T * L}  # (4)
    assert count_exact(DirectLIAF((L,)), T).adds == count.adds + T * L  # (8) reads the difference
