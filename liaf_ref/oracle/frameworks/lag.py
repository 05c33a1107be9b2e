"""Steps by which a neuron's potential and output come late."""

from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.frameworks.probe import NeuronProbe, Response
from liaf_ref.oracle.frameworks.subthreshold import UNREACHABLE_THRESHOLD, run_steps

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
