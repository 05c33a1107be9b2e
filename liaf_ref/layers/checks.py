"""What every layer refuses, and networks too: foreign tapes, forms, states, seeds, pairs."""

import sys
from typing import Any, TypeVar

import numpy as np

from liaf_ref.door import (
    check_float,
    check_floating,
    check_generator,
    check_instance,
    check_number,
    check_positive,
    check_whole,
)
from liaf_ref.door.values import describe, shown
from liaf_ref.errors import InputError
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Pad, Size
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import Window
from liaf_ref.layers.forms import Forms, forms_for

Written = TypeVar("Written", bound=Any)
State = tuple[Array, ...]


def check_tape(tape: object, kind: type[Written], owner: Any) -> Written:
    """Refuse anything but a tape that the owner's ``forward`` returned.

    Parameters
    ----------
    tape : object
        What came.
    kind : type
        The owner's tapes; their field ``owner`` says who wrote them.
    owner : object
        The layer or network that is to read it; its ``source`` names it.

    Returns
    -------
    Tape
        ``tape`` itself.

    Raises
    ------
    InputError
        If it is no such tape, or another layer's or network's.
    """
    source = f"{owner.source} (backward)"
    written = check_instance("tape", tape, kind, source, "what forward returned")
    writer: Any = written.owner
    if writer is not owner and writer != owner:
        name = getattr(writer, "source", "apply, which goes with adjoint")
        other = " with other options" if name == owner.source else ""
        raise InputError.of("tape", source, f"expected its own, got that of {name}{other}")
    return written


def check_forms(forms: object, dtype: Any, source: str) -> Forms:
    """Choose the forms for a dtype, unless they are given.

    Parameters
    ----------
    forms : object
        What came; None to have them chosen.
    dtype : dtype
        That of the parameters.
    source : str
        What is to run in them.

    Returns
    -------
    Forms
        As given, or as :func:`forms_for` chooses them.

    Raises
    ------
    InputError
        If ``forms`` is something else.
    """
    if forms is None:
        return forms_for(dtype)
    return check_instance("forms", forms, Forms, source, "DEFINITION, FAST or other Forms")


def check_state(name: str, state: object, zero: State, source: str) -> State:
    """Refuse anything but a state like the one given, or None for that one.

    Parameters
    ----------
    name, source : str
        For the message.
    state : object
        What came.
    zero : tuple of ndarray
        What it is to be like.

    Returns
    -------
    tuple of ndarray
        The state.

    Raises
    ------
    InputError
        If it is no tuple, or on a wrong number, shape or dtype, or a non-finite entry.
    """
    if state is None:
        return zero
    if not isinstance(state, tuple) or len(state) != len(zero):
        came = f"{len(state)}" if isinstance(state, tuple) else describe(state)
        raise InputError.of(name, source, f"expected a tuple of {len(zero)} arrays, got {came}")
    return tuple(
        check_float(f"{name}[{k}]", part, like.shape, source, like.dtype)
        for k, (part, like) in enumerate(zip(state, zero, strict=True))
    )


def check_init(rng: object, dtype: object) -> tuple[np.random.Generator, np.dtype[Any]]:
    """Refuse what initial parameters cannot be drawn from or in.

    Parameters
    ----------
    rng, dtype : object
        What came.

    Returns
    -------
    rng : numpy.random.Generator
        As it came.
    dtype : dtype
        As NumPy's.

    Raises
    ------
    InputError
        If ``rng`` is no generator, or ``dtype`` neither complex nor a float of at
        least 32 bits.
    """
    source = "the initial weights"
    return check_generator("rng", rng, source), check_floating("dtype", dtype, source)


def check_start(batch: object, dtype: object) -> tuple[int, np.dtype[Any]]:
    """Refuse what a first state cannot be made of; see :meth:`Layer.start`."""
    source = "the first state"
    return check_positive("batch", batch, source), check_floating("dtype", dtype, source)


def check_pair(name: str, value: object, source: str, wanted: str) -> Pair:
    """Refuse anything but a pair of functions."""
    pair = check_instance(name, value, Pair, source, wanted)
    if not all(map(callable, pair)):
        raise InputError.of(name, source, f"expected a Pair of functions, got {shown(pair)}")
    return pair


def check_spike(name: str, value: object) -> None:
    """Refuse anything but a spike, Eq. (4), with a window that has a width, Eq. (13)."""
    pair = check_pair(name, value, "Eq. (4)", "a Pair from liaf_ref.kernels.spike")
    if isinstance(pair.slope, Window):
        check_number("mu", pair.slope.mu, "Eq. (13)", lambda mu: mu >= 0, "a finite number >= 0")


def check_sizes(name: str, value: object, count: int, source: str, least: int = 1) -> Size:
    """Refuse anything but a tuple of that many whole numbers.

    Parameters
    ----------
    name, source : str
        For the message.
    value : object
        What came.
    count : int
        How many it is to have.
    least : int
        The smallest of them allowed.

    Returns
    -------
    tuple of int
        ``value`` itself.

    Raises
    ------
    InputError
        If it is something else.
    """
    if type(value) is not tuple or len(value) != count:  # a Pair is no size
        reason = f"expected a tuple of {count} whole numbers, got {describe(value)}"
        raise InputError.of(name, source, reason)
    for size in value:
        check_whole(name, size, source, least, sys.maxsize)
    return value


def check_window(shape: Size, window: Size, pad: Pad, source: str) -> None:
    """Refuse a window that is larger than what it is to be put on.

    Parameters
    ----------
    shape : tuple of int
        ``(H, W, channels)``.
    window : tuple of int
        Its size on H and W.
    pad : tuple of tuple of int
        Zeros before and after on H and W.
    source : str
        For the message.

    Raises
    ------
    InputError
        If it fits nowhere; the least shape that would have fitted is named.
    """
    *size, channels = shape
    least = tuple(max(1, k - sum(zeros)) for k, zeros in zip(window, pad, strict=True))
    if any(n < k for n, k in zip(size, least, strict=True)):
        zeros = f" with {pad} zeros around" if any(map(any, pad)) else ""
        wanted = f"expected at least {(*least, channels)} for a window of {window}{zeros}"
        raise InputError.of("shape", source, f"{wanted}, got {shape}")
