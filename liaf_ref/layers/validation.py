"""Checks of all layers and networks: tapes, kernel sets, states, seeds, pairs."""

from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.plural import count
from liaf_ref._core.validation import (
    check_float_array,
    check_float_dtype,
    check_instance,
    check_mapping,
    check_number,
    check_positive_int,
    check_rng,
)
from liaf_ref._core.validation.scalars import describe_value, short_repr
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import Window
from liaf_ref.kernels.surrogate import Arctan, Gaussian, Sigmoid, Triangle
from liaf_ref.layers.kernel_set import KernelSet, kernel_set_for

SMOOTH_SURROGATES = (Triangle, Gaussian, Sigmoid, Arctan)
TapeT = TypeVar("TapeT", bound=Any)
State = tuple[Array, ...]
SymbolicShape = tuple[int | str, ...]


class VarianceShape(tuple[int | str, ...]):
    """Shape of a buffer with no entry below 0."""


def check_tape(tape: object, tape_type: type[TapeT], owner: Any) -> TapeT:
    """Refuse anything but a tape that the owner's ``forward`` returned."""
    source = f"{owner.label} (backward)"
    written = check_instance("tape", tape, tape_type, source, "the tape that forward returned")
    writer: Any = written.owner
    if writer is not owner and writer != owner:
        name = getattr(writer, "label", "_forward; pass it to _backward")
        other = " with other options" if name == owner.label else ""
        raise InputError.for_argument(
            "tape", source, f"expected the tape of its own forward, got that of {name}{other}"
        )
    return written


def resolve_kernel_set(kernel_set: object, dtype: Any, where: str) -> KernelSet:
    """Choose the kernels for a dtype, unless they are given."""
    if kernel_set is None:
        return kernel_set_for(dtype)
    return check_instance(
        "kernel_set", kernel_set, KernelSet, where, "REFERENCE, FAST or another KernelSet"
    )


def check_state(name: str, state: object, template: State, where: str) -> State:
    """Check a state against a template; None gives the template."""
    if state is None:
        return template
    if not isinstance(state, tuple) or len(state) != len(template):
        actual = f"{len(state)}" if isinstance(state, tuple) else describe_value(state)
        expected = f"expected a tuple of {count(len(template), 'array')}"
        raise InputError.for_argument(name, where, f"{expected}, got {actual}")
    return tuple(
        check_float_array(f"{name}[{k}]", part, like.shape, where, like.dtype)
        for k, (part, like) in enumerate(zip(state, template, strict=True))
    )


def check_buffers(
    buffers: object, shapes: Mapping[str, SymbolicShape], batch: int, dtype: Any, where: str
) -> dict[str, Array]:
    """Check the buffers of a layer: all buffers of one layer, or none."""
    if buffers is None:
        return {}
    arrays = check_mapping("buffers", buffers, where, "arrays by name")
    for name in arrays:
        if name not in shapes:
            names = f"the keys {', '.join(shapes)}" if shapes else "no keys"
            raise InputError.for_argument(
                "buffers", where, f"expected {names}; unknown: {short_repr(name)}"
            )
    parts = {_layer_prefix(name) for name in arrays}
    for name in shapes:
        if _layer_prefix(name) in parts and name not in arrays:
            raise InputError.for_argument(
                "buffers", where, f"expected {name} too, got only part of the buffers of its layer"
            )
    return {
        name: check_buffer(f"buffers[{name!r}]", value, shapes[name], where, dtype, batch)
        for name, value in arrays.items()
    }


def check_buffer(
    name: str,
    value: object,
    symbolic_shape: SymbolicShape,
    where: str,
    dtype: Any = None,
    batch: int | str = "B",
) -> Array:
    """Check an array of these axes; with a :class:`VarianceShape`, none below 0."""
    shape = tuple(batch if axis == "B" else axis for axis in symbolic_shape)
    array = check_float_array(name, value, shape, where, dtype)
    if isinstance(symbolic_shape, VarianceShape) and (below := np.argwhere(array.real < 0)).size:
        index = tuple(map(int, below[0]))
        reason = f"expected a variance, >= 0, got {array[index]} at index {index}"
        raise InputError.for_argument(name, where, reason)
    return array


def _layer_prefix(name: str) -> str:
    return name.rpartition(".")[0]


def check_init_arguments(rng: object, dtype: object) -> tuple[np.random.Generator, np.dtype[Any]]:
    """Check generator or seed, and dtype, of initial parameters."""
    source = "the initial weights"
    return check_rng("rng", rng, source), check_float_dtype("dtype", dtype, source)


def check_initial_state_arguments(batch: object, dtype: object) -> tuple[int, np.dtype[Any]]:
    """Check the arguments of :meth:`Layer.initial_state`."""
    source = "the first state"
    return check_positive_int("batch", batch, source), check_float_dtype("dtype", dtype, source)


def check_pair(name: str, value: object, where: str, expected: str) -> Pair:
    """Refuse anything but a pair of functions."""
    pair = check_instance(name, value, Pair, where, expected)
    if not all(map(callable, pair)):
        raise InputError.for_argument(
            name, where, f"expected a Pair of functions, got {short_repr(pair)}"
        )
    return pair


def check_spike(name: str, value: object) -> None:
    """Refuse anything but a spike, Eq. (4), with a window that has a width, Eq. (13)."""
    pair = check_pair(name, value, "Eq. (4)", "a Pair from liaf_ref.kernels.spike")
    if isinstance(pair.slope, Window):
        check_number("mu", pair.slope.mu, "Eq. (13)", lambda mu: mu >= 0, "a finite number >= 0")
    elif isinstance(pair.slope, SMOOTH_SURROGATES):
        # (x / mu): a shape without width has no value at the threshold, as the window has
        check_number("mu", pair.slope.mu, "Eq. (13)", lambda mu: mu > 0, "a finite number > 0")
