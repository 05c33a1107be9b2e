"""What is written is read: every format, whole and piece by piece."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tracing import peak_memory

from liaf_ref._core.errors import FormatError
from liaf_ref.data import read_events, stream_events
from liaf_ref.data.events import EVENT

from . import writers
from .writers import event_arrays, make_event_array

DVS, SMALL = (128, 128), (34, 34)
chunks = st.sampled_from([1, 2, 7, 2**16])


def check(name: str, write: bytes | Callable[[Path], object], sent: Any, chunk: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        if isinstance(write, bytes):
            path.write_bytes(write)
        else:
            write(path)
        read = read_events(path)
        pieces = list(stream_events(path, chunk=chunk))
    assert read.dtype == EVENT
    assert (read == sent).all()
    assert len(read) == len(sent)
    assert (np.concatenate(pieces) == sent).all()
    assert all(1 <= len(piece) <= chunk for piece in pieces)


@given(event_arrays(DVS, first=-(2**31)), chunks)
def test_aedat1(sent: Any, chunk: int) -> None:
    check("a.aedat", writers.aedat1(sent), sent, chunk)


@given(event_arrays(DVS, first=5), chunks)
def test_aedat1_without_a_header(sent: Any, chunk: int) -> None:
    check("a.dat", writers.aedat1(sent, header=b""), sent, chunk)


@given(event_arrays(DVS, first=-(2**31)), chunks, st.booleans())
def test_aedat2(sent: Any, chunk: int, turned: bool) -> None:
    name = "mnist_3_scale08_0001.aedat" if turned else "a.aedat"
    check(name, writers.aedat2(sent, turned), sent, chunk)


@given(event_arrays(DVS, first=2**31 - 1000, pause=2**30 - 2000), chunks)
def test_aedat2_goes_on_where_the_counter_of_32_bits_starts_again(sent: Any, chunk: int) -> None:
    sent = np.concatenate([make_event_array([2**31 - 1000], [0], [0], [0]), sent])
    check("a.aedat", writers.aedat2(sent), sent, chunk)


@given(event_arrays(DVS, pause=2**30), chunks)
def test_aedat2_goes_on_where_a_counter_of_31_bits_starts_again(sent: Any, chunk: int) -> None:
    content = writers.aedat2(sent)
    start = len(content) - 8 * len(sent)
    words = np.frombuffer(content[start:], ">u4").reshape(-1, 2).copy()
    words[:, 1] &= 2**31 - 1
    check("a.aedat", content[:start] + words.tobytes(), sent, chunk)


@given(
    event_arrays(DVS, first=2**31 - 1000), chunks, st.lists(st.integers(0, 1000)), st.integers(0, 9)
)
def test_aedat3(sent: Any, chunk: int, cuts: list[int], room: int) -> None:
    check("a.aedat", writers.aedat3(sent, tuple(cuts), room), sent, chunk)


@given(event_arrays(SMALL, first=2**22 - 1000, max_size=120, pause=2**15), chunks)
def test_nmnist(sent: Any, chunk: int) -> None:
    check("00001.bin", writers.nmnist(sent), sent, chunk)


@given(event_arrays(DVS, max_size=50), chunks, st.sampled_from([4, 6]))
def test_mat(sent: Any, chunk: int, columns: int) -> None:
    check("a.mat", lambda path: writers.mat(path, sent, columns), sent, chunk)


@pytest.mark.parametrize("name", ["e", "four", "fives", "eight888", "a_longer_name"])
def test_a_matrix_may_have_any_name(tmp_path: Path, name: str) -> None:
    sent = make_event_array([1, 2, 4], [3, 0, 5], [1, 7, 0], [1, 0, 1])
    writers.mat(tmp_path / "a.mat", sent, 4, name)
    assert (read_events(tmp_path / "a.mat") == sent).all()


@given(event_arrays((2**15, 2**15), first=-(10**15)), chunks)
def test_npy_and_npz(sent: Any, chunk: int) -> None:
    check("a.npy", lambda path: np.save(path, sent), sent, chunk)
    columns = {field: sent[field] for field in "txyp"}
    check("a.npz", lambda path: np.savez_compressed(path, **columns), sent, chunk)


def test_npy_takes_the_fields_in_any_order_and_kind(tmp_path: Path) -> None:
    other = np.zeros(2, [("t", ">u4"), ("p", "i1"), ("y", "u1"), ("x", "u8")])
    other["t"], other["x"], other["p"] = [7, 8], [3, 4], [1, 0]
    np.save(tmp_path / "a.npy", other)
    assert (
        read_events(tmp_path / "a.npy") == make_event_array([7, 8], [3, 4], [0, 0], [1, 0])
    ).all()


ONE = make_event_array([5, 6], [1, 2], [30, 40], [True, False])


def test_npz_members_of_other_names_are_not_read(tmp_path: Path) -> None:
    arrays: dict[str, Any] = {field: ONE[field] for field in "txyp"}
    arrays |= {"meta": np.array({"camera": 1}, object), "frames": np.zeros(10**7)}
    np.savez_compressed(tmp_path / "a.npz", **arrays)
    assert (read_events(tmp_path / "a.npz") == ONE).all()


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
def test_a_wrong_event_of_small_packets_is_named_by_its_byte(
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


def test_a_long_header_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.aedat"
    path.write_bytes(writers.aedat2(ONE, header=b"#!AER-DAT2.0\r\n" + b"# preference\r\n" * 10**5))
    limit = 2**18  # the header takes 1.4 MB
    assert peak_memory(lambda: list(stream_events(path)), limit) < limit
    assert (read_events(path) == ONE).all()


@pytest.mark.parametrize(
    "header", [b"#!AER-DAT2.0\n", b"#!AER-DAT2.0\r\n" + b"# \xc2\xb5s\t<x>\n" * 99]
)
def test_headers_of_any_length_and_either_line_end(tmp_path: Path, header: bytes) -> None:
    path = tmp_path / "a.aedat"
    path.write_bytes(writers.aedat2(ONE, header=header))
    assert (read_events(path) == ONE).all()


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
def test_the_name_says_whether_the_camera_lay_on_its_side(
    tmp_path: Path, name: str, turned: bool
) -> None:
    path = tmp_path / name
    path.write_bytes(writers.aedat2(ONE, turned))
    assert (read_events(path) == ONE).all()
    assert (read_events(path, "aedat2-turned" if turned else "aedat2") == ONE).all()
    other = read_events(path, "aedat2" if turned else "aedat2-turned")
    assert (other["x"].tolist(), other["y"].tolist()) == ([30, 40], [1, 2])


def test_aedat3_skips_other_packets_and_events_that_are_not_valid(tmp_path: Path) -> None:
    path = tmp_path / "a.aedat"
    other = writers.aedat3_packet([0, 0], [9, 9], kind=3) + writers.aedat3_packet([5], [9], kind=0)
    content = writers.AEDAT3_HEADER + writers.aedat3_packet(
        [3], [2**31 - 1], kind=0
    )  # a reset at the start
    content += writers.aedat3_packet(writers.aedat3_words(ONE, [1, 0]), ONE["t"], spare=1) + other
    path.write_bytes(
        content
        + writers.aedat3_packet([], [])
        + writers.aedat3_packet(writers.aedat3_words(ONE), [7, 7])
    )
    assert read_events(path)["t"].tolist() == [5, 7, 7]


def test_aedat3_counts_the_starts_of_its_counter(tmp_path: Path) -> None:
    path = tmp_path / "a.aedat"
    content = writers.AEDAT3_HEADER
    for overflow in (0, 1, 3):
        content += writers.aedat3_packet(writers.aedat3_words(ONE), ONE["t"], overflow=overflow)
    path.write_bytes(content)
    assert read_events(path)["t"].tolist() == [
        5,
        6,
        2**31 + 5,
        2**31 + 6,
        3 * 2**31 + 5,
        3 * 2**31 + 6,
    ]


def test_aedat3_does_not_mind_what_is_not_valid(tmp_path: Path) -> None:
    path = tmp_path / "a.aedat"
    junk = make_event_array([5, 6], [1, 500], [30, 40], [True, False])
    content = writers.AEDAT3_HEADER + writers.aedat3_packet(
        writers.aedat3_words(junk, [1, 0]), [5, 2**32 - 1]
    )
    content += writers.aedat3_packet(writers.aedat3_words(junk, [0, 0]), [1, 2])
    content += writers.aedat3_packet([2], [9], kind=0)  # a reset, but not valid
    frame = writers.aedat3_packet([1, 2, 3, 4], [0, 0, 0, 0], kind=2, size=16, number=2)
    path.write_bytes(content + frame + writers.aedat3_packet(writers.aedat3_words(ONE), [7, 8]))
    assert (read_events(path)["t"].tolist(), read_events(path)["x"].tolist()) == (
        [5, 7, 8],
        [1, 1, 2],
    )


def test_nmnist_time_overflows_are_no_events_and_move_all_later_ones(tmp_path: Path) -> None:
    path = tmp_path / "1.bin"
    event = writers.nmnist(make_event_array([100], [3], [4], [1]))
    path.write_bytes(event + b"\x00\xf0\x00\x00\x64" + event + b"\x01\xf0\x80\x00\x64" + event)
    for chunk in (1, 2, 100):
        read = np.concatenate(list(stream_events(path, chunk=chunk)))
        assert (read == make_event_array([100, 8292, 16484], [3] * 3, [4] * 3, [1] * 3)).all()


@pytest.mark.parametrize("stamp", [0, 100, 2**14])
def test_the_time_of_an_nmnist_overflow_itself_is_not_held_to_the_order(
    tmp_path: Path, stamp: int
) -> None:
    path = tmp_path / "1.bin"
    event = writers.nmnist(make_event_array([10_000], [3], [4], [1]))
    path.write_bytes(event + b"\x00\xf0" + stamp.to_bytes(3, "big") + event)
    for chunk in (1, 2, 100):
        read = np.concatenate(list(stream_events(path, chunk=chunk)))
        assert read["t"].tolist() == [10_000, 18_192]


def test_a_format_may_be_stated(tmp_path: Path) -> None:
    path = tmp_path / "recording"
    path.write_bytes(writers.nmnist(make_event_array([100], [3], [4], [1])))
    assert len(read_events(path, "n-mnist")) == 1


EARLY = make_event_array([-1000, -500, 7], [1, 2, 3], [3, 2, 1], [1, 0, 1])
SIGNED: dict[str, Callable[[Path], object]] = {
    "a.aedat4": lambda path: path.write_bytes(writers.aedat4([writers.aedat4_packet(EARLY)])),
    "a.npy": lambda path: np.save(path, EARLY),
    "a.npz": lambda path: np.savez(path, **{field: EARLY[field] for field in "txyp"}),
}


@pytest.mark.parametrize("name", SIGNED)
def test_times_may_begin_before_zero(tmp_path: Path, name: str) -> None:
    SIGNED[name](tmp_path / name)
    assert (read_events(tmp_path / name) == EARLY).all()
    assert (np.concatenate(list(stream_events(tmp_path / name, chunk=1))) == EARLY).all()
