"""A neuron to be measured: one callable, and what was set on it."""

from collections.abc import Callable
from typing import NamedTuple

from liaf_ref.kernels.array import Array


class Response(NamedTuple):
    """What a neuron did with a drive.

    Parameters
    ----------
    Y : ndarray, shape (N, T)
        Output of N runs.
    V : ndarray, shape (N, T)
        The potential the framework shows after each step.
    dI : ndarray, shape (T, N, T)
        ``dI[t, n, s]`` is the gradient of ``Y[n, t]`` in the drive of step s.
    dv_th : ndarray, shape (T,), or None
        Gradient of ``Y[:, t].sum()`` in the threshold; None if there is none to be had.
    """

    Y: Array
    V: Array
    dI: Array
    dv_th: Array | None


class NeuronProbe(NamedTuple):
    """A neuron under one setting.

    Parameters
    ----------
    framework : str
        Name and version come from the package of this name.
    neuron : str
        The class, as its users write it.
    settings : str
        What was set; empty for a framework's own defaults.
    run : callable
        ``run(I, v_th)`` with I of shape (N, T) and a number as threshold gives a
        :class:`Response`.  Every call begins with a fresh neuron.
    v_th : float
        The threshold that is set by default.
    trainable_threshold : str
        The threshold among the module's trainable parameters: ``"yes"``, ``"no"``,
        or ``"optional"`` where an option makes it one.
    """

    framework: str
    neuron: str
    settings: str
    run: Callable[[Array, float], Response]
    v_th: float
    trainable_threshold: str
