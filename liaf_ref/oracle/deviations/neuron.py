"""Other neurons: when they fire, their lines, and backward passes other than the paper's."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from liaf_ref.oracle.deviations import deviation as edit
from liaf_ref.oracle.deviations.deviation import Edits, Table, by, not_in, put, sees, times
from liaf_ref.oracle.surrogates import table as shapes
from liaf_ref.oracle.table.functions import Slope, number, sigmoid, value
from liaf_ref.oracle.table.tape import T, as_if, gradient_of, path, scaled, stop, sum_to

PARAMETERS = "v_th v_reset alpha beta"


def _slope(slope: Callable[[Any, float], Any]) -> Edits:
    """Another slope for the spike, a function of ``U - v_th`` and mu."""
    return put(slope=Slope(slope))


FIRES: Table = {">=": (), ">": put(fires=lambda x: x > 0)}
SPIKES: Table = {
    "fires on >, not at U = v_th": FIRES[">"],
    "reset detached": edit.always("neuron", reset="detached"),
    "output of LIF detached": edit.after("Y", lambda Y, z: scaled(Y, not z.is_lif)),
    "reset never detached": edit.always("neuron", reset="paper"),
    "mu always 0.5": edit.always("neuron", mu=0.5),
    "mu always 1": edit.always("neuron", mu=1.0),
    "closed window, |x| <= mu": _slope(lambda x, mu: abs(x) <= mu),
    "unit-area window, height 1 / (2 mu)": _slope(lambda x, mu: (abs(x) < mu) / (2 * mu)),
    "half the window's width, |x| < mu / 2": _slope(lambda x, mu: abs(x) < mu / 2),
    "half the window's width, height 1 / mu": _slope(lambda x, mu: (abs(x) < mu / 2) / mu),
    "one-sided window, 0 <= x < mu": _slope(lambda x, mu: (x >= 0) & (x < mu)),
    "triangle, max(0, 1 - |x| / mu)": _slope(shapes.triangle),
    "unit triangle, max(0, 1 - |x|)": _slope(lambda x, mu: shapes.triangle(x)),
    "sigmoid surrogate, slope of sigmoid(4 x)": _slope(lambda x, mu: shapes.sigmoid(x, 4.0)),
    "sigmoid surrogate, slope of sigmoid(x)": _slope(lambda x, mu: shapes.sigmoid(x, 1.0)),
    "arctan surrogate, 1 / (1 + (pi x)^2)": _slope(lambda x, mu: shapes.arctan(x, 2.0)),
    "fast sigmoid, 1 / (1 + 25 |x|)^2": _slope(lambda x, mu: shapes.superspike(x, 25.0)),
    "SuperSpike, 1 / (1 + 100 |x|)^2": _slope(lambda x, mu: shapes.superspike(x, 100.0)),
    "gaussian surrogate, exp(-x^2 / (2 mu^2)) / (mu sqrt(2 pi))": _slope(shapes.gaussian),
    "straight through, slope 1 everywhere": _slope(lambda x, mu: np.ones_like(x)),
}


def _x(z: Any, U: T) -> T:
    """The argument of Act."""
    return U - z.s * z.v_th  # type: ignore[no-any-return]


def _output(z: Any) -> T:
    """F of LIF, which need not be S(U - v_th); Act(U - s v_th) of LIAF."""
    y: T = z.act(_x(z, z.U))
    return as_if(z.F, y) if z.is_lif else y


def _spike_count(z: Any) -> T:
    """How often v_th fits into U; one spike where v_th is not positive."""
    F, v_th = z.spike(z.U - z.v_th), value(z.v_th)
    positive = np.where(v_th > 0, v_th, 1)
    count = np.where(v_th > 0, np.maximum(np.floor(value(z.U) / positive), 0), value(F))
    return as_if(T(number(count)), F)


def _before(z: Any, name: str) -> T:
    """A value of the step before, and 0 at first."""
    return getattr(z.steps[-1], name) if z.steps else 0 * z.I  # type: ignore[no-any-return]


def _start(change: Callable[[T, Any], T]) -> Edits:
    """Another initial potential, of the given one and z."""

    def states(given: Any, z: Any, I: T) -> Any:
        return {"V": change(given["V"], z)} if getattr(z, "is_first", True) else given

    return sees("neuron", "states", states)


def _fired(z: Any) -> T:
    """1 where the spike, of any level, is not 0: a hard reset asks this, a subtraction how much."""
    return getattr(z, "G", z.F)  # type: ignore[no-any-return]


# What a backend can also declare.
RESETS: Table = {
    "v_reset": put(R=lambda z: _fired(z) * z.v_reset + (1 - _fired(z)) * z.U),
    "zero": put(R=lambda z: (1 - _fired(z)) * z.U),
    "threshold": put(R=lambda z: z.F * z.v_th + (1 - _fired(z)) * z.U),
    "subtract": put(R=lambda z: z.U - z.F * z.v_th),
    "subtract difference": put(R=lambda z: z.U - z.F * z.v_th + _fired(z) * z.v_reset),
    "none": put(R=lambda z: z.U),
}
LEAKS: Table = {
    "after reset": (),
    "before reset": (*sees("R", "U", lambda U, z: z.alpha * U + z.beta), *put(V=lambda z: z.R)),
    "none": put(V=lambda z: z.R),
}
DECLARED: Table = {"gradient of v_th without the reset's own": not_in("R", "v_th")}
NEURON: Table = {
    "soft reset by v_th - v_reset": RESETS["subtract difference"],
    "soft reset by v_th": RESETS["subtract"],
    "soft reset by v_th after the leak": RESETS["none"]
    + put(V=lambda z: z.alpha * z.U + z.beta - z.F * z.v_th),
    "leak before reset": LEAKS["before reset"],
    "no reset": RESETS["none"],
    "reset to zero": RESETS["zero"],
    "reset to the threshold": RESETS["threshold"],
    "v_reset added in every step": put(R=lambda z: z.v_reset + (1 - z.F) * z.U),
    "floor(U / v_th) spikes in a step": RESETS["subtract"] + put(F=_spike_count, Y=_output),
    "reset one step late": sees("R", "F", lambda F, z: _before(z, "F")),
    "spike from the previous V, F = S(V - v_th)": put(
        F=lambda z: z.spike(z.V - z.v_th), Y=lambda z: z.act(_x(z, z.before if z.is_lif else z.U))
    ),
    "input one step late": put(U=lambda z: _before(z, "I") + z.V),
    "output one step late": put(Y=lambda z: z.act(_x(z, z.steps[-1].U)) if z.steps else 0 * z.U),
    "V = U: no reset, no leak": put(V=lambda z: z.U),
    "no leak, V = R": LEAKS["none"],
    "beta missing, V = alpha R": put(V=lambda z: z.alpha * z.R),
    "beta before the leak, V = alpha (R + beta)": put(V=lambda z: z.alpha * (z.R + z.beta)),
    "leak 1 - alpha": put(V=lambda z: (1 - z.alpha) * z.R + z.beta),
    "leak applied twice, U = I + alpha V": put(U=lambda z: z.I + z.alpha * z.V),
    "leak sigmoid(alpha)": put(V=lambda z: sigmoid(z.alpha) * z.R + z.beta),
    "input scaled by 1 - alpha": put(U=lambda z: (1 - z.alpha) * z.I + z.V),
    "Y from V": put(Y=lambda z: z.act(_x(z, z.V))),
    "Y from R": put(Y=lambda z: z.act(_x(z, z.R))),
    "spikes instead of Act": put(Y=lambda z: z.F),
    "Act masked by spikes": put(Y=lambda z: z.F * z.act(_x(z, z.U))),
    "TR and NTR swapped": edit.given(
        "neuron", lambda *_, mode, **__: {"mode": {"TR": "NTR", "NTR": "TR"}[mode]}
    ),
    "always TR": edit.always("neuron", mode="TR"),
    "always NTR": edit.always("neuron", mode="NTR"),
    "V^0 not used": _start(lambda V0, z: 0 * stop(V0)),
    "V^0 of the first sample": _start(lambda V0, z: 0 * V0 + V0[:1]),
    "V^0 is v_reset": _start(lambda V0, z: 0 * stop(V0) + stop(z.v_reset)),
}


# Backward passes other than the paper's; the forward pass is the paper's.
def _near(z: Any, shift: int) -> Any:
    """The next or the previous step, at the ends the step itself; known when all have run."""
    return z.steps[min(max(z.t + shift, 0), z.T - 1)]


def _slope_at(function: Callable[[T], T], x: T, at: Callable[[], T]) -> T:
    """A function with its slope at another place, which is asked for going backward."""
    return T(function(x).v, ((x, lambda g: gradient_of(function, at(), g)),))


def _act_at(at: Callable[[Any], T]) -> Edits:
    return put(Y=lambda z: _slope_at(z.act, _x(z, z.U), lambda: at(z)))


def _read(U: int = 0, F: int = 0) -> Edits:
    """U and F of other steps, wherever the backward pass reads them."""

    def reset(z: Any) -> Sequence[Any]:
        """The ways to v_reset, F and U."""
        to_v_reset = (z.v_reset, lambda g: g * _near(z, F).F.v)
        to_F = (z.F, lambda g: g * (z.v_reset.v - _near(z, U).U.v))
        return to_v_reset, to_F, (z.U, lambda g: g * (1 - _near(z, F).F.v))

    R = edit.after("R", lambda value, z: T(value.v, reset(z)))
    fire = put(F=lambda z: _slope_at(z.spike, z.U - z.v_th, lambda: _near(z, U).U - z.v_th))
    return (*R, *fire, *_act_at(lambda z: _x(z, _near(z, U).U))) if U else R


PATHS: Table = {
    "U - v_reset for v_reset - U": by("R", "F", lambda z: z.F * stop(z.U - z.v_reset)),
    "-U for v_reset - U": by("R", "F", lambda z: z.F * stop(-z.U)),
    "gradient of V without 1 - F": by("R", "U", lambda z: z.U),
    "gradient of V through F, not 1 - F": by("R", "U", lambda z: z.U * stop(z.F)),
    "surrogate of the reset for v_th only, not for U": not_in("F", "U"),
    "leak missing in the gradient": by("V", "R", lambda z: z.R),
    "leak applied twice in the gradient": by("V", "R", lambda z: z.R * stop(z.alpha * z.alpha)),
    "recurrent gradient overwritten by that of the output": not_in("U", "V")
    + sees("Y", "U", lambda U, z: U + path(z.before)),
    "leak in the output's gradient": times("Y", "U", lambda U, z: z.alpha.v),
    "leak applied twice to the output's gradient": sees(
        "Y", "U", lambda U, z: U + path(scaled(z.before, z.alpha.v - 1))
    ),
    "derivative of Act missing": edit.after("Y", lambda Y, z: as_if(Y, _x(z, z.U))),
    "derivative of Act at U, not at U - v_th": _act_at(lambda z: z.U),
    "derivative of Act of the next step": _act_at(lambda z: _x(z, _near(z, 1).U)),
    "U of the next step in the backward pass": _read(U=1),
    "U of the previous step in the backward pass": _read(U=-1),
    "F of the next step in the backward pass": _read(F=1),
    "F of the previous step in the backward pass": _read(F=-1),
}


def _alpha_from(term: Callable[[Any], T]) -> Edits:
    return by("V", "alpha", lambda z: z.alpha * stop(term(z)))


PARAMETER_GRADIENTS: Table = {
    "gradient of v_th without the reset": not_in("F", "v_th"),
    "gradient of v_th without the output": not_in("Y", "v_th"),
    "gradient of v_th without the output of LIAF": times("Y", "v_th", lambda v_th, z: z.is_lif),
    "gradient of v_th negated": times("neuron", "v_th", lambda *_: -1.0),
    "gradient of v_reset without alpha": not_in("R", "v_reset")
    + by("V", "v_reset", lambda z: z.v_reset * stop(z.F)),
    "gradient of v_reset without F": by("R", "v_reset", lambda z: z.v_reset + 0 * stop(z.U)),
    "gradient of alpha from U, not R": _alpha_from(lambda z: z.U),
    "gradient of alpha from V, not R": _alpha_from(lambda z: z.alpha * z.R + z.beta),
    "gradient of alpha from the previous V": _alpha_from(lambda z: z.before),
    "gradient of alpha from the previous R": _alpha_from(lambda z: (z.steps or [z])[-1].R),
    "gradient of alpha from the previous R, 0 at first": _alpha_from(lambda z: _before(z, "R")),
    "gradient of beta of the last step only": times("V", "beta", lambda b, z: z.t == z.T - 1),
    "gradient of beta times alpha": by("V", "beta", lambda z: z.beta * stop(z.alpha)),
    **{f"gradient of {name} zero": not_in("neuron", name) for name in PARAMETERS.split()},
}


def _collected(collect: Callable[[Any, tuple[int, ...]], Any]) -> Edits:
    """Another sum over what shares a parameter: of the gradients of all neurons, and its shape."""

    def whole(p: T, z: Any, I: T) -> T:
        shape = (I.shape[0], *I.shape[2:])
        return T(np.broadcast_to(p.v, shape), ((p, lambda g: collect(g, p.shape)),))

    return sees("neuron", PARAMETERS, whole)


def _resized(sum_of: Callable[[Any], Any]) -> Edits:
    """The first numbers of another sum."""
    return _collected(lambda d, shape: np.resize(sum_of(d), shape))


def _averaged(n: Callable[[T, Any, T], float]) -> Edits:
    """A mean over a number that the parameter and the input have."""
    return edit.averaged("neuron", PARAMETERS, n)


SHARED: Table = {
    "shared gradient averaged": _averaged(lambda p, z, I: I.v[:, 0].size / p.v.size),
    "shared gradient averaged over the batch": _averaged(lambda p, z, I: I.shape[0]),
    "shared gradient summed along the last axis": _resized(lambda d: d.sum(axis=-1)),
    "shared gradient of the first element only": _resized(lambda d: d),
    "shared gradient averaged over neurons": _averaged(lambda p, z, I: I.v[0, 0].size / p.v.size),
    "shared gradient of the first neuron only": _resized(lambda d: d.sum(axis=0)),
    "shared gradient of the first sample only": _collected(lambda d, shape: sum_to(d[:1], shape)),
    "shared gradient summed along the channels": _resized(lambda d: d.sum(axis=(0, -1))),
    "shared gradient averaged over time": _averaged(lambda p, z, I: I.shape[1]),
}
