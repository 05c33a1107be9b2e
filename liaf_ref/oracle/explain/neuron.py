"""The neuron with every convention, and an input that tells two of them apart."""

from collections.abc import Iterator, Sequence
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
    refractory: Any = 0  # steps after a spike, not always whole
    waiting: Any = "held"  # held, leaking, inside (ends inside a step)
    strict: Any = False  # fires at >, not at >=
    most: Any = 1.0  # spikes in one step
    start: Any = 0.0  # R before the first step
    low: Any = -np.inf  # bounds of U
    high: Any = np.inf
    rounding: Any = "none"  # of a R to a multiple of `unit`
    unit: Any = 1.0


class State(NamedTuple):
    """What a step hands to the next."""

    carry: Any  # R, or U where the reset comes in the next step
    fired: Any  # spikes of this step
    hold: Any  # remaining refractory steps


def batch(models: Sequence[Model]) -> Model:
    """Models as one, with fields of shape (N, 1)."""
    return Model(*(np.array(values)[:, None] for values in zip(*models, strict=True)))


def membrane(m: Model, state: State, x: Any) -> Array:
    """U, before a reset of this step."""
    leaked = rounded(m.rounding, m.a * state.carry, state.carry, m.unit)
    U = leaked + m.b * x + m.c
    late = (np.asarray(m.timing) != "same step") & (np.asarray(state.fired) > 0)
    if late.any():
        value = np.asarray(m.reset) == "value"
        subtract = np.asarray(m.reset) == "subtract"
        after_leak = np.asarray(m.timing) == "after leak"
        U = np.where(late & subtract, U - state.fired * m.amount, U)
        U = np.where(late & value & after_leak, m.amount + m.b * x, U)
        U = np.where(late & value & ~after_leak, m.amount + 0 * U, U)
    waits, waiting = np.asarray(state.hold) > 0, np.asarray(m.waiting)
    U = np.where(waits & (waiting == "held"), state.carry, U)
    U = np.where(waits & (waiting == "leaking"), leaked + m.c, U)
    if (waiting == "inside").any():
        with np.errstate(all="ignore"):
            rest = (m.b * x + m.c) / (1 - m.a)
            inside = rest + (state.carry - rest) * m.a ** np.clip(1 - state.hold, 0, 1)
        U = np.where(waits & (waiting == "inside"), inside, U)
    bounded: Array = np.clip(U, m.low, m.high)
    return bounded


def rounded(kind: Any, product: Any, v: Any, unit: Any) -> Any:
    """The product ``a v`` in fixed point."""
    kind = np.asarray(kind)
    if (kind == "none").all():
        return product
    p, v = product / unit, v / unit
    up = np.ceil(p)
    ways = {"cut off": np.trunc(p), "down": np.floor(p), "to nearest": np.floor(p + 0.5), "up": up,
            "up, by at least 1": np.where(up == v, v - np.sign(v), up)}  # fmt: skip
    for name, way in ways.items():
        p = np.where(kind == name, way, p)
    return np.where(kind == "none", product, p * unit)


def crossing(m: Model, U: Any, carry: Any, x: Any) -> Any:
    """Part of the step after which the potential crosses the threshold, exactly in time."""
    with np.errstate(all="ignore"):
        rest = (m.b * x + m.c) / (1 - m.a)
        part = 1 - np.log1p(-(U - m.threshold) / (rest - m.threshold)) / np.log(m.a)
    return np.where(np.isfinite(part), np.clip(part, 0, 1), 1.0)


def count_spikes(m: Model, U: Array, hold: Any) -> Array:
    """Spikes of a step: of U against the threshold."""
    once = np.where(m.strict, m.threshold < U, m.threshold <= U).astype(np.float64)
    if (np.asarray(m.most) > 1).any():
        with np.errstate(all="ignore"):
            times = U / m.threshold
            many = np.where(m.strict, np.ceil(times) - 1, np.floor(times))
            once = np.where(once > 0, np.clip(many, 1, m.most), once)
    waits = np.asarray(hold) >= np.where(np.asarray(m.waiting) == "inside", 1, 1e-9)
    return np.where(waits, 0.0, once)


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
    models: Sequence[Model], x: Array, spikes: Array | None = None, near: Any = 0.0
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
    inside = m.waiting == "inside"
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
        if inside.any():
            later = m.refractory + crossing(m, U, state.carry, now) - 1
            hold = np.where(inside & (F > 0), np.maximum(later, 0), hold)
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
    before = shift(carry, 1, float(m.start))
    hold = held(fired, int(m.refractory)).astype(np.float64)
    state = State(before, shift(fired, 1), hold)
    if m.waiting == "inside":
        U = membrane(m, state._replace(hold=0.0), x)
        hold = np.zeros(len(x))
        for s in np.flatnonzero(fired):
            # A step that is partly refractory has its own U, from which the next crossing follows.
            U[s] = membrane(m, State(before[s], 0.0, hold[s]), x[s])
            left: float = float(m.refractory) + float(crossing(m, U[s], before[s], x[s]))
            steps = np.arange(1, min(int(left) + 2, len(x) - int(s)))
            hold[s + steps] = np.maximum(left - steps, 0)
        state = state._replace(hold=hold)
    U = membrane(m, state, x)
    R = reset(m, U, fired, state, x)
    return U, shown_potential(m, U, R, fired)


def _previous(m: Model, potential: Array) -> State:
    """The state before each step, where the potential is shown before the reset."""
    return State(shift(potential, 1, float(m.start)), 0.0, 0.0)


STEPS = 8
RANDOM_INPUTS = 24
DIFFERENT = 1e-4  # of the largest potential: visible in any record
NEIGHBORS = 64  # floats near the input that reaches the threshold


class ProbeInput(NamedTuple):
    """An input, and the group of conventions with one result that each convention is in."""

    input: Array
    groups: tuple[int, ...]

    @property
    def results(self) -> int:
        """Number of different results."""
        return len(set(self.groups))


def find_input(models: Sequence[Model], *, potential: bool, spikes: bool) -> ProbeInput | None:
    """The shortest of the tried inputs that has the most different results; None: all agree."""
    best: ProbeInput | None = None
    for x in _inputs(models):
        tried = ProbeInput(x, _groups(models, x, potential=potential, spikes=spikes))
        if best is None or tried.results > best.results:
            best = tried
    if best is None or best.results == 1:
        return None
    for steps in range(1, len(best.input)):
        shorter = best.input[:steps]
        groups = _groups(models, shorter, potential=potential, spikes=spikes)
        if len(set(groups)) == best.results:
            return ProbeInput(shorter, groups)
    return best


def _inputs(models: Sequence[Model]) -> Iterator[Array]:
    """Inputs in units of the one that reaches the threshold in the first step."""
    m = models[0]
    unit = _threshold_input(m)
    random = np.random.default_rng(0)
    patterns = [
        [1.0] + [0.0] * (STEPS - 1),
        [1.25] * STEPS,
        [2.5, 0, 0.5, 1.25, 0, 1.25, 0.25, 1.25],
        [0.5, -0.5, 0.75, 0.75, 2.25, 0.75, 0.75, 0],
    ]
    patterns += [list(row) for row in random.integers(-2, 11, (RANDOM_INPUTS, STEPS)) / 4]
    for pattern in patterns:
        for head in ([], [1.0]):
            yield np.array([factor * unit if factor == 1.0 else float(f"{factor * unit:.3g}")
                            for factor in head + pattern])  # fmt: skip


def _threshold_input(m: Model) -> float:
    """The input of the first step with U = V_th, exactly if a float64 has it."""
    rest = m.a * m.start + m.c
    if not np.isfinite(m.threshold) or m.b == 0 or m.threshold == rest:
        return 1.0
    near = float((m.threshold - rest) / m.b)
    short = float(f"{near:.6g}")
    below = above = near
    for candidate in (short, near):
        if m.a * m.start + m.b * candidate + m.c == m.threshold:
            return candidate
    for _ in range(NEIGHBORS):
        below, above = np.nextafter(below, -np.inf), np.nextafter(above, np.inf)
        for candidate in (float(below), float(above)):
            if m.a * m.start + m.b * candidate + m.c == m.threshold:
                return candidate
    return near


def _groups(models: Sequence[Model], x: Array, *, potential: bool, spikes: bool) -> tuple[int, ...]:
    v, s = simulate(models, x)
    results = np.concatenate([v] * potential + [s] * spikes, axis=1)
    scale = max(float(abs(v).max()), 1e-300)
    width = np.concatenate([np.full(v.shape[1], DIFFERENT * scale)] * potential
                           + [np.full(v.shape[1], 0.5)] * spikes)  # fmt: skip
    firsts: list[Array] = []
    groups = []
    for row in results:
        same = [n for n, first in enumerate(firsts) if (abs(row - first) <= width).all()]
        if not same:
            firsts.append(row)
        groups.append(same[0] if same else len(firsts) - 1)
    return tuple(groups)
