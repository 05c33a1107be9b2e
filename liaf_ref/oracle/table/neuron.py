"""The neuron of the paper, LIAF and LIF, forward: Eqs. (3) to (8)."""

from collections.abc import Callable, Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple

from liaf_ref.oracle.table.functions import ACTIVATIONS, spike, via
from liaf_ref.oracle.table.tape import T, lift, stack

Lines = Mapping[str, Callable[[Any], T]]
LINES: Lines = {  # of a step, in the order of the paper
    "U": lambda z: z.I + z.V,  # (3)
    "F": lambda z: z.spike.value(z.U - z.p.v_th),  # (4)
    "R": lambda z: z.F * z.p.v_reset + (1 - z.F) * z.U,  # (5)
    "V": lambda z: z.p.alpha * z.R + z.p.beta,  # (6)
    "Y": lambda z: z.act.value(z.U - z.s * z.p.v_th),  # (7), (8)
}


class Function(NamedTuple):
    """A function of a line."""

    value: Callable[[T], T]


def paper_spikes(options: Mapping[str, Any], given: Any) -> tuple[Function, Function]:
    """The spike of the reset, and that of LIF's output."""
    mu, detached = options["mu"], options["reset"] == "detached"
    both = (partial(spike, mu=mu, given=given, detached=d) for d in (detached, False))
    return Function(next(both)), Function(next(both))


def neuron(
    z: SimpleNamespace,
    I: T,
    lines: Lines = LINES,
    spikes: Callable[..., tuple[Function, Function]] = paper_spikes,
    **options: Any,
) -> dict[str, T]:
    """All steps, each a line after the other."""
    act, is_lif = options["act"], options["act"] == "spike"
    s = SimpleNamespace(p=SimpleNamespace(**z.parameters), V=z.states["V"], is_lif=is_lif)
    s.s = int(is_lif or options["mode"] == "TR")
    steps = []
    for t in range(I.shape[1]):
        s.I, s.V = I[:, t], lift(s.V.v) if t in z.cuts else s.V
        gate = {name: array[:, t] for name, array in z.gates.items()}
        s.spike, s.act = spikes(options, (gate["F"], gate["window"]) if gate else None)
        if not is_lif:
            s.act = Function(partial(ACTIVATIONS[act], positive=gate.get("positive")))
        for name, line in lines.items():
            setattr(s, name, line(s))
            if name in {"U", "R"}:  # U by way of U - v_th, R as U - F (U - v_reset)
                setattr(s, name, via(getattr(s, name), s.p.v_th if name == "U" else s.U))
        steps.append({name: getattr(s, name) for name in LINES})
    z.final["V"] = s.V
    z.adjoints |= {"dU": [step["U"] for step in steps], "dV": [step["V"] for step in steps]}
    return {name: stack(step[name] for step in steps) for name in LINES}
