"""What is written is read: every format, whole and piece by piece."""

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liaf_ref._core.errors import FormatError, InputError
from liaf_ref.data import events as ev
from liaf_ref.data import read_events, stream_events
from liaf_ref.data.events.readers import summarize_event_file

from . import writers
from .writers import aedat2, event_arrays, make_event_array


def clear_top_bit(sent: Any) -> bytes:
    """AEDAT 2.0 of a camera whose counter has 31 bits."""
    content = writers.aedat2(sent)
    start = len(content) - 8 * len(sent)
    words = np.frombuffer(content[start:], ">u4").reshape(-1, 2).copy()
    words[:, 1] &= 2**31 - 1
    return content[:start] + words.tobytes()


DVS, LARGE = (128, 128), (2**15, 2**15)
EARLY, EVENTS = event_arrays(DVS, first=-(2**31)), event_arrays(LARGE, first=-(10**15))
START = make_event_array([2**31 - 1000], [0], [0], [0])
# Events, and the file that they are written to.
FORMATS: dict[str, tuple[Any, tuple[str, Callable[[Any], bytes]]]] = {
    **{form: (EARLY, writers.WRITERS[form]) for form in ("aedat1", "aedat2", "aedat2-turned")},
    "a counter of 32 bits starts again": (
        event_arrays(DVS, 2**31 - 1000, pause=2**30 - 2000).map(lambda e: np.append(START, e)),
        writers.WRITERS["aedat2"],
    ),
    "a counter of 31 bits starts again": (
        event_arrays(DVS, pause=2**30),
        ("a.aedat", clear_top_bit),
    ),
    "aedat3": (
        event_arrays(DVS, first=2**31 - 1000),
        ("a.aedat", lambda e: writers.aedat3(e, tuple(e["t"] % 1000), len(e) % 10)),
    ),
    "n-mnist": (event_arrays((34, 34), 2**22 - 1000, 120, 2**15), writers.WRITERS["n-mnist"]),
    "mat of 4": (event_arrays(DVS, max_size=50), writers.WRITERS["mat"]),
    "mat of 6": (
        event_arrays(DVS, max_size=50),
        ("a.mat", partial(writers.saved, writers.mat, columns=6)),
    ),
    **{form: (EVENTS, writers.WRITERS[form]) for form in ("npy", "npz")},
}


@pytest.mark.parametrize("form", FORMATS)
@settings(max_examples=50)
@given(data=st.data(), chunk=st.sampled_from([1, 2, 7, 2**16]))
def test_what_is_written_is_read(form: str, data: st.DataObject, chunk: int) -> None:
    events, (name, write) = FORMATS[form]
    sent = data.draw(events)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(write(sent))
        read, pieces = read_events(path), list(stream_events(path, chunk=chunk))
    assert read.dtype == ev.EVENT
    assert (len(read), read.tolist()) == (len(sent), sent.tolist())
    assert (np.concatenate(pieces) == sent).all()
    assert all(1 <= len(piece) <= chunk for piece in pieces)


ONE = make_event_array([5, 6], [1, 2], [30, 40], [True, False])


def test_small_packets_of_aedat3_are_read_together(tmp_path: Path) -> None:
    """A million packets of one event, 36 MB, took over 40 s while each was decoded by itself."""
    path = tmp_path / "a.aedat"
    sent = make_event_array(np.arange(100), np.arange(100), np.arange(100), np.arange(100) % 2)
    path.write_bytes(writers.aedat3(sent, cuts=tuple(range(100))))
    pieces = list(stream_events(path, chunk=64))
    assert [len(piece) for piece in pieces] == [64, 36]
    assert (np.concatenate(pieces) == sent).all()


@pytest.mark.parametrize("wrong", [0, 57, 99])
@pytest.mark.parametrize("packet", [1, 3])
@pytest.mark.parametrize("chunk", [2, 7, 2**16])
def test_a_wrong_event_is_named_by_its_byte(
    tmp_path: Path, wrong: int, packet: int, chunk: int
) -> None:
    sent = make_event_array(np.arange(100), *[np.zeros(100, int)] * 3)
    sent["x"][wrong] = 128
    path = tmp_path / "a.aedat"
    path.write_bytes(writers.aedat3(sent, cuts=tuple(range(0, 100, packet))))
    with pytest.raises(FormatError, match="got row 0, column 128") as caught:
        list(stream_events(path, chunk=chunk))
    headers = 28 * (wrong // packet + 1)
    assert caught.value.offset == len(writers.AEDAT3_HEADER) + headers + 8 * wrong


@pytest.mark.parametrize("version", [b"2.0", b"3.1"])
def test_a_header_of_more_than_4_mb_is_refused(tmp_path: Path, version: bytes) -> None:
    """12 million lines, 60 MB, took over 100 s."""
    path = tmp_path / "a.aedat"
    path.write_bytes(b"#!AER-DAT" + version + b"\r\n" + (b"# " + b"a" * 4093 + b"\n") * 1025)
    message = "expected a header of at most 4194304 bytes, got more"
    with pytest.raises(FormatError, match=message) as caught:
        read_events(path)
    assert caught.value.offset == 14 + 1024 * 4096


@pytest.mark.parametrize("first", [10, 0x0D0D0D0A, 0x2020200A - 2**31 + 2**24])
def test_an_event_of_aedat1_that_begins_like_a_line_is_an_event(tmp_path: Path, first: int) -> None:
    path = tmp_path / "a.aedat"
    sent = make_event_array(
        [first, first + 1, first + 2000], [86, 86, 4], [127 - 0x23] * 3, [1, 1, 0]
    )
    path.write_bytes(writers.aedat1(sent))
    assert path.read_bytes()[-18:-16] == b"#R"
    assert (read_events(path) == sent).all()


@pytest.mark.parametrize("bit", [0x8000, 0x8000_0000])
def test_events_of_the_input_pin_and_special_ones_are_left_out(tmp_path: Path, bit: int) -> None:
    path = tmp_path / "a.aedat"
    content = bytearray(
        writers.aedat2(make_event_array([1, 2, 3], [1, 2, 3], [0, 0, 0], [1, 1, 1]))
    )
    content[-16:-12] = (bit | 0x0102).to_bytes(4, "big")
    path.write_bytes(content)
    assert read_events(path)["t"].tolist() == [1, 3]


@pytest.mark.parametrize(
    ("name", "turned"),
    [
        ("mnist_0_scale04_0001.aedat", True),
        ("mnist_9_scale16_1000_part.aedat", True),
        ("cifar10_airplane_0.aedat", True),
        ("mnist.aedat", False),
        ("my_mnist_0_scale04_0001.aedat", False),
    ],
)
def test_the_name_tells_a_camera_on_its_side(tmp_path: Path, name: str, turned: bool) -> None:
    path = tmp_path / name
    path.write_bytes(writers.aedat2(ONE, turned))
    assert (read_events(path) == ONE).all()
    assert (read_events(path, "aedat2-turned" if turned else "aedat2") == ONE).all()
    other = read_events(path, "aedat2" if turned else "aedat2-turned")
    assert (other["x"].tolist(), other["y"].tolist()) == ([30, 40], [1, 2])


def test_aedat3_skips_other_packets_and_what_is_not_valid(tmp_path: Path) -> None:
    packet, words = writers.aedat3_packet, writers.aedat3_words
    outside = make_event_array([5, 6], [1, 500], [30, 40], [True, False])
    packets = (
        packet([3], [2**31 - 1], kind=0),  # a reset at the start
        packet(words(ONE, [1, 0]), ONE["t"], spare=1),
        packet([0, 0], [9, 9], kind=3),
        packet([5], [9], kind=0),
        packet([], []),
        packet(words(ONE), [7, 7]),
        packet(words(outside, [1, 0]), [8, 2**32 - 1]),
        packet(words(outside, [0, 0]), [1, 2]),
        packet([2], [9], kind=0),  # a reset, but not valid
        packet([1, 2, 3, 4], [0, 0, 0, 0], kind=2, size=16, number=2),
        packet(words(ONE), [9, 10]),
    )
    path = tmp_path / "a.aedat"
    path.write_bytes(writers.AEDAT3_HEADER + b"".join(packets))
    assert read_events(path)["t"].tolist() == [5, 7, 7, 8, 9, 10]
    assert read_events(path)["x"].tolist() == [1, 1, 2, 1, 1, 2]


def test_nmnist_time_overflows_are_no_events_and_move_all_later_ones(tmp_path: Path) -> None:
    path = tmp_path / "1.bin"
    event = writers.nmnist(make_event_array([100], [3], [4], [1]))
    path.write_bytes(event + b"\x00\xf0\x00\x00\x64" + event + b"\x01\xf0\x80\x00\x64" + event)
    for chunk in (1, 2, 100):
        read = np.concatenate(list(stream_events(path, chunk=chunk)))
        assert (read == make_event_array([100, 8292, 16484], [3] * 3, [4] * 3, [1] * 3)).all()


FOUR = make_event_array([1000, 1000, 2000, 5000], [3, 1, 0, 7], [2, 9, 4, 0], [1, 1, 0, 1])


def test_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "mnist_3_scale08_0001.aedat"
    path.write_bytes(aedat2(FOUR, rotated=True))
    found = summarize_event_file(path)
    assert tuple(found) == (path, "aedat2-turned", 4, 3, 1000, 5000, (128, 128), ())
    assert (found.duration, found.rate) == (4000, 1000.0)


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
    assert (ev.check_events("events", theirs, "test") == SENT).all()
    assert (ev.slice_by_time(theirs, 100, 9000) == ev.slice_by_time(SENT, 100, 9000)).all()
    assert (ev.crop(theirs, 3, 4, (9, 8)) == ev.crop(SENT, 3, 4, (9, 8))).all()
    assert (ev.crop_at_median(theirs, SIZE, (9, 8)) == ev.crop_at_median(SENT, SIZE, (9, 8))).all()
    assert (ev.downsample(theirs, 2) == ev.downsample(SENT, 2)).all()
    ours = ev.events_to_frames(SENT, SIZE, WINDOW, FRAMES, 0)
    assert (ev.events_to_frames(theirs, SIZE, WINDOW, FRAMES, 0) == ours).all()
    preparation = ev.Preprocessing(SIZE, WINDOW, 4, crop=(20, 20), downsampling=2)
    assert (preparation.to_frames(theirs) == preparation.to_frames(SENT)).all()
    assert (theirs == before).all()


FIVE = make_event_array([0, 5, 5, 7, 9], [1, 2, 3, 4, 5], [5, 4, 3, 2, 1], [1, 0, 1, 0, 1])


def changed(field: str, value: Any, dtype: Any = None) -> Any:
    array = FIVE.copy()
    if dtype:
        array = array.astype(
            [(name, dtype if name == field else ev.EVENT[name]) for name in "xytp"]
        )
    array[field][2] = value
    return array


SPOILT = FIVE.copy()
SPOILT["p"].view(np.uint8)[3] = 2  # a truth value of another byte
NO_EVENTS: list[tuple[Any, str]] = [
    (np.zeros(3), "events of test: expected a structured array with fields x, y, t, p, got an"),
    (FIVE[None], r"expected shape \(N,\), got shape \(1, 5\)"),
    (changed("x", -1), "x of events of test: expected 0 .. 32767, got -1 at index 2"),
    (changed("t", 4), "expected non-decreasing timestamps, got 4 after 5 at index 2"),
    (changed("x", 2**15, np.int32), "x of events of test: expected 0 .. 32767, got 32768 at ind"),
    (SPOILT, "p of events of test: expected 0 .. 1, got 2 at index 3"),
    (changed("p", 2, np.int8), "p of events of test: expected 0 .. 1, got 2 at index 2"),
    (changed("t", 5.5, np.float64), "t of events of test: expected 64-bit integers"),
    (changed("t", 2**63, np.uint64), "t of events of test: expected 64-bit integers"),
]


@pytest.mark.parametrize(("array", "reason"), NO_EVENTS)
def test_what_are_no_events_is_refused(array: Any, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        ev.check_events("events", array, "test")


@given(event_arrays((9, 9)), st.integers(-5, 10**6), st.integers(0, 10**6))
def test_a_span_of_time_is_half_open(sent: Any, start: int, length: int) -> None:
    part = ev.slice_by_time(sent, start, start + length)
    saved = [event for event in sent if start <= event["t"] < start + length]
    assert part.tolist() == [event.tolist() for event in saved]


@given(
    event_arrays((9, 9)), st.integers(0, 9), st.integers(0, 9), st.integers(1, 9), st.integers(1, 9)
)
def test_a_crop_counts_from_its_corner(sent: Any, top: int, left: int, H: int, W: int) -> None:
    part = ev.crop(sent, top, left, (H, W))
    rows = [
        (x - left, y - top, t, p)
        for x, y, t, p in sent.tolist()
        if top <= y < top + H and left <= x < left + W
    ]
    assert part.tolist() == rows
