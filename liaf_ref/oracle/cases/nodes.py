"""Nodes by what they are, so that a description reads like the network."""

from typing import Any

from liaf_ref.oracle.case import Node

GATE_COUNT = {"rnn": 1, "lstm": 4, "gru": 3, "convlstm": 4}
LIF_OPTIONS = {"act": "spike"}


def neuron(name: str, source: str, **options: Any) -> Node:
    """LIAF, or LIF with ``act="spike"``, with what is not said taken from the defaults."""
    default = {"act": "identity", "mode": "TR", "sharing": "channel", "mu": 0.5, "reset": "paper"}
    return Node(name, "neuron", (source,), default | options)


def dense(name: str, source: str, units: int, bias: bool = True) -> Node:
    """Synapses of Eq. (2)."""
    return Node(name, "dense", (source,), {"units": units, "bias": bias})


def embedding(name: str, source: str, tokens: int, width: int) -> Node:
    """A row per token."""
    return Node(name, "embedding", (source,), {"tokens": tokens, "width": width})


def op_node(op: str, name: str, *sources: str) -> Node:
    """An operation without options: rnn, lstm, gru, last, mean, concat, flatten, a loss."""
    return Node(name, op, sources, {})


def cell(kind: str, name: str, source: str, units: int, **options: Any) -> tuple[Node, Node]:
    """Synapses and dynamics: ``liaf``, ``lif``, ``rnn``, ``lstm`` or ``gru``."""
    synapses = dense(f"{name}_i", source, units * GATE_COUNT.get(kind, 1))
    if kind in GATE_COUNT:
        return synapses, op_node(kind, name, synapses.name)
    lif = LIF_OPTIONS if kind == "lif" else {}
    return synapses, neuron(name, synapses.name, **(lif | options))
