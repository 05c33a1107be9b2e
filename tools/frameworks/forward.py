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


class SubthresholdResponse(NamedTuple):
    """How a neuron that does not fire responds."""

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


def is_close(a: float, b: float) -> bool:
    """Whether two measured numbers are the same."""
    return bool(abs(a - b) < RESOLUTION * max(1.0, abs(a), abs(b)))


def run_steps(probe: NeuronProbe, *drives: Array | float, v_th: float | None = None) -> Response:
    """Run with one drive per step, each a number or a row of N."""
    I = np.stack(np.broadcast_arrays(*(np.atleast_1d(d) for d in drives)), axis=1)
    return probe.run(I.astype(np.float64), probe.v_th if v_th is None else v_th)


def measure_subthreshold(probe: NeuronProbe) -> SubthresholdResponse:
    """Feed drives 0 and 1 under a threshold out of reach, and then nothing, twice."""
    # The differences of the two runs are an impulse response h. A potential alone decays by one
    # factor, h[2] / h[1] = h[1] / h[0]; with a current there are two, a + b and a^2 + ab + b^2.
    nothing, impulse = run_steps(
        probe, np.array([0.0, 1.0]), 0.0, 0.0, v_th=UNREACHABLE_THRESHOLD
    ).V
    h = (impulse - nothing).astype(np.float64)
    carry, after = h[1] / h[0], h[2] / h[0]
    product = carry**2 - after
    if is_close(product, 0.0):
        poles = (float(carry), 0.0)
    else:
        spread = np.sqrt(max(0.0, carry**2 - 4 * product))
        poles = (float(carry + spread) / 2, float(carry - spread) / 2)
    base = float(nothing[0])
    return SubthresholdResponse(
        float(h[0]), base, float(carry), float(nothing[1] - carry * base), poles
    )


def carried_potential(probe: NeuronProbe, subthreshold: SubthresholdResponse, U: Array) -> Array:
    """Bring the first step to U: what is there in the second without a drive."""
    return potentials_after(probe, subthreshold, U)[1]


def potentials_after(
    probe: NeuronProbe, subthreshold: SubthresholdResponse, U: Array
) -> tuple[Array, Array, Array]:
    """The potential of a step that is brought to U, and of the next two without a drive."""
    # The second step is inhibited, so that it does not fire whatever current is left, and what the
    # inhibition does to the potentials is subtracted: nothing in a refractory step.
    below = inhibition(probe) / subthreshold.gain
    drive = np.asarray(subthreshold.drive(U))
    once, twice = (
        run_steps(probe, drive, factor * below, 0.0).V.T.astype(np.float64) for factor in (1, 2)
    )
    first, second, third = once
    refractory = twice[1] == second
    return (
        first,
        second - np.where(refractory, 0.0, inhibition(probe)),
        third - np.where(refractory, 0.0, subthreshold.decay * inhibition(probe)),
    )


def inhibition(probe: NeuronProbe) -> float:
    """A change of the potential after which no neuron fires."""
    return -4.0 * max(1.0, probe.v_th)


def carried_gradient(
    probe: NeuronProbe, subthreshold: SubthresholdResponse, U: Array, U2: float
) -> tuple[Response, Array]:
    """How what is carried depends on the first step's U, by the gradient."""
    left = carried_potential(probe, subthreshold, U)
    response = run_steps(probe, subthreshold.drive(U), subthreshold.drive(U2, left))
    with np.errstate(divide="ignore", invalid="ignore"):
        return response, response.dI[1, :, 0] / response.dI[1, :, 1]


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


def classify_output(probe: NeuronProbe, subthreshold: SubthresholdResponse) -> str:
    """Feed potentials from far below to far above the threshold, and look for other than 0, 1."""
    U = probe.v_th + np.linspace(-1.0, 1.0, 32)
    Y = run_steps(probe, subthreshold.drive(U)).Y[:, 0]
    if set(Y) <= {0.0, 1.0}:
        return "spikes"
    return "counts" if ((Y >= 0) & (np.round(Y) == Y)).all() else "analog"


def firing_condition(probe: NeuronProbe, subthreshold: SubthresholdResponse) -> str:
    """Feed one drive and set the threshold to exactly the potential it gave."""
    # The drive is run once with the threshold out of reach, and what is shown is U to the last
    # bit: a threshold that is one float lower must fire, and one float higher must not. A spike
    # is seen in the output, or, if that is analog, in what is carried.
    drive = float(subthreshold.drive(1.0))
    U = run_steps(probe, drive, 0.0, v_th=UNREACHABLE_THRESHOLD).V[0, 0]
    unfired = subthreshold.decay * U + subthreshold.beta

    def fired(v_th: Any) -> bool:
        response = run_steps(probe, drive, 0.0, v_th=float(v_th))
        if classify_output(probe, subthreshold) != "analog":
            return bool(response.Y[0, 0] > 0)
        return not is_close(response.V[0, 1], unfired)

    below, above = np.nextafter(U, U.dtype.type(-9)), np.nextafter(U, U.dtype.type(9))
    if not fired(below) or fired(above):
        return "undecided"
    at = run_steps(probe, drive, v_th=float(U)).Y[0, 0]
    if classify_output(probe, subthreshold) != "analog" and at % 1:
        return f"{at:g} at ="
    return ">=" if fired(U) else ">"


def measure_reset(probe: NeuronProbe, subthreshold: SubthresholdResponse) -> ResetMeasurement:
    """Let it fire from two potentials and fit a line through what is there a step later."""
    # With slope 0 the past is cut off: a hard reset. With the leak's slope something was
    # subtracted: a soft one, or none. If the next step shows nothing of a reset, the step after
    # it is looked at; that finds a late one where the potential shown is U.
    found = _measure_prompt_or_late_reset(probe, subthreshold)
    return found._replace(refractory_steps=_count_refractory_steps(probe, subthreshold))


def _measure_prompt_or_late_reset(
    probe: NeuronProbe, subthreshold: SubthresholdResponse
) -> ResetMeasurement:
    U = probe.v_th + np.array([0.125, 0.25])
    first, second, third = potentials_after(probe, subthreshold, U)
    shows = "before" if all(map(is_close, first, U)) else "after"
    slope, intercept = _fit_line(U, second)
    if not (is_close(slope, subthreshold.decay) and is_close(intercept, subthreshold.beta)):
        kind = _reset_kind(slope, subthreshold)
        seen = float(first[0]) if shows == "after" else None
        amount, order = _reset_order(
            kind, subthreshold, (slope, intercept), float(U[0]), seen, probe.v_th
        )
        return ResetMeasurement(kind, False, amount, order, slope, intercept, shows)
    return _late_reset(subthreshold, U, third, shows) or ResetMeasurement(
        "none", False, float("nan"), "either", slope, intercept, shows
    )


def _count_refractory_steps(probe: NeuronProbe, subthreshold: SubthresholdResponse) -> int:
    """Inhibit a neuron after a spike, excite another a little: how long they are the same."""
    # Two inhibitions would look the same where a potential cannot fall below a floor.
    drive = np.array([inhibition(probe), probe.v_th / 64]) / subthreshold.gain
    first = subthreshold.drive(probe.v_th + 0.125)
    V = run_steps(probe, first, *(drive,) * MAX_REFRACTORY_STEPS).V[:, 1:]
    return int(np.logical_and.accumulate(V[0] == V[1]).sum())


def _fit_line(x: Array, y: Array) -> tuple[float, float]:
    slope = float((y[1] - y[0]) / (x[1] - x[0]))
    return slope, float(y[0] - slope * x[0])


def _late_reset(
    subthreshold: SubthresholdResponse, U: Array, third: Array, shown_potential: str
) -> ResetMeasurement | None:
    slope, intercept = _fit_line(U, third)
    leaked = subthreshold.decay**2 - subthreshold.poles[0] * subthreshold.poles[1]
    if is_close(slope, leaked) and is_close(
        intercept, subthreshold.beta * (1 + subthreshold.decay)
    ):
        return None
    kind = "hard" if is_close(slope, 0.0) else "soft" if is_close(slope, leaked) else "other"
    return ResetMeasurement(
        kind, True, float("nan"), "undecided", slope, intercept, shown_potential
    )


def _reset_kind(slope: float, subthreshold: SubthresholdResponse) -> str:
    """A hard reset leaves the current, if there is one; a soft one leaves everything."""
    if is_close(slope, subthreshold.decay):
        return "soft"
    current = subthreshold.poles if subthreshold.poles[1] else (0.0,)
    return "hard" if any(is_close(slope, pole) for pole in current) else "other"


def _reset_order(
    kind: str,
    subthreshold: SubthresholdResponse,
    line: tuple[float, float],
    U: float,
    observed: float | None,
    v_th: float,
) -> tuple[float, str]:
    """What the reset sets or subtracts, and whether that was leaked."""
    # Both orders are tried: each implies a value of R. If R is not shown, a subtracted amount is
    # taken to be the threshold, and a value that is set is known only where both orders agree.
    current = line[0] if kind == "hard" else min(subthreshold.poles, key=abs)
    alpha = subthreshold.decay - current
    left = line[0] * U + line[1] - current * U
    inner = (left - subthreshold.beta) / alpha  # R, if it was leaked
    outer = left if kind == "hard" else U - (alpha * U + subthreshold.beta - left)
    candidates = {"reset, leak": inner, "leak, reset": outer}
    if observed is None and kind == "soft":
        observed = U - v_th
    if observed is None:
        observed = inner if is_close(inner, outer) else float("nan")
    fits = [order for order, R in candidates.items() if is_close(R, observed)]
    order = {0: "undecided", 1: "".join(fits[:1]), 2: "either"}[len(fits)]
    return (observed if kind == "hard" else U - observed), order
