"""Fast float32 kernel for :mod:`liaf_ref.kernels.neuron`.

It supports the paper's spike (step and window; ``mu = 0`` is the detached one), the
activations of :mod:`liaf_ref.fast.activate` and every sharing mode; everything else
is passed to the reference kernel.

Forward rounds where the reference rounds, operation by operation, so that
``F``, ``Y`` and ``V`` are the float32 reference's bit for bit, up to the sign
of a zero.  Where a value is not finite they differ: the reference multiplies by
the gate and so keeps a NaN, the fast kernel selects by it and resets what fired.

Backward is the derivative of the same bits in another order of summation.  The
threshold's gradient is summed term by term, so it is exactly 0 where its terms
are, and its rounding error is relative to the sum of their absolute values.  In TR
without a gradient in V^T it is found by subtraction: the total gradient in U less
the path through neurons that did not fire.  Its error is then relative to the
total, which is 0 where the threshold's terms are.  In steps without ``dY``, a carried
gradient is taken as 0 below 2^-48 of the largest if no factor J can be above 1, since
sums do not see it; else below 2^-140, where float32 has fewer than ten bits.
"""

from typing import Any, NamedTuple

import numpy as np

from liaf_ref.fast import chunk_backward, memory_layout
from liaf_ref.fast.activate import DeferredOutputs, apply_activation, fused_activation_for
from liaf_ref.fast.memory_layout import SIGN, ZERO, TiledParams, bits, tile_params, tile_rows
from liaf_ref.fast.readout import pad_time
from liaf_ref.fast.tokens import IndexedInput, materialize
from liaf_ref.kernels import neuron as definition
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.neuron import NTR, TR, Params
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import Window, step

__all__ = ["NTR", "TR", "Params", "Tape", "backward", "forward", "output"]


class Tape(NamedTuple):
    """Arrays kept for the backward pass; Act's input ``A = U - s v_th``, ``(groups, T, step)``."""

    A: Array
    p: Params
    tiled_params: TiledParams
    layout: memory_layout.Layout


def forward(
    I: Array | IndexedInput, V: Array, p: Params, spike: Pair, act: Pair, s: int
) -> tuple[Array | DeferredOutputs, Array, Tape | definition.Tape]:
    """Run the neurons over all time steps."""
    ours = isinstance(I, IndexedInput)  # to be overwritten
    I = materialize(I)
    form, constants = fused_activation_for(act), tile_params(p, I.shape)
    if form is None or constants is None or not _is_supported(spike, I, V, *p):
        return definition.forward(I, V, p, spike, act, s)
    order = memory_layout.layout_of(I)
    I = order.to_grouped(I)
    A = I if ours else memory_layout.empty(I.shape)
    deferred = form.forward is not None and A.size <= memory_layout.MAX_CACHED_ELEMENTS
    Y = A if deferred or form.forward is None else memory_layout.empty(I.shape)
    last = memory_layout.empty(V.shape)
    last[...] = V
    V = last.reshape(order.groups, order.step_size)
    params = step_params(constants.rows)
    for chunk in memory_layout.iter_chunks(order.step_size, constants.width):
        rows = tile_rows(params, chunk)
        for g in range(order.groups):
            at = np.s_[g, :, chunk.lo : chunk.hi]
            V_at = V[g, chunk.lo : chunk.hi]
            integrate(I[at], V_at, A[at], rows, s, memory_layout.empty(V_at.shape))
            if not deferred:
                apply_activation(A[at], Y[at], form)
    tape = Tape(A, p, constants, order)
    if deferred:
        return DeferredOutputs(A, form, order), last, tape
    Y.flags.writeable = Y is not A
    return order.from_grouped(Y), last, tape


def output(tape: Tape | definition.Tape, act: Pair, s: int) -> Array:
    """Return the output from the tape; shares the tape's memory if Act is the identity."""
    if isinstance(tape, definition.Tape):
        return definition.output(tape, act, s)
    form: Any = fused_activation_for(act)
    if form.forward is not None:
        return np.asarray(DeferredOutputs(tape.A, form, tape.layout))
    Y = tape.layout.from_grouped(tape.A)
    Y.flags.writeable = False
    return Y


def _is_supported(spike: Pair, *arrays: Array) -> bool:
    paper = spike.value is step and isinstance(spike.slope, Window)
    return paper and all(x.dtype == np.float32 and x.size for x in arrays)


def step_params(p: Params) -> tuple[Array, ...]:
    """What :func:`integrate` takes."""
    # -v_th is never -0.0, so neither is U - v_th; the last is (5), (6) where F = 1.
    return ZERO - p.v_th, p.alpha, p.beta, p.alpha * p.v_reset + p.beta


def integrate(I: Array, V: Array, A: Array, params: list[Array], s: int, W: Array) -> None:
    """Advance ``V`` through all steps of ``I``, with Act's input in ``A``; ``W`` is scratch."""
    minus_v_th, alpha, beta, fired = params
    V_bits, W_bits, fired_bits = bits(V), bits(W), bits(fired)
    for I_t, A_t, A_bits in zip(I, A, bits(A), strict=True):
        U, D, D_bits = (W, A_t, A_bits) if s else (A_t, W, W_bits)
        np.add(I_t, V, U)  # (3)
        np.add(U, minus_v_th, D)
        np.right_shift(D_bits, SIGN, V_bits)  # (4): all ones where F = 0
        np.multiply(U, alpha, W)
        np.add(W, beta, W)  # (6) where F = 0
        np.bitwise_xor(W_bits, fired_bits, W_bits)
        np.bitwise_and(V_bits, W_bits, V_bits)
        np.bitwise_xor(V_bits, fired_bits, V_bits)  # (5): W where F = 0, fired where F = 1


def backward(
    dY: Array, dV: Array, tape: Tape | definition.Tape, spike: Pair, act: Pair, s: int
) -> tuple[Array, Array, Params]:
    """Differentiate :func:`forward`, last step first."""
    if isinstance(tape, definition.Tape):
        return definition.backward(pad_time(dY, tape.U.shape[1]), dV, tape, spike, act, s)
    A, p, constants, order = tape
    form: Any = fused_activation_for(act)
    window: Any = spike.slope
    # In TR without dV, all of dU comes from the terms of v_th's gradient: nothing is lost by
    # subtracting, which takes fewer passes.
    mu, silent = window.mu, dY.shape[1] < order.shape[1]
    can_grow = silent and chunk_backward.can_grow(constants.rows, mu)
    choices = chunk_backward.KernelOptions(mu, form, s, not s or bool(dV.any()), can_grow)
    sums = memory_layout.ColumnSums(len(chunk_backward.SumKind), constants.width)
    dY, dV = order.to_grouped(dY), dV.reshape(order.groups, order.step_size)
    dI = memory_layout.empty(A.shape)
    v_th, v_reset, alpha, _ = constants.rows
    params = ZERO - v_th, alpha, v_reset - v_th if s else v_reset  # the last is A at reset
    for chunk in memory_layout.iter_chunks(order.step_size, constants.width):
        rows = tile_rows(params, chunk)
        for g in range(order.groups):
            at = np.s_[g, :, chunk.lo : chunk.hi]
            walk = chunk_backward.ChunkBackward(A[at], dI[at], rows, choices, chunk, sums)
            walk.run(dY[at], dV[g, chunk.lo : chunk.hi])
    grads = zip(chunk_backward.param_grads(sums, constants, choices), p, strict=True)
    dp = Params(*(constants.sum_to_shape(d, x.shape) for d, x in grads))
    return order.from_grouped(dI), order.from_grouped(dI)[:, 0].copy(), dp
