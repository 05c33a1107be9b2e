"""Fast float32 kernel of a block of Fig. 6: neurons, layer normalisation, ReLU, average pooling.

A step of some samples goes through all four while it is in the cache.  The four kernels, one after
the other, are the definition, where Act is the identity in TR and V^T has no gradient.  The tape
keeps the neurons' outputs, and the mean and deviation of each step; backward computes the rest
again.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.fast import memory_layout, neuron
from liaf_ref.fast.activate import FusedActivation
from liaf_ref.fast.average_pool import sum_first_axis
from liaf_ref.fast.chunk_backward import KernelOptions, SumKind, param_grads
from liaf_ref.fast.memory_layout import ZERO, bits, constant, inside, negative, tile_rows
from liaf_ref.fast.norm_rows import FLOAT32_SUM_LENGTH
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Size
from liaf_ref.kernels.neuron import Params
from liaf_ref.kernels.norm import Params as NormParams

PIECE = 270_000  # elements that go through all passes before the next
TILE = 26_000  # elements over which the neurons' parameters are repeated
MAX_FLOAT32_STEPS = 32  # whose gradients in parameters are summed in float32
IDENTITY = FusedActivation(None, None)


class Tape(NamedTuple):
    """Tape of the neurons, parameters of the norm, mean and 1 / deviation ``(B, T, 1)``, window."""

    neurons: neuron.Tape
    norm: NormParams
    m: Array
    r: Array
    size: Size


def forward(
    I: Array, V: Array, p: Params, norm: NormParams, eps: float, size: Size, overwrite: bool = False
) -> tuple[Array, Array, Tape]:
    """Run all time steps; ``overwrite``: the neurons' outputs take the memory of ``I``."""
    constants: Any = memory_layout.tile_params(p, I.shape)
    layout = memory_layout.Layout(I.shape, batch_major=True)
    A = layout.to_grouped(I) if overwrite else memory_layout.empty(layout.to_grouped(I).shape)
    m, r = np.empty((2, *I.shape[:2], 1), np.float32)
    block = Block(Tape(neuron.Tape(A, p, constants, layout), norm, m, r, size))
    last = memory_layout.empty(V.shape)
    last[...] = V
    I, V = block.cut(A if overwrite else I), last.reshape(len(last), block.parts, -1)
    Y, out = block.outputs()
    rows = block.tile(neuron.step_params(constants.rows))
    ones = np.ones(block.lines, np.float32)
    for some, room in block.groups():
        for t in range(block.T):
            a = block.A[some, t]
            total, square = np.zeros((2, len(a), 1))
            for part in range(block.parts):
                drive, A = (room.tiles(x[:, part])[None] for x in (I[some, t], a))
                neuron.integrate(drive, room.tiles(V[some, part]), A, rows, 1, room.y_tiles)
                total += dot(room.lines(a[:, part]), ones)
            m[some, t] = total / block.n
            for part in range(block.parts):
                np.subtract(a[:, part], m[some, t], room.y)
                square += dot(room.y_lines, room.y_lines)
            r[some, t] = 1 / np.sqrt(square / block.n + eps)
            block.finish(some, t, room, out[some, t], centered=part)
    return Y, last, block.tape


def output(tape: Tape) -> Array:
    """Return the output from the tape."""
    block = Block(tape)
    Y, out = block.outputs()
    for some, room in block.groups():
        for t in range(block.T):
            block.finish(some, t, room, out[some, t])
    return Y


def backward(dY: Array, tape: Tape, mu: float) -> tuple[Array, Array, Params, NormParams]:
    """Differentiate :func:`forward`, last step first."""
    block = Block(tape)
    dI = memory_layout.empty(tape.neurons.layout.shape)
    walk = BlockBackward(block, block.cut(dI), mu)
    for some, room in block.groups():
        walk.run(some, room, np.multiply(dY[some], block.share))
    dnorm = (d.reshape(tape.norm.b.shape) for d in walk.dnorm.astype(np.float32))
    return dI, dI[:, 0].copy(), walk.grads(tape.neurons.p), NormParams(*dnorm)


def dot(X: Array, Y: Array) -> Array:
    """Sums of products ``(k, 1)``: float32 within lines, float64 across them."""
    total: Array = np.vecdot(X, Y).sum(axis=-1, dtype=np.float64)[:, None]
    return total


class Room:
    """Scratch memory for a piece of ``k`` samples, and how it is viewed."""

    def __init__(self, block: "Block", k: int) -> None:
        (h, w), line = block.tape.size, block.line
        self.tile_shape, self.line_shape = (k, -1, block.tile_size), (k, *block.lines)
        self.row_shape = k, -1, h, line
        self.y, self.q = memory_layout.empty((2, k, block.piece))
        self.y_tiles, self.q_tiles = self.tiles(self.y), self.tiles(self.q)
        self.y_lines, self.q_lines = self.lines(self.y), self.lines(self.q)
        self.rows = self.y.reshape(self.row_shape)
        self.sums = memory_layout.empty((k, block.piece // line // h, line))
        columns = self.sums.reshape(*self.sums.shape[:2], -1, w, block.L)
        self.row_parts = np.moveaxis(self.rows, 2, 0)
        self.column_parts = np.moveaxis(columns, 3, 0)

    def tiles(self, X: Array) -> Array:
        """View a piece as tiles."""
        return X.reshape(self.tile_shape)

    def lines(self, X: Array) -> Array:
        """View a piece as lines that are summed in float32."""
        return X.reshape(self.line_shape)


class Block:
    """The arrays of a tape, cut into equal pieces of whole rows of windows."""

    def __init__(self, tape: Tape) -> None:
        self.tape, (h, w) = tape, tape.size
        A, _, constants, layout = tape.neurons
        self.B, self.T, H, W, self.L = layout.shape
        line, self.n, self.width = W * self.L, layout.step_size, constants.width
        rows = h * _largest_divisor(H // h, PIECE // (h * line))
        self.line, self.piece, self.parts = line, rows * line, H // rows
        self.tile_size = line * _largest_divisor(rows, TILE // line)
        length = _largest_divisor(self.piece, FLOAT32_SUM_LENGTH)
        self.lines = self.piece // length, length
        self.samples = max(1, PIECE // self.n)  # that are processed together
        self.A = self.cut(A)
        self.gamma, self.b = (x.reshape(self.parts, -1) for x in tape.norm)
        self.share = constant(1 / (h * w))
        self.zeros = np.zeros(line, np.float32)

    def cut(self, X: Array) -> Array:
        """View or copy steps as ``(B, T, parts, piece)``."""
        return X.reshape(self.B, self.T, self.parts, self.piece)

    def groups(self) -> Iterator[tuple[slice, Room]]:
        """Samples that are processed together, with scratch memory for a piece."""
        for first in range(0, self.B, self.samples):
            k = min(self.samples, self.B - first)
            yield slice(first, first + k), Room(self, k)

    def outputs(self) -> tuple[Array, Array]:
        """Memory for the outputs, and its view in pieces."""
        (h, w), (B, T, H, W, L) = self.tape.size, self.tape.neurons.layout.shape
        Y = memory_layout.empty((B, T, H // h, W // w, L))
        return Y, Y.reshape(B, T, self.parts, -1, W // w, L)

    def tile(self, rows: tuple[Array, ...]) -> list[Array]:
        """Repeat the neurons' parameters over a tile."""
        return tile_rows(rows, memory_layout.Chunk(0, self.tile_size, 0, self.width))

    def finish(self, some: slice, t: int, room: Room, out: Array, centered: int = -1) -> None:
        """Normalise what the neurons put out, and pool what is positive of it."""
        m, r, y, rows = self.tape.m[some, t], self.tape.r[some, t], room.y, room.rows
        for part in reversed(range(self.parts)):
            if part != centered:
                np.subtract(self.A[some, t, part], m, y)
            np.multiply(y, r, y)
            np.multiply(y, self.gamma[part], y)
            np.add(y, self.b[part], y)
            np.maximum(rows, self.zeros, out=rows)
            sum_first_axis(room.row_parts, room.sums)
            sum_first_axis(room.column_parts, out[:, part])
            np.multiply(out[:, part], self.share, out[:, part])


class BlockBackward:
    """The backward pass of a block, some samples at a time."""

    def __init__(self, block: Block, dI: Array, mu: float) -> None:
        self.block, self.dI, self.mu = block, dI, mu
        v_th, v_reset, alpha, _ = block.tape.neurons.tiled_params.rows
        self.alpha, self.reset = block.tile((alpha, v_reset - v_th))
        self.minus_b = ZERO - block.b
        self.gamma_lines = block.gamma.reshape(block.parts, *block.lines)
        self.dnorm = np.zeros((2, *block.gamma.shape))
        self.sums = memory_layout.ColumnSums(len(SumKind), block.width)
        self.ones = np.ones(block.piece // block.width, np.float32)

    def run(self, some: slice, room: Room, dY: Array) -> None:
        """Run with the gradient in each pixel of a pool, ``(k, T, ...)``."""
        block, k = self.block, len(dY)
        sizes = MAX_FLOAT32_STEPS, block.parts, k, block.width
        self.partial = np.zeros((len(SumKind), *sizes), np.float32)
        dnorm = np.zeros((2, block.parts, k, block.piece), np.float32)
        for t in reversed(range(block.T)):
            dp = np.repeat(dY[:, t], block.tape.size[1], axis=2)
            dp = bits(dp).reshape(k, block.parts, -1, 1, block.line)
            dA = self.dI[some, t]
            mean, along = sums = np.zeros((2, k, 1))
            for part in range(block.parts):
                d = dA[:, part]
                self._pool_back(some, t, part, room, dp[:, part])
                np.add(dnorm[1, part], d, dnorm[1, part])
                np.multiply(d, room.y, room.q)
                np.add(dnorm[0, part], room.q, dnorm[0, part])
                mean += dot(room.lines(d), self.gamma_lines[part])
                along += dot(room.q_lines, self.gamma_lines[part])
            both = (sums / block.n).astype(np.float32)
            for part in reversed(range(block.parts)):
                if part < block.parts - 1:  # the last one is still there
                    self._normalise(some, t, part, room)
                self._norm_back(some, t, part, room, *both)
                if t < block.T - 1:
                    self._neuron_back(some, t, part, room)
                if t == 0:
                    self._sum(SumKind.DU_FIRST, t, part, dA[:, part])
            if t % MAX_FLOAT32_STEPS == 0:
                self.sums.total += self.partial.sum(axis=(1, 2, 3), dtype=np.float64)
                self.dnorm += dnorm.sum(axis=2, dtype=np.float64)
                self.partial.fill(0)
                dnorm.fill(0)

    def _normalise(self, some: slice, t: int, part: int, room: Room) -> None:
        tape = self.block.tape
        np.subtract(self.block.A[some, t, part], tape.m[some, t], room.y)
        np.multiply(room.y, tape.r[some, t], room.y)

    def _pool_back(self, some: slice, t: int, part: int, room: Room, dp: Array) -> None:
        """The gradient behind the norm, where its output is positive."""
        self._normalise(some, t, part, room)
        q, mask = room.q, bits(room.q)
        np.multiply(room.y, self.block.gamma[part], q)
        np.subtract(self.minus_b[part], q, q)
        negative(q, mask)
        d = bits(self.dI[some, t, part]).reshape(room.row_shape)
        np.bitwise_and(mask.reshape(room.row_shape), dp, d)

    def _norm_back(
        self, some: slice, t: int, part: int, room: Room, mean: Array, along: Array
    ) -> None:
        """The gradient in the neurons' outputs."""
        y, d = room.y, self.dI[some, t, part]
        np.multiply(y, along, y)
        np.add(y, mean, y)
        np.multiply(d, self.block.gamma[part], d)
        np.subtract(d, y, d)
        np.multiply(d, self.block.tape.r[some, t], d)

    def _neuron_back(self, some: slice, t: int, part: int, room: Room) -> None:
        """One step of Eq. (12), added to the gradient in the outputs."""
        dV = self.dI[some, t + 1, part]
        A, dI, carried = map(room.tiles, (self.block.A[some, t, part], self.dI[some, t, part], dV))
        P, q, mask = room.y_tiles, room.q_tiles, bits(room.q_tiles)
        if self.mu > 0:
            inside(A, self.mu, mask)  # (13)
            np.subtract(self.reset, A, P)
            np.bitwise_and(bits(P), mask, bits(P))
            np.multiply(P, carried, P)
        negative(A, mask)  # (4)
        np.bitwise_and(mask, bits(carried), mask)
        np.multiply(np.add(P, q, P) if self.mu > 0 else q, self.alpha, P)  # (6)
        np.add(P, dI, dI)
        self._sum(SumKind.FIRED, t, part, dV)
        self._sum(SumKind.SILENT, t, part, room.q)
        np.multiply(q, A, q)
        self._sum(SumKind.A_SILENT, t, part, room.q)

    def _sum(self, kind: SumKind, t: int, part: int, X: Array) -> None:
        """Sum the columns of a piece."""
        X = X.reshape(len(X), -1, self.block.width)
        np.matmul(self.ones, X, self.partial[kind, t % MAX_FLOAT32_STEPS, part])

    def grads(self, p: Params) -> Params:
        """Gradients in the neurons' parameters."""
        constants, total = self.block.tape.neurons.tiled_params, self.sums.total
        total[SumKind.FIRED] -= total[SumKind.SILENT]
        options = KernelOptions(self.mu, IDENTITY, 1, direct=False, can_grow=False)
        rows = zip(param_grads(self.sums, constants, options), p, strict=True)
        return Params(*(constants.sum_to_shape(d, x.shape) for d, x in rows))


def _largest_divisor(n: int, limit: int) -> int:
    return next((d for d in range(min(n, limit), 1, -1) if n % d == 0), 1)
