"""Find a short input under which the remaining conventions differ."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.explain.neuron import Model, simulate

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
