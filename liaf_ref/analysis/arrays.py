"""The arrays and gradients of a layer under the names of the paper, for whoever searches a value.

An entry for a layer of your own: ``named_arrays.register``.
"""

from collections.abc import Iterator
from functools import singledispatch
from typing import Any

from liaf_ref.kernels import gru, lstm, rnn
from liaf_ref.kernels.array import Array
from liaf_ref.layers import Driven, ElmanCell, KernelSet, Layer, Neurons
from liaf_ref.layers.cells import Cell
from liaf_ref.layers.neurons import LOGIT
from liaf_ref.layers.synapses import Synapses

Arrays = Iterator[tuple[str, Array]]
PARAM_EQUATIONS = {  # of neurons
    "v_th": "Eqs. (4), (8)",
    "v_reset": "Eq. (5)",
    "alpha": "Eq. (6)",
    LOGIT: "Eq. (6)",
    "beta": "Eq. (6)",
}


@singledispatch
def named_arrays(layer: Layer, saved: Any, kernels: KernelSet, Y: Array | None = None) -> Arrays:
    """Arrays ``(B, T, ...)`` of a pass with reference kernels; ``Y`` is the output, if known."""
    if Y is not None:
        yield "the output", Y


@named_arrays.register
def _(layer: Synapses, saved: Any, kernels: KernelSet, Y: Array | None = None) -> Arrays:
    if Y is not None:
        yield "I, Eq. (2),", Y


@named_arrays.register
def _(layer: Neurons, saved: Any, kernels: KernelSet, Y: Array | None = None) -> Arrays:
    U, F, R, p = saved
    yield "U, Eq. (3),", U
    yield "F, Eq. (4),", F
    yield "R, Eq. (5),", R
    yield "V, Eq. (6),", p.alpha * R + p.beta
    yield "Y, Eq. (8),", layer.output_of(saved, kernels) if Y is None else Y


@named_arrays.register
def _(layer: Cell, saved: Any, kernels: KernelSet, Y: Array | None = None) -> Arrays:
    if isinstance(saved, rnn.Tape | lstm.Tape | gru.Tape):  # the reference kernels keep them
        yield f"the pre-activation, {layer.equation},", saved.a
    if isinstance(saved, lstm.Tape):
        yield f"c, {layer.equation},", saved.c[:, 1:]
    symbol = "c" if isinstance(layer, ElmanCell) else "h"
    yield f"{symbol}, {layer.equation},", getattr(saved, symbol)[:, 1:] if Y is None else Y


@named_arrays.register
def _(layer: Driven, saved: Any, kernels: KernelSet, Y: Array | None = None) -> Arrays:
    yield from named_arrays(layer.dynamics, saved[1], kernels, Y)


def gradient_name(layer: Layer) -> str:
    """What the gradient in a layer's input is called."""
    if isinstance(layer, Neurons):
        return "the gradient in U, Eq. (12),"
    if isinstance(layer, Cell):
        return f"the gradient in the pre-activation, {layer.equation},"
    return "the gradient in the input"


def param_equation(layer: Layer, name: str) -> str | None:
    """The equation that has a parameter; None if it is not known."""
    return PARAM_EQUATIONS.get(name) if isinstance(layer, Neurons) else None
