"""Another number of frames than the scale has, binary frames, and frames shuffled in time."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import InputError
from liaf_ref._core.text import short_text
from liaf_ref._core.validation import check_int, check_positive_int
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
        network_config=replace(settings.network_config, steps=T),
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


DEFAULT_FOLDS = 5
Indices = NDArray[np.int64]


def check_fold(fold: int | None, folds: int | None, where: str) -> None:
    """Refuse an invalid fold, and a number of folds without a fold."""
    if folds is not None:
        check_int("folds", folds, where, 2, 1000)
        if fold is None:
            raise InputError.for_argument(
                "folds",
                where,
                f"expected `fold` too, the fold to test on, got folds {short_text(folds)} alone",
            )
    if fold is not None:
        check_int("fold", fold, where, 1, folds or DEFAULT_FOLDS)


def split_per_class(
    labels: Indices, each: int, rng: np.random.Generator, where: str
) -> tuple[Indices, Indices]:
    """Return the indices of the rest, and of ``each`` recordings of every class."""
    fewest = int(np.bincount(labels.astype(np.intp, copy=False)).min())
    if each >= fewest:
        reason = f"expected fewer than the {fewest} training recordings of a class, got {each}"
        if fewest == 1:
            reason = f"expected no value, as a class has only one training recording, got {each}"
        raise InputError.for_argument("validation_per_class", where, reason)
    drawn = [rng.permutation(np.flatnonzero(labels == label))[:each] for label in np.unique(labels)]
    held = np.isin(np.arange(len(labels)), np.concatenate(drawn))
    return np.flatnonzero(~held), np.flatnonzero(held)


def split_fold(labels: Indices, fold: int, folds: int, seed: int) -> tuple[Indices, Indices]:
    """Return the indices of the other folds, and of the fold that is held out."""
    rng = np.random.default_rng([seed, 3])
    dealt = np.empty(len(labels), np.int64)
    order = np.concatenate(
        [rng.permutation(np.flatnonzero(labels == label)) for label in np.unique(labels)]
    )
    dealt[order] = np.arange(len(labels)) % folds
    held = dealt == fold - 1
    return np.flatnonzero(~held), np.flatnonzero(held)
