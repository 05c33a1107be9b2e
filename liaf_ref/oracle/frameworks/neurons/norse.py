"""Norse's neurons."""

from collections.abc import Callable
from typing import Any

import torch
from norse.torch import LIF, LIFParameters
from norse.torch.functional.iaf import IAFParameters
from norse.torch.functional.lif_box import LIFBoxParameters
from norse.torch.functional.reset import reset_subtract
from norse.torch.module.iaf import IAFCell
from norse.torch.module.lif_box import LIFBoxCell

from liaf_ref.oracle.frameworks.probe import NeuronProbe
from liaf_ref.oracle.frameworks.torch_probe import has_parameter, make_runner


def probes() -> list[NeuronProbe]:
    """``LIF`` with and without a current, and two relatives."""
    near = {
        "tau_mem_inv": torch.tensor(0.5),
        "v_leak": torch.tensor(0.25),
        "v_reset": torch.tensor(-0.25),
        "method": "tanh",
        "alpha": torch.tensor(0.0),
    }
    values = 'dt=1, tau_mem_inv=1/2, v_leak=1/4, v_reset=-1/4, method="tanh", alpha=0'
    one = {"dt": 1.0}
    instant = near | {"tau_syn_inv": torch.tensor(1.0)}
    return [
        _probe("LIF", "", LIF, LIFParameters()),
        _probe("LIF", f"tau_syn_inv=1, {values}", LIF, LIFParameters(**instant), one),
        _probe("LIFBoxCell", "", LIFBoxCell, LIFBoxParameters()),
        _probe("LIFBoxCell", values, LIFBoxCell, LIFBoxParameters(**near), one),
        _probe(
            "LIFBoxCell",
            "reset_method=reset_subtract",
            LIFBoxCell,
            LIFBoxParameters(reset_method=reset_subtract),
        ),
        _probe("IAFCell", "", IAFCell, IAFParameters()),
    ]


def _probe(
    name: str, settings: str, cell: Any, p: Any, options: dict[str, Any] | None = None
) -> NeuronProbe:
    def build(v_th: Any, count: int) -> Callable[[Any], tuple[Any, Any]]:
        node = cell(p._replace(v_th=v_th), **(options or {}))
        state: list[Any] = [None]

        def step(x: Any) -> tuple[Any, Any]:
            sequence = isinstance(node, LIF)  # the others take one step
            y, state[0] = node(x[None] if sequence else x, state[0])
            return y[0] if sequence else y, state[0].v

        return step

    learns = "yes" if has_parameter(cell(p, **(options or {})), "v_th") else "no"
    return NeuronProbe("norse", name, settings, make_runner(build), float(p.v_th), learns)
