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


def _slope(of: str, slope: Callable[[Any, float], Any]) -> Deviation:
    """Another slope for the spike, a function of ``U - v_th`` and mu."""
    return row(f"The {of}.", slope=Slope(slope))


def _option(sentence: str, **options: Any) -> Deviation:
    return row(sentence, given("neuron", lambda *_, **__: options))


FIRES: dict[str, Deviation] = {
    "fires on >": row("A neuron at U = v_th does not fire.", fires=lambda x: x > 0),
    "reset detached": _option(
        "The reset is detached: no gradient flows through the spike that resets.", reset="detached"
    ),
    "output detached": row(
        "The output of LIF is detached: no gradient flows through the output spike.",
        Edit("Y", lambda old: lambda z: stop(old(z)) if z.is_lif else old(z)),
        ops={"spike"},
    ),
    "reset never detached": _option(
        "The case asks for a detached reset, but the backend differentiates it.", reset="paper"
    ),
    "window 0.5": _option("The half-width mu of the window is 0.5 in every case.", mu=0.5),
    "window 1": _option("The half-width mu of the window is 1 in every case.", mu=1.0),
    "closed window": _slope("edge |x| = mu is inside the window", lambda x, mu: abs(x) <= mu),
    "unit-area window": _slope(
        "window has height 1 / (2 mu)", lambda x, mu: (abs(x) < mu) / (2 * mu)
    ),
    "half the window's width": _slope(
        "window has width mu: |x| < mu / 2", lambda x, mu: abs(x) < mu / 2
    ),
    "half the width, unit area": _slope(
        "window has width mu and height 1 / mu", lambda x, mu: (abs(x) < mu / 2) / mu
    ),
    "one-sided window": row(
        "Only the upper half of the window is used: 0 <= x < mu.",
        slope=Slope(lambda x, mu: (x >= 0) & (x < mu)),
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
SPIKES: Table = FIRES | {
    name: _slope(f"surrogate gradient is {formula}", slope)
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


def _modes(sentence: str, tr: str, ntr: str) -> Deviation:
    """The mode in place of TR, and that in place of NTR."""
    modes = {"TR": tr, "NTR": ntr}

    def change(*_: T, act: str, mode: str = "TR", **__: Any) -> Mapping[str, Any]:
        return {} if act == "spike" else {"mode": modes[mode]}

    return row(sentence, given("neuron", change))


def _start(sentence: str, change: Any) -> Deviation:
    """Another initial potential, of the given one and the parameters."""

    def wrap(old: Any) -> Any:
        def run(z: Any, I: T, **options: Any) -> Any:
            if getattr(z, "is_first", True):
                z.states = {"V": change(z.states["V"], z.parameters)}
            return old(z, I, **options)

        return run

    return row(sentence, Edit("neuron", wrap, "V0"))


NEURON: Table = {
    "soft reset": row(
        "A spike subtracts v_th - v_reset from U: R = U - F (v_th - v_reset).",
        R=lambda z: z.U - z.F * (z.v_th - z.v_reset),
    ),
    "soft reset by v_th": row(
        "A spike subtracts v_th from U, and v_reset is not used: R = U - F v_th.",
        R=lambda z: z.U - z.F * z.v_th,
    ),
    "soft reset after the leak": row(
        "A spike subtracts v_th after the leak: V = alpha U + beta - F v_th.",
        R=lambda z: z.U,
        V=lambda z: z.alpha * z.U + z.beta - z.F * z.v_th,
    ),
    "leak before reset": row(
        "The reset comes last: V = F v_reset + (1 - F) (alpha U + beta).",
        V=lambda z: z.F * z.v_reset + (1 - z.F) * (z.alpha * z.U + z.beta),
    ),
    "no reset": row("A spike does not change the potential: V = alpha U + beta.", R=lambda z: z.U),
    "reset to zero": row("v_reset is always 0.", R=lambda z: (1 - z.F) * z.U),
    "reset to the threshold": row(
        "A spike sets the potential to v_th: R = F v_th + (1 - F) U.",
        R=lambda z: z.F * z.v_th + (1 - z.F) * z.U,
    ),
    "v_reset always added": row(
        "v_reset is added in every step: R = v_reset + (1 - F) U.",
        R=lambda z: z.v_reset + (1 - z.F) * z.U,
    ),
    "several spikes a step": row(
        "A neuron fires floor(U / v_th) times in a step, and each spike subtracts v_th.",
        F=_spike_count,
        R=lambda z: z.U - z.F * z.v_th,
        Y=_output,
    ),
    "reset one step late": row(
        "The spike of the previous step resets: R = F' v_reset + (1 - F') U, F' the previous F.",
        R=lambda z: _previous(z, "F") * z.v_reset + (1 - _previous(z, "F")) * z.U,
    ),
    "spike from the previous potential": row(
        "The spike compares v_th with V before the input is added: F = S(V - v_th).",
        F=lambda z: z.spike(z.V - z.v_th),
        Y=lambda z: z.act(_x(z, z.before if z.is_lif else z.U)),
    ),
    "input one step late": row(
        "U uses the input of the previous step, and 0 in the first.",
        U=lambda z: _previous(z, "I") + z.V,
    ),
    "output one step late": row(
        "The output is that of the previous step, and 0 in the first.",
        Y=lambda z: z.act(_x(z, z.steps[-1].U)) if z.steps else 0 * z.U,
    ),
    "V = U: no reset, no leak": row("The next step starts from U: V = U.", V=lambda z: z.U),
    "no leak": row("R is not multiplied by alpha, and beta is not added: V = R.", V=lambda z: z.R),
    "beta missing": row("V = alpha R.", V=lambda z: z.alpha * z.R),
    "beta before the leak": row("V = alpha (R + beta).", V=lambda z: z.alpha * (z.R + z.beta)),
    "leak 1 - alpha": row("V = (1 - alpha) R + beta.", V=lambda z: (1 - z.alpha) * z.R + z.beta),
    "leak applied twice": row(
        "The potential leaks again when the input is added: U = I + alpha V.",
        U=lambda z: z.I + z.alpha * z.V,
    ),
    "leak as a sigmoid": row(
        "The leak is sigmoid(alpha), as where a scalar is trained: V = sigmoid(alpha) R + beta.",
        V=lambda z: sigmoid(z.alpha) * z.R + z.beta,
    ),
    "alpha averaged": row(
        "One leak for all neurons, the mean of alpha.",
        V=lambda z: _mean(z.alpha) * z.R + z.beta,
    ),
    "input scaled by 1 - alpha": row(
        "The input is multiplied by 1 - alpha, as by 1 / tau: U = (1 - alpha) I + V.",
        U=lambda z: (1 - z.alpha) * z.I + z.V,
    ),
    "Y from V": row("Act is applied to V, after reset and leak.", Y=lambda z: z.act(_x(z, z.V))),
    "Y from R": row("Act is applied to R, after the reset.", Y=lambda z: z.act(_x(z, z.R))),
    "spikes instead of Act": row("The output is F, whatever Act is.", Y=lambda z: z.F),
    "Act masked by spikes": row(
        "The output is Act multiplied by F.", Y=lambda z: z.F * z.act(_x(z, z.U))
    ),
    "TR and NTR swapped": _modes(
        "Act is applied to U - v_th in NTR mode and to U in TR mode.", "NTR", "TR"
    ),
    "always TR": _modes("Act is applied to U - v_th in both modes.", "TR", "TR"),
    "always NTR": _modes("Act is applied to U in both modes.", "NTR", "NTR"),
    "V^0 not used": _start("The potential starts at 0.", lambda V0, p: 0 * stop(V0)),
    "V^0 of the first sample": _start(
        "Every sample starts at the potential of the first.", lambda V0, p: 0 * V0 + V0[:1]
    ),
    "V^0 is v_reset": _start(
        "The potential starts at v_reset.", lambda V0, p: 0 * stop(V0) + stop(p["v_reset"])
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
    return row(f"The backward pass uses {name} of the {where} step.", Edit("R", reset), *edits)


PATHS: dict[str, Deviation] = {
    "sign of v_reset - U": row(
        "The reset gradient uses U - v_reset.",
        by("R", "F", lambda z: z.F * stop(z.U - z.v_reset)),
    ),
    "v_reset missing in v_reset - U": row(
        "The reset gradient uses -U instead of v_reset - U.",
        by("R", "F", lambda z: z.F * stop(-z.U)),
    ),
    "factor 1 - F missing": row(
        "The gradient of V flows to U whether or not the neuron fired.",
        by("R", "U", lambda z: z.U),
    ),
    "F for 1 - F": row(
        "The gradient of V flows to U where the neuron fired, not elsewhere.",
        by("R", "U", lambda z: z.U * stop(z.F)),
    ),
    "surrogate for the threshold only": row(
        "The surrogate gradient of the reset flows to v_th but not to U.",
        sees("F", "U", lambda U, z: stop(U)),
    ),
    "leak missing in the gradient": row(
        "The gradient from V to R is not multiplied by alpha.", by("V", "R", lambda z: z.R)
    ),
    "leak applied twice in the gradient": row(
        "The gradient from V to R is multiplied by alpha twice.",
        by("V", "R", lambda z: z.R * stop(z.alpha * z.alpha)),
    ),
    "recurrent gradient overwritten": row(
        "Only the gradient of the output flows to the previous step, not that of V.",
        sees("U", "V", lambda V, z: stop(V)),
        sees("Y", "U", lambda U, z: U + path(z.before)),
    ),
    "leak in the output's gradient": row(
        "The gradient of the output is multiplied by alpha.",
        sees("Y", "U", lambda U, z: scaled(U, z.alpha.v)),
    ),
    "leak applied twice to the output's gradient": row(
        "Alpha multiplies the gradient of the output twice on its way to the previous step.",
        sees("Y", "U", lambda U, z: U + path(scaled(z.before, z.alpha.v - 1))),
    ),
    "derivative of Act missing": row(
        "The derivative of Act is 1 everywhere.",
        Edit("Y", lambda old: lambda z: as_if(old(z), _x(z, z.U))),
    ),
    "derivative of Act at U": row(
        "The derivative of Act is taken at U, but Act was applied to U - v_th.",
        _act_at(lambda z: z.U),
    ),
    "derivative of Act of the next step": row(
        "The derivative of Act is evaluated at the next step.",
        _act_at(lambda z: _x(z, _near(z, 1).U)),
    ),
    **{
        f"{name} of the {where} step": _read(name, where, shift)
        for name in "UF"
        for where, shift in (("next", 1), ("previous", -1))
    },
}


def _alpha_from(what: str, term: Callable[[Any], T]) -> Deviation:
    edit = by("V", "alpha", lambda z: z.alpha * stop(term(z)))
    return row(f"The gradient of alpha uses {what}.", edit)


PARAMETER_GRADIENTS: dict[str, Deviation] = {
    "v_th without the reset": row(
        "The gradient of v_th leaves out the path through the reset.",
        sees("F", "v_th", lambda v_th, z: stop(v_th)),
    ),
    "v_th without the output": row(
        "The gradient of v_th leaves out the path through the output.",
        sees("Y", "v_th", lambda v_th, z: stop(v_th)),
    ),
    "v_th without the output of LIAF": row(
        "The gradient of v_th leaves out the path through Act(U - v_th), but not that of LIF.",
        sees("Y", "v_th", lambda v_th, z: v_th if z.is_lif else stop(v_th)),
    ),
    "sign of v_th": row(
        "The gradient of v_th has the wrong sign.",
        views("neuron", "v_th", lambda v_th, I: scaled(v_th, -1.0)),
    ),
    "v_reset without alpha": row(
        "The gradient of v_reset is not multiplied by alpha.",
        sees("R", "v_reset", lambda v_reset, z: stop(v_reset)),
        by("V", "v_reset", lambda z: z.v_reset * stop(z.F)),
    ),
    "v_reset without F": row(
        "The gradient of v_reset also counts steps without a spike.",
        by("R", "v_reset", lambda z: z.v_reset + 0 * stop(z.U)),
    ),
    "alpha gradient from U": _alpha_from("U instead of R", lambda z: z.U),
    "alpha gradient from V": _alpha_from("V instead of R", lambda z: z.alpha * z.R + z.beta),
    "alpha gradient from the previous V": _alpha_from(
        "V of the previous step instead of R", lambda z: z.before
    ),
    "alpha gradient from the previous R": _alpha_from(
        "R of the previous step", lambda z: z.steps[-1].R if z.steps else z.R
    ),
    "alpha gradient from the previous R, 0 at first": _alpha_from(
        "R of the previous step, and 0 in the first step",
        lambda z: z.steps[-1].R if z.steps else 0 * z.R,
    ),
    "beta from the last step only": row(
        "The gradient of beta is not summed over time.",
        sees("V", "beta", lambda beta, z: beta if z.t == z.T - 1 else stop(beta)),
    ),
    "beta times alpha": row(
        "The gradient of beta is multiplied by alpha.",
        by("V", "beta", lambda z: z.beta * stop(z.alpha)),
    ),
    **{
        f"{name} not trained": row(
            f"The gradient of {name} is zero.", views("neuron", name, lambda p, I: stop(p))
        )
        for name in PARAMETERS
    },
}


def _collected(sentence: str, collect: Callable[[Any, tuple[int, ...]], Any]) -> Deviation:
    """Another sum over what shares a parameter: of the gradients of all neurons, and its shape."""

    def whole(p: T, I: T) -> T:
        shape = (I.shape[0], *I.shape[2:])
        return T(np.broadcast_to(p.v, shape), ((p, lambda g: collect(g, p.shape)),))

    return row(sentence, *(views("neuron", p, whole) for p in PARAMETERS))


SHARED: Table = {
    "averaged": _collected(
        "The gradient of a shared parameter is a mean over all neurons that share it.",
        lambda d, shape: sum_to(d, shape) / (d.size / np.prod(shape)),
    ),
    "averaged over the batch": _collected(
        "A neuron parameter's gradient is a mean over the batch.",
        lambda d, shape: sum_to(d.mean(axis=0), shape),
    ),
    "summed along the wrong axis": _collected(
        "A neuron parameter's gradient is summed along the last axis.",
        lambda d, shape: np.resize(d.sum(axis=-1), shape),
    ),
    "of the first element only": _collected(
        "The gradient of a shared parameter is that of the first neuron that shares it.", np.resize
    ),
    "averaged over neurons": _collected(
        "The gradient of a shared parameter is a mean over its neurons, and a sum over the batch.",
        lambda d, shape: sum_to(d, shape) / (d[0].size / np.prod(shape)),
    ),
    "of the first neuron only": _collected(
        "The gradient of a shared parameter is that of its first neuron, summed over the batch.",
        lambda d, shape: np.resize(d.sum(axis=0), shape),
    ),
    "of the first sample only": _collected(
        "A neuron parameter's gradient is not summed over the batch.",
        lambda d, shape: sum_to(d[:1], shape),
    ),
    "summed along the channels": _collected(
        "A neuron parameter's gradient is summed over the batch and along the last axis.",
        lambda d, shape: np.resize(d.sum(axis=(0, -1)), shape),
    ),
    "averaged over time": row(
        "A neuron parameter's gradient is a mean over time.",
        *(views("neuron", p, lambda v, I: averaged(v, I.shape[1])) for p in PARAMETERS),
    ),
}
GRADIENTS: Table = (
    PATHS
    | PARAMETER_GRADIENTS
    | {f"shared gradient {name}": deviation for name, deviation in SHARED.items()}
)
