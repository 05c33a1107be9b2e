"""Measurements of the forward pass: output, equality, reset, order, first potential."""

from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.frameworks.probe import NeuronProbe
from liaf_ref.oracle.frameworks.subthreshold import (
    UNREACHABLE_THRESHOLD,
    SubthresholdResponse,
    inhibition,
    is_close,
    potentials_after,
    run_steps,
)

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


def measure_initial_potential(probe: NeuronProbe, subthreshold: SubthresholdResponse) -> float:
    """Feed nothing in the first step: what is there is what V^0 contributes."""
    return float(run_steps(probe, 0.0, v_th=UNREACHABLE_THRESHOLD).V[0, 0])


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
