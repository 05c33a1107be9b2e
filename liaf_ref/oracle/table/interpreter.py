"""A case's answer: its nodes forward, then the tape backward, and the steps of an optimizer."""

from collections.abc import Mapping
from itertools import accumulate
from types import SimpleNamespace
from typing import Any

import numpy as np

from liaf_ref.oracle.case import Case
from liaf_ref.oracle.table import layers, losses
from liaf_ref.oracle.table.neuron import neuron
from liaf_ref.oracle.table.numbers import FLOAT64, Numbers, current, using
from liaf_ref.oracle.table.optimizers import DEFAULTS, OPTIMIZERS
from liaf_ref.oracle.table.tape import T, backward

Arrays = dict[str, Any]
OUTPUTS = ("Y", "I", "loss")
OPS: Mapping[str, Any] = {
    "neuron": neuron,
    "dense": layers.dense,
    "embedding": layers.embedding,
    "conv": layers.conv,
    "conv3d": layers.conv,
    "rnn": layers.recurrent(layers.rnn),
    "lstm": layers.recurrent(layers.lstm),
    "gru": layers.recurrent(layers.gru),
    "convlstm": layers.recurrent(layers.convlstm),
    "average_pool": layers.average_pool,
    "max_pool": layers.max_pool,
    "layer_norm": layers.layer_norm,
    "batch_norm": layers.batch_norm,
    "dropout": layers.dropout,
    "act": layers.activation,
    "flatten": layers.flatten,
    "last": layers.last,
    "mean": layers.mean,
    "concat": layers.join,
    "softmax_ce": losses.softmax_ce,
    "softmax_bce": losses.softmax_bce,
    "sigmoid_bce": losses.sigmoid_bce,
    "mse": losses.mse,
}


def run(case: Case, numbers: Numbers = FLOAT64, changed: Mapping[str, Any] | None = None) -> Arrays:
    """Give the answer to a case: traces, gradients, and what an optimizer makes of them.

    ``changed`` has other operations in place of those of :data:`OPS`.
    """
    ops = {**OPS, **(changed or {})}
    with using(numbers), np.errstate(all="ignore"):
        arrays = {n: numbers.make(a) if _is_real(n, a) else a for n, a in case.items()}
        answer = _run_once(case, arrays, ops)
        return answer if case.optimizer is None else answer | _train(case, arrays, answer, ops)


def _run_once(case: Case, arrays: Arrays, ops: Mapping[str, Any]) -> Arrays:
    """Forward and backward, once."""
    cuts: set[int] = set()  # the steps that the gradient of a state does not leave
    if case.chunks is not None and case.chunks.bptt == "truncated":
        cuts |= set(accumulate(case.chunks.steps[:-1]))
    leaf, Y, answer = {name: T(a) for name, a in arrays.items()}, dict[str, T](), Arrays()
    seeds, steps = list[tuple[T, Any]](), dict[str, list[T]]()
    for node in case.nodes:
        current().enter(node.name)
        z = _of_node(node.name, leaf, arrays)
        z.cuts = cuts
        inputs = [leaf[name] if name in leaf else Y[name] for name in node.inputs]
        traces = ops[node.op](z, *inputs, **node.options)
        answer |= {f"exp/{node.name}.{name}": trace.v for name, trace in traces.items()}
        Y[node.name] = next(traces[name] for name in OUTPUTS if name in traces)
        finals = {f"up/{node.name}.{name}T": state for name, state in z.final.items()}
        seeds += [(state, arrays[name]) for name, state in finals.items() if name in arrays]
        steps |= {f"dbg/{node.name}.{name}": parts for name, parts in z.adjoints.items()}
    last = case.nodes[-1].name
    is_loss = f"exp/{last}.loss" in answer
    seeds.append((Y[last], current().make(1.0) if is_loss else arrays[f"up/{last}.Y"]))
    backward(seeds)
    varied = (n for n, a in arrays.items() if n.startswith(("par/", "in/")) and _is_real(n, a))
    answer |= {f"grad/{name}": leaf[name].gradient for name in varied}
    return answer | {
        name: np.stack([part.gradient for part in parts], axis=1) for name, parts in steps.items()
    }


def _of_node(name: str, leaf: Mapping[str, T], arrays: Arrays) -> SimpleNamespace:
    """What an operation reads beside its inputs, and where it says what else it computes."""

    def own(prefix: str, values: Mapping[str, Any], after: str = "") -> dict[str, Any]:
        start = f"{prefix}/{name}."
        found = {k.removeprefix(start): a for k, a in values.items() if k.startswith(start)}
        return {k.removesuffix(after): a for k, a in found.items()}

    return SimpleNamespace(
        parameters=own("par", leaf),
        constants=own("fix", leaf),
        states=own("in", leaf, "0"),
        gates=own("gate", arrays),
        y=arrays.get("in/y"),
        final={},
        adjoints={},
    )


def _is_real(name: str, array: Any) -> bool:
    kind = array.dtype.kind if hasattr(array, "dtype") else "f"
    return kind not in "biu" and not name.startswith("gate/")


def _train(case: Case, arrays: Arrays, answer: Arrays, ops: Mapping[str, Any]) -> Arrays:
    """Train a case on its own batch: the losses before each step, the parameters after one."""
    o = {**DEFAULTS, **(case.optimizer or {})}
    loss = f"exp/{case.nodes[-1].name}.loss"
    parameters = [name for name in arrays if name.startswith("par/")]
    kept: dict[str, Arrays] = {name: {} for name in parameters}
    curve, first = [answer[loss]], Arrays()
    for t in range(1, max(o["steps"], 2)):
        arrays = arrays | {
            n: OPTIMIZERS[o["name"]](arrays[n], answer[f"grad/{n}"], kept[n], o, t)
            for n in parameters
        }
        first = first or {f"step1/{n.removeprefix('par/')}": arrays[n] for n in parameters}
        if t < o["steps"]:
            answer = _run_once(case, arrays, ops)
            curve.append(answer[loss])
    return first | {"exp/curve": np.stack(curve)}
