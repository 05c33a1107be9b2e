"""The backward pass of :mod:`liaf_ref.fast.neuron`, one chunk of neurons at a time.

With the gradient ``dV`` carried into V^t, Eq. (12) reads ``dV * J`` with ::

    J = alpha * ((1 - F) + window(U - v_th) * (v_reset - U))

where ``1 - F`` and the window are bit masks.  If one step of a chunk fills the cache, J is computed
step by step; if several steps fit, J is computed for all of them at once, and only one product per
step remains.
"""

from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from liaf_ref.fast import memory_layout
from liaf_ref.fast.activate import FusedActivation
from liaf_ref.fast.memory_layout import MAGNITUDE, ONE, bits, inside, negative
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.neuron import Params

CUTOFF_RATIO = 2.0**-48  # to the largest gradient: does not change float32 sums
SILENT_BLOCK = 50_000  # elements between two looks for gradients that have become negligible
MIN_CUTOFF = 2.0**-140  # below, float32 has fewer than ten bits, and its arithmetic can be slow


class KernelOptions(NamedTuple):
    """Options of the neuron's backward pass."""

    mu: float  # window of the reset
    activation: FusedActivation
    s: int
    direct: bool  # sum the gradient in v_th term by term; else subtract all others from that in U
    can_grow: bool  # whether |J| can be above 1


def can_grow(p: Params, mu: float) -> bool:
    """Whether ``|J|`` is above 1 for any U of any of the neurons."""
    d = p.v_reset - p.v_th
    # Within the window, v_reset - U is between d - mu and d where F = 1, else d and d + mu.
    factor = np.maximum(np.maximum(abs(d), 1 + d) + mu, ONE) if mu > 0 else ONE
    return bool((abs(p.alpha * factor) > ONE).any())


class SumKind(IntEnum):
    """Sums over all steps for the gradients in the parameters."""

    FIRED = 0  # dV where F = 1
    SILENT = 1  # dV where F = 0
    A_SILENT = 2  # the same times A
    DX = 3  # through the window, without alpha: for a direct v_th
    DU_FIRST = 3  # in the same place, for a v_th by subtraction
    DA = 4  # for a direct v_th in TR


def param_grads(
    sums: memory_layout.ColumnSums, tiled_params: memory_layout.TiledParams, options: KernelOptions
) -> Params:
    """Gradients in the parameters, in float64, one row each."""
    v_th, v_reset, alpha, _ = (x.astype(np.float64) for x in tiled_params.rows)
    fired, silent, A_silent, dx, dA = sums.total
    dV = fired + silent
    U_silent = A_silent + options.s * v_th * silent
    if options.direct:
        dv_th = 0 - (alpha * dx + dA)  # (4), (8); -(0) would be -0
    else:
        dU = dV + sums.total[SumKind.DU_FIRST]
        dv_th = alpha * silent - dU  # (12): what is left is dx + dA
    return Params(dv_th, alpha * fired, v_reset * fired + U_silent, dV)  # (5), (6)


class ChunkBackward:
    """The backward pass of one chunk through time."""

    def __init__(
        self,
        A: Array,
        dI: Array,
        params: list[Array],
        options: KernelOptions,
        chunk: memory_layout.Chunk,
        sums: memory_layout.ColumnSums,
    ) -> None:
        self.A, self.dI, self.options = A, dI, options
        self.minus_v_th, self.alpha, self.reset = params
        self.chunk, self.sums = chunk, sums
        self.largest: float | None = None
        self.sums_dx = options.direct and options.mu > 0
        self.columns = chunk.last_column - chunk.first_column

    def run(self, dY: Array, dV: Array) -> None:
        """Run with the gradients ``dV`` in V^T and ``dY`` in the last outputs, ``(k, n)``."""
        T, n = self.A.shape
        silent_start = T - len(dY)
        blocks = list(_time_blocks(T, silent_start, n))
        longest = max(t1 - t0 for t0, t1 in blocks) * n
        self.scratch = memory_layout.aligned_rows(4, longest)
        self.ones = np.ones(longest // self.columns, np.float32)
        partial = self.sums.new_partial(self.chunk, len(blocks))
        for block, (t0, t1) in enumerate(blocks):
            at = partial[block]
            after = self.dI[t0 + 1 : t1 + 1] if t1 < T else dV[None]
            dA = None
            if t0 >= silent_start:
                dA = self._dA(t0, t1, dY[t0 - silent_start : t1 - silent_start])
                if self.options.direct and self.options.s:
                    self._sum(dA, at[SumKind.DA])
            elif t1 < T and self._is_negligible(after[-1], t0):
                self.dI[:t1] = 0
                break
            self._run_block(t0, t1, after, dA, at)
        if not self.options.direct:
            self._sum(self.dI[:1], partial[-1, SumKind.DU_FIRST])
        self.sums.add_partial(self.chunk, partial)

    def _run_block(self, t0: int, t1: int, dV: Array, dA: Array | None, partial: Array) -> None:
        A, dI = self.A[t0:t1], self.dI[t0:t1]
        last = t1 == len(self.A)
        if last and not dV.any():
            dI[:] = 0 if dA is None else dA
            return
        advance = self._step if len(A) == 1 else self._steps
        silent_dV, dx = advance(A, dI, dV, dA)
        if dx is not None:
            self._sum(dx, partial[SumKind.DX])
        self._sum(silent_dV, partial[SumKind.SILENT])
        fired = partial[SumKind.FIRED]
        if dA is None and self.options.can_grow:  # grown from what these sums do not see
            self._sum(np.subtract(dV, silent_dV, self._scratch_rows(3, len(A))), fired)
        else:
            self._sum(dV, fired)
            fired -= partial[SumKind.SILENT]  # exactly 0 without spikes
        np.multiply(silent_dV, A, silent_dV)
        self._sum(silent_dV, partial[SumKind.A_SILENT])

    def _is_negligible(self, dV: Array, t0: int) -> bool:
        """Whether the carried gradient into the steps before, which have no dY, is zero."""
        if t0 > 0:  # within one block, gradients do not decay that far
            self._flush_to_zero(dV)
        return not dV.any()

    def _flush_to_zero(self, dV: Array) -> None:
        """Set tiny gradients to zero; where none can grow, tiny beside the largest of the chunk."""
        work = self._scratch_rows(2, 1)[0]
        if self.largest is None:
            np.bitwise_and(bits(dV), MAGNITUDE, bits(work))
            self.largest = float(work.max())
            return
        cutoff = max(0 if self.options.can_grow else CUTOFF_RATIO * self.largest, MIN_CUTOFF)
        if cutoff < np.inf:
            inside(dV, cutoff, bits(work))
            np.invert(bits(work), bits(work))
            np.bitwise_and(bits(dV), bits(work), bits(dV))

    def _scratch_rows(self, i: int, steps: int) -> Array:
        n = self.A.shape[1]
        return self.scratch[i, : steps * n].reshape(steps, n)

    def _dA(self, t0: int, t1: int, dY: Array) -> Array:
        """Gradient in the argument of Act."""
        adjoint = self.options.activation.backward
        if adjoint is None:
            return dY
        dA, work = self._scratch_rows(0, t1 - t0), self._scratch_rows(1, t1 - t0)
        adjoint(self.A[t0:t1], dY, dA, work)  # (8)
        return dA

    def _D(self, A: Array) -> Array:
        """``U - v_th``."""
        if self.options.s:
            return A
        D = self._scratch_rows(1, len(A))
        np.add(A, self.minus_v_th, D)
        return D

    def _step(self, A: Array, dI: Array, dV: Array, dA: Array | None) -> tuple[Array, Array | None]:
        """One step of Eq. (12); returns dV where F = 0, and dx before alpha if it is summed."""
        D, q, P = self._D(A), self._scratch_rows(2, 1), self._scratch_rows(3, 1)
        dx = self._scratch_rows(1, 1) if self.sums_dx else None
        if self.options.mu > 0:
            inside(D, self.options.mu, bits(q))  # (13)
            np.subtract(self.reset, A, P)
            np.bitwise_and(bits(P), bits(q), bits(P))
        negative(D, bits(q))  # (4)
        np.bitwise_and(bits(q), bits(dV), bits(q))
        if self.options.mu > 0:
            window_dV = np.multiply(P, dV, P if dx is None else dx)
            np.add(window_dV, q, P)
        np.multiply(P if self.options.mu > 0 else q, self.alpha, P)  # (6)
        if dA is None:
            dI[:] = P
        else:
            np.add(P, dA, dI)
        return q, dx

    def _steps(
        self, A: Array, dI: Array, dV: Array, dA: Array | None
    ) -> tuple[Array, Array | None]:
        """Several steps of Eq. (12), with J computed first; returns the same as :meth:`_step`."""
        D, q, J = self._D(A), self._scratch_rows(2, len(A)), self._scratch_rows(3, len(A))
        dx = None
        negative(D, bits(q))  # (4)
        np.bitwise_and(bits(q), bits(ONE), bits(q))
        if self.options.mu > 0:
            window = self._scratch_rows(1, len(A))
            inside(D, self.options.mu, bits(window))  # (13)
            np.subtract(self.reset, A, J)
            if self.sums_dx:
                dx = window
            through = J if dx is None else dx
            np.bitwise_and(bits(J), bits(window), bits(through))
            np.add(through, q, J)
        np.multiply(J if self.options.mu > 0 else q, self.alpha, J)  # (6)
        back = slice(None, None, -1)
        if dA is None:
            for J_t, dV_t, dI_t in zip(J[back], dV[back], dI[back], strict=True):
                np.multiply(J_t, dV_t, dI_t)
        else:
            for J_t, dV_t, dA_t, dI_t in zip(J[back], dV[back], dA[back], dI[back], strict=True):
                np.multiply(J_t, dV_t, J_t)
                np.add(J_t, dA_t, dI_t)
        np.multiply(q, dV, q)
        if dx is not None:
            np.multiply(dx, dV, dx)
        return q, dx

    def _sum(self, X: Array, out: Array) -> None:
        """Sum the rows by a product with ones, in the same order for any memory layout."""
        X = np.ascontiguousarray(X.reshape(-1, self.columns))
        if len(X) == 1:  # NumPy multiplies a single row without BLAS, ten times slower than this
            out[:] = X[0]
        else:
            np.matmul(self.ones[: len(X)], X, out)


def _time_blocks(T: int, first_step_with_dY: int, n: int) -> Iterator[tuple[int, int]]:
    """Yield blocks of steps of ``n`` neurons, all with or all without dY, last first."""
    # The last step is a block of its own, because the caller provides its carried gradient.
    edge = min(first_step_with_dY, T - 1)
    silent = min(SILENT_BLOCK, memory_layout.CHUNK)
    for lo, hi, size in ((T - 1, T, n), (edge, T - 1, memory_layout.CHUNK), (0, edge, silent)):
        steps = max(1, size // n)
        for t1 in range(hi, lo, -steps):
            yield max(lo, t1 - steps), t1
