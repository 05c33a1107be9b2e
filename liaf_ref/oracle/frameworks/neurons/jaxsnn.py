"""jaxsnn's neurons in discrete time; those of its event-based part have no steps."""

from typing import Any

import jax.numpy as jnp
from jaxsnn.discrete.functional.lif import LIFParameters
from jaxsnn.discrete.modules.lif import LIF

from liaf_ref.oracle.frameworks.jax_probe import make_runner
from liaf_ref.oracle.frameworks.probe import NeuronProbe


def probes() -> list[NeuronProbe]:
    """``LIF`` with its default constants, and near the paper's."""
    near = {"tau_mem": 2.0, "tau_syn": 1.0, "v_th": 1.0, "v_leak": 0.25, "v_reset": -0.25}
    values = "tau_mem=2, tau_syn=1, v_th=1, v_leak=1/4, v_reset=-1/4"
    return [_probe("dt=1 ms", {}, 1e-3), _probe(f"dt=1, {values}", near, 1.0)]


def _probe(settings: str, options: dict[str, float], dt: float) -> NeuronProbe:
    def build(v_th: Any) -> Any:
        functions = LIF(1, LIFParameters(**{**options, "v_th": v_th})).generator(dt)
        start, _ = functions.state()

        def step(state: Any, drive: Any) -> tuple[Any, Any, Any]:
            state, y = functions.step({"input": drive[0]}, state, None)
            return state, y, state.V

        return start, step

    v_th = float(jnp.asarray(LIFParameters(**options).v_th))
    return NeuronProbe("jaxsnn", "LIF", settings, make_runner(build), v_th, "no")
