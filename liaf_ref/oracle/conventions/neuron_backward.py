"""Backward passes of the neuron other than the paper's; the forward pass is the paper's."""

from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.sharing import sum_to
from liaf_ref.oracle.conventions.convention import Convention, neuron_convention


def _zero(z: Any) -> Array:
    return np.zeros_like(z.dV)


def _clamped_step(z: Any, shift: int) -> int:
    return int(min(max(z.t + shift, 0), z.T - 1))


def _shifted_read(U: int = 0, F: int = 0) -> Any:
    return lambda z: (
        z.tape.U[:, _clamped_step(z, U)],
        z.tape.F[:, _clamped_step(z, F)],
        z.tape.R[:, z.t],
    )


GRADIENT_PATHS = (
    neuron_convention(
        "sign of v_reset - U",
        "In the reset's path stands U - v_reset.",
        dF=lambda z: z.dR * (z.U - z.p.v_reset),
    ),
    neuron_convention(
        "v_reset dropped beside U",
        "In the reset's path stands -U in place of v_reset - U.",
        dF=lambda z: -z.dR * z.U,
    ),
    neuron_convention(
        "1 - F dropped",
        "What comes back from V goes to U whether the neuron fired or not.",
        dU=lambda z: z.dR + z.dx + z.dA,
    ),
    neuron_convention(
        "F for 1 - F",
        "What comes back from V goes to U where the neuron fired, not where it did not.",
        dU=lambda z: z.dR * z.F + z.dx + z.dA,
    ),
    neuron_convention(
        "surrogate for the threshold only",
        "The reset's surrogate reaches v_th, not U.",
        dU=lambda z: z.dR * (1 - z.F) + z.dA,
    ),
    neuron_convention("leak forgotten", "The step from V to R lacks alpha.", dR=lambda z: z.dV),
    neuron_convention(
        "leak twice", "The step from V to R has alpha twice.", dR=lambda z: z.dV * z.p.alpha**2
    ),
    neuron_convention(
        "carry overwritten by the output",
        "Only the output's gradient goes to the step before.",
        carry=lambda z: z.dA,
    ),
    neuron_convention("slope of Act dropped", "Act counts as the identity.", dA=lambda z: z.dY),
    neuron_convention(
        "slope of Act at U",
        "Act's slope is taken at U where Act itself saw U - v_th.",
        dA=lambda z: z.dY * z.act.slope(z.U),
    ),
    neuron_convention(
        "slope of Act a step late",
        "Act's slope is that of the step after.",
        dA=lambda z: z.dY * z.act.slope(z.tape.U[:, _clamped_step(z, 1)] - z.s * z.p.v_th),
    ),
    neuron_convention("U of the next step", "U is read one step late.", read=_shifted_read(U=1)),
    neuron_convention(
        "U of the step before", "U is read one step early.", read=_shifted_read(U=-1)
    ),
    neuron_convention("F of the next step", "F is read one step late.", read=_shifted_read(F=1)),
    neuron_convention(
        "F of the step before", "F is read one step early.", read=_shifted_read(F=-1)
    ),
)

PARAMETER_GRADIENTS = (
    neuron_convention(
        "v_th without the reset",
        "The threshold's gradient lacks the reset's path.",
        dv_th=lambda z: -z.s * z.dA,
    ),
    neuron_convention(
        "v_th without the output",
        "The threshold's gradient lacks the output's path.",
        dv_th=lambda z: -z.dx,
    ),
    neuron_convention(
        "sign of v_th",
        "The threshold's gradient has the other sign.",
        dv_th=lambda z: z.dx + z.s * z.dA,
    ),
    neuron_convention("v_th not trained", "The threshold's gradient is zero.", dv_th=_zero),
    neuron_convention(
        "v_reset without alpha",
        "The reset potential's gradient lacks alpha.",
        dv_reset=lambda z: z.dV * z.F,
    ),
    neuron_convention(
        "v_reset without F",
        "The reset potential's gradient counts steps without a spike.",
        dv_reset=lambda z: z.dR,
    ),
    neuron_convention(
        "v_reset not trained", "The reset potential's gradient is zero.", dv_reset=_zero
    ),
    neuron_convention(
        "alpha from U", "In alpha's gradient stands U for R.", dalpha=lambda z: z.dV * z.U
    ),
    neuron_convention(
        "alpha from V",
        "In alpha's gradient stands V for R.",
        dalpha=lambda z: z.dV * z.tape.V[:, z.t + 1],
    ),
    neuron_convention(
        "alpha from the V before",
        "In alpha's gradient stands the V before the step for R.",
        dalpha=lambda z: z.dV * z.tape.V[:, z.t],
    ),
    neuron_convention(
        "alpha from the R before",
        "In alpha's gradient stands the R of the step before.",
        dalpha=lambda z: z.dV * z.tape.R[:, _clamped_step(z, -1)],
    ),
    neuron_convention("alpha not trained", "Alpha's gradient is zero.", dalpha=_zero),
    neuron_convention(
        "beta from the last step only",
        "Beta's gradient is not summed over time.",
        dbeta=lambda z: z.dV * (z.t == z.T - 1),
    ),
    neuron_convention(
        "beta times alpha", "Beta's gradient has alpha.", dbeta=lambda z: z.dV * z.p.alpha
    ),
    neuron_convention("beta not trained", "Beta's gradient is zero.", dbeta=_zero),
)


def _mean_over_sharing(d: Array, shape: tuple[int, ...]) -> Array:
    total = sum_to(d, shape)
    return total / (d.size / total.size)


SHARED_GRADIENTS = (
    neuron_convention(
        "sharing averaged",
        "A shared parameter's gradient is a mean over all that share it.",
        collect=_mean_over_sharing,
    ),
    neuron_convention(
        "sharing averaged over the batch",
        "A neuron parameter's gradient is a mean over the batch.",
        collect=lambda d, shape: sum_to(d.mean(axis=0), shape),
    ),
    neuron_convention(
        "sharing along the wrong axis",
        "A neuron parameter's gradient is summed along the last axis.",
        collect=lambda d, shape: np.resize(d.sum(axis=-1), shape),
    ),
    neuron_convention(
        "first element instead of the sum",
        "A shared parameter's gradient is that of the first that share it.",
        collect=np.resize,
    ),
)

NEURON_BACKWARD: tuple[Convention, ...] = (*GRADIENT_PATHS, *PARAMETER_GRADIENTS, *SHARED_GRADIENTS)
