"""Eqs. (3)-(6) as one forward Euler step of NIR's neurons, and back.

NIR writes ``tau dv/dt = (v_leak - v) + r I``, and resets ``v`` to ``v_reset`` when it
exceeds ``v_threshold``.  A step ``dt`` of forward Euler is::

    v + dt/tau (v_leak - v + r I) = (1 - dt/tau) v + dt/tau v_leak + r dt/tau I

With v = R this is (6) followed by (3), so NIR's potential is the one after reset and
before leak, and::

    tau = dt / (1 - alpha)    v_leak = beta / (1 - alpha)    r = tau / dt
    v0 = (V0 - beta) / alpha

Without a leak (alpha = 1, beta = 0) it is NIR's integrator, with r = 1 / dt and v0 = V0.

Each function is arithmetic alone and runs in any number type NumPy holds.
"""

from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array

NodeFields = dict[str, Array]


class DiscreteNeurons(NamedTuple):
    """Neurons of Eqs. (4)-(6), one value per neuron, and the potential before the first step."""

    v_th: Array
    v_reset: Array
    alpha: Array
    beta: Array
    V0: Array


class ConversionOptions(NamedTuple):
    """Options of the conversion."""

    dt: float
    # Shift the threshold by one float, because (4) fires at equality, and NIR does not.
    exact_threshold: bool
    fold_gain: bool  # multiply the weights by the gain of the input, and set r = 1


def to_nir_fields(p: DiscreteNeurons, options: ConversionOptions) -> NodeFields:
    """The fields of a NIR node for these neurons."""
    one = np.ones_like(p.alpha)
    threshold = (
        np.nextafter(p.v_th, -np.inf, dtype=p.v_th.dtype) if options.exact_threshold else p.v_th
    )
    fire = {"v_threshold": threshold, "v_reset": p.v_reset}
    if not has_leak(p):
        return {"r": one if options.fold_gain else one / options.dt} | fire
    leak = 1 - p.alpha
    r = one if options.fold_gain else one / leak
    return {"tau": options.dt * one / leak, "r": r, "v_leak": p.beta / leak} | fire


def from_nir_fields(fields: NodeFields, v0: Array, options: ConversionOptions) -> DiscreteNeurons:
    """The neurons of a NIR node; the inverse of :func:`to_nir_fields`."""
    th = fields["v_threshold"]
    v_th = np.nextafter(th, np.inf, dtype=th.dtype) if options.exact_threshold else th
    if "tau" not in fields:
        one = np.ones_like(v0)
        return DiscreteNeurons(v_th, fields["v_reset"], one, 0 * one, v0)
    alpha = 1 - options.dt / fields["tau"]
    beta = fields["v_leak"] * options.dt / fields["tau"]
    return DiscreteNeurons(v_th, fields["v_reset"], alpha, beta, alpha * v0 + beta)


def input_gain(fields: NodeFields, options: ConversionOptions) -> Array:
    """The factor of the input in NIR's step; in Eq. (3) it is 1."""
    product: Array = fields["r"] * options.dt
    return product / fields["tau"] if "tau" in fields else product


def nir_initial_potential(p: DiscreteNeurons) -> Array:
    """NIR's potential before the first step; arbitrary where alpha is 0, then 0."""
    if not has_leak(p):
        return p.V0
    free = p.alpha == 0
    v0: Array = np.where(free, 0, (p.V0 - p.beta) / np.where(free, 1, p.alpha))
    return v0.astype(p.V0.dtype)


def has_leak(p: DiscreteNeurons) -> bool:
    """Whether the neurons are leaky (LIF), not integrators (IF)."""
    return not bool((p.alpha == 1).all())
