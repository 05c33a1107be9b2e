"""Another number of frames than the scale has, binary frames, and frames shuffled in time."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_positive_int
from liaf_ref.experiments.dvs.scales import ScaleSettings

FRAME_ORDERS = ("recorded", "shuffled")
FRAME_VALUES = ("counts", "binary")


def rebin_frames(settings: ScaleSettings, frames: int, where: str) -> ScaleSettings:
    """Divide the same span of time into another number of frames."""
    T = check_positive_int("frames", frames, where)
    span = settings.preprocessing.time_window * settings.preprocessing.T
    if span % T:
        reason = f"expected a divisor of {span}, the length of a recording in μs, got {T}"
        raise InputError.for_argument("frames", where, reason)
    return settings._replace(
        preprocessing=replace(settings.preprocessing, time_window=span // T, T=T),
        network_config=settings.network_config._replace(steps=T),
    )


def draw_frame_orders(N: int, T: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw a random order of the T frames for each of N recordings."""
    return rng.permuted(np.tile(np.arange(T), (N, 1)), axis=1)


def reorder_frames(counts: NDArray[Any], orders: NDArray[np.int64]) -> NDArray[Any]:
    """Bring the frames of each recording into its order."""
    mixed: NDArray[Any] = counts[np.arange(len(counts))[:, None], orders]
    return mixed


def frame_values(counts: NDArray[Any], events: str | None) -> NDArray[Any]:
    """The values of frames: counts of events by default, or 1 where there are any."""
    return np.minimum(counts, 1) if events == "binary" else counts
