"""Backward passes of the neuron other than the paper's; the forward pass is the paper's."""

from collections.abc import Callable
from typing import Any

import numpy as np

from liaf_ref.oracle.deviations.deviation import (
    Deviation,
    Edit,
    around,
    averaged,
    by,
    deviation,
    sees,
    views,
)
from liaf_ref.oracle.table.tape import T, as_if, gradient_of, path, scaled, stop, sum_to

PARAMETERS = ("v_th", "v_reset", "alpha", "beta")


def _near(z: Any, shift: int) -> Any:
    """The next or the previous step, at the ends the step itself; known when all have run."""
    return z.steps[min(max(z.t + shift, 0), z.T - 1)]


def _slope_at(function: Callable[[T], T], x: T, at: Callable[[], T]) -> T:
    """A function with its slope at another place, which is asked for going backward."""

    def back(g: Any) -> Any:
        here = at()
        return g * gradient_of(function, here, np.ones_like(here.v))

    return T(function(x).v, ((x, back),))


def _x(z: Any, U: T) -> T:
    """The argument of Act."""
    x: T = U - z.s * z.p.v_th
    return x


def _act_at(at: Callable[[Any], T]) -> Edit:
    def wrap(old: Any) -> Any:
        return lambda z: as_if(old(z), _slope_at(z.act, _x(z, z.U), lambda: at(z)))

    return Edit("Y", wrap)


def _read(U: int = 0, F: int = 0) -> tuple[Edit, ...]:
    """U and F of another step, wherever the backward pass reads them."""

    def reset(old: Any) -> Any:
        def line(z: Any) -> T:
            p = z.p
            return T(
                old(z).v,
                (
                    (p.v_reset, lambda g: g * _near(z, F).F.v),
                    (z.F, lambda g: g * (p.v_reset.v - _near(z, U).U.v)),
                    (z.U, lambda g: g * (1 - _near(z, F).F.v)),
                ),
            )

        return line

    def fire(old: Any) -> Any:
        return lambda z: _slope_at(z.spike, z.U - z.p.v_th, lambda: _near(z, U).U - z.p.v_th)

    edits = (Edit("F", fire), _act_at(lambda z: _x(z, _near(z, U).U))) if U else ()
    return (Edit("R", reset), *edits)


def _not_trained(name: str) -> Deviation:
    change = views("neuron", name, lambda p, I: stop(p))
    return deviation(f"{name} not trained", f"The gradient of {name} is zero.", change)


GRADIENT_PATHS = (
    deviation(
        "sign of v_reset - U",
        "The reset gradient uses U - v_reset.",
        by("R", "F", lambda z: z.F * stop(z.U - z.p.v_reset)),
    ),
    deviation(
        "v_reset missing in v_reset - U",
        "The reset gradient uses -U instead of v_reset - U.",
        by("R", "F", lambda z: z.F * stop(-z.U)),
    ),
    deviation(
        "factor 1 - F missing",
        "The gradient of V flows to U whether or not the neuron fired.",
        by("R", "U", lambda z: z.U),
    ),
    deviation(
        "F for 1 - F",
        "The gradient of V flows to U where the neuron fired, not elsewhere.",
        by("R", "U", lambda z: z.U * stop(z.F)),
    ),
    deviation(
        "surrogate for the threshold only",
        "The surrogate gradient of the reset flows to v_th but not to U.",
        sees("F", "U", lambda U, z: stop(U)),
    ),
    deviation(
        "leak missing in the gradient",
        "The gradient from V to R is not multiplied by alpha.",
        by("V", "R", lambda z: z.R),
    ),
    deviation(
        "leak applied twice in the gradient",
        "The gradient from V to R is multiplied by alpha twice.",
        by("V", "R", lambda z: z.R * stop(z.p.alpha * z.p.alpha)),
    ),
    deviation(
        "recurrent gradient overwritten",
        "Only the gradient of the output flows to the previous step, not that of V.",
        sees("U", "V", lambda V, z: stop(V)),
        sees("Y", "U", lambda U, z: U + path(z.before)),
    ),
    deviation(
        "leak in the output's gradient",
        "The gradient of the output is multiplied by alpha.",
        sees("Y", "U", lambda U, z: scaled(U, z.p.alpha.v)),
    ),
    deviation(
        "leak applied twice to the output's gradient",
        "Alpha multiplies the gradient of the output twice on its way to the previous step.",
        sees("Y", "U", lambda U, z: U + path(scaled(z.before, z.p.alpha.v - 1))),
    ),
    deviation(
        "derivative of Act missing",
        "The derivative of Act is 1 everywhere.",
        *around("Y", lambda old: lambda z: as_if(old(z), _x(z, z.U))),
    ),
    deviation(
        "derivative of Act at U",
        "The derivative of Act is taken at U, but Act was applied to U - v_th.",
        _act_at(lambda z: z.U),
    ),
    deviation(
        "derivative of Act of the next step",
        "The derivative of Act is evaluated at the next step.",
        _act_at(lambda z: _x(z, _near(z, 1).U)),
    ),
    *(
        deviation(
            f"{name} of the {where} step",
            f"The backward pass uses {name} of the {where} step.",
            *_read(**{name: shift}),
        )
        for name in "UF"
        for where, shift in (("next", 1), ("previous", -1))
    ),
)
PARAMETER_GRADIENTS = (
    deviation(
        "v_th without the reset",
        "The gradient of v_th leaves out the path through the reset.",
        sees("F", "v_th", lambda v_th, z: stop(v_th)),
    ),
    deviation(
        "v_th without the output",
        "The gradient of v_th leaves out the path through the output.",
        sees("Y", "v_th", lambda v_th, z: stop(v_th)),
    ),
    deviation(
        "v_th without the output of LIAF",
        "The gradient of v_th leaves out the path through Act(U - v_th), but not that of LIF.",
        sees("Y", "v_th", lambda v_th, z: v_th if z.is_lif else stop(v_th)),
    ),
    deviation(
        "sign of v_th",
        "The gradient of v_th has the wrong sign.",
        views("neuron", "v_th", lambda v_th, I: scaled(v_th, -1.0)),
    ),
    _not_trained("v_th"),
    deviation(
        "v_reset without alpha",
        "The gradient of v_reset is not multiplied by alpha.",
        sees("R", "v_reset", lambda v_reset, z: stop(v_reset)),
        by("V", "v_reset", lambda z: z.p.v_reset * stop(z.F)),
    ),
    deviation(
        "v_reset without F",
        "The gradient of v_reset also counts steps without a spike.",
        by("R", "v_reset", lambda z: z.p.v_reset + 0 * stop(z.U)),
    ),
    _not_trained("v_reset"),
    *(
        deviation(f"alpha gradient from {of}", sentence, by("V", "alpha", term))
        for of, sentence, term in (
            ("U", "The gradient of alpha uses U instead of R.", lambda z: z.p.alpha * stop(z.U)),
            (
                "V",
                "The gradient of alpha uses V instead of R.",
                lambda z: z.p.alpha * stop(z.p.alpha * z.R + z.p.beta),
            ),
            (
                "the previous V",
                "The gradient of alpha uses V of the previous step instead of R.",
                lambda z: z.p.alpha * stop(z.before),
            ),
            (
                "the previous R",
                "The gradient of alpha uses R of the previous step.",
                lambda z: z.p.alpha * stop(z.steps[-1].R if z.steps else z.R),
            ),
            (
                "the previous R, 0 at first",
                "The gradient of alpha uses R of the previous step, and 0 in the first step.",
                lambda z: z.p.alpha * stop(z.steps[-1].R if z.steps else 0 * z.R),
            ),
        )
    ),
    _not_trained("alpha"),
    deviation(
        "beta from the last step only",
        "The gradient of beta is not summed over time.",
        sees("V", "beta", lambda beta, z: beta if z.t == z.T - 1 else stop(beta)),
    ),
    deviation(
        "beta times alpha",
        "The gradient of beta is multiplied by alpha.",
        by("V", "beta", lambda z: z.p.beta * stop(z.p.alpha)),
    ),
    _not_trained("beta"),
)


def _collected(name: str, sentence: str, collect: Callable[[Any, tuple[int, ...]], Any]) -> Any:
    """Another sum over what shares a parameter: of the gradients of all neurons, and its shape."""

    def whole(p: T, I: T) -> T:
        shape = (I.shape[0], *I.shape[2:])
        return T(np.broadcast_to(p.v, shape), ((p, lambda g: collect(g, p.shape)),))

    title = f"shared gradient {name}"
    return deviation(title, sentence, *(views("neuron", p, whole) for p in PARAMETERS))


SHARED_GRADIENTS = (
    _collected(
        "averaged",
        "The gradient of a shared parameter is a mean over all neurons that share it.",
        lambda d, shape: sum_to(d, shape) / (d.size / np.prod(shape)),
    ),
    _collected(
        "averaged over the batch",
        "A neuron parameter's gradient is a mean over the batch.",
        lambda d, shape: sum_to(d.mean(axis=0), shape),
    ),
    _collected(
        "summed along the wrong axis",
        "A neuron parameter's gradient is summed along the last axis.",
        lambda d, shape: np.resize(d.sum(axis=-1), shape),
    ),
    _collected(
        "of the first element only",
        "The gradient of a shared parameter is that of the first neuron that shares it.",
        np.resize,
    ),
    _collected(
        "averaged over neurons",
        "The gradient of a shared parameter is a mean over its neurons, and a sum over the batch.",
        lambda d, shape: sum_to(d, shape) / (d[0].size / np.prod(shape)),
    ),
    _collected(
        "of the first neuron only",
        "The gradient of a shared parameter is that of its first neuron, summed over the batch.",
        lambda d, shape: np.resize(d.sum(axis=0), shape),
    ),
    _collected(
        "of the first sample only",
        "A neuron parameter's gradient is not summed over the batch.",
        lambda d, shape: sum_to(d[:1], shape),
    ),
    _collected(
        "summed along the channels",
        "A neuron parameter's gradient is summed over the batch and along the last axis.",
        lambda d, shape: np.resize(d.sum(axis=(0, -1)), shape),
    ),
    deviation(
        "shared gradient averaged over time",
        "A neuron parameter's gradient is a mean over time.",
        *(views("neuron", p, lambda v, I: averaged(v, I.shape[1])) for p in PARAMETERS),
    ),
)
NEURON_GRADIENTS: tuple[Deviation, ...] = (*GRADIENT_PATHS, *PARAMETER_GRADIENTS, *SHARED_GRADIENTS)
