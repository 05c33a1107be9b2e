"""BrainPy's neurons, of ``brainpy.state``; they need a time step, and R and tau with units."""

from math import log
from typing import Any

import brainpy
import brainstate
import brainunit as u
from braintools import surrogate

from liaf_ref.oracle.frameworks.jax_probe import make_runner
from liaf_ref.oracle.frameworks.probe import NeuronProbe


def probes() -> list[NeuronProbe]:
    """``LIF`` with both resets and some surrogates, and ``IF``."""
    half = {"tau": 1 / log(2) * u.ms, "R": 1.0 * u.ohm}
    values = "dt=1 ms, tau=1/ln 2 ms"
    return [
        _probe("LIF", values, half),
        _probe("LIF", f'{values}, spk_reset="hard"', half | {"spk_reset": "hard"}),
        *(
            _probe("LIF", f"{values}, spk_fun={type(g).__name__}()", half | {"spk_fun": g})
            for g in (surrogate.Sigmoid(), surrogate.Arctan(), surrogate.GaussianGrad())
        ),
        _probe("IF", values, half),
    ]


def _probe(name: str, settings: str, options: dict[str, Any]) -> NeuronProbe:
    def build(v_th: Any) -> Any:
        def step(V: Any, drive: Any) -> tuple[Any, Any, Any]:
            node = getattr(brainpy.state, name)(1, **options, V_th=v_th * u.mV)
            node.init_state()
            node.V.value = V * u.mV
            with brainstate.environ.context(dt=1.0 * u.ms):
                y = node.update(drive[0] * u.mA)
            V = node.V.value / u.mV
            return V, y, V

        node = getattr(brainpy.state, name)(1, **options)
        node.init_state()
        return node.V.value / u.mV, step

    return NeuronProbe("brainpy", name, settings, make_runner(build), 1.0, "no")
