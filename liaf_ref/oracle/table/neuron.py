"""The neuron of the paper, LIAF and LIF, forward: Eqs. (3) to (8)."""

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from liaf_ref.oracle.table.functions import ACTIVATIONS, spike
from liaf_ref.oracle.table.tape import T, lift, stack

LINES: Mapping[str, Callable[[Any], T]] = {  # of a step, in the order of the paper
    "U": lambda z: z.I + z.V,  # (3)
    "F": lambda z: z.spike(z.U - z.v_th),  # (4)
    "R": lambda z: z.F_reset * z.v_reset + (1 - z.F_reset) * z.U,  # (5)
    "V": lambda z: z.alpha * z.R + z.beta,  # (6)
    "Y": lambda z: z.output(z.U - z.v_th if z.relative else z.U),  # (7), (8)
}


def neuron(
    z: SimpleNamespace, I: T, *, act: str, mode: str, sharing: str, mu: float, reset: str
) -> dict[str, T]:
    """All steps, each a line after the other; a detached reset has no gradient."""
    s = SimpleNamespace(**z.parameters, V=z.states["V"], relative=act == "spike" or mode == "TR")
    steps = []
    for t in range(I.shape[1]):
        gate = {name: array[:, t] for name, array in z.gates.items()}
        given = (gate["F"], gate["window"]) if gate else None
        positive = gate.get("positive")
        s.I = I[:, t]
        s.spike = lambda x, given=given: spike(x, mu, given)
        s.output = s.spike if act == "spike" else _activation(act, positive)
        for name, line in LINES.items():
            setattr(s, name, line(s))
            if name == "F":
                s.F_reset = lift(s.F.v) if reset == "detached" else s.F
        steps.append({name: getattr(s, name) for name in LINES})
    z.final["V"] = s.V
    z.adjoints |= {"dU": [step["U"] for step in steps], "dV": [step["V"] for step in steps]}
    return {name: stack(step[name] for step in steps) for name in LINES}


def _activation(act: str, positive: Any) -> Callable[[T], T]:
    return lambda x: ACTIVATIONS[act](x, positive)
