"""AEDAT 1.0 and 2.0: addresses of the DVS128 camera, as the program jAER writes them.

An address has the polarity in bit 0 (0 is brighter), the column from the right in bits
1-7, the row from below in bits 8-14, and in bit 15 an event of the input pin; bit 31 is
jAER's own for special events.  Numbers are big-endian.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from liaf_ref.data.events.array import EVENT, Events
from liaf_ref.data.events.clock import Clock, unwrap
from liaf_ref.data.events.header import check_chip, read_header
from liaf_ref.data.events.records import Cut, Refuse, blocks, opened, refuser

SIZE = (128, 128)
RECORDS = {
    "1.0": np.dtype([("address", ">u2"), ("stamp", ">i4")]),
    "2.0": np.dtype([("address", ">u4"), ("stamp", ">i4")]),
}
NO_PIXEL = 0x8000_8000
FOREIGN = 0x7FFF_0000
TRANSPOSED = {False: ("x", "y"), True: ("y", "x")}  # fields of bits 1-7 and of bits 8-14


def read(path: Path, version: str, turned: bool, chunk: int, cut: Cut) -> Iterator[Events]:
    """Read pixel events; events of the input pin and special ones are left out.

    Parameters
    ----------
    path : Path
        The file.
    version : str
        ``1.0`` or ``2.0``.
    turned : bool
        Whether the camera lay on its side, as for MNIST-DVS and CIFAR10-DVS.
    chunk : int
        Events to read at a time.
    cut : callable
        What to do if the file ends inside an event.

    Yields
    ------
    ndarray of EVENT
        At most ``chunk``, upright.

    Raises
    ------
    DataError
        If the file cannot be read.
    FormatError
        At the byte of the header, address or time that is not so.
    """
    record, clock = RECORDS[version], Clock()
    with opened(path) as file:
        check_chip(read_header(file, path, version), path)
        for offset, block in blocks(file, path, record.itemsize, chunk, cut):
            words = np.frombuffer(block, record)
            refuse = refuser(path, offset, record.itemsize)
            t, clock = unwrap(words["stamp"].astype(np.int32), clock, refuse)
            yield _decode(words["address"].astype(np.uint32), t, turned, refuse)


def _decode(
    address: NDArray[np.uint32], t: NDArray[np.int64], turned: bool, refuse: Refuse
) -> Events:
    every = int(np.bitwise_or.reduce(address))
    if every & FOREIGN:
        index = int(np.argmax((address & FOREIGN) > 0))
        reason = f"expected an address of a DVS128, of 16 bits, got {int(address[index]):#010x}"
        raise refuse(index, reason)
    if every & NO_PIXEL:
        pixel = (address & NO_PIXEL) == 0
        address, t = address[pixel], t[pixel]
    short = address.astype(np.int16)
    low, high = TRANSPOSED[turned]
    events = np.empty(len(t), EVENT)
    events["t"] = t
    events[low] = 127 - (short >> 1 & 127)
    events[high] = 127 - (short >> 8)
    events["p"] = (short & 1) == 0
    return events
