"""Events of the package tonic come in as they are, and ours go through its transforms."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from liaf_ref.data.events import (
    EVENT,
    Preprocessing,
    check_events,
    crop,
    crop_at_median,
    downsample,
    events_to_frames,
    slice_by_time,
)
from liaf_ref.data.events.datasets.recordings import Recording, RecordingDataset

from .writers import make_event_array, nmnist

COUNT, SIZE, WINDOW, FRAMES = 3000, (30, 34), 5000, 20  # (H, W): not square, so that a swap shows
RNG = np.random.default_rng(0)
SENT = make_event_array(
    np.sort(RNG.integers(0, WINDOW * FRAMES, COUNT)),
    *(RNG.integers(0, n, COUNT) for n in (SIZE[1], SIZE[0], 2)),
)
# What tonic 1.7 names as the dtype of a data set's events.
KINDS: dict[str, Any] = {
    "io, DSEC": [("x", "i2"), ("y", "i2"), ("t", "i8"), ("p", "?")],
    "DVSGesture, DVSLip": [("x", "i2"), ("y", "i2"), ("p", "?"), ("t", "i8")],
    "NMNIST, NCALTECH101, MVSEC": [("x", int), ("y", int), ("t", int), ("p", int)],
    "ASLDVS, POKERDVS, DAVISDATA": [("t", int), ("x", int), ("y", int), ("p", int)],
    "CIFAR10DVS": [("t", "u8"), ("x", "u2"), ("y", "u2"), ("p", "?")],
    "NERDD": [("t", "i4"), ("x", "i2"), ("y", "i2"), ("p", "?")],
    "expelliarmus": [("t", "i8"), ("x", "i2"), ("y", "i2"), ("p", "u1")],
    "int32": [("x", "i4"), ("y", "i4"), ("t", "u4"), ("p", "i1")],
}


def of_kind(kind: str) -> Any:
    events = np.zeros(COUNT, KINDS[kind])
    for field in "txyp":
        events[field] = SENT[field]
    return events


@pytest.mark.parametrize("kind", KINDS)
def test_any_data_set_drops_in(kind: str) -> None:
    theirs = of_kind(kind)
    before = theirs.copy()
    assert (check_events("events", theirs, "test") == SENT).all()
    assert (slice_by_time(theirs, 100, 9000) == slice_by_time(SENT, 100, 9000)).all()
    assert (crop(theirs, 3, 4, (9, 8)) == crop(SENT, 3, 4, (9, 8))).all()
    assert (crop_at_median(theirs, SIZE, (9, 8)) == crop_at_median(SENT, SIZE, (9, 8))).all()
    assert (downsample(theirs, 2) == downsample(SENT, 2)).all()
    ours = events_to_frames(SENT, SIZE, WINDOW, FRAMES, 0)
    assert (events_to_frames(theirs, SIZE, WINDOW, FRAMES, 0) == ours).all()
    preparation = Preprocessing(SIZE, WINDOW, 4, crop=(20, 20), downsampling=2)
    assert (preparation.to_frames(theirs) == preparation.to_frames(SENT)).all()
    assert (theirs == before).all()


@pytest.fixture
def tonic() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what tonic itself imports
        return pytest.importorskip("tonic", reason="tonic is not installed; make peers brings it")


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Any, int]:
    """Events and label as the loaders of data sets give them."""
    path = tmp_path / "00001.bin"
    path.write_bytes(nmnist(SENT))
    recording = Recording(path, 3, path.name, "n-mnist")
    return RecordingDataset("N-MNIST", tuple("0123456789"), (34, 34), (recording,))[0]


def test_the_dtype_is_the_one_of_its_own_readers(tonic: Any) -> None:
    assert tonic.io.events_struct == EVENT


@pytest.mark.parametrize(
    "name", ["DVSGesture", "NMNIST", "CIFAR10DVS", "NCALTECH101", "ASLDVS", "POKERDVS", "NERDD"]
)
def test_the_data_sets_have_the_kinds_listed(tonic: Any, name: str) -> None:
    dtype = getattr(tonic.datasets, name).dtype
    (listed,) = [np.dtype(kind) for names, kind in KINDS.items() if name in names.split(", ")]
    assert dtype == listed


@pytest.mark.parametrize("window", [WINDOW, 7001])
def test_frames_are_equal(tonic: Any, pair: tuple[Any, int], window: int) -> None:
    """Its frames are (T, P, H, W), begin at the first event and leave out one cut short."""
    events, label = pair
    sensor = (SIZE[1], SIZE[0], 2)
    theirs = tonic.transforms.ToFrame(sensor, time_window=window)(events)
    start = int(events["t"][0])
    ours = events_to_frames(events, SIZE, window, len(theirs), start, dtype=np.int64)
    assert label == 3
    assert len(theirs) == (int(events["t"][-1]) - start) // window
    assert (theirs.transpose(0, 2, 3, 1) == ours).all()
    assert ours.sum() == (events["t"] < start + window * len(theirs)).sum()


@pytest.mark.parametrize("kind", KINDS)
def test_transformed_events_come_back(tonic: Any, kind: str) -> None:
    transforms = tonic.transforms
    sensor = (SIZE[1], SIZE[0], 2)
    chain = transforms.Compose(
        [
            transforms.Denoise(filter_time=20_000),
            transforms.CenterCrop(sensor, (20, 16)),
            transforms.RandomFlipLR((20, 16, 2), p=1.0),
            transforms.CropTime(0, 60_000),
        ]
    )
    theirs = chain(of_kind(kind))
    ours = chain(SENT.copy())
    assert 0 < len(theirs) < COUNT
    assert (check_events("events", theirs, "test") == ours).all()
    assert events_to_frames(theirs, (16, 20), WINDOW, 12, 0).sum() == (ours["t"] < 60_000).sum()


def test_a_centre_crop_is_ours(tonic: Any, pair: tuple[Any, int]) -> None:
    events, _ = pair
    theirs = tonic.transforms.CenterCrop((34, 30, 2), (20, 16))(events.copy())
    assert (theirs == crop(events, 7, 7, (16, 20))).all()
