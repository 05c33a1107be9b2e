"""Metadata of NIR nodes: our own parameters, as NIR's are rounded."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from liaf_ref.interop.nir_euler import (
    ConversionOptions,
    DiscreteNeurons,
    NodeFields,
    has_leak,
    nir_initial_potential,
    to_nir_fields,
)
from liaf_ref.kernels.array import Array

METADATA_KEY = "liaf_ref"
V0_KEY = "v0"  # NIR's potential before the first step
STORED_KEYS = (*DiscreteNeurons._fields, V0_KEY)
VERSION = 1
STEP_DESCRIPTION = "forward Euler, threshold, reset"


def graph_metadata(options: ConversionOptions) -> dict[str, Any]:
    """Metadata of a graph."""
    return {METADATA_KEY: {"version": VERSION, "dt": options.dt, "step": STEP_DESCRIPTION}}


def neuron_metadata(p: DiscreteNeurons, options: ConversionOptions, **extra: str) -> dict[str, Any]:
    """Metadata of a neuron node: our parameters, and the options of the conversion."""
    how = {
        "fires_at_equality": 1,
        "threshold_moved": int(options.exact_threshold),
        "gain_folded": int(options.fold_gain),
    }
    return {METADATA_KEY: {**p._asdict(), V0_KEY: nir_initial_potential(p), **how, **extra}}


def read_metadata(node: Any) -> Mapping[str, Any]:
    """Return our metadata of a node or graph; empty if there is none."""
    metadata = node.metadata if isinstance(node.metadata, Mapping) else {}
    found = metadata.get(METADATA_KEY)
    return found if isinstance(found, Mapping) else {}


def metadata_dt(graph: Any) -> Any:
    """The time step in our metadata of a graph, or 1."""
    return read_metadata(graph).get("dt", 1.0)


def metadata_array(node: Any, name: str, like: Array) -> Array | None:
    """Return an array of the metadata if it has the shape and dtype of ``like``."""
    value = read_metadata(node).get(name)
    fits = isinstance(value, np.ndarray) and (value.dtype, value.shape) == (like.dtype, like.shape)
    return value if fits else None


def metadata_neurons(node: Any, fields: NodeFields, dt: float) -> DiscreteNeurons | None:
    """Return the neurons in the metadata, if they still match the fields of the node."""
    like = fields["r"]
    values = [metadata_array(node, name, like) for name in STORED_KEYS]
    found = [value for value in values if value is not None]
    if len(found) < len(values):
        return None
    *numbers, v0 = found
    p = DiscreteNeurons(*numbers)
    rule = ConversionOptions(
        dt, _metadata_flag(node, "threshold_moved"), _metadata_flag(node, "gain_folded")
    )
    with np.errstate(all="ignore"):
        again = to_nir_fields(p, rule) | {V0_KEY: nir_initial_potential(p)}
    text = fields | {V0_KEY: v0}
    same = has_leak(p) == ("tau" in fields) and all(
        name in again and _equal_bits(again[name], value) for name, value in text.items()
    )
    return p if same else None


def _metadata_flag(node: Any, name: str) -> bool:
    return bool(read_metadata(node).get(name))


def _equal_bits(a: Array, b: Array) -> bool:
    return a.dtype == b.dtype and a.tobytes() == b.tobytes()
