"""The neuron with every convention, and an input that tells two of them apart."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array


class Model(NamedTuple):
    """A neuron in the units of its trace.  Fields that differ in a batch have the shape (N, 1)."""

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

    def steady(self, x: Any) -> Any:
        """The potential that a constant input leads to."""
        with np.errstate(all="ignore"):
            return np.divide(self.b * x + self.c, 1 - self.a)


class State(NamedTuple):
    """What a step hands to the next."""

    carry: Any  # R, or U where the reset comes in the next step
    fired: Any  # spikes of this step
    hold: Any  # remaining refractory steps


def membrane(m: Model, state: State, x: Any) -> Array:
    """U, before a reset of this step."""
    leaked, rest = rounded(m, state.carry), m.steady(x)
    U = leaked + m.b * x + m.c
    with np.errstate(all="ignore"):
        inside = rest + (state.carry - rest) * m.a ** np.clip(1 - state.hold, 0, 1)
    late, waits = (m.timing != "same step") & (state.fired > 0), state.hold > 0
    ways = [
        (late & (m.reset == "subtract"), U - state.fired * m.amount),
        (late & (m.timing == "after leak"), m.amount + m.b * x),
        (late, m.amount),
        (waits & (m.waiting == "held"), state.carry),
        (waits & (m.waiting == "leaking"), leaked + m.c),
        (waits & (m.waiting == "inside"), inside),
    ]
    bounded: Array = np.clip(_select(ways, U), m.low, m.high)
    return bounded


def _select(ways: list[tuple[Any, Any]], otherwise: Any) -> Array:
    """The value of the first condition that holds; most of a step's conditions never do."""
    for condition, value in reversed(ways):
        if condition is not False and np.any(condition):
            otherwise = np.where(condition, value, otherwise)
    chosen: Array = otherwise
    return chosen


def rounded(m: Model, v: Any) -> Any:
    """The product ``a v``, in fixed point a multiple of ``unit``."""
    product = m.a * v
    if np.all(m.rounding == "none"):
        return product
    p, v = product / m.unit, v / m.unit
    up = np.ceil(p)
    ways = {"cut off": np.trunc(p), "down": np.floor(p), "to nearest": np.floor(p + 0.5), "up": up,
            "up, by at least 1": np.where(up == v, v - np.sign(v), up)}  # fmt: skip
    return _select([(m.rounding == name, way * m.unit) for name, way in ways.items()], product)


def crossing(m: Model, U: Any, carry: Any, x: Any) -> Any:
    """Part of the step after which the potential crosses the threshold, exactly in time."""
    rest = m.steady(x)
    with np.errstate(all="ignore"):
        part = 1 - np.log1p(-(U - m.threshold) / (rest - m.threshold)) / np.log(m.a)
    return np.where(np.isfinite(part), np.clip(part, 0, 1), 1.0)


def count_spikes(m: Model, U: Array, hold: Any) -> Array:
    """Spikes of a step: of U against the threshold."""
    with np.errstate(all="ignore"):
        times = U / m.threshold
        many = np.where(m.strict, np.ceil(times) - 1, np.floor(times))
    many = np.where(np.equal(m.most, 1), 1.0, np.clip(many, 1, m.most))
    fires = np.where(m.strict, m.threshold < U, m.threshold <= U)
    waits = hold >= np.where(m.waiting == "inside", 1, 1e-9)
    return np.where(fires & ~waits, many, 0.0)


def reset(m: Model, U: Array, fired: Array, carry: Any, x: Any) -> Array:
    """R, after a reset of this step."""
    rest, some = m.steady(x), fired > 0
    with np.errstate(all="ignore"):
        crossed = rest + (m.amount - rest) * m.a * (carry - rest) / (m.threshold - rest)
    ways = [
        (some & (m.reset == "value"), m.amount),
        (some & (m.reset == "subtract"), U - fired * m.amount),
        (some & (m.reset == "crossing") & np.isfinite(crossed), crossed),
    ]
    return _select(ways, U)


def shown_potential(m: Model, U: Array, R: Array, fired: Array) -> Array:
    """The potential that a recording shows."""
    ways = [
        (m.shown == "before reset", U),
        (m.shown == "after leak", m.a * R + m.c),
        ((m.shown == "marker") & (fired > 0), m.marker),
    ]
    return _select(ways, R)


def shift(array: Array, steps: int, fill: float = 0.0) -> Array:
    """The array, ``steps`` later."""
    if steps == 0:
        return array
    end = np.full_like(array[: abs(steps)], fill)
    return np.concatenate([end, array[:-steps]] if steps > 0 else [array[-steps:], end])


def held(fired: Array, steps: int) -> Array:
    """Steps that follow a spike by at most ``steps``."""
    after: Array = np.convolve(fired > 0, np.arange(steps + 1) > 0)[: len(fired)] > 0
    return after


def simulate(
    models: Sequence[Model], x: Array, spikes: Array | None = None, near: Any = 0.0
) -> tuple[Array, Array]:
    """Potential and spikes, shape (N, T), as a recording shows them."""
    # With recorded spikes, a step whose U is within `near` of the threshold (relative to it)
    # fires as recorded, so that rounding flips no spike.
    fields = zip(*models, strict=True)
    m = Model(*(v[0] if len(set(v)) == 1 else np.array(v)[:, None] for v in fields))
    inputs = np.stack([shift(x, int(model.input_delay)) for model in models])
    potential, fired = np.empty(inputs.shape), np.empty(inputs.shape)
    observed = fired
    if spikes is not None:
        observed = np.stack([shift(spikes, -int(model.spike_delay)) for model in models])
    nothing = np.zeros((len(models), 1))
    state, inside = State(m.start + nothing, nothing, nothing), m.waiting == "inside"
    for t in range(len(x)):
        now, step = inputs[:, t : t + 1], slice(t, t + 1)
        U = membrane(m, state, now)
        F = count_spikes(m, U, state.hold)
        if spikes is not None:
            close = (abs(U - m.threshold) <= near * abs(m.threshold)) & (state.hold <= 0)
            F = np.where(close, observed[:, step], F)
        R = reset(m, U, F, state.carry, now)
        potential[:, step], fired[:, step] = shown_potential(m, U, R, F), F
        hold = np.where(F > 0, m.refractory, np.maximum(state.hold - 1, 0))
        if np.any(inside):
            later = m.refractory + crossing(m, U, state.carry, now) - 1
            hold = np.where(inside & (F > 0), np.maximum(later, 0), hold)
        state = State(np.where(m.timing == "same step", R, U), F, hold)
    for n, model in enumerate(models):
        fired[n] = shift(fired[n], int(model.spike_delay))
    return potential, fired


def predict(m: Model, x: Array, potential: Array, fired: Array) -> tuple[Array, Array]:
    """U and the shown potential of each step, from the recorded ones of the step before."""
    x, carry = shift(x, int(m.input_delay)), potential
    late = m.timing != "same step"
    if m.shown == "before reset" and not late:
        carry = reset(m, potential, fired, shift(potential, 1, float(m.start)), x)
    elif m.shown == "after leak":
        carry = (potential - m.c) / m.a if m.a else np.zeros_like(potential)
    if m.shown == "marker" or (m.reset == "value" and not late):
        carry = np.where(fired > 0, m.amount, carry)
    state = State(shift(carry, 1, float(m.start)), shift(fired, 1),
                  held(fired, int(m.refractory)).astype(np.float64))  # fmt: skip
    if m.waiting == "inside":
        state = state._replace(hold=_hold_inside(m, state, x, fired))
    U = membrane(m, state, x)
    return U, shown_potential(m, U, reset(m, U, fired, state.carry, x), fired)


def _hold_inside(m: Model, state: State, x: Array, fired: Array) -> Array:
    """Remaining refractory steps, each from the crossing of the spike before."""
    hold = np.zeros(len(x))
    for s in np.flatnonzero(fired):
        # A step that is partly refractory has its own U, from which the next crossing follows.
        before = state.carry[s]
        U = membrane(m, State(before, 0.0, hold[s]), x[s])
        left = float(m.refractory + crossing(m, U, before, x[s]))
        steps = np.arange(1, min(int(left) + 2, len(x) - int(s)))
        hold[s + steps] = np.maximum(left - steps, 0)
    return hold


STEPS = 8
RANDOM_INPUTS = 24
DIFFERENT = 1e-4  # of the largest potential: visible in any record
NEIGHBORS = 64  # floats near the input that reaches the threshold


class ProbeInput(NamedTuple):
    """An input, and the number of different results that the conventions have under it."""

    input: Array
    results: int


def find_input(models: Sequence[Model], *, potential: bool, spikes: bool) -> ProbeInput | None:
    """The shortest of the tried inputs that has the most different results; None: all agree."""

    def tried(x: Array) -> ProbeInput:
        return ProbeInput(x, _count_results(models, x, potential=potential, spikes=spikes))

    best = max(map(tried, _inputs(models[0])), key=lambda probe: probe.results)
    if best.results == 1:
        return None
    shorter = (tried(best.input[:steps]) for steps in range(1, len(best.input)))
    return next((probe for probe in shorter if probe.results == best.results), best)


def _inputs(m: Model) -> Iterator[Array]:
    """Inputs in units of the one that reaches the threshold in the first step."""
    unit = _threshold_input(m)
    random = np.random.default_rng(0)
    patterns = [
        [1.0] + [0.0] * (STEPS - 1),
        [1.25] * STEPS,
        [2.5, 0, 0.5, 1.25, 0, 1.25, 0.25, 1.25],
        [0.5, -0.5, 0.75, 0.75, 2.25, 0.75, 0.75, 0],
        *(random.integers(-2, 11, (RANDOM_INPUTS, STEPS)) / 4).tolist(),
    ]
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
    nearest = sorted(range(-NEIGHBORS, NEIGHBORS + 1), key=abs)
    tried = [float(f"{near:.6g}"), *(near + k * abs(float(np.spacing(near))) for k in nearest)]
    return next((x for x in tried if m.a * m.start + m.b * x + m.c == m.threshold), near)


def _count_results(models: Sequence[Model], x: Array, *, potential: bool, spikes: bool) -> int:
    v, s = simulate(models, x)
    visible = DIFFERENT * max(float(abs(v).max()), 1e-300)
    different: list[Array] = []
    for row in np.concatenate([v / visible] * potential + [2 * s] * spikes, axis=1):
        if all((abs(row - other) > 1).any() for other in different):
            different.append(row)
    return len(different)
