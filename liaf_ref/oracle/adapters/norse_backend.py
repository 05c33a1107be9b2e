"""Norse's ``LIF`` and ``LIFBoxCell`` as backends.

Both compute ``v + k (v_leak - v + i)`` with ``k = dt tau_mem_inv`` and reset:
``alpha = 1 - k``, ``v_leak = beta / k``, and the drive is divided by k.  ``LIF`` has a
synaptic current besides; with ``dt tau_syn_inv = 1`` it is gone after its own step.

There is no general map.  The threshold function is one of six names, none of them
the window of (13), and all of them fire on > alone.  What can be had:

- ``method="tanh"`` with ``alpha=0`` has slope 1 everywhere, which is (13) as long as
  no ``|U - v_th|`` reaches mu;
- an analog output with a detached reset needs no slope, and ``LIFBoxCell`` takes a
  reset function, which sees U.

A case that needs more is declined, on what the run itself has shown.
"""

from collections.abc import Mapping
from typing import Any

import torch

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.adapters.optional_import import optional_import
from liaf_ref.oracle.adapters.single_layer import LayerTensors, build_answer, read_layer
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.declined import Declined

with optional_import("norse"):
    from norse.torch import LIF, LIFParameters
    from norse.torch.functional.lif import LIFFeedForwardState
    from norse.torch.functional.lif_box import LIFBoxFeedForwardState, LIFBoxParameters
    from norse.torch.functional.reset import reset_value
    from norse.torch.module.lif_box import LIFBoxCell

WIDE_SURROGATE = {"method": "tanh", "alpha": torch.tensor(0.0, dtype=torch.float64)}


def backend(case: Case) -> Mapping[str, Array]:
    """Run ``LIF`` for spikes with the paper's reset, else ``LIFBoxCell``; as :func:`lif`."""
    options = case.nodes[-1].options
    spikes = options.get("act") == "spike" and options.get("reset") == "paper"
    return lif(case) if spikes else lif_box(case)


def lif(case: Case) -> Mapping[str, Array]:
    """Run ``LIF``."""
    layer, k = _read_layer(case)
    if layer.options["act"] != "spike":
        raise Declined(f"act {layer.options['act']}: LIF returns spikes and shows no U")
    if layer.options["reset"] == "detached":
        raise Declined("reset detached: LIF differentiates its reset")
    p = LIFParameters(tau_syn_inv=torch.ones_like(k), **_parameters(layer, k), **WIDE_SURROGATE)
    rest = torch.zeros_like(layer.I[0])
    node = LIF(p, dt=1.0, record_states=True)
    Y, states = node(_drive(layer, k), LIFFeedForwardState(v=rest, i=rest))
    V = layer.apply_leak(states.v)
    _require_inside_window(layer, layer.I + torch.cat([layer.p["V0"][None], V[:-1]]))
    return build_answer(case, layer, {"Y": Y, "R": states.v, "V": V}, V[-1])


def lif_box(case: Case) -> Mapping[str, Array]:
    """Run ``LIFBoxCell``, whose reset function is ours to give; otherwise as :func:`lif`."""
    layer, k = _read_layer(case)
    seen: list[Any] = []
    detached = layer.options["reset"] == "detached"

    def reset(z: Any, v: Any, to: Any, th: Any) -> Any:
        seen.append(v)
        return reset_value(z.detach() if detached else z, v, to, th)

    cell = LIFBoxCell(
        LIFBoxParameters(**_parameters(layer, k), **WIDE_SURROGATE, reset_method=reset), dt=1.0
    )
    state = LIFBoxFeedForwardState(v=torch.zeros_like(layer.I[0]))
    F, R = [], []
    for x in _drive(layer, k):
        z, state = cell(x, state)
        F.append(z)
        R.append(state.v)
    shown = {"U": torch.stack(seen), "F": torch.stack(F), "R": torch.stack(R)}
    shown["V"] = layer.apply_leak(shown["R"])
    analog = layer.options["act"] != "spike"
    shown["Y"] = layer.analog_output(shown["U"]) if analog else shown["F"]
    _require_no_ties(layer, shown["U"])
    if not (analog and detached):
        _require_inside_window(layer, shown["U"])
    return build_answer(case, layer, shown, shown["V"][-1])


def _read_layer(case: Case) -> tuple[LayerTensors, Any]:
    layer = read_layer(case)
    k = 1 - layer.p["alpha"]
    if bool((k == 0).any()):
        raise Declined("alpha = 1: the input's factor dt tau_mem_inv = 1 - alpha would be 0")
    return layer, k


def _parameters(layer: LayerTensors, k: Any) -> dict[str, Any]:
    p = layer.p
    return {
        "tau_mem_inv": k,
        "v_leak": p["beta"] / k,
        "v_th": p["v_th"],
        "v_reset": p["v_reset"],
    }


def _drive(layer: LayerTensors, k: Any) -> Any:
    """Start at 0; the leak gives beta in every step, and the first has V0 in its place."""
    first = layer.I[:1] + (layer.p["V0"] - layer.p["beta"])
    return torch.cat([first, layer.I[1:]]) / k


def _require_inside_window(layer: LayerTensors, U: Any) -> None:
    """Decline a case in which the slope is not 1 at every step."""
    _require_no_ties(layer, U)
    if bool(((U - layer.p["v_th"]).abs() >= layer.options["mu"]).any()):
        raise Declined("|U - v_th| >= mu occurs: Norse has no rectangular surrogate, Eq. (13)")


def _require_no_ties(layer: LayerTensors, U: Any) -> None:
    """Decline a case in which equality decides."""
    if bool((layer.p["v_th"] == U).any()):
        raise Declined("U = v_th occurs: Norse fires only for U > v_th")
