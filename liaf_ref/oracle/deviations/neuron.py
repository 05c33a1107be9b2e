"""Other neurons: when they fire, their lines, and backward passes other than the paper's."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from liaf_ref.oracle.deviations.deviation import (
    Deviation,
    Edit,
    Table,
    averaged,
    by,
    given,
    row,
    sees,
    views,
)
from liaf_ref.oracle.surrogates import table as shapes
from liaf_ref.oracle.table.functions import Slope, number, sigmoid, value
from liaf_ref.oracle.table.tape import T, as_if, gradient_of, path, scaled, stop, sum_to

PARAMETERS = ("v_th", "v_reset", "alpha", "beta")


def _slope(name: str, slope: Callable[[Any, float], Any]) -> Deviation:
    """Another slope for the spike, a function of ``U - v_th`` and mu."""
    return row(name, slope=Slope(slope))


def _option(name: str, **options: Any) -> Deviation:
    return row(name, given("neuron", lambda *_, **__: options))


FIRES: Table = {
    "A neuron at U = v_th does not fire.": row("fires on >", fires=lambda x: x > 0),
    "The reset is detached: no gradient flows through the spike that resets.": _option(
        "reset detached", reset="detached"
    ),
    "The output of LIF is detached: no gradient flows through the output spike.": row(
        "output detached",
        Edit("Y", lambda old: lambda z: stop(old(z)) if z.is_lif else old(z)),
        ops={"spike"},
    ),
    "The case asks for a detached reset, but the backend differentiates it.": _option(
        "reset never detached", reset="paper"
    ),
    "The half-width mu of the window is 0.5 in every case.": _option("window 0.5", mu=0.5),
    "The half-width mu of the window is 1 in every case.": _option("window 1", mu=1.0),
    "The edge |x| = mu is inside the window.": _slope("closed window", lambda x, mu: abs(x) <= mu),
    "The window has height 1 / (2 mu).": _slope(
        "unit-area window", lambda x, mu: (abs(x) < mu) / (2 * mu)
    ),
    "The window has width mu: |x| < mu / 2.": _slope(
        "half the window's width", lambda x, mu: abs(x) < mu / 2
    ),
    "The window has width mu and height 1 / mu.": _slope(
        "half the width, unit area", lambda x, mu: (abs(x) < mu / 2) / mu
    ),
    "Only the upper half of the window is used: 0 <= x < mu.": _slope(
        "one-sided window", lambda x, mu: (x >= 0) & (x < mu)
    ),
}
SURROGATES: Mapping[str, tuple[str, Callable[[Any, float], Any]]] = {
    "triangle": ("a triangle: max(0, 1 - |x| / mu)", shapes.triangle),
    "unit triangle": ("max(0, 1 - |x|)", lambda x, mu: shapes.triangle(x)),
    "sigmoid surrogate": ("the derivative of sigmoid(4 x)", lambda x, mu: shapes.sigmoid(x, 4.0)),
    "sigmoid surrogate, k = 1": (
        "the derivative of sigmoid(x)",
        lambda x, mu: shapes.sigmoid(x, 1.0),
    ),
    "arctan surrogate": ("1 / (1 + (pi x)^2)", lambda x, mu: shapes.arctan(x, 2.0)),
    "fast sigmoid surrogate": ("1 / (1 + 25 |x|)^2", lambda x, mu: shapes.superspike(x, 25.0)),
    "SuperSpike surrogate": ("1 / (1 + 100 |x|)^2", lambda x, mu: shapes.superspike(x, 100.0)),
    "gaussian surrogate": ("exp(-x^2 / (2 mu^2)) / (mu sqrt(2 pi))", shapes.gaussian),
    "straight through": ("1 everywhere", lambda x, mu: np.ones_like(x)),
}
SURROGATE_SPIKES: Table = {
    f"The surrogate gradient is {formula}.": _slope(name, slope)
    for name, (formula, slope) in SURROGATES.items()
}


def _output(z: Any) -> T:
    """F of LIF, which need not be S(U - v_th); Act(U - s v_th) of LIAF."""
    y: T = z.act(_x(z, z.U))
    return as_if(z.F, y) if z.is_lif else y


def _x(z: Any, U: T) -> T:
    """The argument of Act."""
    x: T = U - z.s * z.v_th
    return x


def _spike_count(z: Any) -> T:
    """How often v_th fits into U; one spike where v_th is not positive."""
    F, v_th = z.spike(z.U - z.v_th), value(z.v_th)
    positive = np.where(v_th > 0, v_th, 1)
    count = np.where(v_th > 0, np.maximum(np.floor(value(z.U) / positive), 0), value(F))
    return as_if(T(number(count)), F)


def _previous(z: Any, name: str) -> T:
    """A value of the step before, and 0 at first."""
    return getattr(z.steps[-1], name) if z.steps else 0 * z.I  # type: ignore[no-any-return]


def _mean(p: T) -> T:
    total = p.sum(tuple(range(len(p.shape))), True)
    return total / float(p.v.size)


def _modes(name: str, tr: str, ntr: str) -> Deviation:
    """The mode in place of TR, and that in place of NTR."""
    modes = {"TR": tr, "NTR": ntr}

    def change(*_: T, act: str, mode: str = "TR", **__: Any) -> Mapping[str, Any]:
        return {} if act == "spike" else {"mode": modes[mode]}

    return row(name, given("neuron", change))


def _start(name: str, change: Any) -> Deviation:
    """Another initial potential, of the given one and the parameters."""

    def wrap(old: Any) -> Any:
        def run(z: Any, I: T, **options: Any) -> Any:
            if getattr(z, "is_first", True):
                z.states = {"V": change(z.states["V"], z.parameters)}
            return old(z, I, **options)

        return run

    return row(name, Edit("neuron", wrap, "V0"))


NEURON: Table = {
    "A spike subtracts v_th - v_reset from U: R = U - F (v_th - v_reset).": row(
        "soft reset", R=lambda z: z.U - z.F * (z.v_th - z.v_reset)
    ),
    "A spike subtracts v_th from U, and v_reset is not used: R = U - F v_th.": row(
        "soft reset by v_th", R=lambda z: z.U - z.F * z.v_th
    ),
    "A spike subtracts v_th after the leak: V = alpha U + beta - F v_th.": row(
        "soft reset after the leak",
        R=lambda z: z.U,
        V=lambda z: z.alpha * z.U + z.beta - z.F * z.v_th,
    ),
    "The reset comes last: V = F v_reset + (1 - F) (alpha U + beta).": row(
        "leak before reset", V=lambda z: z.F * z.v_reset + (1 - z.F) * (z.alpha * z.U + z.beta)
    ),
    "A spike does not change the potential: V = alpha U + beta.": row("no reset", R=lambda z: z.U),
    "v_reset is always 0.": row("reset to zero", R=lambda z: (1 - z.F) * z.U),
    "A spike sets the potential to v_th: R = F v_th + (1 - F) U.": row(
        "reset to the threshold", R=lambda z: z.F * z.v_th + (1 - z.F) * z.U
    ),
    "v_reset is added in every step: R = v_reset + (1 - F) U.": row(
        "v_reset always added", R=lambda z: z.v_reset + (1 - z.F) * z.U
    ),
    "A neuron fires floor(U / v_th) times in a step, and each spike subtracts v_th.": row(
        "several spikes a step", F=_spike_count, R=lambda z: z.U - z.F * z.v_th, Y=_output
    ),
    "The spike of the previous step resets: R = F' v_reset + (1 - F') U, F' the previous F.": row(
        "reset one step late",
        R=lambda z: _previous(z, "F") * z.v_reset + (1 - _previous(z, "F")) * z.U,
    ),
    "The spike compares v_th with V before the input is added: F = S(V - v_th).": row(
        "spike from the previous potential",
        F=lambda z: z.spike(z.V - z.v_th),
        Y=lambda z: z.act(_x(z, z.before if z.is_lif else z.U)),
    ),
    "U uses the input of the previous step, and 0 in the first.": row(
        "input one step late", U=lambda z: _previous(z, "I") + z.V
    ),
    "The output is that of the previous step, and 0 in the first.": row(
        "output one step late", Y=lambda z: z.act(_x(z, z.steps[-1].U)) if z.steps else 0 * z.U
    ),
    "The next step starts from U: V = U.": row("V = U: no reset, no leak", V=lambda z: z.U),
    "R is not multiplied by alpha, and beta is not added: V = R.": row("no leak", V=lambda z: z.R),
    "V = alpha R.": row("beta missing", V=lambda z: z.alpha * z.R),
    "V = alpha (R + beta).": row("beta before the leak", V=lambda z: z.alpha * (z.R + z.beta)),
    "V = (1 - alpha) R + beta.": row("leak 1 - alpha", V=lambda z: (1 - z.alpha) * z.R + z.beta),
    "The potential leaks again when the input is added: U = I + alpha V.": row(
        "leak applied twice", U=lambda z: z.I + z.alpha * z.V
    ),
    "The leak is sigmoid(alpha), as where a scalar is trained: V = sigmoid(alpha) R + beta.": row(
        "leak as a sigmoid", V=lambda z: sigmoid(z.alpha) * z.R + z.beta
    ),
    "One leak for all neurons, the mean of alpha.": row(
        "alpha averaged", V=lambda z: _mean(z.alpha) * z.R + z.beta
    ),
    "The input is multiplied by 1 - alpha, as by 1 / tau: U = (1 - alpha) I + V.": row(
        "input scaled by 1 - alpha", U=lambda z: (1 - z.alpha) * z.I + z.V
    ),
    "Act is applied to V, after reset and leak.": row("Y from V", Y=lambda z: z.act(_x(z, z.V))),
    "Act is applied to R, after the reset.": row("Y from R", Y=lambda z: z.act(_x(z, z.R))),
    "The output is F, whatever Act is.": row("spikes instead of Act", Y=lambda z: z.F),
    "The output is Act multiplied by F.": row(
        "Act masked by spikes", Y=lambda z: z.F * z.act(_x(z, z.U))
    ),
    "Act is applied to U - v_th in NTR mode and to U in TR mode.": _modes(
        "TR and NTR swapped", "NTR", "TR"
    ),
    "Act is applied to U - v_th in both modes.": _modes("always TR", "TR", "TR"),
    "Act is applied to U in both modes.": _modes("always NTR", "NTR", "NTR"),
    "The potential starts at 0.": _start("V^0 not used", lambda V0, p: 0 * stop(V0)),
    "Every sample starts at the potential of the first.": _start(
        "V^0 of the first sample", lambda V0, p: 0 * V0 + V0[:1]
    ),
    "The potential starts at v_reset.": _start(
        "V^0 is v_reset", lambda V0, p: 0 * stop(V0) + stop(p["v_reset"])
    ),
}


# Backward passes other than the paper's; the forward pass is the paper's.
def _near(z: Any, shift: int) -> Any:
    """The next or the previous step, at the ends the step itself; known when all have run."""
    return z.steps[min(max(z.t + shift, 0), z.T - 1)]


def _slope_at(function: Callable[[T], T], x: T, at: Callable[[], T]) -> T:
    """A function with its slope at another place, which is asked for going backward."""

    def back(g: Any) -> Any:
        here = at()
        return g * gradient_of(function, here, np.ones_like(here.v))

    return T(function(x).v, ((x, back),))


def _act_at(at: Callable[[Any], T]) -> Edit:
    def wrap(old: Any) -> Any:
        return lambda z: as_if(old(z), _slope_at(z.act, _x(z, z.U), lambda: at(z)))

    return Edit("Y", wrap)


def _read(name: str, where: str, shift: int) -> Deviation:
    """U or F of another step, wherever the backward pass reads it."""
    U, F = (shift if name == read else 0 for read in "UF")

    def reset(old: Any) -> Any:
        def line(z: Any) -> T:
            to_v_reset = (z.v_reset, lambda g: g * _near(z, F).F.v)
            to_F = (z.F, lambda g: g * (z.v_reset.v - _near(z, U).U.v))
            to_U = (z.U, lambda g: g * (1 - _near(z, F).F.v))
            return T(old(z).v, (to_v_reset, to_F, to_U))

        return line

    def fire(old: Any) -> Any:
        return lambda z: _slope_at(z.spike, z.U - z.v_th, lambda: _near(z, U).U - z.v_th)

    edits = (Edit("F", fire), _act_at(lambda z: _x(z, _near(z, U).U))) if U else ()
    return row(f"{name} of the {where} step", Edit("R", reset), *edits)


PATHS: Table = {
    "The reset gradient uses U - v_reset.": row(
        "sign of v_reset - U", by("R", "F", lambda z: z.F * stop(z.U - z.v_reset))
    ),
    "The reset gradient uses -U instead of v_reset - U.": row(
        "v_reset missing in v_reset - U", by("R", "F", lambda z: z.F * stop(-z.U))
    ),
    "The gradient of V flows to U whether or not the neuron fired.": row(
        "factor 1 - F missing", by("R", "U", lambda z: z.U)
    ),
    "The gradient of V flows to U where the neuron fired, not elsewhere.": row(
        "F for 1 - F", by("R", "U", lambda z: z.U * stop(z.F))
    ),
    "The surrogate gradient of the reset flows to v_th but not to U.": row(
        "surrogate for the threshold only", sees("F", "U", lambda U, z: stop(U))
    ),
    "The gradient from V to R is not multiplied by alpha.": row(
        "leak missing in the gradient", by("V", "R", lambda z: z.R)
    ),
    "The gradient from V to R is multiplied by alpha twice.": row(
        "leak applied twice in the gradient", by("V", "R", lambda z: z.R * stop(z.alpha * z.alpha))
    ),
    "Only the gradient of the output flows to the previous step, not that of V.": row(
        "recurrent gradient overwritten",
        sees("U", "V", lambda V, z: stop(V)),
        sees("Y", "U", lambda U, z: U + path(z.before)),
    ),
    "The gradient of the output is multiplied by alpha.": row(
        "leak in the output's gradient", sees("Y", "U", lambda U, z: scaled(U, z.alpha.v))
    ),
    "Alpha multiplies the gradient of the output twice on its way to the previous step.": row(
        "leak applied twice to the output's gradient",
        sees("Y", "U", lambda U, z: U + path(scaled(z.before, z.alpha.v - 1))),
    ),
    "The derivative of Act is 1 everywhere.": row(
        "derivative of Act missing", Edit("Y", lambda old: lambda z: as_if(old(z), _x(z, z.U)))
    ),
    "The derivative of Act is taken at U, but Act was applied to U - v_th.": row(
        "derivative of Act at U", _act_at(lambda z: z.U)
    ),
    "The derivative of Act is evaluated at the next step.": row(
        "derivative of Act of the next step", _act_at(lambda z: _x(z, _near(z, 1).U))
    ),
    **{
        f"The backward pass uses {name} of the {where} step.": _read(name, where, shift)
        for name in "UF"
        for where, shift in (("next", 1), ("previous", -1))
    },
}


def _alpha_from(name: str, term: Callable[[Any], T]) -> Deviation:
    edit = by("V", "alpha", lambda z: z.alpha * stop(term(z)))
    return row(name, edit)


PARAMETER_GRADIENTS: Table = {
    "The gradient of v_th leaves out the path through the reset.": row(
        "v_th without the reset", sees("F", "v_th", lambda v_th, z: stop(v_th))
    ),
    "The gradient of v_th leaves out the path through the output.": row(
        "v_th without the output", sees("Y", "v_th", lambda v_th, z: stop(v_th))
    ),
    "The gradient of v_th leaves out the path through Act(U - v_th), but not that of LIF.": row(
        "v_th without the output of LIAF",
        sees("Y", "v_th", lambda v_th, z: v_th if z.is_lif else stop(v_th)),
    ),
    "The gradient of v_th has the wrong sign.": row(
        "sign of v_th", views("neuron", "v_th", lambda v_th, I: scaled(v_th, -1.0))
    ),
    "The gradient of v_reset is not multiplied by alpha.": row(
        "v_reset without alpha",
        sees("R", "v_reset", lambda v_reset, z: stop(v_reset)),
        by("V", "v_reset", lambda z: z.v_reset * stop(z.F)),
    ),
    "The gradient of v_reset also counts steps without a spike.": row(
        "v_reset without F", by("R", "v_reset", lambda z: z.v_reset + 0 * stop(z.U))
    ),
    "The gradient of alpha uses U instead of R.": _alpha_from(
        "alpha gradient from U", lambda z: z.U
    ),
    "The gradient of alpha uses V instead of R.": _alpha_from(
        "alpha gradient from V", lambda z: z.alpha * z.R + z.beta
    ),
    "The gradient of alpha uses V of the previous step instead of R.": _alpha_from(
        "alpha gradient from the previous V", lambda z: z.before
    ),
    "The gradient of alpha uses R of the previous step.": _alpha_from(
        "alpha gradient from the previous R", lambda z: z.steps[-1].R if z.steps else z.R
    ),
    "The gradient of alpha uses R of the previous step, and 0 in the first step.": _alpha_from(
        "alpha gradient from the previous R, 0 at first",
        lambda z: z.steps[-1].R if z.steps else 0 * z.R,
    ),
    "The gradient of beta is not summed over time.": row(
        "beta from the last step only",
        sees("V", "beta", lambda beta, z: beta if z.t == z.T - 1 else stop(beta)),
    ),
    "The gradient of beta is multiplied by alpha.": row(
        "beta times alpha", by("V", "beta", lambda z: z.beta * stop(z.alpha))
    ),
    **{
        f"The gradient of {name} is zero.": row(
            f"{name} not trained", views("neuron", name, lambda p, I: stop(p))
        )
        for name in PARAMETERS
    },
}


def _collected(name: str, collect: Callable[[Any, tuple[int, ...]], Any]) -> Deviation:
    """Another sum over what shares a parameter: of the gradients of all neurons, and its shape."""

    def whole(p: T, I: T) -> T:
        shape = (I.shape[0], *I.shape[2:])
        return T(np.broadcast_to(p.v, shape), ((p, lambda g: collect(g, p.shape)),))

    return row(f"shared gradient {name}", *(views("neuron", p, whole) for p in PARAMETERS))


OF_SHARED = "The gradient of a shared parameter"
SHARED: Table = {
    f"{OF_SHARED} is a mean over all neurons that share it.": _collected(
        "averaged", lambda d, shape: sum_to(d, shape) / (d.size / np.prod(shape))
    ),
    "A neuron parameter's gradient is a mean over the batch.": _collected(
        "averaged over the batch", lambda d, shape: sum_to(d.mean(axis=0), shape)
    ),
    "A neuron parameter's gradient is summed along the last axis.": _collected(
        "summed along the wrong axis", lambda d, shape: np.resize(d.sum(axis=-1), shape)
    ),
    f"{OF_SHARED} is that of the first neuron that shares it.": _collected(
        "of the first element only", np.resize
    ),
    f"{OF_SHARED} is a mean over its neurons, and a sum over the batch.": _collected(
        "averaged over neurons", lambda d, shape: sum_to(d, shape) / (d[0].size / np.prod(shape))
    ),
    f"{OF_SHARED} is that of its first neuron, summed over the batch.": _collected(
        "of the first neuron only", lambda d, shape: np.resize(d.sum(axis=0), shape)
    ),
    "A neuron parameter's gradient is not summed over the batch.": _collected(
        "of the first sample only", lambda d, shape: sum_to(d[:1], shape)
    ),
    "A neuron parameter's gradient is summed over the batch and along the last axis.": _collected(
        "summed along the channels", lambda d, shape: np.resize(d.sum(axis=(0, -1)), shape)
    ),
    "A neuron parameter's gradient is a mean over time.": row(
        "shared gradient averaged over time",
        *(views("neuron", p, lambda v, I: averaged(v, I.shape[1])) for p in PARAMETERS),
    ),
}
