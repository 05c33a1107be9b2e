"""Read a NIR neuron node: checked arrays of one dtype, and our metadata."""

from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import as_array, check_float_array
from liaf_ref.interop.nir_euler import (
    ConversionOptions,
    DiscreteNeurons,
    NodeFields,
    from_nir_fields,
    input_gain,
)
from liaf_ref.interop.nir_metadata import STORED_KEYS, V0_KEY, metadata_array, metadata_neurons
from liaf_ref.interop.nir_range import NEURON_FIELDS, check_tau, unreachable_threshold
from liaf_ref.kernels.array import Array


class NeuronNode(NamedTuple):
    """A NIR neuron node."""

    node: Any
    source: str
    fields: NodeFields
    v0: Array | None  # NIR's potential before the first step, if in the metadata
    stored_params: DiscreteNeurons | None  # our own parameters, if in the metadata and still valid

    @property
    def kind(self) -> str:
        """LIF, IF, LI or I."""
        return type(self.node).__name__

    @property
    def fires(self) -> bool:
        """Whether it has a threshold."""
        return "v_threshold" in self.fields

    def initial_potential(self, initial: str | None) -> Array:
        """NIR's potential before the first step: the stored or the requested one."""
        zero = np.zeros_like(self.fields["r"])
        if initial is None:
            return zero if self.v0 is None else self.v0
        if initial != "zero" and initial not in self.fields:
            reason = f"expected 'zero' or a field of the {self.kind} node, got {initial!r}"
            raise InputError.for_argument("initial_potential", self.source, reason)
        return self.fields.get(initial, zero)

    def to_discrete(self, initial: str | None, options: ConversionOptions) -> DiscreteNeurons:
        """Convert to our neurons."""
        v0 = self.initial_potential(initial)
        if self.stored_params is not None:
            p = self.stored_params
            return p if initial is None else p._replace(V0=p.alpha * v0 + p.beta)
        if self.fires:
            with np.errstate(over="ignore"):
                return from_nir_fields(self.fields, v0, options)
        never = np.full_like(v0, unreachable_threshold(v0.dtype))
        silent = self.fields | {"v_threshold": never, "v_reset": np.zeros_like(v0)}
        return from_nir_fields(silent, v0, options._replace(exact_threshold=False))

    def residual_gain(self, options: ConversionOptions) -> Array:
        """The factor for the weights in front; exactly 1 if it is 1 up to rounding."""
        factor = input_gain(self.fields, options)
        one = np.abs(factor - 1) <= 2 * np.finfo(factor.dtype).eps  # four roundings
        return np.where(one, 1, factor).astype(factor.dtype)


def read_neuron_node(node: Any, dtype: Any, dt: float, source: str) -> NeuronNode:
    """Check the arrays of a node and convert them to one dtype."""
    names = NEURON_FIELDS[type(node).__name__]
    stored = {name: as_array(name, getattr(node, name), source) for name in names}
    shape = stored["r"].shape
    if len(shape) not in {1, 3}:
        raise InputError.for_argument(
            "r", source, f"expected shape (L,) or (L, H, W), got shape {shape}"
        )
    fields = {
        name: check_float_array(name, value.astype(dtype), shape, source)
        for name, value in stored.items()
    }
    if "tau" in fields:
        check_tau(fields["tau"], dt, source)
    _check_metadata(node, stored["r"], source)
    v0 = metadata_array(node, V0_KEY, stored["r"])
    noted = metadata_neurons(node, stored, dt)
    if noted is not None:
        noted = DiscreteNeurons(*(value.astype(dtype) for value in noted))
    return NeuronNode(node, source, fields, None if v0 is None else v0.astype(dtype), noted)


def _check_metadata(node: Any, like: Array, source: str) -> None:
    """Refuse metadata with a value that is not finite."""
    for name in STORED_KEYS:
        value = metadata_array(node, name, like)
        if value is not None:
            native = value.astype(value.dtype.newbyteorder("="))
            check_float_array(name, native, like.shape, source)
