"""The walk back through time of :mod:`liaf_ref.fast.neuron`, one chunk of neurons at a time.

With the gradient ``dV`` carried into V^t, Eq. (12) reads ``dV * J`` with ::

    J = alpha * ((1 - F) + window(U - v_th) * (v_reset - U))

where ``1 - F`` and the window are bit masks.  Where a chunk is as long as the
cache takes, each step multiplies ``dV`` through in turn; where several steps of
it fit, J is computed for all of them at once, and one product a step remains.
"""

from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from liaf_ref.fast import memory_layout
from liaf_ref.fast.fused_activation import FusedActivation
from liaf_ref.fast.masks import MAGNITUDE, ONE, ZERO, bits, inside, negative
from liaf_ref.fast.tiled_params import ColumnSums, TiledParams, tile_rows
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.neuron import Params

CUTOFF_RATIO = 2.0**-48  # of the largest: the rounding of a rounding, and above the slow subnormals


class KernelOptions(NamedTuple):
    """Window of the reset, Act and s."""

    mu: float
    activation: FusedActivation
    s: int


class ChunkParams(NamedTuple):
    """Parameters over a chunk; ``reset`` is ``v_reset - s v_th``, what Act sees of v_reset."""

    minus_v_th: Array
    alpha: Array
    reset: Array


def chunk_params(p: Params, s: int, chunk: memory_layout.Chunk) -> ChunkParams:
    """Lay the parameters out over a chunk."""
    reset = p.v_reset - p.v_th if s else p.v_reset
    return ChunkParams(*tile_rows((ZERO - p.v_th, p.alpha, reset), chunk))


class SumKind(IntEnum):
    """What is summed over all steps for the parameters' gradients."""

    DV = 0
    SILENT = 1  # dV where F = 0
    A_SILENT = 2  # the same times A
    DA = 3
    DU_FIRST = 4
    DV_LAST = 5


def new_column_sums(width: int) -> ColumnSums:
    """Start the sums over all chunks."""
    return ColumnSums(len(SumKind), width)


def param_grads(sums: ColumnSums, tiled_params: TiledParams, options: KernelOptions) -> Params:
    """Gradients in the parameters, in float64, a row each."""
    v_th, v_reset, alpha, _ = (x.astype(np.float64) for x in tiled_params.rows)
    dV, silent, dA = sums.total[SumKind.DV], sums.total[SumKind.SILENT], sums.total[SumKind.DA]
    fired = dV - silent
    U_silent = sums.total[SumKind.A_SILENT] + options.s * v_th * silent
    dU = dV - sums.total[SumKind.DV_LAST] + sums.total[SumKind.DU_FIRST]
    if options.s:
        dv_th = alpha * silent - dU  # (12): what is left is dx + dA
    elif options.mu > 0:
        dv_th = alpha * silent - dU + dA  # and here dx
    else:
        dv_th = np.zeros_like(dU)
    return Params(dv_th, alpha * fired, v_reset * fired + U_silent, dV)  # (5), (6)


class Room(NamedTuple):
    """Memory for what a block of steps computes, ``(steps, n)`` each, and its views as bits."""

    dA: Array
    D: Array
    q: Array
    J: Array
    D_bits: Array
    q_bits: Array
    J_bits: Array


class ChunkBackward:
    """One chunk's way back through time.

    Parameters
    ----------
    A : ndarray, shape (T, n)
        What Act saw.
    dI : ndarray, shape (T, n)
        Filled with the gradient in I, equal to that in U.
    params : Rows
        The chunk's parameters.
    options : Choices
        Window, Act and s.
    chunk : Chunk
        The chunk's place in a row of parameters.
    sums : ColumnSums
        Added to.
    """

    def __init__(
        self,
        A: Array,
        dI: Array,
        params: ChunkParams,
        options: KernelOptions,
        chunk: memory_layout.Chunk,
        sums: ColumnSums,
    ) -> None:
        T, n = A.shape
        self.A, self.dI, self.params, self.options = A, dI, params, options
        self.chunk, self.sums = chunk, sums
        self.block_steps = min(T, max(1, memory_layout.CHUNK // n))
        self.scratch = memory_layout.aligned_rows(4, self.block_steps * n)
        self.rooms: dict[int, Room] = {}
        self.cutoff: float | None = None
        self.columns = chunk.last_column - chunk.first_column
        self.ones = np.ones(self.block_steps * n // self.columns, np.float32)

    def run(self, dY: Array, dV: Array) -> None:
        """Walk from ``dV``, the gradient in V^T, and ``dY`` in the last outputs, ``(k, n)``."""
        T = len(self.A)
        silent_start = T - len(dY)
        blocks = list(_time_blocks(T, silent_start, self.block_steps))
        partial = self.sums.new_partial(self.chunk, len(blocks))
        for block, (t0, t1) in enumerate(blocks):
            at = partial[block]
            after = self.dI[t0 + 1 : t1 + 1] if t1 < T else dV[None]
            dA = None
            if t0 >= silent_start:
                dA = self._dA(t0, t1, dY[t0 - silent_start : t1 - silent_start])
                if not self.options.s:
                    self._sum(dA, at[SumKind.DA])
            elif t1 < T and self._is_negligible(after[-1], t0):
                self.dI[:t1] = 0
                break
            self._run_block(t0, t1, after, dA, at)
        self._sum(self.dI[:1], partial[-1, SumKind.DU_FIRST])
        self.sums.add_partial(self.chunk, partial)

    def _run_block(self, t0: int, t1: int, dV: Array, dA: Array | None, partial: Array) -> None:
        A, dI = self.A[t0:t1], self.dI[t0:t1]
        last = t1 == len(self.A)
        if last and not dV.any():
            dI[:] = 0 if dA is None else dA
            return
        if last:
            self._sum(dV, partial[SumKind.DV_LAST])
        room = self._room(len(A))
        advance = self._step if len(A) == 1 else self._iter_steps
        advance(A, dI, dV, dA, room)
        silent_dV = room.q
        self._sum(dV, partial[SumKind.DV])
        self._sum(silent_dV, partial[SumKind.SILENT])
        np.multiply(silent_dV, A, silent_dV)
        self._sum(silent_dV, partial[SumKind.A_SILENT])

    def _is_negligible(self, dV: Array, t0: int) -> bool:
        """Whether nothing is left of the carry into a run that starts at ``t0``, without dY."""
        if t0 > 0:  # within one run nothing decays that far
            self._flush_to_zero(dV)
        return not dV.any()

    def _flush_to_zero(self, dV: Array) -> None:
        """Set what is below :data:`CUTOFF_RATIO` of the chunk's largest gradient to zero."""
        work = self._room(1).q[0]
        if self.cutoff is None:
            np.bitwise_and(bits(dV), MAGNITUDE, bits(work))
            self.cutoff = CUTOFF_RATIO * float(work.max())
        elif 0 < self.cutoff < np.inf:
            inside(dV, self.cutoff, bits(work))
            np.invert(bits(work), bits(work))
            np.bitwise_and(bits(dV), bits(work), bits(dV))

    def _room(self, steps: int) -> Room:
        """Memory for ``steps`` steps; making its views anew for each block would take longer."""
        if steps not in self.rooms:
            n = self.A.shape[1]
            dA, D, q, J = (row[: steps * n].reshape(steps, n) for row in self.scratch)
            self.rooms[steps] = Room(dA, D, q, J, bits(D), bits(q), bits(J))
        return self.rooms[steps]

    def _dA(self, t0: int, t1: int, dY: Array) -> Array:
        """Gradient in what Act saw."""
        adjoint = self.options.activation.backward
        if adjoint is None:
            return dY
        room = self._room(t1 - t0)
        adjoint(self.A[t0:t1], dY, room.dA, room.D)  # (8)
        return room.dA

    def _D(self, A: Array, room: Room) -> Array:
        """``U - v_th``."""
        return A if self.options.s else np.add(A, self.params.minus_v_th, room.D)

    def _step(self, A: Array, dI: Array, dV: Array, dA: Array | None, room: Room) -> None:
        """One step of Eq. (12); leaves dV where F = 0 in ``q``."""
        D, q, P, mu = self._D(A, room), room.q, room.J, self.options.mu
        if mu > 0:
            inside(D, mu, room.q_bits)  # (13)
            np.subtract(self.params.reset, A, P)
            np.bitwise_and(room.J_bits, room.q_bits, room.J_bits)
            np.multiply(P, dV, P)
        negative(D, room.q_bits)  # (4)
        np.bitwise_and(room.q_bits, bits(dV), room.q_bits)
        if mu > 0:
            np.add(P, q, P)
        np.multiply(P if mu > 0 else q, self.params.alpha, P)  # (6)
        if dA is None:
            dI[:] = P
        else:
            np.add(P, dA, dI)

    def _iter_steps(self, A: Array, dI: Array, dV: Array, dA: Array | None, room: Room) -> None:
        """Several steps of Eq. (12), J first; leaves what :meth:`_step` leaves."""
        D, q, J, mu = self._D(A, room), room.q, room.J, self.options.mu
        negative(D, room.q_bits)  # (4)
        np.bitwise_and(room.q_bits, bits(ONE), room.q_bits)
        if mu > 0:
            inside(D, mu, room.D_bits)  # (13)
            np.subtract(self.params.reset, A, J)
            np.bitwise_and(room.J_bits, room.D_bits, room.J_bits)
            np.add(J, q, J)
        np.multiply(J if mu > 0 else q, self.params.alpha, J)  # (6)
        back = slice(None, None, -1)
        if dA is None:
            for J_t, dV_t, dI_t in zip(J[back], dV[back], dI[back], strict=True):
                np.multiply(J_t, dV_t, dI_t)
        else:
            for J_t, dV_t, dA_t, dI_t in zip(J[back], dV[back], dA[back], dI[back], strict=True):
                np.multiply(J_t, dV_t, J_t)
                np.add(J_t, dA_t, dI_t)
        np.multiply(q, dV, q)

    def _sum(self, X: Array, out: Array) -> None:
        """Sum the rows, in one order for any memory: a product with ones, what BLAS does best."""
        X = np.ascontiguousarray(X.reshape(-1, self.columns))
        if len(X) == 1:  # for a single row NumPy does not call BLAS, and takes twenty times as long
            out[:] = X[0]
        else:
            np.matmul(self.ones[: len(X)], X, out)


def _time_blocks(T: int, first_step_with_dY: int, block_steps: int) -> Iterator[tuple[int, int]]:
    """Runs of at most ``some`` steps, last first; none mixes steps with and without dY.

    The last step is a run of its own, since its carried gradient is the caller's.
    """
    edge = min(first_step_with_dY, T - 1)
    for lo, hi in ((T - 1, T), (edge, T - 1), (0, edge)):
        for t1 in range(hi, lo, -block_steps):
            yield max(lo, t1 - block_steps), t1
