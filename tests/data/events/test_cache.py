"""Cached frames: the same, found by content and settings, and never half written."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from liaf_ref._core.errors import FormatError
from liaf_ref.data.events import (
    GESTURE,
    MNIST_DVS,
    Preprocessing,
    cached_frames,
)
from liaf_ref.data.events.datasets import Recording

from . import dataset_trees, writers


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    content = writers.aedat2(dataset_trees.random_events(1, 128))
    return Recording(dataset_trees.write_file(tmp_path / "a.aedat", content), 3, "a", "aedat2")


def never(*_: Any) -> Any:
    raise AssertionError("the frames are made again")


def test_frames_are_made_once_and_read_again(
    tmp_path: Path, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = tmp_path / "deep" / "cached"
    fresh = GESTURE.to_frames(recording.events())
    first = cached_frames(saved, recording, GESTURE)
    monkeypatch.setattr(Preprocessing, "to_frames", never)
    again = cached_frames(saved, recording, GESTURE)
    for frames in (first, again):
        assert frames.dtype == np.float32
        assert (frames == fresh).all()
    assert len(list(saved.iterdir())) == 1


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
