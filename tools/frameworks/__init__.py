"""What the neurons of frameworks do, measured by running them: a property for each question.

Every number is read off the potential that a neuron shows after a step in which it did not fire,
taken to be U; :attr:`Measured.fires` checks this against the firing.
"""

import json
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from documentation import markdown_table

from liaf_ref.kernels.array import Array

# A hundred times the float32 roundings of a few operations on numbers about 1, a thousandth of
# what tells two conventions apart with the drives used here.
RESOLUTION = 1e-5
UNREACHABLE, LARGE = 1e6, 1e4  # a threshold, and a drive that makes any neuron fire
ABOVE, BELOW = 0.125, -0.125  # U - V_th of a step that fires, and of one that does not
GRID = np.arange(-128, 129) / 64  # of U - V_th
# By the distance from the threshold, in units of the distance at which they fall to half.
SHAPES: Mapping[str, Callable[[Array], Array]] = {
    "constant": np.ones_like,
    "window": lambda x: (x < 1).astype(float),
    "triangle": lambda x: np.maximum(0, 1 - x / 2),
    "fast sigmoid": lambda x: (1 + x * (2**0.5 - 1)) ** -2.0,
    "arctan": lambda x: 1 / (1 + x**2),
    "sigmoid": lambda x: np.cosh(x * np.arccosh(2**0.5)) ** -2.0,
    "gaussian": lambda x: 2.0 ** -(x**2),
    "exponential": lambda x: 2.0**-x,
}


class Response(NamedTuple):
    """What N neurons did with a drive of T steps: output and potential, (N, T) each."""

    Y: Array
    V: Array
    dI: Array  # (T, N, T): of each step's output, in the drive


Run = Callable[[Array, float], Response]  # given the drive, (N, T), and the threshold


class Reset(NamedTuple):
    """After a spike, ``slope U + intercept`` is the state of the next step."""

    kind: str  # hard: the past is cut off; soft: something is subtracted; none or other
    amount: float  # what the potential is set to, or what is subtracted; nan: not shown
    order: str  # of reset and leak; either: both give these numbers
    slope: float
    intercept: float


class Slope(NamedTuple):
    """The gradient of a spike in U, over U - V_th."""

    shape: str
    height: float
    half: tuple[float, float]  # where it falls to half, below and above the threshold; or inf


def is_close(a: float, b: float) -> bool:
    """Whether two measured numbers are the same."""
    return bool(abs(a - b) < RESOLUTION * max(1.0, abs(a), abs(b)))


class Measured:
    """A neuron and its answers."""

    def __init__(self, run: Run, v_th: float) -> None:
        self._run, self.v_th = run, v_th
        pair = np.array([[0.0], [LARGE]]) * [1.0, 0.0, 0.0, 0.0]
        first, second = (run(pair, UNREACHABLE).V, run(pair, v_th).Y)
        self.potential_lag = int(np.argmax(first[0] != first[1]))  # 0 if they are the same
        self.output_lag = int(np.argmax(second[0] != second[1])) - self.potential_lag
        # Impulse response h. A potential alone decays by one factor, h[2] / h[1] = h[1] / h[0];
        # with a current there are two, a + b and a^2 + ab + b^2.
        nothing, impulse = self.respond(np.array([0.0, 1.0]), 0.0, 0.0, v_th=UNREACHABLE).V
        h = (impulse - nothing).astype(np.float64)
        self.gain, self.decay = float(h[0]), float(h[1] / h[0])
        product = self.decay**2 - float(h[2] / h[0])
        spread = max(0.0, self.decay**2 - 4 * product) ** 0.5
        self.poles = (self.decay + spread) / 2, (self.decay - spread) / 2
        if is_close(product, 0.0):
            self.poles = self.decay, 0.0
        self.initial = float(nothing[0])
        self.beta = float(nothing[1]) - self.decay * self.initial
        self._inhibition = -4.0 * max(1.0, v_th)  # after which no neuron fires

    def respond(self, *drives: Array | float, v_th: float | None = None) -> Response:
        """Run with a number or N of them a step; each answer beside the drive that caused it."""
        I = np.stack(np.broadcast_arrays(*map(np.atleast_1d, drives)), axis=1).astype(np.float64)
        T, first, both = I.shape[1], self.potential_lag, self.potential_lag + self.output_lag
        found = self._run(np.pad(I, ((0, 0), (0, both))), self.v_th if v_th is None else v_th)
        return Response(found.Y[:, both:], found.V[:, first : first + T], found.dI[both:, :, :T])

    def _from(
        self, U: Array | float, *drives: Array | float, v_th: float | None = None
    ) -> Response:
        """Bring the first step to U."""
        return self.respond((U - self.initial) / self.gain, *drives, v_th=v_th)

    def _potentials(self, U: Array) -> Array:
        """The potential of a step that is brought to U, and that of the next without a drive."""
        # The second step is inhibited, so that it does not fire whatever current is left, and what
        # the inhibition does to the potential is subtracted.
        V = self._from(U, self._inhibition / self.gain).V.T.astype(np.float64)
        return np.stack([V[0], V[1] - self._inhibition])

    def _carried_gradient(self, U: Array) -> tuple[Array, Array]:
        """The gradient of the first output, and the factor from the first step's U to the next."""
        second = (self.v_th + BELOW - self._potentials(U)[1]) / self.gain
        dI = self._from(U, second).dI
        with np.errstate(divide="ignore", invalid="ignore"):
            return dI[0, :, 0] / self.gain, dI[1, :, 0] / dI[1, :, 1]

    def _jump(self, U: Array) -> Array:
        """What a spike changes in what is carried."""
        return (self.reset.slope - self.decay) * U + self.reset.intercept - self.beta

    @cached_property
    def output(self) -> str:
        """What comes out of potentials from far below to far above the threshold."""
        Y = self._from(self.v_th + np.linspace(-1.0, 1.0, 32)).Y[:, 0]
        if set(Y) <= {0.0, 1.0}:
            return "spikes"
        return "counts" if ((Y >= 0) & (np.round(Y) == Y)).all() else "analog"

    @cached_property
    def fires(self) -> str:
        """Whether a potential equal to the threshold fires: ``>=``, ``>``, or how much at ``=``."""
        # The threshold is set to the potential that a drive gave, to the last bit: one float
        # lower it must fire, and one float higher it must not.
        U = self._from(1.0, 0.0, v_th=UNREACHABLE).V[0, 0]

        def spike(v_th: float) -> float:
            found = self._from(1.0, 0.0, v_th=float(v_th))
            if self.output == "analog":
                return float(not is_close(found.V[0, 1], self.decay * U + self.beta))
            return float(found.Y[0, 0])

        below, above = (np.nextafter(U, U.dtype.type(side)) for side in (-9, 9))
        if not spike(below) or spike(above):
            return "undecided"
        return {0.0: ">", 1.0: ">="}.get(spike(U), f"{spike(U):g} at =")

    @cached_property
    def reset(self) -> Reset:
        """Fire from two potentials, and fit a line through what is there a step later."""
        U = self.v_th + np.array([ABOVE, 2 * ABOVE])
        first, second = self._potentials(U)
        slope = float((second[1] - second[0]) / ABOVE)
        intercept = float(second[0] - slope * U[0])
        soft = is_close(slope, self.decay)
        if soft and is_close(intercept, self.beta):
            return Reset("none", float("nan"), "either", slope, intercept)
        # A hard reset leaves the current, if there is one.
        hard = any(is_close(slope, pole) for pole in (self.poles if self.poles[1] else (0.0,)))
        kind = "soft" if soft else "hard" if hard else "other"
        # Both orders are tried: each implies a potential R after the reset. If R is not shown, a
        # subtracted amount is the threshold, and a value is known where both orders agree.
        current = slope if kind == "hard" else min(self.poles, key=abs)
        alpha = self.decay - current
        left = float(second[0] - current * U[0])
        inner = (left - self.beta) / alpha
        outer = left if kind == "hard" else U[0] - (alpha * U[0] + self.beta - left)
        if not self.shows_U:
            R = float(first[0])
        elif kind == "soft":
            R = U[0] - self.v_th
        else:
            R = inner if is_close(inner, outer) else float("nan")
        orders = {"before the leak": inner, "after the leak": outer}
        fits = [order for order, value in orders.items() if is_close(value, R)]
        order = {0: "undecided", 1: "".join(fits[:1]), 2: "either"}[len(fits)]
        return Reset(kind, R if kind == "hard" else U[0] - R, order, slope, intercept)

    @cached_property
    def shows_U(self) -> bool:
        """Whether the potential shown is that before the reset."""
        U = self.v_th + np.array([ABOVE, 2 * ABOVE])
        return all(map(is_close, self._potentials(U)[0], U))

    @cached_property
    def reset_gradient(self) -> str:
        """How a change of U is carried past a spike, against what each convention would give."""
        U = np.array([self.v_th + ABOVE])
        slope, measured = (float(x[0]) for x in self._carried_gradient(U))
        if self.reset.kind == "none" or not np.isfinite(measured):
            return "undecided" if slope and self.reset.kind != "none" else "none"
        through = slope * float(self._jump(U)[0])
        if is_close(measured, self.reset.slope):
            return "undecided" if is_close(through, 0.0) else "detached"
        # The slope of an analog output is not that of its spike.
        if self.output == "analog" or is_close(measured, self.reset.slope + through):
            return "attached"
        return "attached, U not cut" if is_close(measured, self.decay + through) else "other"

    @cached_property
    def slope(self) -> Slope:
        """Differentiate a single step; of an analog output, what comes through the reset."""
        y = self._slope(GRID)
        x, y = GRID[np.isfinite(y)], y[np.isfinite(y)]
        height = float(self._slope(np.zeros(1))[0])
        if not height > 0:
            return Slope("other" if y.any() else "zero", height, (np.inf, np.inf))
        below, above = half = self._half(-1), self._half(1)
        near = np.minimum(abs(x) / np.where(x < 0, below, above), 256)  # cosh overflows
        fits = (s for s, curve in SHAPES.items() if (abs(curve(near) - y / height) < 1e-3).all())
        return Slope(next(fits, "other"), height, half)

    def _slope(self, x: Array) -> Array:
        U = self.v_th + x
        if self.output != "analog":
            y = self._from(U).dI[0, :, 0] / self.gain
        else:
            fired = x >= 0 if self.fires == ">=" else x > 0
            carried = np.where(fired, self.reset.slope, self.decay)
            with np.errstate(divide="ignore", invalid="ignore"):
                y = (self._carried_gradient(U)[1] - carried) / self._jump(U)
        return np.where(abs(y) < RESOLUTION, 0.0, y)

    def _half(self, side: int) -> float:
        """Where the curve falls to half of what it is at 0, between two points of a finer grid."""
        x, peak = GRID[GRID >= 0], self._slope(np.zeros(1))
        low = self._slope(side * x) < peak / 2
        if not low.any():
            return float("inf")
        k = int(np.argmax(low))
        x = np.linspace(x[k - 1], x[k], 65)
        y = self._slope(side * x) / peak
        k = int(np.argmax(y < 0.5))
        return float(np.interp(0.5, y[[k, k - 1]], x[[k, k - 1]]))

    def describe(self) -> dict[str, str]:
        """The answers in words and numbers, as the table has them."""
        reset, slope, late = self.reset, self.slope, "in the next step"
        change = {"hard": f"to {reset.amount:.4g}", "soft": f"by {reset.amount:.4g}"}
        notes = [change.get(reset.kind, reset.kind)]
        notes += [reset.order] * (reset.order != "either")
        notes += ["not the current"] * (reset.kind == "hard" and self.poles[1] > RESOLUTION)
        below, above = (f"{side:.3g}" for side in slope.half)
        ends = "" if below == above == "inf" else f", half at -{below} and {above}"
        lags = [f"input acts {late}"] * self.potential_lag + [f"spike {late}"] * self.output_lag
        factors = " and ".join(f"{pole:.4g}" for pole in self.poles if abs(pole) > RESOLUTION)
        return {
            "output": self.output,
            "fires": self.fires,
            "reset": ", ".join(notes),
            "reset gradient": self.reset_gradient,
            "slope": slope.shape + (f" {slope.height:.4g}{ends}" if slope.height else ""),
            "input": ", ".join([f"{self.gain:.4g}", *lags]),
            "leak": factors + (f" {self.beta:+.4g}" if abs(self.beta) > RESOLUTION else ""),
            "start": f"{round(self.initial, 5) + 0.0:.4g}",
        }


DOCS = Path(__file__).resolve().parents[2] / "docs"
MEASURED = DOCS / "verify" / "frameworks.json"


def stored() -> dict[str, dict[str, Any]]:
    """What was measured last: the version of each framework and its neurons."""
    found: dict[str, dict[str, Any]] = json.loads(MEASURED.read_text("utf-8"))
    return found


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
