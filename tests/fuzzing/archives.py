"""Arrays as the members of a zip file, and what can happen to them."""

import functools
import io
import random
import struct
import warnings
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

DTYPES = ("u1", ">f4", "f4", "f8", "f2", "c16", "?", "S3", "U2", "i8", "V4")
SHAPES = ((), (0,), (1,), (3, 4), (4, 3), (12,), (1, 12), (2, 0, 3))


def mutate_arrays(arrays: Mapping[str, Any], rng: random.Random) -> dict[str, Any]:
    """Arrays of which some are lost, renamed, or of another shape, dtype or content."""
    found = dict(arrays)
    for _ in range(rng.choice((0, 1, 1, 2))):
        if not found:
            break
        name = rng.choice(list(found))
        kind = rng.randrange(6)
        if kind == 0:
            del found[name]
        elif kind == 1:
            found[rng.choice(("", "a", "in/X", "params/../x", "x" * 300))] = found.pop(name)
        elif kind == 2:
            found[name] = np.zeros(found[name].shape, rng.choice(DTYPES))
        elif kind == 3:
            found[name] = np.ones(rng.choice(SHAPES), found[name].dtype)
        elif kind == 4:
            found[name] = np.full_like(found[name], rng.choice((0, 1)))
        elif found[name].dtype.kind == "f":
            with np.errstate(over="ignore"):
                found[name] = np.full_like(found[name], rng.choice((np.nan, np.inf, 1e30)))
    return found


@functools.lru_cache(4096)
def _member(content: bytes, dtype: str, shape: tuple[int, ...]) -> bytes:
    array = np.frombuffer(content, dtype) if content else np.zeros(0, dtype)
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        np.lib.format.write_array(file, array.reshape(shape), allow_pickle=False)
    return file.getvalue()


def member(array: Any) -> bytes:
    """An array as a .npy file."""
    return _member(array.tobytes(), array.dtype.str, array.shape)


def make_zip(members: Mapping[str, bytes], deflated: bool) -> bytes:
    """A zip file; quicker than zipfile, which asks for the time of day."""
    parts, directory, at = [], [], 0
    for name, content in members.items():
        title = name.encode("utf-8", "replace")
        packed = zlib.compress(content, 1, -15) if deflated else content
        sizes = (zlib.crc32(content), len(packed), len(content), len(title))
        head = struct.pack("<5H3I2H", 20, 2048, 8 if deflated else 0, 0, 33, *sizes, 0)
        parts += [b"PK\3\4", head, title, packed]
        directory += [b"PK\1\2", struct.pack("<H", 20), head]
        directory += [struct.pack("<3H2I", 0, 0, 0, 0, at), title]
        at += 30 + len(title) + len(packed)
    listed = b"".join(directory)
    end = struct.pack("<4H2IH", 0, 0, len(members), len(members), len(listed), at, 0)
    return b"".join(parts) + listed + b"PK\5\6" + end


def damaged_npz(arrays: Mapping[str, Any], rng: random.Random, deflated: bool) -> bytes:
    """An npz of the arrays: at times with a member that is no array, bits turned, or cut short."""
    members = {f"{name}.npy": member(array) for name, array in arrays.items()}
    kind = rng.randrange(8)
    if kind == 0 and members:
        members[rng.choice((*members, "a", "b.npy"))] = b"x"
    content = make_zip(members, deflated != (rng.randrange(20) == 0))
    if kind in {1, 2}:
        damaged = bytearray(content)
        for _ in range(rng.choice((1, 1, 2, 3))):
            damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
        content = bytes(damaged)
    elif kind == 3:
        content = content[: rng.randrange(len(content) + 1)]
    return content
