"""The neuron of the paper, LIAF and LIF, forward: Eqs. (3) to (8)."""

from collections.abc import Callable, Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any

from liaf_ref.oracle.table.functions import stored, via
from liaf_ref.oracle.table.tape import T, stack

LINES: Mapping[str, Callable[[Any], T]] = {  # of a step, in the order of the paper
    "U": lambda z: z.I + z.V,  # (3)
    "F": lambda z: z.spike(z.U - z.v_th),  # (4)
    "R": lambda z: z.F * z.v_reset + (1 - z.F) * z.U,  # (5)
    "V": lambda z: z.alpha * z.R + z.beta,  # (6)
    "Y": lambda z: z.act(z.U - z.s * z.v_th),  # (7), (8)
}


def neuron(z: SimpleNamespace, I: T, **options: Any) -> dict[str, T]:
    """All steps, each a line after the other."""
    steps, unrounded = list[SimpleNamespace](), {name: list[T]() for name in LINES}
    V = z.states["V"]
    for t in range(I.shape[1]):
        step = _step(z, I[:, t], V, steps, options)
        step.T = I.shape[1]
        for name in LINES:
            line = value = z.text[name](step)
            if name == "U":  # by way of U - v_th; its gradient by way of dR - F dR
                value = via(line, step.v_th, partial(_reset_gradient, step))
            if name == "R":  # as U - F (U - v_reset)
                value = via(line, step.U)
            unrounded[name].append(line)
            setattr(step, name, stored(value, z.text["store"]))
        V = step.V
        steps.append(step)
    z.final["V"] = V
    z.adjoints |= {f"d{name}": unrounded[name] for name in "UV"}
    return {name: stack(getattr(step, name) for step in steps) for name in LINES}


def is_detached(options: Mapping[str, Any]) -> bool:
    """Whether no gradient flows through the reset."""
    return bool(options["reset"] == "detached")


def _reset_gradient(step: SimpleNamespace) -> Any:
    """What the reset takes off the gradient of U."""
    return step.F.v * step.R.gradient


def _step(
    z: SimpleNamespace, I: T, V: T, steps: list[SimpleNamespace], options: Mapping[str, Any]
) -> SimpleNamespace:
    """What the lines of a step read: V is that of the step before until its line."""
    t, act, is_lif = len(steps), options["act"], options["act"] == "spike"
    gate = {name: array[:, t] for name, array in z.gates.items()}
    given = (gate["F"], gate["window"]) if gate else None
    fire = partial(z.text["spike"], mu=options["mu"], given=given, text=z.text)
    return SimpleNamespace(
        **{name: getattr(z, name) for name in z.parameters},
        I=I,
        V=V,
        before=V,
        t=t,
        steps=steps,
        is_lif=is_lif,
        s=int(is_lif or options["mode"] == "TR"),
        spike=partial(fire, detached=is_detached(options)),
        act=fire if is_lif else partial(z.text[f"act:{act}"], positive=gate.get("positive")),
    )
