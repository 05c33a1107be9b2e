"""Frames against a plain loop, and cached ones, never half written."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.real_data import real_data_path
from liaf_ref._core.errors import FormatError, InputError
from liaf_ref.data import read_events
from liaf_ref.data.events import (
    CIFAR10_DVS,
    GESTURE,
    MNIST_DVS,
    OFF_CHANNEL,
    ON_CHANNEL,
    Preprocessing,
    cached_frames,
    crop_at_median,
    downsample,
    events_to_frames,
    slice_by_time,
)
from liaf_ref.data.events.datasets import Recording

from . import dataset_trees, writers
from .writers import event_arrays, make_event_array

SIZE = (8, 12)
windows = st.integers(1, 10**5)
some = event_arrays(SIZE, first=-500, max_size=200, pause=2000)


def by_loop(sent: Any, window: int, T: int, start: int) -> Any:
    frames = np.zeros((T, *SIZE, 2))
    for x, y, t, p in sent.tolist():
        for k in range(T):
            if start + k * window <= t < start + (k + 1) * window:
                frames[k, y, x, ON_CHANNEL if p else OFF_CHANNEL] += 1
    return frames


@given(some, windows, st.integers(1, 7), st.integers(-1000, 1000))
def test_frames_are_those_of_a_plain_loop(sent: Any, window: int, T: int, start: int) -> None:
    frames = events_to_frames(sent, SIZE, window, T, start)
    assert (frames == by_loop(sent, window, T, start)).all()


@given(some, windows, st.integers(1, 9))
def test_every_event_is_in_exactly_one_frame(sent: Any, window: int, most: int) -> None:
    start = int(sent["t"][0]) - 3
    T = int(sent["t"][-1] - start) // window + 1
    if T > 1000:
        window, T = window * 1000, T // 1000 + 1
    frames = events_to_frames(sent, SIZE, window, T, start, dtype=np.int64)
    assert frames.sum() == len(sent)
    assert frames[..., ON_CHANNEL].sum() == sent["p"].sum()
    clipped = events_to_frames(sent, SIZE, window, T, start, most, np.uint8)
    assert (clipped == np.minimum(frames, most)).all()
    halves = [events_to_frames(sent, SIZE, window, 1, start + k * window) for k in range(min(T, 5))]
    assert (np.concatenate(halves) == frames[:5]).all()


@given(some, st.sampled_from([1, 2, 4]), windows)
def test_shrinking_sums_over_squares(sent: Any, factor: int, window: int) -> None:
    start, (H, W) = int(sent["t"][0]), SIZE
    whole = events_to_frames(sent, SIZE, window, 3, start)
    small = events_to_frames(downsample(sent, factor), (H // factor, W // factor), window, 3, start)
    summed = whole.reshape(3, H // factor, factor, W // factor, factor, 2).sum(axis=(2, 4))
    assert (small == summed).all()


@given(some, st.integers(1, 8), st.integers(1, 12))
def test_a_crop_at_the_median_holds_it_and_stays_inside(sent: Any, H: int, W: int) -> None:
    part = crop_at_median(sent, SIZE, (H, W))
    top = min(max(int(np.floor(np.median(sent["y"]))) - H // 2, 0), SIZE[0] - H)
    left = min(max(int(np.floor(np.median(sent["x"]))) - W // 2, 0), SIZE[1] - W)
    x, y = sent["x"].astype(int) - left, sent["y"].astype(int) - top
    saved = (x >= 0) & (x < W) & (y >= 0) & (y < H)
    assert (part["x"] == x[saved]).all()
    assert (part["y"] == y[saved]).all()
    assert (part["t"] == sent["t"][saved]).all()


ONE = make_event_array([5], [3], [2], [1])


def test_a_count_that_does_not_fit_is_refused_not_wrapped() -> None:
    many = np.repeat(ONE, 256)
    assert events_to_frames(many, (9, 9), 9, 1, 0, dtype=np.uint16).max() == 256
    with pytest.raises(InputError, match=r"^dtype of .*: expected a dtype for counts up to 256, "):
        events_to_frames(many, (9, 9), 9, 1, 0, dtype=np.uint8)
    assert events_to_frames(many, (9, 9), 9, 1, 0, max_count=9, dtype=np.uint8).max() == 9


SMALL = Preprocessing((9, 8), 5, 2)
REFUSED: list[tuple[Callable[[], Any], str]] = [
    (lambda: events_to_frames(ONE, (2, 9), 5, 2, 0), "events of frames: expected pixels inside 2"),
    (lambda: events_to_frames(ONE, (9, 9), 5, 2**61, 0), "T of frames: expected at most 92233720"),
    (lambda: events_to_frames(ONE, (9, 9), 5, 2**58, 0), "T of frames: expected at most 711679941"),
    (lambda: events_to_frames(ONE, (9, 9), 5, 2, 0, dtype="U1"), "dtype of frames: expected an in"),
    (lambda: crop_at_median(ONE, (0, 9), (1, 1)), "sensor_size of crop_at_median: expected an int"),
    (lambda: crop_at_median(ONE, (9, 9), (10, 9)), "crop_size of crop_at_median: expected at most"),
    (lambda: replace(SMALL, downsampling=2), "downsampling of a Preprocessing: expected a div"),
    (lambda: SMALL.to_frames(ONE[:0]), "events of a Preprocessing: expected events, or `start`"),
    (lambda: SMALL.to_frames(ONE, 6), "events of a Preprocessing: expected events from"),
    (lambda: replace(SMALL, time_window=2**40, T=2**30), "T of a Preprocessing: expected at most"),
]


@pytest.mark.parametrize(("call", "message"), REFUSED)
def test_what_makes_no_frames_is_refused(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}"):
        call()


def test_the_paper_s_preprocessings() -> None:
    sets = MNIST_DVS, CIFAR10_DVS, GESTURE
    assert [p.shape[:3] for p in sets] == [(20, 40, 40), (10, 128, 128), (60, 32, 32)]
    assert [p.time_window for p in sets] == [5000, 5000, 25_000]
    record = {"sensor_size": [128, 128], "time_window": 25_000, "T": 60, "crop": None}
    record |= {"downsampling": 4, "max_count": None, "dtype": "float32"}
    assert GESTURE.to_json() == record


@given(event_arrays((128, 128), max_size=300, pause=10**5), st.sampled_from([MNIST_DVS, GESTURE]))
def test_a_preprocessing_is_its_steps(sent: Any, preprocessing: Preprocessing) -> None:
    start, span = int(sent["t"][0]), preprocessing.T * preprocessing.time_window
    part = slice_by_time(sent, start, start + span)
    if preprocessing.crop:
        part = crop_at_median(part, preprocessing.sensor_size, preprocessing.crop)
    frames = preprocessing.to_frames(sent)
    assert frames.shape == preprocessing.shape
    assert frames.dtype == np.float32
    assert frames.sum() == len(part)
    binary = replace(preprocessing, max_count=1, dtype="uint8").to_frames(sent)
    assert (binary == (frames > 0)).all()


def test_genuine_mnist_dvs_frames() -> None:
    path = real_data_path("MNIST-DVS", "scale8", "mnist_0_scale08_0001_qt1.aedat")
    sent = read_events(path)
    frames = MNIST_DVS.to_frames(sent)
    assert frames.shape == (20, 40, 40, 2)
    every = events_to_frames(sent, (128, 128), 5000, 39, 0)  # 195 of 196.6 ms
    assert every.sum(axis=(1, 2, 3)).mean() == pytest.approx(127, rel=0.03)
    whole = every[:20]
    assert 0.7 < frames.sum() / whole.sum() < 1  # the crop cuts the rim of a wide digit
    rows, columns = (frames.sum(axis=axis) for axis in ((0, 2, 3), (0, 1, 3)))
    for profile in (rows, columns):
        middle = (profile * np.arange(40)).sum() / profile.sum()
        assert middle == pytest.approx(20, abs=2)


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    content = writers.aedat2(dataset_trees.random_events(1, 128))
    return Recording(dataset_trees.write_file(tmp_path / "a.aedat", content), 3, "a", "aedat2")


def test_frames_are_made_once(tmp_path: Path, recording: Recording) -> None:
    saved = tmp_path / "deep" / "cached"
    fresh = GESTURE.to_frames(recording.events())
    first = cached_frames(saved, recording, GESTURE)
    again = cached_frames(saved, recording, GESTURE)
    for frames in (first, again):
        assert frames.dtype == np.float32
        assert (frames == fresh).all()
    (file,) = saved.iterdir()
    np.savez(file, frames=fresh + 1)
    assert (cached_frames(saved, recording, GESTURE) == fresh + 1).all()


def test_whatever_changes_the_frames_changes_the_key(tmp_path: Path, recording: Recording) -> None:
    saved = tmp_path / "cached"
    other = tmp_path / "b.aedat"
    other.write_bytes(writers.aedat2(dataset_trees.random_events(2, 128)))
    ways = [
        (recording, GESTURE),
        (recording, replace(GESTURE, max_count=1)),
        (recording, replace(GESTURE, T=59)),
        (recording, replace(GESTURE, dtype="int32")),
        (recording, MNIST_DVS),
        (recording._replace(path=other), GESTURE),
        (recording._replace(format="aedat2-turned"), GESTURE),
        (recording._replace(start=0, stop=50_000), GESTURE),
        (recording._replace(start=0, stop=60_000), GESTURE),
    ]
    for count, (each, settings) in enumerate(ways, start=1):
        frames = cached_frames(saved, each, settings)
        assert len(list(saved.iterdir())) == count
        assert (cached_frames(saved, each, settings) == frames).all()
        assert (frames == settings.to_frames(each.events(), each.start)).all()
    moved = recording._replace(path=recording.path.rename(tmp_path / "c.aedat"), name="c", label=4)
    cached_frames(saved, moved, GESTURE)
    assert len(list(saved.iterdir())) == len(ways)


def test_the_key_is_the_one_it_was(tmp_path: Path) -> None:
    """A change here makes all cached frames useless: raise ``CACHE_VERSION``, or undo it."""
    path = dataset_trees.write_file(
        tmp_path / "a.bin", writers.nmnist(writers.make_event_array([5], [3], [2], [1]))
    )
    recording = Recording(path, 3, "a", "n-mnist", 5, 9)
    cached_frames(tmp_path / "cached", recording, Preprocessing((34, 34), 2, 2, max_count=1))
    (saved,) = (tmp_path / "cached").iterdir()
    key = "1581884e42a5b7a3248e8154192fe37d901347d4578287033f7e5163e3eb7eb7"
    assert saved.name == f"{key}.npz"


def test_a_damaged_cache_file_is_refused(tmp_path: Path, recording: Recording) -> None:
    saved = tmp_path / "cached"
    cached_frames(saved, recording, GESTURE)
    (path,) = saved.iterdir()
    content = path.read_bytes()
    other = cached_frames(saved, recording, MNIST_DVS)
    (second,) = set(saved.iterdir()) - {path}
    for bad in (b"", content[:-30], b"no zip", second.read_bytes()):
        path.write_bytes(bad)
        with pytest.raises(FormatError) as caught:
            cached_frames(saved, recording, GESTURE)
        assert caught.value.path == path
    assert (cached_frames(saved, recording, MNIST_DVS) == other).all()
