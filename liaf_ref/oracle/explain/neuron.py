"""One step of a neuron under any convention, elementwise over candidates or over steps."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array


class Model(NamedTuple):
    """A neuron in the units of its trace.  The fields of a batch are arrays of shape (N, 1)."""

    a: Any = 1.0  # U = a R + b x + c
    b: Any = 1.0
    c: Any = 0.0
    threshold: Any = np.inf
    reset: Any = "value"  # value, subtract, crossing, none
    amount: Any = 0.0  # the value, or what is subtracted
    timing: Any = "same step"  # same step, after leak, after input
    shown: Any = "after reset"  # before reset, after reset, after leak, marker
    marker: Any = 0.0  # shown in place of the potential at a spike
    input_delay: Any = 0
    spike_delay: Any = 0
    refractory: Any = 0
    strict: Any = False  # fires at >, not at >=
    several: Any = False  # spikes in one step
    start: Any = 0.0  # R before the first step


class State(NamedTuple):
    """What a step hands to the next."""

    carry: Any  # R, or U where the reset comes in the next step
    fired: Any  # spikes of this step
    hold: Any  # remaining steps in which the input is ignored


def batch(models: Sequence[Model]) -> Model:
    """Models as one, with fields of shape (N, 1)."""
    return Model(*(np.array(values)[:, None] for values in zip(*models, strict=True)))


def membrane(m: Model, state: State, x: Any) -> Array:
    """U, before a reset of this step."""
    U = m.a * state.carry + m.b * x + m.c
    late = (np.asarray(m.timing) != "same step") & (np.asarray(state.fired) > 0)
    if late.any():
        value = np.asarray(m.reset) == "value"
        subtract = np.asarray(m.reset) == "subtract"
        after_leak = np.asarray(m.timing) == "after leak"
        U = np.where(late & subtract, U - state.fired * m.amount, U)
        U = np.where(late & value & after_leak, m.amount + m.b * x, U)
        U = np.where(late & value & ~after_leak, m.amount + 0 * U, U)
    held_back: Array = np.where(np.asarray(state.hold) > 0, state.carry, U)
    return held_back


def count_spikes(m: Model, U: Array, hold: Any) -> Array:
    """Spikes of a step: of U against the threshold."""
    once = np.where(m.strict, m.threshold < U, m.threshold <= U).astype(np.float64)
    if np.asarray(m.several).any():
        with np.errstate(all="ignore"):
            times = U / m.threshold
            many = np.where(m.strict, np.ceil(times) - 1, np.floor(times))
        once = np.where(np.asarray(m.several) & (once > 0), np.maximum(many, 1), once)
    return np.where(np.asarray(hold) > 0, 0.0, once)


def reset(m: Model, U: Array, fired: Array, state: State, x: Any) -> Array:
    """R, after a reset of this step."""
    kind, some = np.asarray(m.reset), np.asarray(fired) > 0
    R = np.where((kind == "value") & some, m.amount, U)
    R = np.where(kind == "subtract", U - fired * m.amount, R)
    if (kind == "crossing").any():
        with np.errstate(all="ignore"):
            rest = (m.b * x + m.c) / (1 - m.a)
            crossed = rest + (m.amount - rest) * m.a * (state.carry - rest) / (m.threshold - rest)
        R = np.where((kind == "crossing") & some & np.isfinite(crossed), crossed, R)
    return R


def carried(m: Model, U: Array, R: Array) -> Array:
    """The potential that the next step starts from."""
    return np.where(np.asarray(m.timing) == "same step", R, U)


def shown_potential(m: Model, U: Array, R: Array, fired: Array) -> Array:
    """The potential that a recording shows."""
    kind = np.asarray(m.shown)
    shown = np.where(kind == "before reset", U, R)
    shown = np.where(kind == "after leak", m.a * R + m.c, shown)
    shown = np.where((kind == "marker") & (fired > 0), m.marker, shown)
    return shown


def shift(array: Array, steps: int, fill: float = 0.0) -> Array:
    """The array, ``steps`` later."""
    if steps == 0:
        return array
    out = np.full_like(array, fill)
    if steps > 0:
        out[steps:] = array[:-steps]
    else:
        out[:steps] = array[-steps:]
    return out


def held(fired: Array, steps: int) -> Array:
    """Steps that follow a spike by at most ``steps``."""
    inside = np.zeros(len(fired), bool)
    for later in range(1, steps + 1):
        inside |= shift(fired, later) > 0
    return inside


def simulate(
    models: Sequence[Model], x: Array, spikes: Array | None = None, near: float = 0.0
) -> tuple[Array, Array]:
    """Potential and spikes, shape (N, T), as a recording shows them."""
    # With recorded spikes, a step whose U is within `near` of the threshold (relative to it)
    # fires as recorded, so that rounding flips no spike.
    m = batch(models)
    shape, T = (len(models), 1), len(x)
    inputs = np.stack([shift(x, int(model.input_delay)) for model in models])
    observed = None
    if spikes is not None:
        observed = np.stack([shift(spikes, -int(model.spike_delay)) for model in models])
    state = State(m.start * np.ones(shape), np.zeros(shape), np.zeros(shape))
    potential, fired = np.empty((len(models), T)), np.empty((len(models), T))
    for t in range(T):
        now = inputs[:, t : t + 1]
        U = membrane(m, state, now)
        F = count_spikes(m, U, state.hold)
        if observed is not None:
            close = (abs(U - m.threshold) <= near * abs(m.threshold)) & (state.hold <= 0)
            F = np.where(close, observed[:, t : t + 1], F)
        R = reset(m, U, F, state, now)
        potential[:, t : t + 1], fired[:, t : t + 1] = shown_potential(m, U, R, F), F
        hold = np.where(F > 0, m.refractory, np.maximum(state.hold - 1, 0))
        state = State(carried(m, U, R), F, hold)
    for n, model in enumerate(models):
        fired[n] = shift(fired[n], int(model.spike_delay))
    return potential, fired


def predict(m: Model, x: Array, potential: Array, fired: Array) -> tuple[Array, Array]:
    """U and the shown potential of each step, from the recorded ones of the step before."""
    x = shift(x, int(m.input_delay))
    later = str(m.timing) != "same step"
    if later or m.shown == "before reset":
        carry = potential if later else reset(m, potential, fired, _previous(m, potential), x)
    elif m.shown == "after leak":
        carry = (potential - m.c) / m.a if m.a else np.zeros_like(potential)
    else:
        carry = potential
    if m.shown == "marker" or (m.reset == "value" and not later):
        carry = np.where(fired > 0, m.amount, carry)
    state = State(shift(carry, 1, float(m.start)), shift(fired, 1), held(fired, int(m.refractory)))
    U = membrane(m, state, x)
    R = reset(m, U, fired, state, x)
    return U, shown_potential(m, U, R, fired)


def _previous(m: Model, potential: Array) -> State:
    """The state before each step, where the potential is shown before the reset."""
    return State(shift(potential, 1, float(m.start)), 0.0, 0.0)
