"""The basis of all measurements: gain, leak, and the state that a step passes to the next."""

# Every number here is read off the potential that a framework shows after a step in which the
# neuron did not fire, taken to be U; forward.firing_condition checks this against the firing.

from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.frameworks.probe import NeuronProbe, Response

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
