"""Frames cut otherwise than the scale says, and shuffled in time."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liaf_ref.door import check_positive
from liaf_ref.errors import InputError
from liaf_ref.experiments.vision.sizes import Sizes

ORDERS = ("recorded", "shuffled")


def recut(sizes: Sizes, frames: int, source: str) -> Sizes:
    """Cut the same span of time into another number of frames.

    Parameters
    ----------
    sizes : Sizes
        The scale's own.
    frames : int
        How many; the span in μs is to be a multiple of it.
    source : str
        The run.

    Returns
    -------
    Sizes
        With frames and network of as many steps.

    Raises
    ------
    InputError
        If it is no such number.
    """
    T = check_positive("frames", frames, source)
    span = sizes.preparation.window * sizes.preparation.T
    if span % T:
        reason = f"expected a divisor of the {span} μs that a network is shown, got {T}"
        raise InputError.of("frames", source, reason)
    return sizes._replace(
        preparation=replace(sizes.preparation, window=span // T, T=T),
        setting=sizes.setting._replace(steps=T),
    )


def shuffled(counts: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    """Shuffle frames in time, each recording's in an order of its own.

    Parameters
    ----------
    counts : ndarray, shape (N, T, ...)
        Frames.
    rng : numpy.random.Generator
        Draws the orders.

    Returns
    -------
    ndarray, shape (N, T, ...)
        The same frames of each recording.
    """
    N, T = counts.shape[:2]
    order = rng.permuted(np.tile(np.arange(T), (N, 1)), axis=1)
    mixed: NDArray[Any] = counts[np.arange(N)[:, None], order]
    return mixed
