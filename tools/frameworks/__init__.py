"""What the neurons of frameworks do, measured by running them: a property for each question.

Every number is read off the potential that a neuron shows after a step in which it did not fire,
taken to be U; :attr:`Measured.fires` checks this against the firing.
"""

import json
import math
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import Any, NamedTuple

import numpy as np
from documentation import markdown_table
from scipy.optimize import bisect
from subprocesses import ROOT

from liaf_ref.kernels.array import Array

MEASURED = ROOT / "docs" / "verify" / "frameworks.json"
# A hundred times the float32 roundings of a few operations on numbers about 1, a thousandth of
# what tells two conventions apart with the drives used here.
RESOLUTION = 1e-5
is_close = partial(math.isclose, rel_tol=RESOLUTION, abs_tol=RESOLUTION)
V_TH, UNREACHABLE = 1.0, 1e6  # thresholds
INHIBITION = -4.0  # after which no neuron fires
FIRING, SILENT = V_TH + np.array([0.125, 0.25]), V_TH - 0.125  # potentials
# Of U - V_th; no binary fractions, where windows end, and where an analog output is at its reset.
GRID, FAR = np.linspace(-2, 2, 256), 3**0.5
# By the distance from the threshold, in units of the distance at which they fall to half.
SHAPES: Mapping[str, Callable[[Array], Array]] = {
    "constant": np.ones_like,
    "window": lambda x: (x < 1).astype(float),
    "fast sigmoid": lambda x: (1 + x * (2**0.5 - 1)) ** -2.0,
    "arctan": lambda x: 1 / (1 + x**2),
    "sigmoid": lambda x: np.cosh(x * np.arccosh(2**0.5)) ** -2.0,
}


class Response(NamedTuple):
    """What N neurons did with a drive of T steps: output and potential, (N, T) each."""

    Y: Array
    V: Array
    dI: Array  # (T, N, T): of each step's output, in the drive


Run = Callable[[Array, float], Response]  # given the drive, (N, T), and the threshold


class Reset(NamedTuple):
    """After a spike, ``slope U + intercept`` is the state of the next step."""

    kind: str  # hard: the past is cut off; soft: something is subtracted; or other
    amount: float  # what the potential is set to, or what is subtracted; nan: not shown
    order: str  # of reset and leak; either: both give these numbers
    slope: float
    intercept: float


class Measured:
    """A neuron and its answers."""

    def __init__(self, run: Run) -> None:
        self._run = run
        # Impulse response h. A potential alone decays by one factor, h[2] / h[1] = h[1] / h[0];
        # with a current there are two, a + b and a^2 + ab + b^2.
        nothing, impulse = run(np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]]), UNREACHABLE).V
        h = (impulse - nothing).astype(np.float64)
        self.gain, self.decay = float(h[0]), float(h[1] / h[0])
        both = np.roots([1.0, -self.decay, self.decay**2 - h[2] / h[0]]).real
        self.pole, self.current = sorted(map(float, both), key=abs, reverse=True)
        self.initial = float(nothing[0])
        self.beta = float(nothing[1]) - self.decay * self.initial

    def _from(self, U: Array | float, *drives: Array | float, v_th: float = V_TH) -> Response:
        """Bring the first step to U, and drive the next ones."""
        I = map(np.atleast_1d, ((U - self.initial) / self.gain, *drives))
        return self._run(np.stack(np.broadcast_arrays(*I), axis=1).astype(np.float64), v_th)

    def _potentials(self, U: Array) -> Array:
        """The potential of a step that is brought to U, and that of the next without a drive."""
        # The second step is inhibited, so that it does not fire whatever current is left, and what
        # the inhibition does to the potential is subtracted.
        V = self._from(U, INHIBITION / self.gain).V.T.astype(np.float64)
        return np.stack([V[0], V[1] - INHIBITION])

    def _carried_gradient(self, U: Array) -> tuple[Array, Array]:
        """The gradient of the first output, and the factor from the first step's U to the next."""
        dI = self._from(U, (SILENT - self._potentials(U)[1]) / self.gain).dI
        with np.errstate(divide="ignore", invalid="ignore"):
            return dI[0, :, 0] / self.gain, dI[1, :, 0] / dI[1, :, 1]

    def _jump(self, U: Array) -> Array:
        """What a spike changes in what is carried."""
        return (self.reset.slope - self.decay) * U + self.reset.intercept - self.beta

    @cached_property
    def output(self) -> str:
        """What comes out of potentials from far below to far above the threshold."""
        Y = self._from(V_TH + np.linspace(-1.0, 1.0, 32)).Y[:, 0]
        return "spikes" if set(Y) <= {0.0, 1.0} else "analog"

    @cached_property
    def fires(self) -> str:
        """Whether a potential equal to the threshold fires."""
        # The threshold is set to the potential that a drive gave, to the last bit: one float
        # lower it must fire, and one float higher it must not.
        U = self._from(1.0, 0.0, v_th=UNREACHABLE).V[0, 0]

        def spike(v_th: float) -> bool:
            found = self._from(1.0, 0.0, v_th=float(v_th))
            if self.output == "analog":
                return not is_close(found.V[0, 1], self.decay * U + self.beta)
            return bool(found.Y[0, 0])

        below, above = (np.nextafter(U, U.dtype.type(side)) for side in (-9, 9))
        if not spike(below) or spike(above):
            return "undecided"
        return ">=" if spike(U) else ">"

    @cached_property
    def reset(self) -> Reset:
        """Fire from two potentials, and fit a line through what is there a step later."""
        U = float(FIRING[0])
        first, second = self._potentials(FIRING)
        slope, intercept = map(float, np.polyfit(FIRING, second, 1))
        soft = is_close(slope, self.decay)
        # A hard reset leaves the current, if there is one.
        hard = is_close(slope, self.current) or is_close(slope, self.pole)
        kind = "soft" if soft else "hard" if hard else "other"
        # Both orders are tried: each implies a potential R after the reset. If R is not shown, a
        # subtracted amount is the threshold, and a value is known where both orders agree.
        current = slope if kind == "hard" else self.current
        alpha = self.decay - current
        left = float(second[0] - current * U)
        inner = (left - self.beta) / alpha
        outer = left if kind == "hard" else U - (alpha * U + self.beta - left)
        if not self.shows_U:
            R = float(first[0])
        elif kind == "soft":
            R = U - V_TH
        else:
            R = inner if is_close(inner, outer) else float("nan")
        orders = {"before the leak": inner, "after the leak": outer}
        fits = [order for order, value in orders.items() if is_close(value, R)]
        order = {0: "undecided", 1: "".join(fits[:1]), 2: "either"}[len(fits)]
        return Reset(kind, R if kind == "hard" else U - R, order, slope, intercept)

    @cached_property
    def shows_U(self) -> bool:
        """Whether the potential shown is that before the reset."""
        return all(map(is_close, self._potentials(FIRING)[0], FIRING))

    @cached_property
    def reset_gradient(self) -> str:
        """How a change of U is carried past a spike, against what each convention would give."""
        slope, carried = (float(x[0]) for x in self._carried_gradient(FIRING))
        through = slope * float(self._jump(FIRING)[0])
        if is_close(carried, self.reset.slope):
            return "undecided" if is_close(through, 0.0) else "detached"
        # The slope of an analog output is not that of its spike.
        attached = self.output == "analog" or is_close(carried, self.reset.slope + through)
        return "attached" if attached else "other"

    @cached_property
    def slope(self) -> str:
        """Shape, height, and where it falls to half: the gradient of a spike over U - V_th.

        A single step is differentiated; of an analog output, what comes through the reset.
        """
        y = self._slope(GRID)
        height = float(self._slope(np.zeros(1))[0])
        if not height > 0:
            return "other" if y.any() else "zero"
        below, above = self._half(-height), self._half(height)
        near = np.minimum(abs(GRID) / np.where(GRID < 0, below, above), 256)  # cosh overflows
        fits = (s for s, curve in SHAPES.items() if (abs(curve(near) - y / height) < 1e-3).all())
        ends = f", half at -{below:.3g} and {above:.3g}" if min(below, above) < np.inf else ""
        return f"{next(fits, 'other')} {height:.4g}{ends}"

    def _slope(self, x: Array) -> Array:
        U = V_TH + x
        if self.output != "analog":
            y = self._from(U).dI[0, :, 0] / self.gain
        else:
            fired = x >= 0 if self.fires == ">=" else x > 0
            kept = np.where(fired, self.reset.slope, self.decay)
            with np.errstate(divide="ignore", invalid="ignore"):
                y = (self._carried_gradient(U)[1] - kept) / self._jump(U)
        return np.where(abs(y) < RESOLUTION, 0.0, y)

    def _half(self, height: float) -> float:
        """Where the curve falls to half of its height, on the side of the height's sign."""

        def excess(distance: float) -> float:
            x = np.array([np.copysign(distance, height)])
            return float(self._slope(x)[0]) - abs(height) / 2

        return float("inf") if excess(FAR) >= 0 else bisect(excess, 0, FAR, xtol=1e-6)

    def describe(self) -> dict[str, str]:
        """The answers in words and numbers, as the table has them."""
        reset = self.reset
        change = {"hard": f"to {reset.amount:.4g}", "soft": f"by {reset.amount:.4g}"}
        notes = [change.get(reset.kind, reset.kind)]
        notes += [reset.order] * (reset.order != "either")
        notes += ["not the current"] * (reset.kind == "hard" and self.current > RESOLUTION)
        poles = (pole for pole in (self.pole, self.current) if abs(pole) > RESOLUTION)
        factors = " and ".join(f"{pole:.4g}" for pole in poles)
        return {
            "output": self.output,
            "fires": self.fires,
            "reset": ", ".join(notes),
            "reset gradient": self.reset_gradient,
            "slope": self.slope,
            "input": f"{self.gain:.4g}",
            "leak": factors + (f" {self.beta:+.4g}" if abs(self.beta) > RESOLUTION else ""),
            "start": f"{round(self.initial, 5) + 0.0:.4g}",
        }


def stored() -> dict[str, dict[str, Any]]:
    """What was measured last: the version of each framework and its neurons."""
    return dict(json.loads(MEASURED.read_text("utf-8")))


def tables(names: str = "") -> str:
    """The neurons of frameworks, or the first of each, as a list above a table."""
    frameworks = {name: stored()[name] for name in names.split()} or stored()
    rows = [
        (f"{name} {framework['version']}", neuron)
        for name, framework in frameworks.items()
        for neuron in framework["neurons"][: None if names else 1]
    ]
    items = [f"{k}. {name}: `{row['neuron']}`\n" for k, (name, row) in enumerate(rows, 1)]
    columns = [column for column in rows[0][1] if column != "neuron"]
    lines = [(str(k), *(row[c] for c in columns)) for k, (_, row) in enumerate(rows, 1)]
    return "".join(items) + "\n" + markdown_table([("", *columns), *lines], right=(0,))
