"""Backward passes of the neuron other than the paper's; the forward pass is the paper's."""

from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.sharing import sum_to
from liaf_ref.oracle.conventions.convention import (
    Convention,
    is_spike,
    neuron_convention,
    zero,
)


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
        "The reset gradient uses U - v_reset.",
        dF=lambda z: z.dR * (z.U - z.p.v_reset),
    ),
    neuron_convention(
        "v_reset missing in v_reset - U",
        "The reset gradient uses -U instead of v_reset - U.",
        dF=lambda z: -z.dR * z.U,
    ),
    neuron_convention(
        "factor 1 - F missing",
        "The gradient of V flows to U whether or not the neuron fired.",
        dU=lambda z: z.dR + z.dx + z.dA,
    ),
    neuron_convention(
        "F for 1 - F",
        "The gradient of V flows to U where the neuron fired, not elsewhere.",
        dU=lambda z: z.dR * z.F + z.dx + z.dA,
    ),
    neuron_convention(
        "surrogate for the threshold only",
        "The surrogate gradient of the reset flows to v_th but not to U.",
        dU=lambda z: z.dR * (1 - z.F) + z.dA,
    ),
    neuron_convention(
        "leak missing in the gradient",
        "The gradient from V to R is not multiplied by alpha.",
        dR=lambda z: z.dV,
    ),
    neuron_convention(
        "leak applied twice in the gradient",
        "The gradient from V to R is multiplied by alpha twice.",
        dR=lambda z: z.dV * z.p.alpha**2,
    ),
    neuron_convention(
        "recurrent gradient overwritten",
        "Only the gradient of the output flows to the previous step, not that of V.",
        carry=lambda z: z.dA,
    ),
    neuron_convention(
        "leak in the output's gradient",
        "The gradient of the output is multiplied by alpha.",
        dU=lambda z: z.dR * (1 - z.F) + z.dx + z.p.alpha * z.dA,
    ),
    neuron_convention(
        "leak applied twice to the output's gradient",
        "Alpha multiplies the gradient of the output twice on its way to the previous step.",
        carry=lambda z: z.dU + (z.p.alpha - 1) * z.dA,
    ),
    neuron_convention(
        "derivative of Act missing", "The derivative of Act is 1 everywhere.", dA=lambda z: z.dY
    ),
    neuron_convention(
        "derivative of Act at U",
        "The derivative of Act is taken at U, but Act was applied to U - v_th.",
        dA=lambda z: z.dY * z.act.slope(z.U),
    ),
    neuron_convention(
        "derivative of Act of the next step",
        "The derivative of Act is evaluated at the next step.",
        dA=lambda z: z.dY * z.act.slope(z.tape.U[:, _clamped_step(z, 1)] - z.s * z.p.v_th),
    ),
    neuron_convention(
        "U of the next step", "The backward pass uses U of the next step.", read=_shifted_read(U=1)
    ),
    neuron_convention(
        "U of the previous step",
        "The backward pass uses U of the previous step.",
        read=_shifted_read(U=-1),
    ),
    neuron_convention(
        "F of the next step", "The backward pass uses F of the next step.", read=_shifted_read(F=1)
    ),
    neuron_convention(
        "F of the previous step",
        "The backward pass uses F of the previous step.",
        read=_shifted_read(F=-1),
    ),
)

PARAMETER_GRADIENTS = (
    neuron_convention(
        "v_th without the reset",
        "The gradient of v_th leaves out the path through the reset.",
        dv_th=lambda z: -z.s * z.dA,
    ),
    neuron_convention(
        "v_th without the output",
        "The gradient of v_th leaves out the path through the output.",
        dv_th=lambda z: -z.dx,
    ),
    neuron_convention(
        "v_th without the output of LIAF",
        "The gradient of v_th leaves out the path through Act(U - v_th), but not that of LIF.",
        dv_th=lambda z: -(z.dx + (z.dA if is_spike(z) else 0)),
    ),
    neuron_convention(
        "sign of v_th",
        "The gradient of v_th has the wrong sign.",
        dv_th=lambda z: z.dx + z.s * z.dA,
    ),
    neuron_convention("v_th not trained", "The gradient of v_th is zero.", dv_th=zero),
    neuron_convention(
        "v_reset without alpha",
        "The gradient of v_reset is not multiplied by alpha.",
        dv_reset=lambda z: z.dV * z.F,
    ),
    neuron_convention(
        "v_reset without F",
        "The gradient of v_reset also counts steps without a spike.",
        dv_reset=lambda z: z.dR,
    ),
    neuron_convention("v_reset not trained", "The gradient of v_reset is zero.", dv_reset=zero),
    neuron_convention(
        "alpha gradient from U",
        "The gradient of alpha uses U instead of R.",
        dalpha=lambda z: z.dV * z.U,
    ),
    neuron_convention(
        "alpha gradient from V",
        "The gradient of alpha uses V instead of R.",
        dalpha=lambda z: z.dV * z.tape.V[:, z.t + 1],
    ),
    neuron_convention(
        "alpha gradient from the previous V",
        "The gradient of alpha uses V of the previous step instead of R.",
        dalpha=lambda z: z.dV * z.tape.V[:, z.t],
    ),
    neuron_convention(
        "alpha gradient from the previous R",
        "The gradient of alpha uses R of the previous step.",
        dalpha=lambda z: z.dV * z.tape.R[:, _clamped_step(z, -1)],
    ),
    neuron_convention(
        "alpha gradient from the previous R, 0 at first",
        "The gradient of alpha uses R of the previous step, and 0 in the first step.",
        dalpha=lambda z: z.dV * z.tape.R[:, z.t - 1] * (z.t > 0),
    ),
    neuron_convention("alpha not trained", "The gradient of alpha is zero.", dalpha=zero),
    neuron_convention(
        "beta from the last step only",
        "The gradient of beta is not summed over time.",
        dbeta=lambda z: z.dV * (z.t == z.T - 1),
    ),
    neuron_convention(
        "beta times alpha",
        "The gradient of beta is multiplied by alpha.",
        dbeta=lambda z: z.dV * z.p.alpha,
    ),
    neuron_convention("beta not trained", "The gradient of beta is zero.", dbeta=zero),
)


def _mean_over_sharing(d: Array, shape: tuple[int, ...]) -> Array:
    total = sum_to(d, shape)
    return total / (d.size / total.size)


def _mean_over_neurons(d: Array, shape: tuple[int, ...]) -> Array:
    total = sum_to(d, shape)
    return np.asarray(total / (d[0].size / total.size))


SHARED_GRADIENTS = (
    neuron_convention(
        "shared gradient averaged",
        "The gradient of a shared parameter is a mean over all neurons that share it.",
        collect=_mean_over_sharing,
    ),
    neuron_convention(
        "shared gradient averaged over the batch",
        "A neuron parameter's gradient is a mean over the batch.",
        collect=lambda d, shape: sum_to(d.mean(axis=0), shape),
    ),
    neuron_convention(
        "shared gradient summed along the wrong axis",
        "A neuron parameter's gradient is summed along the last axis.",
        collect=lambda d, shape: np.resize(d.sum(axis=-1), shape),
    ),
    neuron_convention(
        "shared gradient of the first element only",
        "The gradient of a shared parameter is that of the first neuron that shares it.",
        collect=np.resize,
    ),
    neuron_convention(
        "shared gradient averaged over neurons",
        "The gradient of a shared parameter is a mean over its neurons, and a sum over the batch.",
        collect=_mean_over_neurons,
    ),
    neuron_convention(
        "shared gradient of the first neuron only",
        "The gradient of a shared parameter is that of its first neuron, summed over the batch.",
        collect=lambda d, shape: np.resize(d.sum(axis=0), shape),
    ),
    neuron_convention(
        "shared gradient of the first sample only",
        "A neuron parameter's gradient is not summed over the batch.",
        collect=lambda d, shape: sum_to(d[:1], shape),
    ),
    neuron_convention(
        "shared gradient summed along the channels",
        "A neuron parameter's gradient is summed over the batch and along the last axis.",
        collect=lambda d, shape: np.resize(d.sum(axis=(0, -1)), shape),
    ),
    neuron_convention(
        "shared gradient averaged over time",
        "A neuron parameter's gradient is a mean over time.",
        dalpha=lambda z: z.dV * z.R / z.T,
        dbeta=lambda z: z.dV / z.T,
        dv_reset=lambda z: z.dR * z.F / z.T,
        dv_th=lambda z: -(z.dx + z.s * z.dA) / z.T,
    ),
)

NEURON_BACKWARD: tuple[Convention, ...] = (*GRADIENT_PATHS, *PARAMETER_GRADIENTS, *SHARED_GRADIENTS)
