"""The neuron with every convention, and an input that tells two of them apart."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array


class Model(NamedTuple):
    """A neuron in the units of its trace: words, and numbers, which may be columns of many."""

    reset: str  # a key of RESETS
    timing: str = "same step"  # same step, after leak, after input
    shown: str = "after reset"  # a key of SHOWN
    waiting: str = "held"  # a key of WAITING
    rounding: str = "none"  # of a R to a multiple of `unit`
    unit: float = 1.0
    input_delay: int = 0
    spike_delay: int = 0
    a: Any = 1.0  # U = a R + b x + c
    b: Any = 1.0
    c: Any = 0.0
    threshold: Any = np.inf
    amount: Any = 0.0  # the value of the reset, or what it subtracts
    marker: Any = 0.0  # shown in place of the potential at a spike
    refractory: Any = 0.0  # steps after a spike, not always whole
    strict: Any = False  # fires at >, not at >=
    most: Any = 1.0  # spikes in one step
    start: Any = 0.0  # R before the first step
    low: Any = -np.inf  # bounds of U
    high: Any = np.inf

    def leaked(self, v: Any) -> Any:
        """The product ``a v``, in fixed point a multiple of ``unit``."""
        if self.rounding == "none":
            return self.a * v
        return self.unit * ROUNDINGS[self.rounding](self.a * v / self.unit, v / self.unit)

    def steady(self, x: Any) -> Any:
        """The potential that a constant input leads to."""
        return np.divide(self.b * x + self.c, 1 - self.a)

    def decayed(self, v: Any, x: Any, part: Any) -> Any:
        """The potential after a part of a step with a constant input, exactly in time."""
        rest = self.steady(x)
        return rest + (v - rest) * self.a**part

    def crossing(self, U: Any, x: Any) -> Any:
        """Part of the step after which the potential crosses the threshold, exactly in time."""
        rest = self.steady(x)
        part = 1 - np.log1p(-(U - self.threshold) / (rest - self.threshold)) / np.log(self.a)
        return np.where(np.isfinite(part), np.clip(part, 0, 1), 1.0)


WORDS = Model._fields.index("a")  # the fields before it are the same in a batch
Formula = Callable[..., Any]
ROUNDINGS: Mapping[str, Formula] = {  # of a product p = a v, in units
    "cut off": lambda p, v: np.trunc(p),
    "down": lambda p, v: np.floor(p),
    "to nearest": lambda p, v: np.floor(p + 0.5),
    "up": lambda p, v: np.ceil(p),
    "up, by at least 1": lambda p, v: np.where(np.ceil(p) == v, v - np.sign(v), np.ceil(p)),
}
RESETS: Mapping[str, Formula] = {  # R, of U and the spikes F
    "none": lambda m, U, F, x: U,
    "value": lambda m, U, F, x: np.where(F > 0, m.amount, U),
    "subtract": lambda m, U, F, x: U - F * m.amount,
    "crossing": lambda m, U, F, x: np.where(
        (F > 0) & (m.threshold < np.inf), m.decayed(m.amount, x, 1 - m.crossing(U, x)), U
    ),
}
SHOWN: Mapping[str, tuple[str, Formula]] = {  # what a recording has
    "after reset": ("R[t]", lambda m, U, R, F: R),
    "before reset": ("U[t]", lambda m, U, R, F: U),
    "after leak": ("a R[t] + c", lambda m, U, R, F: m.a * R + m.c),
    "marker": (
        "U[t], or a fixed number at a spike",
        lambda m, U, R, F: np.where(F > 0, m.marker, R),
    ),
}
WAITING: Mapping[str, tuple[str, str, Formula]] = {  # U of a refractory step, of R before it
    "held": ("", "the potential is held", lambda m, R, x, hold: R),
    "leaking": (
        " (leaking)",
        "the input is ignored, the leak goes on",
        lambda m, R, x, hold: m.leaked(R) + m.c,
    ),
    "inside": (
        " (ending inside a step)",
        "the refractory time begins at the crossing and ends inside a step",
        lambda m, R, x, hold: m.decayed(R, x, np.clip(1 - hold, 0, 1)),
    ),
}


def membrane(m: Model, carry: Any, fired: Any, hold: Any, x: Any) -> Array:
    """U, of what the step before has left: R, or U without its reset; spikes; refractory steps."""
    drive = m.b * x
    U = m.leaked(carry) + drive + m.c
    if m.timing != "same step" and m.reset == "subtract":
        U = U - fired * m.amount
    elif m.timing != "same step":
        U = np.where(fired > 0, m.amount + drive * (m.timing == "after leak"), U)
    if np.any(waits := hold > 0):
        U = np.where(waits, WAITING[m.waiting][-1](m, carry, x, hold), U)
    return np.asarray(np.minimum(np.maximum(U, m.low), m.high))


def count_spikes(m: Model, U: Array, hold: Any) -> Array:
    """Spikes of a step: of U against the threshold."""
    times = U / m.threshold
    many = np.where(m.strict, np.ceil(times) - 1, np.floor(times))
    fires = np.where(m.strict, m.threshold < U, m.threshold <= U)
    waits = hold >= (1 if m.waiting == "inside" else 1e-9)
    return np.where(fires & ~waits, np.fmin(np.fmax(many, 1), m.most), 0.0)


def shift(row: Array, steps: int, fill: float = 0.0) -> Array:
    """Rows, later by so many steps."""
    T, found = row.shape[-1], np.full_like(row, fill)
    late, early = max(steps, 0), max(-steps, 0)
    found[..., late : max(T - early, 0)] = row[..., early : max(T - late, 0)]
    return found


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
    groups = dict[tuple[Any, ...], list[int]]()
    for n, m in enumerate(models):
        groups.setdefault(m[:WORDS], []).append(n)
    potential, fired = np.zeros((2, len(models), len(x)))
    near = np.broadcast_to(near, (len(models), 1))
    for words, rows in groups.items():
        numbers = zip(*(models[n][WORDS:] for n in rows), strict=True)
        one = Model(*words, *(np.array(column)[:, None] for column in numbers))
        given = None if spikes is None else shift(spikes, -one.spike_delay)
        shown, F = _run(one, shift(x, one.input_delay), given, near[rows])
        potential[rows], fired[rows] = shown, shift(F, one.spike_delay)
    return potential, fired


def _run(m: Model, x: Array, recorded: Array | None, near: Array) -> tuple[Array, Array]:
    """Potential and spikes of all steps, before any delay."""
    shown, fired = list[Array](), list[Array]()
    carry, F, hold = m.start, np.zeros(m.a.shape), np.zeros(m.a.shape)
    for t, now in enumerate(x):
        U = membrane(m, carry, F, hold, now)
        F = count_spikes(m, U, hold)
        if recorded is not None:
            close = (abs(U - m.threshold) <= near * abs(m.threshold)) & (hold <= 0)
            F = np.where(close, recorded[t], F)
        R = RESETS[m.reset](m, U, F, now)
        shown.append(SHOWN[m.shown][-1](m, U, R, F))
        fired.append(F)
        wait = m.refractory
        if m.waiting == "inside":
            wait = np.maximum(wait + m.crossing(U, now) - 1, 0)
        hold = np.where(F > 0, wait, np.maximum(hold - 1, 0))
        carry = R if m.timing == "same step" else U
    return np.concatenate(shown, axis=1), np.concatenate(fired, axis=1)


def predict(m: Model, x: Array, potential: Array, fired: Array) -> tuple[Array, Array]:
    """U and the shown potential of each step, from the recorded ones of the step before."""
    x, carry = shift(x, m.input_delay), potential
    if m.shown == "after leak":
        carry = (potential - m.c) / m.a if m.a else np.zeros_like(potential)
    if m.timing == "same step" and (m.shown == "before reset" or m.reset == "value"):
        carry = RESETS[m.reset](m, carry, fired, x)
    carry = shift(carry, 1, m.start)
    hold = held(fired, int(m.refractory)).astype(np.float64)
    if m.waiting == "inside":
        hold = _hold_inside(m, carry, x, fired)
    U = membrane(m, carry, shift(fired, 1), hold, x)
    return U, SHOWN[m.shown][-1](m, U, RESETS[m.reset](m, U, fired, x), fired)


def _hold_inside(m: Model, carry: Array, x: Array, fired: Array) -> Array:
    """Remaining refractory steps, each from the crossing of the spike before."""
    hold = np.zeros(len(x))
    for s in np.flatnonzero(fired):
        # A step that is partly refractory has its own U, from which the next crossing follows.
        U = membrane(m, carry[s], 0.0, hold[s], x[s])
        left = float(m.refractory + m.crossing(U, x[s]))
        steps = np.arange(1, min(int(left) + 2, len(x) - int(s)))
        hold[s + steps] = np.maximum(left - steps, 0)
    return hold


STEPS = 8
RANDOM_INPUTS = 24
DIFFERENT = 1e-4  # of the largest potential: visible in any record
NEIGHBORS = 64  # floats near the input that reaches the threshold
PATTERNS = (  # in units of the input that reaches the threshold in the first step
    (1.0, *[0.0] * (STEPS - 1)),
    (1.25,) * STEPS,
    (2.5, 0, 0.5, 1.25, 0, 1.25, 0.25, 1.25),
    (0.5, -0.5, 0.75, 0.75, 2.25, 0.75, 0.75, 0),
)


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
    """All patterns, each also after the input that reaches the threshold."""
    unit = _threshold_input(m)
    random = np.random.default_rng(0).integers(-2, 11, (RANDOM_INPUTS, STEPS)) / 4
    for pattern in (*PATTERNS, *random.tolist()):
        for factors in (pattern, (1.0, *pattern)):
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
