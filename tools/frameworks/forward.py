"""Measurements of the forward pass: gain, leak, lag, output, equality, reset, order."""

from typing import Any, NamedTuple

import numpy as np

from frameworks.probe import NeuronProbe, Response
from liaf_ref.kernels.array import Array

# Every number here is read off the potential that a framework shows after a step in which the
# neuron did not fire, taken to be U; forward.firing_condition checks this against the firing.


# Two numbers are the same if they differ by less: a hundred times the float32 roundings
# that a few operations on numbers about 1 leave, a thousandth of what tells two
# conventions apart with the drives used here.
RESOLUTION = 1e-5
UNREACHABLE_THRESHOLD = 1e6  # as a threshold


def is_close(a: float, b: float) -> bool:
    """Whether two measured numbers are the same."""
    return bool(abs(a - b) < RESOLUTION * max(1.0, abs(a), abs(b)))


def run_steps(probe: NeuronProbe, *drives: Array | float, v_th: float | None = None) -> Response:
    """Run with one drive per step, each a number or a row of N."""
    I = np.stack(np.broadcast_arrays(*(np.atleast_1d(d) for d in drives)), axis=1)
    return probe.run(I.astype(np.float64), probe.v_th if v_th is None else v_th)


class Subthreshold(NamedTuple):
    """How a neuron that does not fire responds, and so how any potential is reached."""

    probe: NeuronProbe
    gain: float  # U = gain I + initial in the first step
    initial: float
    decay: float  # decay U + beta remains in the second step
    beta: float
    # Decay factors of its states, the larger one first: that of the potential, and 0 or that of
    # a synaptic current. ``decay`` is their sum.
    poles: tuple[float, float]

    def drive(self, U: Array | float, carried: Array | float | None = None) -> Array:
        """The drive that brings the potential to U."""
        carried = self.initial if carried is None else carried
        return np.asarray((U - carried) / self.gain, np.float64)

    def run(self, U: Array | float, *drives: Array | float, v_th: float | None = None) -> Response:
        """Bring the first step to U; one drive for each further step."""
        return run_steps(self.probe, self.drive(U), *drives, v_th=v_th)

    @property
    def inhibition(self) -> float:
        """A change of the potential after which no neuron fires."""
        return -4.0 * max(1.0, self.probe.v_th)

    def potentials_after(self, U: Array) -> tuple[Array, Array, Array]:
        """The potential of a step that is brought to U, and of the next two without a drive."""
        # The second step is inhibited, so that it does not fire whatever current is left, and what
        # the inhibition does to the potentials is subtracted: nothing in a refractory step.
        below = self.inhibition / self.gain
        once, twice = (self.run(U, k * below, 0.0).V.T.astype(np.float64) for k in (1, 2))
        first, second, third = once
        inhibited = np.where(twice[1] == second, 0.0, self.inhibition)
        return first, second - inhibited, third - self.decay * inhibited

    def carried_gradient(self, U: Array, U2: float) -> tuple[Response, Array]:
        """How what is carried depends on the first step's U, by the gradient."""
        response = self.run(U, self.drive(U2, self.potentials_after(U)[1]))
        with np.errstate(divide="ignore", invalid="ignore"):
            return response, response.dI[1, :, 0] / response.dI[1, :, 1]


def measure_subthreshold(probe: NeuronProbe) -> Subthreshold:
    """Feed drives 0 and 1 under a threshold out of reach, and then nothing, twice."""
    # The differences of the two runs are an impulse response h. A potential alone decays by one
    # factor, h[2] / h[1] = h[1] / h[0]; with a current there are two, a + b and a^2 + ab + b^2.
    nothing, impulse = run_steps(
        probe, np.array([0.0, 1.0]), 0.0, 0.0, v_th=UNREACHABLE_THRESHOLD
    ).V
    h = (impulse - nothing).astype(np.float64)
    carry, product = h[1] / h[0], (h[1] / h[0]) ** 2 - h[2] / h[0]
    spread = np.sqrt(max(0.0, carry**2 - 4 * product))
    poles = float(carry + spread) / 2, float(carry - spread) / 2
    if is_close(product, 0.0):
        poles = float(carry), 0.0
    base = float(nothing[0])
    rest = float(nothing[1] - carry * base)
    return Subthreshold(probe, float(h[0]), base, float(carry), rest, poles)


STEPS = 4  # in which an answer is expected
LARGE = 1e4  # a drive that makes any neuron fire


class Lag(NamedTuple):
    """Steps between a drive and the potential it changes, and from there to the output."""

    potential: int
    output: int


def measure_lag(probe: NeuronProbe) -> Lag:
    """Feed one drive and find the first step whose potential, and whose output, it changes."""
    drives: list[Array | float] = [np.array([0.0, LARGE]), *[0.0] * (STEPS - 1)]
    potential = _first_change(run_steps(probe, *drives, v_th=UNREACHABLE_THRESHOLD).V)
    return Lag(potential, _first_change(run_steps(probe, *drives).Y) - potential)


def without_lag(probe: NeuronProbe, lag: Lag) -> NeuronProbe:
    """The same neuron, each answer beside the drive that caused it."""
    if not any(lag):
        return probe

    def run(I: Array, v_th: float) -> Response:
        T, both = I.shape[1], sum(lag)
        found = probe.run(np.pad(I, ((0, 0), (0, both))), v_th)
        return Response(
            found.Y[:, both:],
            found.V[:, lag.potential : lag.potential + T],
            found.dI[both:, :, :T],
            None if found.dv_th is None else found.dv_th[both:],
        )

    return probe._replace(run=run)


def _first_change(pair: Array) -> int:
    """Of two runs; 0 if they are the same."""
    return int(np.argmax(pair[0] != pair[1]))


MAX_REFRACTORY_STEPS = 16  # that are looked for


class ResetMeasurement(NamedTuple):
    """The reset: after a spike, ``slope U + intercept`` is the state of the next step."""

    kind: str
    delayed: bool
    amount: float
    order: str
    slope: float
    intercept: float
    shown_potential: str
    refractory_steps: int = 0  # after a spike, in which the drive has no effect

    def jump(self, it: Subthreshold, U: Array | float) -> Array:
        """What a spike changes in what is carried."""
        return np.asarray(self.slope * U + self.intercept - (it.decay * U + it.beta))


def classify_output(it: Subthreshold) -> str:
    """Feed potentials from far below to far above the threshold, and look for other than 0, 1."""
    Y = it.run(it.probe.v_th + np.linspace(-1.0, 1.0, 32)).Y[:, 0]
    if set(Y) <= {0.0, 1.0}:
        return "spikes"
    return "counts" if ((Y >= 0) & (np.round(Y) == Y)).all() else "analog"


def firing_condition(it: Subthreshold, output: str) -> str:
    """Feed one drive and set the threshold to exactly the potential it gave."""
    # The drive is run once with the threshold out of reach, and what is shown is U to the last
    # bit: a threshold that is one float lower must fire, and one float higher must not. A spike
    # is seen in the output, or, if that is analog, in what is carried.
    U = it.run(1.0, 0.0, v_th=UNREACHABLE_THRESHOLD).V[0, 0]

    def fired(v_th: Any) -> bool:
        response = it.run(1.0, 0.0, v_th=float(v_th))
        if output != "analog":
            return bool(response.Y[0, 0] > 0)
        return not is_close(response.V[0, 1], it.decay * U + it.beta)

    below, above = np.nextafter(U, U.dtype.type(-9)), np.nextafter(U, U.dtype.type(9))
    if not fired(below) or fired(above):
        return "undecided"
    at = it.run(1.0, v_th=float(U)).Y[0, 0]
    if output != "analog" and at % 1:
        return f"{at:g} at ="
    return ">=" if fired(U) else ">"


def measure_reset(it: Subthreshold) -> ResetMeasurement:
    """Let it fire from two potentials and fit a line through what is there a step later."""
    # With slope 0 the past is cut off: a hard reset. With the leak's slope something was
    # subtracted: a soft one, or none. If the next step shows nothing of a reset, the step after
    # it is looked at; that finds a late one where the potential shown is U.
    U = it.probe.v_th + np.array([0.125, 0.25])
    first, second, third = it.potentials_after(U)
    shows = "before" if all(map(is_close, first, U)) else "after"
    slope, intercept = _fit_line(U, second)
    if is_close(slope, it.decay) and is_close(intercept, it.beta):
        kind, amount = _late_reset_kind(it, U, third), float("nan")
        delayed, order = kind != "none", "either" if kind == "none" else "undecided"
        if delayed:
            slope, intercept = _fit_line(U, third)
    else:
        kind, delayed = _reset_kind(slope, it), False
        seen = float(first[0]) if shows == "after" else None
        amount, order = _reset_order(kind, it, (slope, intercept), float(U[0]), seen)
    steps = _count_refractory_steps(it)
    return ResetMeasurement(kind, delayed, amount, order, slope, intercept, shows, steps)


def _count_refractory_steps(it: Subthreshold) -> int:
    """Inhibit a neuron after a spike, excite another a little: how long they are the same."""
    # Two inhibitions would look the same where a potential cannot fall below a floor.
    drive = np.array([it.inhibition, it.probe.v_th / 64]) / it.gain
    V = it.run(it.probe.v_th + 0.125, *(drive,) * MAX_REFRACTORY_STEPS).V[:, 1:]
    return int(np.logical_and.accumulate(V[0] == V[1]).sum())


def _fit_line(x: Array, y: Array) -> tuple[float, float]:
    slope = float((y[1] - y[0]) / (x[1] - x[0]))
    return slope, float(y[0] - slope * x[0])


def _late_reset_kind(it: Subthreshold, U: Array, third: Array) -> str:
    slope, intercept = _fit_line(U, third)
    leaked = it.decay**2 - it.poles[0] * it.poles[1]
    if is_close(slope, leaked) and is_close(intercept, it.beta * (1 + it.decay)):
        return "none"
    return "hard" if is_close(slope, 0.0) else "soft" if is_close(slope, leaked) else "other"


def _reset_kind(slope: float, it: Subthreshold) -> str:
    """A hard reset leaves the current, if there is one; a soft one leaves everything."""
    if is_close(slope, it.decay):
        return "soft"
    current = it.poles if it.poles[1] else (0.0,)
    return "hard" if any(is_close(slope, pole) for pole in current) else "other"


def _reset_order(
    kind: str,
    it: Subthreshold,
    line: tuple[float, float],
    U: float,
    observed: float | None,
) -> tuple[float, str]:
    """What the reset sets or subtracts, and whether that was leaked."""
    # Both orders are tried: each implies a value of R. If R is not shown, a subtracted amount is
    # taken to be the threshold, and a value that is set is known only where both orders agree.
    current = line[0] if kind == "hard" else min(it.poles, key=abs)
    alpha = it.decay - current
    left = line[0] * U + line[1] - current * U
    inner = (left - it.beta) / alpha  # R, if it was leaked
    outer = left if kind == "hard" else U - (alpha * U + it.beta - left)
    candidates = {"reset, leak": inner, "leak, reset": outer}
    if observed is None and kind == "soft":
        observed = U - it.probe.v_th
    if observed is None:
        observed = inner if is_close(inner, outer) else float("nan")
    fits = [order for order, R in candidates.items() if is_close(R, observed)]
    order = {0: "undecided", 1: "".join(fits[:1]), 2: "either"}[len(fits)]
    return (observed if kind == "hard" else U - observed), order
