"""The neurons that are no modules of PyTorch or JAX, and those of backends of the package."""

from importlib import import_module
from math import inf, log
from typing import Any

import numpy as np

from frameworks.probe import NeuronProbe, Response, backend_probe
from liaf_ref.kernels.array import Array
from liaf_ref.oracle import run


def liaf_ref() -> list[NeuronProbe]:
    """LIF and LIAF of the reference."""
    return [
        backend_probe("liaf_ref", "LIF", run, "spike"),
        backend_probe("liaf_ref", "LIAF", run, "identity"),
    ]


def adapter(name: str) -> list[NeuronProbe]:
    """LIF of the package's backend in a framework that has no neurons."""
    module = import_module(f"liaf_ref.oracle.adapters.{name}_backend")
    return [backend_probe(name, "LIF by adapter", module.backend, "spike")]


def nengo() -> list[NeuronProbe]:
    """``LIF`` with its defaults, and with the paper's potentials; without gradients."""
    import nengo

    def probe(settings: str, neuron: Any, dt: float) -> NeuronProbe:
        def run(I: Array, v_th: float) -> Response:
            spikes, V, refractory_time = (np.zeros(len(I)) for _ in range(3))
            steps = []
            for x in I.T:  # another threshold is another scale of the potentials
                neuron.step(dt, x / v_th, spikes, voltage=V, refractory_time=refractory_time)
                steps.append((dt * spikes, v_th * V))
            Y, potentials = (np.stack(part, axis=1) for part in zip(*steps, strict=True))
            return Response(Y, potentials, np.zeros((I.shape[1], *I.shape)), None)

        return NeuronProbe("nengo", type(neuron).__name__, settings, run, 1.0, "no")

    plain = nengo.LIF(tau_rc=1 / log(2), tau_ref=0, min_voltage=-inf)
    one_step = "tau_ref=0, min_voltage=-inf, dt=1"
    return [probe("", nengo.LIF(), 0.001), probe(f"tau_rc=1/ln 2, {one_step}", plain, 1.0)]
