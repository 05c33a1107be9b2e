"""The neuron with every convention: a step, all steps, and each step from the recorded one."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.explain import choices
from liaf_ref.oracle.explain.trace import Trace


class Model(NamedTuple):
    """A neuron in the units of its trace: words, and numbers, which may be columns of many."""

    spike: choices.Reset  # what it does to the potential
    timing: choices.Choice = choices.SAME_STEP
    shown: choices.Choice = choices.SHOWN_R
    waiting: choices.Choice = choices.HELD
    rounding: str = "none"  # of a R to a multiple of `unit`
    unit: float = 1.0
    input_delay: int = 0
    spike_delay: int = 0
    a: Any = 1.0  # U = a R + b x + c
    b: Any = 1.0
    c: Any = 0.0
    threshold: Any = np.inf
    amount: Any = 0.0  # the value that a spike leaves, or what it subtracts
    marker: Any = 0.0  # shown in place of the potential at a spike
    refractory: Any = 0.0  # steps after a spike, not always whole
    strict: Any = False  # fires at >, not at >=
    most: Any = 1.0  # spikes in one step
    start: Any = 0.0  # R before the first step
    low: Any = -np.inf  # bounds of U
    high: Any = np.inf

    def leaked(self, v: Any) -> Any:
        """The product ``a v``, in fixed point a multiple of ``unit``."""
        return self.unit * ROUNDINGS[self.rounding](self.a * v / self.unit, v / self.unit)

    def decayed(self, v: Any, x: Any, part: Any) -> Any:
        """The potential after a part of a step with a constant input, exactly in time."""
        rest = np.divide(self.b * x + self.c, 1 - self.a)
        return rest + (v - rest) * self.a**part

    def crossing(self, U: Any, x: Any) -> Any:
        """Part of the step after which the potential crosses the threshold, exactly in time."""
        rest = np.divide(self.b * x + self.c, 1 - self.a)
        part = 1 - np.log1p(-(U - self.threshold) / (rest - self.threshold)) / np.log(self.a)
        return np.where(np.isfinite(part), np.clip(part, 0, 1), 1.0)


WORDS = Model._fields.index("a")  # the fields before it are the same in a batch
ROUNDINGS: Mapping[str, choices.Formula] = {  # of a product p = a v, in units
    "none": lambda p, v: p,
    "cut off": lambda p, v: np.trunc(p),
    "down": lambda p, v: np.floor(p),
    "to nearest": lambda p, v: np.floor(p + 0.5),
    "up": lambda p, v: np.ceil(p),
    "up, by at least 1": lambda p, v: np.where(np.ceil(p) == v, v - np.sign(v), np.ceil(p)),
}


def membrane(m: Model, carry: Any, fired: Any, hold: Any, x: Any) -> Array:
    """U, of what the step before has left: R, or U as it was; spikes; refractory steps."""
    drive = m.b * x
    U = m.leaked(carry) + drive + m.c
    if m.timing is not choices.SAME_STEP:
        stays = m.timing is choices.AFTER_LEAK and m.spike is not choices.SUBTRACT
        U = m.spike.R(m, U, fired, x) + stays * drive * (fired > 0)
    if np.any(waits := hold > 0):
        U = np.where(waits, m.waiting.value(m, carry, x, hold), U)
    return np.asarray(np.minimum(np.maximum(U, m.low), m.high))


def count_spikes(m: Model, U: Array, hold: Any) -> Array:
    """Spikes of a step: of U against the threshold."""
    times = U / m.threshold
    many = np.where(m.strict, np.ceil(times) - 1, np.floor(times))
    fires = np.where(m.strict, m.threshold < U, m.threshold <= U)
    waits = hold >= (1 if m.waiting is choices.INSIDE else 1e-9)
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
        steps = zip(*_run(one, shift(x, one.input_delay), given, near[rows]), strict=True)
        potential[rows], F = (np.concatenate(columns, axis=1) for columns in steps)
        fired[rows] = shift(F, one.spike_delay)
    return potential, fired


def _run(m: Model, x: Array, recorded: Array | None, near: Array) -> Iterator[tuple[Array, Array]]:
    """Potential and spikes of each step, before any delay."""
    carry, F, hold = m.start, np.zeros(m.a.shape), np.zeros(m.a.shape)
    for t, now in enumerate(x):
        U = membrane(m, carry, F, hold, now)
        F = count_spikes(m, U, hold)
        if recorded is not None:
            close = (abs(U - m.threshold) <= near * abs(m.threshold)) & (hold <= 0)
            F = np.where(close, recorded[t], F)
        R = m.spike.R(m, U, F, now)
        yield m.shown.value(m, U, R, F), F
        wait = m.refractory
        if m.waiting is choices.INSIDE:
            wait = np.maximum(wait + m.crossing(U, now) - 1, 0)
        hold = np.where(F > 0, wait, np.maximum(hold - 1, 0))
        carry = R if m.timing is choices.SAME_STEP else U


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


def find_input(models: Sequence[Model], trace: Trace) -> tuple[Array | None, int]:
    """The shortest of the tried inputs that has the most different results, and their number."""

    def results(x: Array) -> int:
        v, s = simulate(models, x)
        visible = DIFFERENT * max(float(abs(v).max()), 1e-300)
        different: list[Array] = []
        seen = [v / visible] * trace.has_potential + [2 * s] * trace.has_spikes
        for row in np.concatenate(seen, axis=1):
            if all((abs(row - other) > 1).any() for other in different):
                different.append(row)
        return len(different)

    inputs = [*_inputs(models[0])] if len(models) > 1 else []
    counts = [*map(results, inputs)]
    if (most := max(counts, default=0)) < 2:
        return None, 0
    longest = inputs[counts.index(most)]
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
