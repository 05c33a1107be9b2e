"""BindsNET's neurons.  They learn by local rules: a spike is a truth value, without a gradient."""

from collections.abc import Callable
from math import log
from typing import Any

from bindsnet.network import nodes

from liaf_ref.oracle.frameworks.probe import NeuronProbe
from liaf_ref.oracle.frameworks.torch_probe import make_runner

ONE_STEP = {"thresh": 1.0, "reset": -0.25, "refrac": 0}


def probes() -> list[NeuronProbe]:
    """``LIFNodes`` with and without a refractory period, and ``IFNodes``."""
    half = ONE_STEP | {"tc_decay": 1 / log(2), "rest": 0.25}
    values = "thresh=1, reset=-1/4, refrac=0"
    return [
        _probe("LIFNodes", "", nodes.LIFNodes),
        _probe("LIFNodes", f"{values}, rest=1/4, tc_decay=1/ln 2", nodes.LIFNodes, half),
        _probe("IFNodes", values, nodes.IFNodes, ONE_STEP),
    ]


def _probe(
    name: str, settings: str, node: Any, options: dict[str, Any] | None = None
) -> NeuronProbe:
    def build(v_th: Any, count: int) -> Callable[[Any], tuple[Any, Any]]:
        layer = node(1, **(options or {}))
        layer.thresh = v_th
        layer.compute_decays(1.0)
        layer.set_batch_size(count)

        def step(x: Any) -> tuple[Any, Any]:
            layer.forward(x.detach().clone())  # which clears its input in refractory steps
            return layer.s.float(), layer.v.clone()

        return step

    v_th = float(node(1, **(options or {})).thresh)
    return NeuronProbe("bindsnet", name, settings, make_runner(build), v_th, "no")
