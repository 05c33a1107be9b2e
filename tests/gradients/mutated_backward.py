"""The neuron's backward pass once more, with any one of its mistakes on request.

It tests the gradient checks: each mistake is a plausible one, with which the loss may
still fall.
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
    "v_reset missing in v_reset - U",
    "factor 1 - S missing",
    "S for 1 - S",
    "leak missing",
    "leak applied twice",
    "truncated BPTT, k = 1",
    "recurrent gradient overwritten",
    "gradient of V^T missing",
    "gradient of V^0 missing",
    "sign of v_th",
    "v_th without the reset",
    "v_th without the output",
    "v_th not trained",
    "v_reset without alpha",
    "v_reset without F",
    "alpha from U",
    "alpha from V",
    "alpha from the previous step",
    "beta from the last step only",
    "U of the next step",
    "F of the next step",
    "mean over all sharing neurons",
    "mean over the batch",
    "first neuron instead of the sum",
    "derivative of Act missing",
    "derivative of Act of the next step",
)


def backward(
    mutation: str, dY: Array, dV: Array, tape: neuron.Tape, spike: Pair, act: Pair, s: int
) -> tuple[Array, Array, neuron.Params]:
    """As the kernel's, but with ``mutation``."""

    def either(name: str, wrong: Array, right: Array) -> Array:
        return wrong if mutation == name else right

    p, T = tape.p, dY.shape[1]
    dI, zero = np.empty_like(dY), np.zeros_like(dV)
    sums = {name: zero.copy() for name in neuron.Params._fields}
    dV = either("gradient of V^T missing", zero, dV)
    for t in reversed(range(T)):
        later = min(t + 1, T - 1)
        U = either("U of the next step", tape.U[:, later], tape.U[:, t])
        F = either("F of the next step", tape.F[:, later], tape.F[:, t])
        R = tape.R[:, t]
        seen = either("derivative of Act of the next step", tape.U[:, later], U) - s * p.v_th
        slope = act.slope(seen)
        dz = dY[:, t] * either("derivative of Act missing", np.ones_like(slope), slope)
        V_before = p.alpha * tape.R[:, max(t - 1, 0)] + p.beta
        factor = either("alpha from U", U, R)
        factor = either("alpha from V", V_before, factor)
        factor = either("alpha from the previous step", tape.R[:, max(t - 1, 0)], factor)
        sums["alpha"] += dV * factor
        sums["beta"] += either("beta from the last step only", dV * (t == T - 1), dV)
        dR = either("leak applied twice", dV * p.alpha**2, dV * p.alpha)
        dR = either("leak missing", dV, dR)
        share = either("v_reset without F", dR, dR * F)
        sums["v_reset"] += either("v_reset without alpha", dV * F, share)
        swing = either("v_reset missing in v_reset - U", -U, p.v_reset - U)
        swing = either("sign of v_reset - U", U - p.v_reset, swing)
        dx = either("window dropped", zero, dR * swing * spike.slope(U - p.v_th))
        in_th = either("v_th without the reset", s * dz, dx + s * dz)
        in_th = either("v_th without the output", dx, in_th)
        in_th = either("sign of v_th", -in_th, in_th)
        sums["v_th"] -= either("v_th not trained", zero, in_th)
        saved = either("factor 1 - S missing", dR, dR * (1 - F))
        saved = either("S for 1 - S", dR * F, saved)
        dI[:, t] = saved + dx + dz
        dV = either("recurrent gradient overwritten", dz, dI[:, t])
        dV = either("truncated BPTT, k = 1", zero, dV) if t else dV
    shared = _reduce_parameter_gradients(mutation, sums, p)
    return dI, either("gradient of V^0 missing", zero, dV), shared


def _reduce_parameter_gradients(
    mutation: str, sums: dict[str, Array], p: neuron.Params
) -> neuron.Params:
    reductions: dict[str, Callable[[Array], Array]] = {
        NO_MUTATION: lambda d: d.sum().reshape(1),
        "mean over all sharing neurons": lambda d: d.mean().reshape(1),
        "mean over the batch": lambda d: d.mean(axis=0).sum().reshape(1),
        "first neuron instead of the sum": lambda d: d.ravel()[:1],
    }
    reduce = reductions.get(mutation, reductions[NO_MUTATION])
    return neuron.Params(*(reduce(sums[name]) for name in p._fields))
