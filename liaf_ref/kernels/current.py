"""The synaptic current, a second state before the neuron: I^t = decay I^{t-1} + X^t, and its BPTT.

The paper's neuron has none: its input, Eq. (2), acts in one step.  With a decay, it acts in the
steps that follow too, as in the CuBa LIF of Norse, snnTorch and NIR.
"""

from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.sharing import sum_to


class Tape(NamedTuple):
    """What the backward pass reads: the currents I^1..I^T, and I^0."""

    I: Array
    I0: Array
    decay: Array


def forward(X: Array, I: Array, decay: Array) -> tuple[Array, Array, Tape]:
    """Run the currents over all time steps.

    Parameters
    ----------
    X : ndarray, shape ``(B, T, *S, L)``
        Synaptic input of Eq. (2); ``*S`` is empty or ``H, W``.
    I : ndarray, shape ``(B, *S, L)``
        Current I^0 before the first step.
    decay : ndarray
        Factor of the current from step to step; it broadcasts against one time step, and its
        shape is the sharing mode of Section II-B.

    Returns
    -------
    I : ndarray, shape ``(B, T, *S, L)``
        Currents of all steps: the input of Eq. (3).
    I : ndarray, shape ``(B, *S, L)``
        Current I^T after the last step.
    tape : Tape
        For :func:`backward`.
    """
    currents, I0 = np.empty_like(X), I
    for t in range(X.shape[1]):
        I = currents[:, t] = decay * I + X[:, t]
    return currents, I, Tape(currents, I0, decay)


def backward(dY: Array, dI: Array, tape: Tape) -> tuple[Array, Array, Array]:
    """Differentiate :func:`forward`, last step first.

    Parameters
    ----------
    dY : ndarray, shape ``(B, T, *S, L)``
        Gradient in the currents.
    dI : ndarray, shape ``(B, *S, L)``
        Gradient in I^T; zero where the state is discarded.
    tape : Tape
        From :func:`forward`.

    Returns
    -------
    dX : ndarray, shape ``(B, T, *S, L)``
        Gradient in the synaptic input.
    dI : ndarray, shape ``(B, *S, L)``
        Gradient in I^0.
    ddecay : ndarray
        Gradient in the decay, summed to its shape.
    """
    I, I0, decay = tape
    dX, ddecay = np.empty_like(dY), np.zeros_like(dI)
    for t in reversed(range(dY.shape[1])):
        dI = dX[:, t] = dY[:, t] + dI
        ddecay += dI * (I[:, t - 1] if t else I0)
        dI = dI * decay
    return dX, dI, sum_to(ddecay, decay.shape)
