"""What we note beside a NIR node: our own numbers, where NIR's are rounded."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from liaf_ref.interop.discrete import Discrete, Fields, Rule, first_potential, leaks, to_fields
from liaf_ref.kernels.array import Array

KEY = "liaf_ref"
FIRST = "v0"  # NIR's potential before the first step
NOTED = (*Discrete._fields, FIRST)
VERSION = 1
STEP = "forward Euler, threshold, reset"


def graph_notes(rule: Rule) -> dict[str, Any]:
    """What is noted beside a graph."""
    return {KEY: {"version": VERSION, "dt": rule.dt, "step": STEP}}


def neuron_notes(p: Discrete, rule: Rule, **more: str) -> dict[str, Any]:
    """What is noted beside neurons: their own numbers, and how NIR's were made of them."""
    how = {
        "fires_at_equality": 1,
        "threshold_moved": int(rule.exact),
        "gain_folded": int(rule.fold),
    }
    return {KEY: {**p._asdict(), FIRST: first_potential(p), **how, **more}}


def notes(node: Any) -> Mapping[str, Any]:
    """What we noted beside a node or a graph; empty if it is not ours."""
    metadata = node.metadata if isinstance(node.metadata, Mapping) else {}
    found = metadata.get(KEY)
    return found if isinstance(found, Mapping) else {}


def noted_step(graph: Any) -> Any:
    """The time step a graph of ours was written with, or 1."""
    return notes(graph).get("dt", 1.0)


def noted_array(node: Any, name: str, like: Array) -> Array | None:
    """A noted array if it is there and fits the node's fields."""
    value = notes(node).get(name)
    fits = isinstance(value, np.ndarray) and (value.dtype, value.shape) == (like.dtype, like.shape)
    return value if fits else None


def noted_neurons(node: Any, fields: Fields, dt: float) -> Discrete | None:
    """The neurons noted beside a node, if the node still says the same.

    Parameters
    ----------
    node : NIRNode
        With neurons.
    fields : dict of str to ndarray
        What it holds.
    dt : float
        Length of a time step.

    Returns
    -------
    Discrete or None
        ``None`` if not all is noted, or writing what is noted would not give the node's
        fields and v0 bit for bit: then somebody has changed them, and they count.
    """
    like = fields["r"]
    values = [noted_array(node, name, like) for name in NOTED]
    found = [value for value in values if value is not None]
    if len(found) < len(values):
        return None
    *numbers, v0 = found
    p = Discrete(*numbers)
    rule = Rule(dt, _noted_flag(node, "threshold_moved"), _noted_flag(node, "gain_folded"))
    with np.errstate(all="ignore"):
        again = to_fields(p, rule) | {FIRST: first_potential(p)}
    said = fields | {FIRST: v0}
    same = leaks(p) == ("tau" in fields) and all(
        name in again and _equal(again[name], value) for name, value in said.items()
    )
    return p if same else None


def _noted_flag(node: Any, name: str) -> bool:
    return bool(notes(node).get(name))


def _equal(a: Array, b: Array) -> bool:
    return a.dtype == b.dtype and a.tobytes() == b.tobytes()
