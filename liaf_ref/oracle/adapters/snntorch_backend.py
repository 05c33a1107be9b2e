"""snnTorch's ``Leaky`` as a backend.

With ``reset_mechanism="zero"`` it computes ``mem = beta (1 - S(mem - threshold)) mem + x``:
its ``mem`` is U, its ``beta`` is alpha, it resets and leaks to zero and does not
differentiate the reset.  With ``reset_delay=False`` besides, the reset comes in the step
of the spike: ``mem`` is R, and the reset is differentiated.  Our beta and V0 go into the
drive, and so does another v_reset: ``alpha v_reset`` from each spike to the next step.
``spike_grad`` takes any function, so (4) and (13) can be given.
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
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.declined import Declined

with optional_import("snntorch"):
    import snntorch


def backend(case: Case) -> Mapping[str, Array]:
    """Run ``Leaky``; an analog output is Act of the ``mem`` it returns."""
    layer = read_layer(case)
    alpha = layer.p["alpha"]
    if not bool(((alpha > 0) & (alpha < 1)).all()):
        raise Declined(
            "alpha outside (0, 1): Leaky clamps its beta, "
            "which in PyTorch 2.15 has no gradient at 0 and 1 either"
        )
    return (
        _run_detached_reset(case, layer)
        if layer.options["reset"] == "detached"
        else _run_paper_reset(case, layer)
    )


def _run_detached_reset(case: Case, layer: LayerTensors) -> Mapping[str, Array]:
    """One step more than the case has: U without input is the V before it, (3)."""
    F, U = _simulate(layer, True, len(layer.I) + 1)
    shown = {"F": F[:-1], "U": U[:-1]}
    shown["Y"] = shown["F"] if layer.options["act"] == "spike" else layer.analog_output(shown["U"])
    return build_answer(case, layer, shown, U[-1])


def _run_paper_reset(case: Case, layer: LayerTensors) -> Mapping[str, Array]:
    if layer.options["act"] != "spike":
        raise Declined(
            f"act {layer.options['act']} and reset paper: "
            "where Leaky differentiates its reset, it shows R and not U"
        )
    if not bool((layer.p["v_th"] > 0).all()):
        raise Declined("v_th <= 0: after its reset to 0 Leaky is still above its threshold")
    F, rest = _simulate(layer, False, len(layer.I))
    R = rest + F * layer.p["v_reset"]
    V = layer.apply_leak(R)
    return build_answer(case, layer, {"Y": F, "F": F, "R": R, "V": V}, V[-1])


def _simulate(layer: LayerTensors, reset_delay: bool, steps: int) -> tuple[Any, Any]:
    """Give all spikes and all ``mem``."""
    node = snntorch.Leaky(
        beta=layer.p["alpha"],
        threshold=layer.p["v_th"],
        spike_grad=surrogate_spike(layer.options["mu"]),
        reset_mechanism="zero",
        reset_delay=reset_delay,
    )
    back = layer.p["alpha"] * layer.p["v_reset"]
    spike = mem = torch.zeros_like(layer.I[0])
    spikes, potentials = [], []
    for t in range(steps):
        reset = spike.detach() if reset_delay else spike
        spike, mem = node(layer.drive(t) + reset * back, mem)
        spikes.append(spike)
        potentials.append(mem)
    return torch.stack(spikes), torch.stack(potentials)
