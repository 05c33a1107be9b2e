"""Measure the frameworks of `make peers`, for the tables of docs/verify/frameworks.md.

What is known of frameworks that are not installed, or that cannot be imported, stays as it is.
A framework has the expressions that its table shows, what they name, and what runs a neuron.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.metadata import version
from typing import Any

import numpy as np

import liaf_ref as lr
from frameworks import MEASURED, Measured, Response, stored
from liaf_ref.kernels.array import Array

Make = Callable[[], Any]
# Of a neuron with its threshold, state and drive: state, output and potential.
Step = Callable[[Any, Any, Any, Any], tuple[Any, Any, Any]]
Run = Callable[[Make, Array, float], Response]
Framework = tuple[Sequence[str], Mapping[str, Any], Run]


def run_torch(step: Step, make: Make, I: Array, v_th: float) -> Response:
    """Run a fresh neuron in float32."""
    import torch

    drive = torch.tensor(I.T[:, :, None], dtype=torch.float32, requires_grad=True)
    node, state, steps = make(), None, []
    for x in drive:
        state, y, v = step(node, torch.tensor(v_th), state, x)
        steps.append((y.expand(x.shape), v.expand(x.shape).detach()))
    dI = [torch.autograd.grad(y.sum(), drive, retain_graph=True)[0][..., 0].T for y, _ in steps]
    Y, V = (torch.cat(parts, 1).detach().numpy() for parts in zip(*steps, strict=True))
    return Response(Y, V, np.stack(dI))


def liaf_ref() -> Framework:
    """The reference; R is what its V tells."""

    def run(make: Make, I: Array, v_th: float) -> Response:
        layer, steps = make(), range(I.shape[1])
        p = layer.init(0) | {"v_th": np.array([v_th])}
        Y, _, tape = layer(p, I[..., None])
        unit = np.eye(len(steps))
        dI = [layer.backward(Y * 0 + unit[t][:, None], tape)[0][..., 0] for t in steps]
        V = np.stack([layer(p, I[:, : t + 1, None])[1][0][:, 0] for t in steps], 1)
        return Response(Y[..., 0], (V - p["beta"]) / p["alpha"], np.stack(dI))

    given = "(1,), v_th=1, v_reset=-0.25, alpha=0.5, beta=0.125"
    neurons = [f"DirectLIF({given})", f'DirectLIAF({given}, act="identity")']
    return neurons, {"DirectLIF": lr.DirectLIF, "DirectLIAF": lr.DirectLIAF}, run


def spikingjelly() -> Framework:
    """``LIFNode`` and ``LIAFNode`` in both step modes."""
    from spikingjelly.activation_based import neuron, surrogate

    def step(node: Any, v_th: Any, _: Any, x: Any) -> tuple[Any, Any, Any]:
        node.v_threshold = float(v_th)
        y = node(x) if node.step_mode == "s" else node(x[None])[0]
        return None, y, node.v

    near = "decay_input=False, v_reset=-0.25, surrogate_function=Rect()"
    neurons = (
        *("LIFNode()", f"LIFNode({near})", "IFNode()", "ParametricLIFNode()"),
        *("LIAFNode(identity, True)", f"LIAFNode(identity, True, {near})"),
        f'LIAFNode(identity, True, {near}, step_mode="m")',
    )
    names = vars(neuron) | {"Rect": surrogate.Rect, "identity": lambda x: x}
    return neurons, names, partial(run_torch, step)


def snntorch() -> Framework:
    """``Leaky`` with each of its resets, and two relatives; ``beta`` has no default."""
    import snntorch

    from liaf_ref.oracle.adapters.torch_backend import Spike

    def step(node: Any, v_th: Any, state: Any, x: Any) -> tuple[Any, Any, Any]:
        node.threshold = v_th
        y, *state = node(x, *(state or ()))
        return state, y, state[-1]

    zero, paper = ', reset_mechanism="zero"', ', reset_mechanism="zero", spike_grad=paper'
    options = ("", ", reset_delay=False", zero, paper, f"{paper}, reset_delay=False")
    neurons = [f"Leaky(beta=0.5{each})" for each in options]
    neurons += ["Lapicque(beta=0.5)", "Synaptic(alpha=0.25, beta=0.5)"]
    names = vars(snntorch) | {"paper": lambda x: Spike.apply(x, 0.5)}
    return neurons, names, partial(run_torch, step)


def norse() -> Framework:
    """``LIF`` with and without a current, and two relatives."""
    import torch
    from norse.torch import LIF, LIFParameters
    from norse.torch.functional import lif_box, reset
    from norse.torch.module import iaf
    from norse.torch.module import lif_box as cells

    def step(node: Any, v_th: Any, state: Any, x: Any) -> tuple[Any, Any, Any]:
        node.p = node.p._replace(v_th=v_th)
        sequence = isinstance(node, LIF)  # the others take one step
        y, state = node(x[None] if sequence else x, state)
        return state, y[0] if sequence else y, state.v

    given = {"tau_mem_inv": 0.5, "v_leak": 0.25, "v_reset": -0.25, "alpha": 0.0}
    near = ", ".join(f"{name}=tensor({x})" for name, x in given.items()) + ', method="tanh"'
    neurons = (
        *("LIF()", f"LIF(LIFParameters(tau_syn_inv=tensor(1.0), {near}), dt=1.0)"),
        *("LIFBoxCell()", f"LIFBoxCell(LIFBoxParameters({near}), dt=1.0)"),
        *("LIFBoxCell(LIFBoxParameters(reset_method=reset_subtract))", "IAFCell()"),
    )
    names = vars(lif_box) | vars(cells) | vars(iaf) | vars(reset) | {"tensor": torch.tensor}
    return neurons, names | {"LIF": LIF, "LIFParameters": LIFParameters}, partial(run_torch, step)


FRAMEWORKS = {make.__name__: make for make in (liaf_ref, spikingjelly, snntorch, norse)}


def measure(name: str) -> dict[str, Any]:
    """The version of a framework and its neurons, in words and numbers."""
    here = lr.__version__ if name == "liaf_ref" else version(name).partition("+")[0]
    neurons, names, run = FRAMEWORKS[name]()
    makes = {text: partial(eval, text, dict(names)) for text in neurons}
    answers = {text: Measured(partial(run, make)).describe() for text, make in makes.items()}
    return {"version": here, "neurons": [{"neuron": text, **a} for text, a in answers.items()]}


def main() -> None:
    """Write what can be measured here."""
    found = stored()
    for name in FRAMEWORKS:
        try:
            found[name] = measure(name)
        except ImportError as error:
            print(f"{name}: {error}")
    MEASURED.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
