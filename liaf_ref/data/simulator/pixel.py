"""The DVS pixel: an event whenever the logarithm of the intensity has changed by a threshold.

A pixel stores the level r of its last reset.  The log intensity L is interpolated linearly
between two given levels.  When L - r reaches the ON threshold, or -(L - r) the OFF threshold, the
pixel fires and is held in reset for the refractory period; at its end, r is set to L(t)
(Lichtsteiner, Posch, Delbruck 2008; Hu, Liu, Delbruck 2021, arXiv:2006.07722).
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref.data.simulator.sensor import LogIntensity, Thresholds

Indices = NDArray[np.int64]
Times = NDArray[np.float64]


class PixelEvents(NamedTuple):
    """Events of numbered pixels."""

    t: Times  # in μs
    pixel: Indices
    p: NDArray[np.bool_]  # whether the pixel became brighter


class RefractoryPixels(NamedTuple):
    """Pixels held in reset, and the end of the reset: int64 and float64 of shape (M,)."""

    pixel: Indices
    until: Times


class LinearSegment(NamedTuple):
    """The linear segment from level ``L0`` at ``t0`` to ``L1`` at ``t1``."""

    t0: float
    t1: float
    L0: LogIntensity
    L1: LogIntensity


def generate_events(
    log_intensities: Iterable[LogIntensity],
    times: Times,
    thresholds: Thresholds,
    refractory_period: float,
) -> PixelEvents:
    """Convert log intensities over time to events."""
    found: list[PixelEvents] = []
    held = RefractoryPixels(np.empty(0, np.int64), np.empty(0))
    reset: LogIntensity | None = None
    for (t0, L0), (t1, L1) in pairwise(zip(times.tolist(), log_intensities, strict=True)):
        if reset is None:
            reset, difference = L0.copy(), np.empty_like(L0)
            darker = -thresholds.off
        step = LinearSegment(t0, t1, L0, L1)
        held = _end_refractory_periods(held, step, reset)
        np.subtract(L1, reset, out=difference)
        crossed = np.flatnonzero((difference >= thresholds.on) | (difference <= darker))
        if len(crossed):
            more = list(_threshold_crossings(crossed, step, reset, thresholds, refractory_period))
            found += [fired for fired, _ in more]
            held = RefractoryPixels(
                *map(np.concatenate, zip(held, *(saved for _, saved in more), strict=True))
            )
    return PixelEvents(*map(np.concatenate, zip(*found, strict=True))) if found else NO_EVENTS


NO_EVENTS = PixelEvents(np.empty(0), np.empty(0, np.int64), np.empty(0, bool))


def _end_refractory_periods(
    held: RefractoryPixels, step: LinearSegment, reset: LogIntensity
) -> RefractoryPixels:
    """Reset the pixels whose refractory period ends in this step."""
    over = held.until < step.t1
    pixel, stay = held.pixel[over], held.pixel[~over]
    share = ((held.until[over] - step.t0) / (step.t1 - step.t0)).astype(np.float32)
    start = step.L0[pixel]
    reset[pixel] = start + share * (step.L1[pixel] - start)
    reset[stay] = step.L1[stay]
    return RefractoryPixels(stay, held.until[~over])


def _threshold_crossings(
    pixel: Indices,
    step: LinearSegment,
    reset: LogIntensity,
    thresholds: Thresholds,
    refractory_period: float,
) -> Iterator[tuple[PixelEvents, RefractoryPixels]]:
    """Events of pixels that have crossed a threshold by the end of a step."""
    t0, t1, L0, L1 = step
    while len(pixel):  # repeated for pixels where rounding gave one event too few
        start, end, r = L0.take(pixel), L1.take(pixel), reset.take(pixel)
        theta = np.where(end > r, thresholds.on.take(pixel), -thresholds.off.take(pixel))
        slope = end - start  # has the sign of theta, as no threshold was reached at the start
        each = theta + slope * np.float32(
            refractory_period / (t1 - t0)
        )  # from one reset to the next
        count = np.maximum((end - r - theta) / each, 0).astype(np.intp) + 1
        first = np.add(t0, (t1 - t0) * ((r + theta - start) / slope), dtype=np.float64)
        gap = (t1 - t0) * (each / slope)
        until = np.minimum(first + (count - 1) * gap, t1) + refractory_period
        late = until >= t1
        r = np.where(late, end, r + count.astype(np.float32) * each)
        reset[pixel] = r
        which, number = _expand_counts(count)
        t = np.minimum(np.maximum(first[which] + number * gap[which], t0), t1)
        yield (
            PixelEvents(t, pixel[which], (theta > 0)[which]),
            RefractoryPixels(pixel[late], until[late]),
        )
        pixel = pixel[~late & (np.abs(end - r) >= np.abs(theta))]


def _expand_counts(count: Indices) -> tuple[Indices | slice, Indices | int]:
    """Expand event counts: the pixel of each event, and its number within the pixel."""
    if count.max() == 1:
        return slice(None), 0
    which = np.arange(len(count)).repeat(count)
    return which, np.arange(len(which)) - (count.cumsum() - count).take(which)
