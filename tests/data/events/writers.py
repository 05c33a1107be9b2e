"""Writers of every format read, from the formats' own words; the package has none.

They take upright events and turn them back into what a camera stores.
"""

import io
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.io import savemat

from liaf_ref.data.events import EVENT

HEADER = b"#!AER-DAT%b\r\n# This is a raw AE data file - do not edit\r\n"
POLARITY = 1


def make_event_array(t: Any, x: Any, y: Any, p: Any) -> Any:
    events = np.zeros(len(t), EVENT)
    events["t"], events["x"], events["y"], events["p"] = t, x, y, p
    return events


def event_arrays(
    size: tuple[int, int], first: int = 0, max_size: int = 1000, pause: int = 10**5
) -> Any:
    """Events of a camera of (H, W), the first not before ``first``."""
    st = pytest.importorskip("hypothesis.strategies")
    event = st.tuples(
        st.integers(0, pause),
        st.integers(0, size[1] - 1),
        st.integers(0, size[0] - 1),
        st.booleans(),
    )
    return st.lists(event, min_size=1, max_size=max_size).map(
        lambda rows: make_event_array(
            first + np.cumsum([row[0] for row in rows]), *(list(zip(*rows, strict=True))[1:])
        )
    )


def dvs128_address(events: Any, rotated: bool) -> Any:
    """What a DVS128 puts on its bus."""
    right, down = events["x"].astype(np.uint32), events["y"].astype(np.uint32)
    x, y = (127 - down, 127 - right) if rotated else (127 - right, 127 - down)
    return y << 8 | x << 1 | ~events["p"]


def wrap_timestamps(t: Any) -> Any:
    """The lower 32 bits of a time, as a signed number."""
    return (t & 0xFFFF_FFFF).astype(np.uint32).view(np.int32)


def aedat2(events: Any, rotated: bool = False, header: bytes = HEADER % b"2.0") -> bytes:
    words = np.zeros((len(events), 2), ">u4")
    words[:, 0] = dvs128_address(events, rotated)
    words[:, 1] = wrap_timestamps(events["t"]).view(np.uint32)
    return header + words.tobytes()


def aedat1(events: Any, header: bytes = HEADER % b"1.0") -> bytes:
    words = np.zeros(len(events), [("a", ">u2"), ("t", ">i4")])
    words["a"], words["t"] = dvs128_address(events, False), wrap_timestamps(events["t"])
    return header + words.tobytes()


AEDAT3_HEADER = b"#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: DVS128\r\n#!END-HEADER\r\n"


def aedat3_packet(
    data: Any,
    t: Any,
    kind: int = POLARITY,
    overflow: int = 0,
    spare: int = 0,
    source: int = 1,
    size: int = 8,
    number: int | None = None,
    valid: int = 0,
) -> bytes:
    """A packet of AEDAT 3.1; room and valid ones need not be as many as there are events."""
    count = len(data) if number is None else number
    head = np.array([kind, source], "<i2").tobytes()
    head += np.array([size, 4, overflow, count + spare, count, valid], "<i4").tobytes()
    return head + np.stack([np.asarray(data, "<u4"), np.asarray(t, "<u4")], 1).tobytes()


def aedat3_words(events: Any, valid: Any = 1) -> Any:
    x, y, p = (events[field].astype(np.uint32) for field in "xyp")
    return x << 17 | y << 2 | p << 1 | np.asarray(valid, np.uint32)


def aedat3(events: Any, cuts: tuple[int, ...] = (), spare: int = 0) -> bytes:
    """Packets cut at ``cuts``, and where the counter of 31 bits starts again."""
    overflow = events["t"] >> 31
    starts = np.flatnonzero(np.diff(overflow)) + 1
    edges = np.unique([0, *np.clip(cuts, 0, len(events)), *starts, len(events)])
    content = AEDAT3_HEADER
    for first, last in pairwise(edges):
        part = events[first:last]
        stamp = part["t"] & (2**31 - 1)
        content += aedat3_packet(
            aedat3_words(part), stamp, overflow=int(overflow[first]), spare=spare
        )
    return content


def nmnist(events: Any) -> bytes:
    """Five bytes an event; an overflow before the first event of each 2**23 us after the first."""
    table = np.zeros((len(events), 5), np.uint8)
    table[:, 0], table[:, 1] = events["x"], events["y"]
    t = events["t"]
    table[:, 2] = events["p"].astype(int) << 7 | t >> 16
    table[:, 3], table[:, 4] = t >> 8 & 255, t & 255
    return table.tobytes()


def mat(file: Any, events: Any, columns: int, name: str = "CIN") -> None:
    """MATLAB's matrix: x counts rows from above, y columns from the right."""
    rows, right = events["y"].astype(int), 127 - events["x"].astype(int)
    p = events["p"].astype(int)
    if columns == 4:
        table = np.stack([events["t"], rows, right, p], 1).astype(np.uint32)
    else:
        filler = np.zeros_like(p)
        table = np.stack([events["t"], filler, filler - 1, rows, right, 2 * p - 1], 1)
        table = table.astype(float)
    savemat(file, {name: table}, do_compression=True)


def flatbuffer_table(
    file_identifier: bytes, fields: bytes, field_offsets: tuple[int, ...]
) -> bytes:
    """A FlatBuffer of one table: distance to it, mark, places of its fields, fields."""
    sizes = 4 + 2 * len(field_offsets), min(4 + len(fields), 2**16 - 1)
    listed = np.array([*sizes, *field_offsets], "<u2").tobytes()
    listed += b"\0" * (-len(listed) % 4)
    root: bytes = np.array([8 + len(listed)], "<i4").tobytes()
    back: bytes = np.array([len(listed)], "<i4").tobytes()
    return root + file_identifier + listed + back + fields


def aedat4_packet(events: Any, stream: int = 0, file_identifier: bytes = b"EVTS") -> bytes:
    """A packet with its head, not compressed."""
    words = np.zeros(len(events), "<i8,<i2,<i2,u1,V3")
    for name, field in zip(("f0", "f1", "f2", "f3"), "txyp", strict=True):
        words[name] = events[field]
    listed = np.array([4, len(events)], "<u4").tobytes() + words.tobytes()
    content = flatbuffer_table(file_identifier, listed, (4,))
    content = np.array([len(content)], "<u4").tobytes() + content
    return np.array([stream, len(content)], "<i4").tobytes() + content


def aedat4_header(end: int = -1, streams: tuple[str, ...] = ("EVTS", "IMUS")) -> bytes:
    """First line and header, with the description of the streams."""
    size = '<node name="info"><attr key="sizeX">346</attr><attr key="sizeY">260</attr></node>'
    nodes = "".join(
        f'<node name="{i}"><attr key="typeIdentifier">{kind}</attr>{size}</node>'
        for i, kind in enumerate(streams)
    )
    text = f'<dv version="2.0"><node name="outInfo">{nodes}</node></dv>'.encode()
    fields = np.array([0], "<i4").tobytes() + np.array([end], "<i8").tobytes()
    fields += np.array([4, len(text)], "<i4").tobytes() + text + b"\0"
    header = flatbuffer_table(b"IOHE", fields, (4, 8, 16))
    return b"#!AER-DAT4.0\r\n" + np.array([len(header)], "<u4").tobytes() + header


def aedat4(packets: list[bytes], streams: tuple[str, ...] = ("EVTS", "IMUS")) -> bytes:
    """A file with its table; what the table says is not read."""
    content = b"".join(packets)
    end = len(aedat4_header(streams=streams)) + len(content)
    return aedat4_header(end, streams) + content + b"the table of packets"


def npz(file: Any, events: Any) -> None:
    np.savez_compressed(file, **{name: events[name] for name in "txyp"})


def saved(save: Callable[..., object], events: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    save(file, events, **options)
    return file.getvalue()


# Of each format, a file name and what a file of that name holds.
WRITERS: dict[str, tuple[str, Callable[[Any], bytes]]] = {
    "aedat1": ("a.dat", aedat1),
    "aedat2": ("a.aedat", aedat2),
    "aedat2-turned": ("mnist_3_scale08_0001.aedat", partial(aedat2, rotated=True)),
    "aedat3": ("a.aedat", lambda e: aedat3(e, tuple(range(0, len(e), max(20, len(e) // 30))))),
    "aedat4": (
        "a.aedat4",
        lambda e: aedat4([*map(aedat4_packet, np.array_split(e, 3 + len(e) // 10_000))]),
    ),
    "n-mnist": ("1.bin", nmnist),
    "mat": ("a.mat", partial(saved, mat, columns=4)),
    "npy": ("a.npy", partial(saved, np.save)),
    "npz": ("a.npz", partial(saved, npz)),
}
