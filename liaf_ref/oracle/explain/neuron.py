"""The neuron with every convention, and an input that tells two of them apart."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array

LONGEST = 3  # delay in steps


class Model(NamedTuple):
    """A neuron in the units of its trace.  Fields that differ in a batch have the shape (N, 1)."""

    reset: Any  # value, subtract, crossing, none
    timing: Any = "same step"  # same step, after leak, after input
    shown: Any = "after reset"  # before reset, after reset, after leak, marker
    a: Any = 1.0  # U = a R + b x + c
    b: Any = 1.0
    c: Any = 0.0
    threshold: Any = np.inf
    amount: Any = 0.0  # the value of the reset, or what it subtracts
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
        return np.divide(self.b * x + self.c, 1 - self.a)

    def decayed(self, v: Any, x: Any, part: Any) -> Any:
        """The potential after a part of a step with a constant input, exactly in time."""
        rest = self.steady(x)
        return rest + (v - rest) * self.a**part


Way = tuple[Any, Any, Callable[[], Any]]  # of which models, in which steps, and the value there


def _select(otherwise: Any, *ways: Way) -> Any:
    """The value of the first way of a model that a step takes."""
    for models, steps, value in reversed(ways):
        if models is not False and np.any(where := models & steps):
            otherwise = np.where(where, value(), otherwise)
    return otherwise


def membrane(m: Model, carry: Any, fired: Any, hold: Any, x: Any) -> Array:
    """U, of what the step before has left: R, or U without its reset; spikes; refractory steps."""
    leaked, late, waits = rounded(m, carry), fired > 0, hold > 0
    U = leaked + m.b * x + m.c
    chosen = _select(
        U,
        ((m.timing != "same step") & (m.reset == "subtract"), late, lambda: U - fired * m.amount),
        (m.timing == "after leak", late, lambda: m.amount + m.b * x),
        (m.timing == "after input", late, lambda: m.amount),
        (m.waiting == "held", waits, lambda: carry),
        (m.waiting == "leaking", waits, lambda: leaked + m.c),
        (m.waiting == "inside", waits, lambda: m.decayed(carry, x, np.clip(1 - hold, 0, 1))),
    )
    return np.asarray(np.minimum(np.maximum(chosen, m.low), m.high))


ROUNDINGS: Mapping[str, Callable[[Any, Any], Any]] = {  # of a product p = a v, in units
    "cut off": lambda p, v: np.trunc(p),
    "down": lambda p, v: np.floor(p),
    "to nearest": lambda p, v: np.floor(p + 0.5),
    "up": lambda p, v: np.ceil(p),
    "up, by at least 1": lambda p, v: np.where(np.ceil(p) == v, v - np.sign(v), np.ceil(p)),
}


def rounded(m: Model, v: Any) -> Any:
    """The product ``a v``, in fixed point a multiple of ``unit``."""
    product, unit = m.a * v, m.unit
    for name, way in ROUNDINGS.items():
        if np.any(m.rounding == name):
            integer = unit * way(m.a * v / unit, v / unit)
            product = np.where(m.rounding == name, integer, product)
    return product


def crossing(m: Model, U: Any, x: Any) -> Any:
    """Part of the step after which the potential crosses the threshold, exactly in time."""
    rest = m.steady(x)
    part = 1 - np.log1p(-(U - m.threshold) / (rest - m.threshold)) / np.log(m.a)
    return np.where(np.isfinite(part), np.clip(part, 0, 1), 1.0)


def count_spikes(m: Model, U: Array, hold: Any) -> Array:
    """Spikes of a step: of U against the threshold."""
    times = U / m.threshold
    many = np.where(m.strict, np.ceil(times) - 1, np.floor(times))
    many = np.where(np.equal(m.most, 1), 1.0, np.clip(many, 1, m.most))
    fires = np.where(m.strict, m.threshold < U, m.threshold <= U)
    waits = hold >= np.where(m.waiting == "inside", 1, 1e-9)
    return np.where(fires & ~waits, many, 0.0)


def after_spikes(m: Model, U: Array, fired: Array, x: Any) -> tuple[Any, Any]:
    """R, after a reset of this step, and the potential that a recording shows."""
    some = fired > 0
    crosses = (m.reset == "crossing") & (m.threshold < np.inf)
    R = _select(
        U,
        (m.reset == "value", some, lambda: m.amount),
        (m.reset == "subtract", some, lambda: U - fired * m.amount),
        (crosses, some, lambda: m.decayed(m.amount, x, 1 - crossing(m, U, x))),
    )
    return R, _select(
        R,
        (m.shown == "before reset", True, lambda: U),
        (m.shown == "after leak", True, lambda: m.a * R + m.c),
        (m.shown == "marker", some, lambda: m.marker),
    )


def shift(row: Array, steps: int, fill: float = 0.0) -> Array:
    """The row, later by so many steps."""
    T = len(row)
    k = max(-T, min(steps, T))
    before, after = np.full(max(k, 0), fill), np.full(max(-k, 0), fill)
    return np.concatenate([before, row[len(after) : T - len(before)], after])


def held(fired: Array, steps: float) -> Array:
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
    inputs, recorded = (np.pad(row, LONGEST) for row in (x, x if spikes is None else spikes))
    potential, fired = np.zeros((2, len(models), len(inputs)))
    row, nothing = np.arange(len(models))[:, None], np.zeros((len(models), 1))
    carry, F, hold = m.start + nothing, nothing, nothing
    inside, same_step = m.waiting == "inside", m.timing == "same step"
    for t in range(LONGEST, LONGEST + len(x)):
        now = inputs[t - m.input_delay]
        U = membrane(m, carry, F, hold, now)
        F = count_spikes(m, U, hold)
        if spikes is not None:
            close = (abs(U - m.threshold) <= near * abs(m.threshold)) & (hold <= 0)
            F = np.where(close, recorded[t + m.spike_delay], F)
        R, potential[row, t] = after_spikes(m, U, F, now)
        fired[row, t + m.spike_delay] = F
        hold = np.where(F > 0, m.refractory, np.maximum(hold - 1, 0))
        if np.any(inside):
            later = np.maximum(m.refractory + crossing(m, U, now) - 1, 0)
            hold = np.where(inside & (F > 0), later, hold)
        carry = np.where(same_step, R, U)
    return potential[:, LONGEST:-LONGEST], fired[:, LONGEST:-LONGEST]


def predict(m: Model, x: Array, potential: Array, fired: Array) -> tuple[Array, Array]:
    """U and the shown potential of each step, from the recorded ones of the step before."""
    x, carry, late = shift(x, m.input_delay), potential, m.timing != "same step"
    if m.shown == "before reset" and not late:
        carry, _ = after_spikes(m, potential, fired, x)
    elif m.shown == "after leak":
        carry = (potential - m.c) / m.a if m.a else np.zeros_like(potential)
    if m.shown == "marker" or (m.reset == "value" and not late):
        carry = np.where(fired > 0, m.amount, carry)
    carry = shift(carry, 1, m.start)
    hold = held(fired, int(m.refractory)).astype(np.float64)
    if m.waiting == "inside":
        hold = _hold_inside(m, carry, x, fired)
    U = membrane(m, carry, shift(fired, 1), hold, x)
    return U, after_spikes(m, U, fired, x)[1]


def _hold_inside(m: Model, carry: Array, x: Array, fired: Array) -> Array:
    """Remaining refractory steps, each from the crossing of the spike before."""
    hold = np.zeros(len(x))
    for s in np.flatnonzero(fired):
        # A step that is partly refractory has its own U, from which the next crossing follows.
        U = membrane(m, carry[s], 0.0, hold[s], x[s])
        left = float(m.refractory + crossing(m, U, x[s]))
        steps = np.arange(1, min(int(left) + 2, len(x) - int(s)))
        hold[s + steps] = np.maximum(left - steps, 0)
    return hold


STEPS = 8
RANDOM_INPUTS = 24
DIFFERENT = 1e-4  # of the largest potential: visible in any record
NEIGHBORS = 64  # floats near the input that reaches the threshold


def find_input(models: Sequence[Model], *, potential: bool, spikes: bool) -> tuple[Array, int]:
    """The shortest of the tried inputs that has the most different results, and their number."""

    def results(x: Array) -> int:
        v, s = simulate(models, x)
        visible = DIFFERENT * max(float(abs(v).max()), 1e-300)
        different: list[Array] = []
        for row in np.concatenate([v / visible] * potential + [2 * s] * spikes, axis=1):
            if all((abs(row - other) > 1).any() for other in different):
                different.append(row)
        return len(different)

    longest, most = max(((x, results(x)) for x in _inputs(models[0])), key=lambda one: one[1])
    shorter = (longest[:steps] for steps in range(1, len(longest)))
    return next((x for x in shorter if results(x) == most), longest), most


def _inputs(m: Model) -> Iterator[Array]:
    """Inputs in units of the one that reaches the threshold in the first step."""
    unit = _threshold_input(m)
    random = np.random.default_rng(0).integers(-2, 11, (RANDOM_INPUTS, STEPS)) / 4
    patterns = [
        [1.0] + [0.0] * (STEPS - 1),
        [1.25] * STEPS,
        [2.5, 0, 0.5, 1.25, 0, 1.25, 0.25, 1.25],
        [0.5, -0.5, 0.75, 0.75, 2.25, 0.75, 0.75, 0],
        *random.tolist(),
    ]
    for pattern in patterns:
        for head in ([], [1.0]):
            factors = head + pattern
            yield np.array([f * unit if f == 1.0 else float(f"{f * unit:.3g}") for f in factors])


def _threshold_input(m: Model) -> float:
    """The input of the first step with U = V_th, exactly if a float64 has it."""
    rest = m.a * m.start + m.c
    if not np.isfinite(m.threshold) or m.b == 0 or m.threshold == rest:
        return 1.0
    near = float((m.threshold - rest) / m.b)
    nearest = sorted(range(-NEIGHBORS, NEIGHBORS + 1), key=abs)
    tried = [float(f"{near:.6g}"), *(near + k * abs(float(np.spacing(near))) for k in nearest)]
    return next((x for x in tried if m.a * m.start + m.b * x + m.c == m.threshold), near)
