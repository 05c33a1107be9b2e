"""Small files of every format, damaged: inside before they are packed, and outside."""

import importlib
import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from scipy.io import savemat

from data.events import writers
from data.events.fuzzing.mutations import (
    Mutation,
    Piece,
    Pieces,
    join_pieces,
    mutate_pieces,
    pack_number,
    split_lines,
    split_records,
)
from liaf_ref.data.events import EVENT

AEDAT3_HEADER_FIELDS: Any = ((0, "<h"), (2, "<h"), *((4 + 4 * i, "<i") for i in range(6)))
ZIP_LOCAL_FIELDS: Any = (
    (4, "<H"),
    (6, "<H"),
    (8, "<H"),
    (14, "<I"),
    (18, "<I"),
    (22, "<I"),
    (26, "<H"),
)
ZIP_CENTRAL_FIELDS: Any = (
    *((8, "<H"), (10, "<H"), (16, "<I"), (20, "<I"), (24, "<I"), (28, "<H"), (30, "<H")),
    *((32, "<H"), (34, "<H"), (38, "<I"), (42, "<I")),
)
ZIP_END_FIELDS: Any = (
    (4, "<H"),
    (6, "<H"),
    (8, "<H"),
    (10, "<H"),
    (12, "<I"),
    (16, "<I"),
    (20, "<H"),
)
ZIP_SIGNATURES = {
    b"PK\3\4": ZIP_LOCAL_FIELDS,
    b"PK\1\2": ZIP_CENTRAL_FIELDS,
    b"PK\5\6": ZIP_END_FIELDS,
}
ZIP_METHODS = (*[zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED] * 4, zipfile.ZIP_BZIP2)
MEMBER_NAMES = ("../t.npy", "/x.npy", "t.npy", "C:\\y.npy", "sub/p.npy", "p", "q.npy")
DTYPES = ("u1", ">u2", "i4", "<u8", "f4", "?", "S3", "m8[us]")


class Recipe(NamedTuple):
    """What a damaged file is made of.

    Attributes
    ----------
    events : ndarray of EVENT
        What it was to hold.
    variant : int
        Which of a format's ways to write it.
    inner, outer : sequence of Change
        What happens to what is packed, and to the file.
    """

    events: Any
    variant: int
    inner: Sequence[Mutation]
    outer: Sequence[Mutation]


def _dvs128(write: Any, size: int, fields: Any) -> Callable[[Recipe], Pieces]:
    def plan(recipe: Recipe) -> Pieces:
        content = write(recipe.events)
        data = len(recipe.events) * size
        first = len(content) - data
        return split_lines(content[:first]) + split_records(content[first:], size, fields)

    return plan


def _aedat3(recipe: Recipe) -> Pieces:
    found = split_lines(writers.AEDAT3_HEADER)
    for part in np.array_split(recipe.events, 1 + recipe.variant % 3):
        packet = writers.aedat3_packet(writers.aedat3_words(part), part["t"] & (2**31 - 1))
        found += [
            Piece(packet[:28], AEDAT3_HEADER_FIELDS),
            *split_records(packet[28:], 8, ((0, "<I"), (4, "<i"))),
        ]
    return found


def _aedat4(recipe: Recipe) -> Pieces:
    method = recipe.variant % 5
    pack = _compressor(method)
    parts = []
    for part in np.array_split(recipe.events, 1 + recipe.variant % 3):
        content = writers.aedat4_packet(part)[8:]
        head = tuple((i, "<I") for i in range(0, min(len(content), 32), 4))
        places = tuple((i, "<H") for i in range(12, 20, 2))
        inside = [Piece(content[:32], head + places)]
        inside += split_records(content[32:], 16, ((0, "<q"), (8, "<h"), (10, "<h"), (12, "B")))
        packed = pack(join_pieces(mutate_pieces(inside, recipe.inner)))
        parts += [
            Piece(pack_number(0, "<i") + pack_number(len(packed), "<i"), ((0, "<i"), (4, "<i")))
        ]
        parts += [Piece(packed)]
    size = len(join_pieces(parts))
    first = len(writers.aedat4_header())
    end = first + size if recipe.variant % 2 else -1
    header = writers.aedat4_header(method, end)
    fields = tuple((i, "<I") for i in range(0, len(header) - 17, 2))
    return [*split_lines(header[:14]), Piece(header[14:], fields), *parts, Piece(b"a table")]


def _compressor(method: int) -> Callable[[bytes], bytes]:
    if method == 0:
        return bytes
    if method <= 2:
        lz4: Any = importlib.import_module("lz4.frame")
        return lambda content: bytes(lz4.compress(content))
    zstd: Any = importlib.import_module("zstandard").ZstdCompressor(level=1)
    return lambda content: bytes(zstd.compress(content))


def _nmnist(recipe: Recipe) -> Pieces:
    return split_records(
        writers.nmnist(recipe.events), 5, ((0, "B"), (1, "B"), (2, "B"), (2, ">H"))
    )


def npy_pieces(array: Any) -> Pieces:
    """Pieces of a .npy file: its magic, the words of its header, its entries."""
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asarray(array), allow_pickle=False)
    content = file.getvalue()
    first = 10 + int.from_bytes(content[8:10], "little")
    magic = Piece(content[:10], ((6, "B"), (7, "B"), (8, "<H")))
    words = content[10:first].replace(b",", b",\0").split(b"\0")
    size = array.dtype.itemsize
    return [
        magic,
        *(Piece(word) for word in words),
        *split_records(content[first:], size, ((0, "<q"),)),
    ]


def _with_other_dtypes(recipe: Recipe) -> Any:
    """The events in other kinds of fields."""
    if recipe.variant % 3 == 0:
        return recipe.events
    fields = ("t", "x", "y", "p") if recipe.variant % 2 else ("p", "y", "x", "t")
    kinds = ("<i8", ">u4", "u8", "<u2", "i1", "f8")
    kind = kinds[recipe.variant % len(kinds)]
    return recipe.events.astype([(name, kind if name == "t" else EVENT[name]) for name in fields])


def _structured(recipe: Recipe) -> Pieces:
    with np.errstate(all="ignore"):
        return npy_pieces(_with_other_dtypes(recipe))


def _npz(recipe: Recipe) -> Pieces:
    file = io.BytesIO()
    method = ZIP_METHODS[recipe.variant % len(ZIP_METHODS)]
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", method) as archive:
        warnings.simplefilter("ignore")  # of names that come twice
        for place, name in enumerate("txyp"):
            column = np.ascontiguousarray(recipe.events[name])
            if recipe.variant % 29 == place:
                column = column.astype(DTYPES[recipe.variant % len(DTYPES)])
            title = f"{name}.npy"
            if recipe.variant % 31 == place:
                title = MEMBER_NAMES[recipe.variant % len(MEMBER_NAMES)]
            damaged = recipe.inner if recipe.variant % 13 == place else ()
            archive.writestr(title, join_pieces(mutate_pieces(npy_pieces(column), damaged)))
    return zip_pieces(file.getvalue())


def zip_pieces(content: bytes) -> Pieces:
    """Pieces of a zip file: its heads, and what is between them."""
    places = [found.start() for found in re.finditer(b"|".join(ZIP_SIGNATURES), content)]
    edges = [*places, len(content)]
    found = []
    for start, stop in pairwise(edges):
        fields = ZIP_SIGNATURES[content[start : start + 4]]
        head = {id(ZIP_LOCAL_FIELDS): 30, id(ZIP_CENTRAL_FIELDS): 46, id(ZIP_END_FIELDS): 22}[
            id(fields)
        ]
        found += [Piece(content[start : min(start + head, stop)].ljust(head, b"\0"), fields)]
        found += [Piece(content[start + head : stop])]
    return found


def _mat(recipe: Recipe) -> Pieces:
    file, events = io.BytesIO(), recipe.events
    p = events["p"].astype(int)
    columns = [events["t"], events["y"].astype(int), 127 - events["x"].astype(int), p]
    kinds = (float, np.uint32, np.int64, np.float32, np.uint8)
    savemat(file, {"CIN": np.stack(columns, 1).astype(kinds[recipe.variant % len(kinds)])})
    content = file.getvalue()
    head = Piece(content[:128], ((0, "<I"), (124, "<H"), (126, "<H")))
    fields = tuple((i, "<I") for i in range(0, 64, 4))
    matrix = [
        Piece(content[128:192], fields),
        *split_records(content[192:], 8, ((0, "<d"), (0, "<q"))),
    ]
    if recipe.variant % 2:
        return [head, *matrix]
    packed = zlib.compress(join_pieces(mutate_pieces(matrix, recipe.inner)))
    tag = Piece(pack_number(15, "<I") + pack_number(len(packed), "<I"), ((0, "<I"), (4, "<I")))
    return [head, tag, Piece(packed)]


FORMAT_WRITERS: dict[str, tuple[str, Callable[[Recipe], Pieces]]] = {
    "aedat1": (".dat", _dvs128(writers.aedat1, 6, ((0, ">H"), (2, ">i")))),
    "aedat2": (".aedat", _dvs128(writers.aedat2, 8, ((0, ">I"), (4, ">i")))),
    "aedat2-turned": (".aedat", _dvs128(writers.aedat2, 8, ((0, ">I"), (4, ">i")))),
    "aedat3": (".aedat", _aedat3),
    "aedat4": (".aedat4", _aedat4),
    "mat": (".mat", _mat),
    "n-mnist": (".bin", _nmnist),
    "npz": (".npz", _npz),
    "npy": (".npy", _structured),
}


def damaged_file(reader: str, recipe: Recipe) -> bytes:
    """A file of the format that ``reader`` reads, damaged by its recipe."""
    return join_pieces(mutate_pieces(FORMAT_WRITERS[reader][1](recipe), recipe.outer))
