"""SpikingJelly's ``LIAFNode`` and ``LIFNode`` as backends.

With ``decay_input=False`` and a hard reset, a node computes
``h = v - (v - v_reset) / tau + x`` and resets: its ``h`` is U, its ``v`` is R,
``alpha = 1 - 1/tau``, its leak goes to ``v_reset``, and it starts there.  So
``beta = v_reset / tau`` and ``V0 = v_reset``; for any other beta and V0, the drive makes up
the difference.  Parameters are floats to SpikingJelly; tensors put in their place
broadcast and have gradients, and that is how one per neuron comes in.
"""

from collections.abc import Mapping
from typing import Any

import torch

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.adapters.optional_import import optional_import
from liaf_ref.oracle.adapters.single_layer import (
    LayerTensors,
    build_answer,
    read_layer,
    surrogate_spike,
)
from liaf_ref.oracle.adapters.torch_backend import ACTIVATIONS
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.declined import Declined

with optional_import("spikingjelly"):
    from spikingjelly.activation_based import neuron, surrogate


def backend(case: Case) -> Mapping[str, Array]:
    """Run ``LIFNode`` for spikes and ``LIAFNode`` for anything else; as :func:`liaf`."""
    return lif(case) if case.nodes[-1].options.get("act") == "spike" else liaf(case)


def liaf(case: Case) -> Mapping[str, Array]:
    """Run ``LIAFNode`` step by step."""
    layer = _read_analog_layer(case)
    return _run_step_by_step(case, layer, _liaf_node(layer, "s"))


def liaf_multistep(case: Case) -> Mapping[str, Array]:
    """Run ``LIAFNode(step_mode="m")`` on all steps at once; otherwise as :func:`liaf`."""
    # Version 2.0.0 answers with spikes: see docs/verify/frameworks.md.
    layer = _read_analog_layer(case)
    node = _liaf_node(layer, "m")
    node.v = torch.zeros_like(layer.I[0])
    Y = node(torch.stack([_drive(node, layer, t) for t in range(len(layer.I))]))
    return build_answer(case, layer, {"Y": Y}, layer.apply_leak(node.v))


def lif(case: Case) -> Mapping[str, Array]:
    """Run ``LIFNode`` step by step; otherwise as :func:`liaf`, for neurons that spike."""
    layer = _read_layer(case)
    if layer.options["act"] != "spike":
        raise Declined(f"act {layer.options['act']}: LIFNode returns spikes")
    return _run_step_by_step(
        case, layer, _set_parameters(neuron.LIFNode(**_node_options(layer, "s")), layer)
    )


def _read_layer(case: Case) -> LayerTensors:
    layer = read_layer(case)
    alpha = layer.p["alpha"]
    if not bool(((alpha > 0) & (alpha < 1)).all()):
        raise Declined("alpha outside (0, 1): tau = 1 / (1 - alpha) has to be above 1")
    return layer


def _read_analog_layer(case: Case) -> LayerTensors:
    layer = _read_layer(case)
    if layer.options["act"] == "spike":
        raise Declined("act spike: LIAFNode is for analog outputs, LIFNode for spikes")
    return layer


def _node_options(layer: LayerTensors, step_mode: str) -> dict[str, Any]:
    mu = layer.options["mu"]
    return {
        "decay_input": False,
        "surrogate_function": surrogate.Rect() if mu == 0.5 else surrogate_spike(mu),
        "detach_reset": layer.options["reset"] == "detached",
        "step_mode": step_mode,
    }


def _liaf_node(layer: LayerTensors, step_mode: str) -> Any:
    act, related = ACTIVATIONS[layer.options["act"]], layer.options["mode"] == "TR"
    return _set_parameters(neuron.LIAFNode(act, related, **_node_options(layer, step_mode)), layer)


def _set_parameters(node: Any, layer: LayerTensors) -> Any:
    p = layer.p
    node.tau, node.v_threshold, node.v_reset = 1 / (1 - p["alpha"]), p["v_th"], p["v_reset"]
    return node


def _drive(node: Any, layer: LayerTensors, t: int) -> Any:
    """What brings the node to U: it has a pull towards v_reset of its own."""
    return layer.drive(t) - node.v_reset / node.tau


def _run_step_by_step(case: Case, layer: LayerTensors, node: Any) -> Mapping[str, Array]:
    """Run step by step, with a v_reset of its own for each step."""
    # So the pull and what takes it back cancel in its gradient before the sum.
    node.v = torch.zeros_like(layer.I[0])
    Y, R = [], []
    for t in range(len(layer.I)):
        node.v_reset = layer.p["v_reset"].expand_as(node.v)
        Y.append(node(_drive(node, layer, t)))
        R.append(node.v)
    shown = {"Y": torch.stack(Y), "R": torch.stack(R)}
    shown["V"] = layer.apply_leak(shown["R"])
    return build_answer(case, layer, shown, shown["V"][-1])
