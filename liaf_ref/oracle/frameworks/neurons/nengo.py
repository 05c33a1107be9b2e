"""Nengo's neurons.  Their threshold is 1, and they have no gradient."""

from math import inf, log

import nengo
import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.frameworks.probe import NeuronProbe, Response

ONE_STEP = "tau_ref=0, min_voltage=-inf, dt=1"


def probes() -> list[NeuronProbe]:
    """``LIF`` with its defaults, and with the paper's potentials."""
    plain = nengo.LIF(tau_rc=1 / log(2), tau_ref=0, min_voltage=-inf)
    return [_probe("", nengo.LIF(), 0.001), _probe(f"tau_rc=1/ln 2, {ONE_STEP}", plain, 1.0)]


def _probe(settings: str, neuron: nengo.LIF, dt: float) -> NeuronProbe:
    def run(I: Array, v_th: float) -> Response:
        spikes, V, refractory_time = (np.zeros(len(I)) for _ in range(3))
        steps = []
        for x in I.T:  # another threshold is another scale of the potentials
            neuron.step(dt, x / v_th, spikes, voltage=V, refractory_time=refractory_time)
            steps.append((dt * spikes, v_th * V))
        Y, potentials = (np.stack(part, axis=1) for part in zip(*steps, strict=True))
        return Response(Y, potentials, np.zeros((I.shape[1], *I.shape)), None)

    return NeuronProbe("nengo", type(neuron).__name__, settings, run, 1.0, "no")
