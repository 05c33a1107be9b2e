"""A NIR node with neurons, read: checked arrays of one dtype, and what we noted beside it."""

from typing import Any, NamedTuple

import numpy as np

from liaf_ref.door import as_array, check_float
from liaf_ref.errors import InputError
from liaf_ref.interop.discrete import Discrete, Fields, Rule, from_fields, gain
from liaf_ref.interop.nir_range import NEURONS, check_tau, silent_threshold
from liaf_ref.interop.notes import FIRST, NOTED, noted_array, noted_neurons
from liaf_ref.kernels.array import Array


class NeuronNode(NamedTuple):
    """One node."""

    node: Any
    source: str
    fields: Fields
    v0: Array | None  # NIR's potential before the first step, if noted
    noted: Discrete | None  # our own numbers, if noted and still true

    @property
    def kind(self) -> str:
        """LIF, IF, LI or I."""
        return type(self.node).__name__

    @property
    def fires(self) -> bool:
        """Whether it has a threshold."""
        return "v_threshold" in self.fields

    def first(self, start: str | None) -> Array:
        """NIR's potential before the first step, as noted or as asked for."""
        zero = np.zeros_like(self.fields["r"])
        if start is None:
            return zero if self.v0 is None else self.v0
        if start != "zero" and start not in self.fields:
            reason = f"expected what a {self.kind} node has, got {start!r}"
            raise InputError.of("start", self.source, reason)
        return self.fields.get(start, zero)

    def neurons(self, start: str | None, rule: Rule) -> Discrete:
        """The neurons it stands for."""
        v0 = self.first(start)
        if self.noted is not None:
            p = self.noted
            return p if start is None else p._replace(V0=p.alpha * v0 + p.beta)
        if self.fires:
            with np.errstate(over="ignore"):
                return from_fields(self.fields, v0, rule)
        never = np.full_like(v0, silent_threshold(v0.dtype))
        silent = self.fields | {"v_threshold": never, "v_reset": np.zeros_like(v0)}
        return from_fields(silent, v0, rule._replace(exact=False))

    def excess(self, rule: Rule) -> Array:
        """What the weights in front are to be multiplied by; 1 but for rounding is 1."""
        factor = gain(self.fields, rule)
        one = np.abs(factor - 1) <= 2 * np.finfo(factor.dtype).eps  # four roundings
        return np.where(one, 1, factor).astype(factor.dtype)


def read_neurons(node: Any, dtype: Any, dt: float, source: str) -> NeuronNode:
    """Check a node's arrays and bring them to one dtype.

    Parameters
    ----------
    node : nir.LIF, nir.IF, nir.LI or nir.I
        The node.
    dtype : dtype
        Of the parameters it is read for.
    dt : float
        Length of a time step.
    source : str
        Names the node in messages.

    Returns
    -------
    NeuronNode
        With fields of that dtype.

    Raises
    ------
    InputError
        On a wrong shape, a non-finite value, noted or not, or a time constant below the time
        step.
    """
    names = NEURONS[type(node).__name__]
    stored = {name: as_array(name, getattr(node, name), source) for name in names}
    shape = stored["r"].shape
    if len(shape) not in {1, 3}:
        raise InputError.of("r", source, f"expected shape (L,) or (L, H, W), got shape {shape}")
    fields = {
        name: check_float(name, value.astype(dtype), shape, source)
        for name, value in stored.items()
    }
    if "tau" in fields:
        check_tau(fields["tau"], dt, source)
    _check_notes(node, stored["r"], source)
    v0 = noted_array(node, FIRST, stored["r"])
    noted = noted_neurons(node, stored, dt)
    if noted is not None:
        noted = Discrete(*(value.astype(dtype) for value in noted))
    return NeuronNode(node, source, fields, None if v0 is None else v0.astype(dtype), noted)


def _check_notes(node: Any, like: Array, source: str) -> None:
    """Refuse a value among the notes that is not finite."""
    for name in NOTED:
        value = noted_array(node, name, like)
        if value is not None:
            native = value.astype(value.dtype.newbyteorder("="))
            check_float(name, native, like.shape, source)
