"""Nodes by what they are, with the op table's defaults, so that a specification reads like code."""

from collections.abc import Callable, Iterable
from itertools import product
from typing import Any

from liaf_ref.oracle.case import Node
from liaf_ref.oracle.opset import OPS
from liaf_ref.oracle.shapes import input_channels

LIF_OPTIONS = {"act": "spike"}
SHARINGS = OPS["neuron"].options["sharing"].values
CELLS = ("liaf", "lif", "rnn", "lstm", "gru")


def op_node(op: str, name: str, *sources: str, **options: Any) -> Node:
    """A node of any operation."""
    defaults = {name: _as_json(option.default) for name, option in OPS[op].options.items()}
    return Node(name, op, sources, defaults | options)


def _as_json(value: Any) -> Any:
    return [_as_json(part) for part in value] if isinstance(value, tuple) else value


def _builder(op: str) -> Callable[..., Node]:
    """Make nodes of one operation, its options in the order of the table or by name."""

    def build(name: str, source: str, *values: Any, **options: Any) -> Node:
        by_position = dict(zip(OPS[op].options, values, strict=False))
        return op_node(op, name, source, **by_position, **options)

    return build


dense, embedding, neuron = _builder("dense"), _builder("embedding"), _builder("neuron")
conv, conv3d, convlstm = _builder("conv"), _builder("conv3d"), _builder("convlstm")
layer_norm, batch_norm = _builder("layer_norm"), _builder("batch_norm")
dropout, act = _builder("dropout"), _builder("act")


def pool(
    op: str,
    name: str,
    source: str,
    size: tuple[int, int] = (2, 2),
    stride: tuple[int, int] | None = None,
) -> Node:
    """``average_pool`` or ``max_pool``; by default the stride is the window size."""
    return op_node(op, name, source, size=[*size], stride=[*(stride or size)])


def neuron_outputs(acts: Iterable[str]) -> tuple[dict[str, Any], ...]:
    """Spikes, and activations of U - V_th and of U."""
    analog = ({"act": act, "mode": mode} for act, mode in product(acts, ("TR", "NTR")))
    return {"act": "spike", "mode": "TR"}, *analog


def neuron_name(options: dict[str, Any]) -> str:
    """A neuron's options as a part of a case's name."""
    act = "lif" if options["act"] == "spike" else f"{options['act']}_{options['mode'].lower()}"
    return f"{act}_{options['sharing']}_mu{round(1000 * options['mu']):04}"


def cell(kind: str, name: str, source: str, units: int, **options: Any) -> tuple[Node, Node]:
    """Synapses and dynamics: one of :data:`CELLS`; the options are a neuron's."""
    if kind in OPS:
        synapses = dense(f"{name}_i", source, input_channels(kind, units))
        return synapses, op_node(kind, name, synapses.name)
    lif = LIF_OPTIONS if kind == "lif" else {}
    synapses = dense(f"{name}_i", source, units)
    return synapses, neuron(name, synapses.name, **(lif | options))
