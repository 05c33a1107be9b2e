"""The neuron's backward pass once more, with any one of its mistakes on request.

The checks are checked with it: each mistake is one that somebody has made, or
could make, without the loss ceasing to fall.
"""

from collections.abc import Callable

import numpy as np
from independent.comparison import Array

from liaf_ref.kernels import neuron
from liaf_ref.kernels.pair import Pair

NO_MUTATION = "none"
MUTATIONS = (
    "window dropped",
    "sign of v_reset - U",
    "v_reset dropped beside U",
    "1 - S dropped",
    "S for 1 - S",
    "leak forgotten",
    "leak twice",
    "carry forgotten",
    "carry overwritten by the output",
    "gradient of V^T forgotten",
    "gradient of V^0 forgotten",
    "sign of v_th",
    "v_th without the reset",
    "v_th without the output",
    "v_th not at all",
    "v_reset without alpha",
    "v_reset without F",
    "alpha from U",
    "alpha from V",
    "alpha from the step before",
    "beta from the last step only",
    "U of the next step",
    "F of the next step",
    "mean over all that share",
    "mean over the batch",
    "first neuron instead of the sum",
    "slope of Act dropped",
    "slope of Act one step off",
)


def backward(
    mutation: str, dY: Array, dV: Array, tape: neuron.Tape, spike: Pair, act: Pair, s: int
) -> tuple[Array, Array, neuron.Params]:
    """As the kernel's, but for ``flaw``."""

    def either(name: str, wrong: Array, right: Array) -> Array:
        return wrong if mutation == name else right

    p, T = tape.p, dY.shape[1]
    dI, zero = np.empty_like(dY), np.zeros_like(dV)
    sums = {name: zero.copy() for name in neuron.Params._fields}
    dV = either("gradient of V^T forgotten", zero, dV)
    for t in reversed(range(T)):
        later = min(t + 1, T - 1)
        U = either("U of the next step", tape.U[:, later], tape.U[:, t])
        F = either("F of the next step", tape.F[:, later], tape.F[:, t])
        R = tape.R[:, t]
        seen = either("slope of Act one step off", tape.U[:, later], U) - s * p.v_th
        slope = act.slope(seen)
        dA = dY[:, t] * either("slope of Act dropped", np.ones_like(slope), slope)
        V_before = p.alpha * tape.R[:, max(t - 1, 0)] + p.beta
        factor = either("alpha from U", U, R)
        factor = either("alpha from V", V_before, factor)
        factor = either("alpha from the step before", tape.R[:, max(t - 1, 0)], factor)
        sums["alpha"] += dV * factor
        sums["beta"] += either("beta from the last step only", dV * (t == T - 1), dV)
        dR = either("leak twice", dV * p.alpha**2, dV * p.alpha)
        dR = either("leak forgotten", dV, dR)
        share = either("v_reset without F", dR, dR * F)
        sums["v_reset"] += either("v_reset without alpha", dV * F, share)
        swing = either("v_reset dropped beside U", -U, p.v_reset - U)
        swing = either("sign of v_reset - U", U - p.v_reset, swing)
        dx = either("window dropped", zero, dR * swing * spike.slope(U - p.v_th))
        in_th = either("v_th without the reset", s * dA, dx + s * dA)
        in_th = either("v_th without the output", dx, in_th)
        in_th = either("sign of v_th", -in_th, in_th)
        sums["v_th"] -= either("v_th not at all", zero, in_th)
        saved = either("1 - S dropped", dR, dR * (1 - F))
        saved = either("S for 1 - S", dR * F, saved)
        dI[:, t] = saved + dx + dA
        dV = either("carry overwritten by the output", dA, dI[:, t])
        dV = either("carry forgotten", zero, dV) if t else dV
    shared = _reduce_parameter_gradients(mutation, sums, p)
    return dI, either("gradient of V^0 forgotten", zero, dV), shared


def _reduce_parameter_gradients(
    mutation: str, sums: dict[str, Array], p: neuron.Params
) -> neuron.Params:
    reductions: dict[str, Callable[[Array], Array]] = {
        NO_MUTATION: lambda d: d.sum().reshape(1),
        "mean over all that share": lambda d: d.mean().reshape(1),
        "mean over the batch": lambda d: d.mean(axis=0).sum().reshape(1),
        "first neuron instead of the sum": lambda d: d.ravel()[:1],
    }
    reduce = reductions.get(mutation, reductions[NO_MUTATION])
    return neuron.Params(*(reduce(sums[name]) for name in p._fields))
