"""What a file holds, said without reading it whole."""

from pathlib import Path

import numpy as np
import pytest

from liaf_ref._core.errors import FormatError, InputError
from liaf_ref.data.events.readers import summarize_event_file

from .writers import aedat2, make_event_array, nmnist

FOUR = make_event_array([1000, 1000, 2000, 5000], [3, 1, 0, 7], [2, 9, 4, 0], [1, 1, 0, 1])


def test_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "mnist_3_scale08_0001.aedat"
    path.write_bytes(aedat2(FOUR, rotated=True))
    found = summarize_event_file(path)
    assert tuple(found) == (path, "aedat2-turned", 4, 3, 1000, 5000, (128, 128), ())
    assert (found.duration, found.rate) == (4000, 1000.0)


def test_a_file_of_no_one_camera_has_the_least_size(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", FOUR)
    assert summarize_event_file(tmp_path / "a.npy").sensor_size == (10, 8)


def test_events_of_one_time_have_no_rate(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", FOUR[:2])
    found = summarize_event_file(str(tmp_path / "a.npy"), "npy")
    assert (found.duration, found.rate) == (0, None)


def test_a_file_cut_short_says_so(tmp_path: Path) -> None:
    path = tmp_path / "1.bin"
    path.write_bytes(nmnist(FOUR)[:-2])
    found = summarize_event_file(path)
    assert (found.event_count, found.t_last) == (3, 2000)
    (text,) = found.warnings
    assert text.endswith("the file seems truncated; ignored 3 bytes at its end")


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"1")
    with pytest.raises(FormatError):
        summarize_event_file(tmp_path / "a.bin")
    with pytest.raises(InputError, match="format of events"):
        summarize_event_file(tmp_path / "a.bin", "gif")
