"""Eq. (15) with its convolution a value, so that one ``*`` can stand in all of a network."""

from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels import lstm_cell
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.conv import Params
from liaf_ref.kernels.conv import Tape as ConvTape
from liaf_ref.kernels.convlstm import Tape
from liaf_ref.kernels.grid import Grid, same
from liaf_ref.kernels.pair import Pair


class ConvLSTM(NamedTuple):
    """:mod:`liaf_ref.kernels.convlstm`, bit for bit, if ``conv`` is the kernel."""

    conv: Any

    def forward(
        self, A: Array, h0: Array, c0: Array, U: Array, *sigmas: Pair
    ) -> tuple[Array, tuple[Array, Array], Tape]:
        """Run over all steps."""
        p, grid = _recurrent_convolution(U)
        a, h, c = [], [h0], [c0]
        for t in range(A.shape[1]):
            a.append(A[:, t] + self.conv.forward(h[t], p, grid)[0])  # (15)
            h_t, c_t = lstm_cell.forward(a[t], c[t], *_gate_activations(sigmas))
            h.append(h_t)
            c.append(c_t)
        drive, H, C = (np.stack(steps, axis=1) for steps in (a, h, c))
        return H[:, 1:], (h[-1], c[-1]), Tape(drive, H, C, U)

    def backward(
        self, dY: Array, dh: Array, dc: Array, tape: Tape, *sigmas: Pair
    ) -> tuple[Array, tuple[Array, Array], Array]:
        """Differentiate, last step first."""
        a, h, c, U = tape
        p, grid = _recurrent_convolution(U)
        dA, dU = np.empty_like(a), np.zeros_like(U)
        for t in reversed(range(a.shape[1])):
            states = c[:, t], c[:, t + 1]
            dh = dY[:, t] + dh
            dA[:, t], dc = lstm_cell.backward(dh, dc, a[:, t], states, *_gate_activations(sigmas))
            dh, dp = self.conv.backward(dA[:, t], ConvTape(h[:, t], p), grid)  # (15)
            dU += dp.W
        return dA, (dh, dc), dU


def _recurrent_convolution(U: Array) -> tuple[Params, Grid]:
    kernel = U.shape[:-2]
    return Params(U, np.zeros(U.shape[-1], U.dtype)), Grid((1,) * len(kernel), same(kernel))


def _gate_activations(sigmas: tuple[Pair, ...]) -> tuple[Pair, Pair, Pair]:
    sigma_g, sigma_c, sigma_h = sigmas
    return sigma_g, sigma_c, sigma_h
