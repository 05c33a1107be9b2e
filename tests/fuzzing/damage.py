"""What can happen to a file: to its document, its arrays, its words or its records, by its name."""

import copy
import io
import json
import math
import re
import struct
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import PurePath
from random import Random
from typing import Any

import numpy as np

Files = Mapping[str, bytes]
EXTREME_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2, 7, 2**31, 2**63 - 1, 2**63, 2**64, 10**30, -(10**400)),
    *(0.5, -0.0, 1e-320, 1e308, -1e308, math.nan, math.inf, -math.inf, 1.0000001),
    *("", " ", "x", "..", "../x", "/etc/passwd", "a\0b", "a\nb", "é", "\ud800", "x" * 3000),
    *("babi", "liaf", "float64", "0x1p-3", "0x1p99999", "nan", "1", "NaN", "__class__", "%s{0}"),
    *([], [[]], [None], {}, {"": 0}, {"a": {}}, [1, "a", None], [[0, 1], [2]]),
)
KEYS = ("", "a", "..", "__class__", "name", "shape", "x" * 999, "a.b", "é", "task", "experiment")
NUMBERS = (0, 1, 2, 3, 7, 8, 9, *(2**n + d for n in (7, 8, 15, 16, 31, 32, 63) for d in (-1, 0)))
NUMBERS += (2**24, 2**62, 2**64 - 1)
FORMS = ("B", "<H", ">H", "<I", ">I", "<Q")
WORD = re.compile(rb"[A-Za-z_]+|[0-9.]+|\s+|.", re.DOTALL)
WORDS = (
    *(b"-1", b"99999999999", b"8", b"0", b"O", b"(7,)", b"nan", b"1e999", b"-", b"true", b"[]"),
    *(b"{}", b"{a = [0]}", b"'x'", b'"babi"', b"[" * 9999, b'{"a":' * 9999, b"9" * 5000),
    *(b" " * 5000, b"\xff\xfe", b"\xef\xbb\xbf", b"# \xc2\xb5" + b"x" * 99 + b"\n"),
    *(b"#!AER-DAT2.0\r\n", b"#!AER-DAT3.1\r\n", b"#!END-HEADER\r\n", b"#\n", b"(" * 300),
)
RECORD_SIZES = {".bin": 5, ".dat": 6}  # of events; others have 8 bytes
DTYPES = ("u1", ">f4", "f4", "f8", "f2", "c16", "?", "S3", "U2", "i8", "V4")
SHAPES = ((), (0,), (1,), (3, 4), (4, 3), (12,), (1, 12), (2, 0, 3))


def damage(files: Files, rng: Random) -> dict[str, bytes]:
    """One file damaged as what its name says it is; in one of eight inputs nothing happens."""
    found = dict(files)
    if rng.randrange(8):
        name = rng.choice(sorted(found))
        suffix = PurePath(name).suffix
        records = partial(damage_records, size=RECORD_SIZES.get(suffix, 8))
        found[name] = BY_SUFFIX.get(suffix, records)(found[name], rng)
    return found


# Documents.


def mutate_document(document: Any, rng: Random) -> Any:
    """A copy in which one to four things have happened."""
    box = [copy.deepcopy(document)]
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4))):
        if not (places := _places(box)):
            return None
        holder, key = rng.choice(places)
        extreme = copy.deepcopy(rng.choice((*EXTREME_VALUES, holder[key])))
        match rng.randrange(8):
            case 0:
                del holder[key]
            case 1 if isinstance(holder, dict):
                holder[rng.choice(KEYS)] = extreme
            case 1:
                holder.insert(key, extreme)
            case 2 | 3 | 4:
                holder[key] = extreme
            case _:
                holder[key] = rng.choice(_similar(holder[key], rng))
    return box[0] if box else None


def _places(box: list[Any]) -> list[tuple[Any, Any]]:
    """All places in a document, none likelier for being near the top."""
    places: list[tuple[Any, Any]] = []
    todo: list[Any] = [box]
    while todo:
        holder = todo.pop()
        for key in holder if isinstance(holder, dict) else range(len(holder)):
            places.append((holder, key))
            if isinstance(holder[key], dict | list):
                todo.append(holder[key])
    return places


def _similar(value: Any, rng: Random) -> tuple[Any, ...]:
    """The value as another kind, a number next to it, or a text with something in it."""
    match value:
        case bool():
            return not value, [value]
        case int():
            return value + 1, value - 1, -value, value * 10, 1.0 * (value % 999), f"{value:x}"
        case float():
            return -value, value / 3, value * 7, 1 - value, 1, str(value)
        case str():
            at, char = rng.randrange(len(value) + 1), rng.choice(("", "x", "/", "\0", "9", "é"))
            return value[:at] + char + value[at + 1 :], [value]
    return [value], {"a": value}, repr(value)[:200], [value] * 3


def as_json(document: Any) -> bytes:
    """One line of JSON, with NaN and whatever else Python writes."""
    return json.dumps(document).encode()


def damage_json(content: bytes, rng: Random) -> bytes:
    """A document as values, or in one of four as text."""
    if not rng.randrange(4):
        return damage_text(content, rng)
    return as_json(mutate_document(json.loads(content), rng))


def damage_json_line(content: bytes, rng: Random) -> bytes:
    """One of the documents that stand in lines of their own."""
    lines = content.splitlines(keepends=True)
    at = rng.randrange(len(lines))
    lines[at] = damage_json(lines[at], rng) + b"\n"
    return b"".join(lines)


# Words and records.


def _mutate_pieces(
    pieces: list[bytes], rng: Random, change: Callable[[bytes, Random], bytes]
) -> bytes:
    """The file of some pieces, of which some are changed, lost, repeated or in other places."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        at = rng.randrange(len(pieces)) if pieces else 0
        some = slice(at, at + rng.randrange(1, 4))
        match rng.randrange(12):
            case 0:  # the file ends here
                pieces[at:] = [p[: rng.randrange(len(p) + 1)] for p in pieces[at : at + 1]]
            case 1:
                pieces[at:at] = pieces[some]
            case 2:
                del pieces[some]
            case 3:
                pieces[at:at] = [rng.choice(WORDS)]
            case 4 if pieces:
                other = rng.randrange(len(pieces))
                pieces[at], pieces[other] = pieces[other], pieces[at]
            case _ if pieces:
                pieces[at] = (_flip_bits if rng.randrange(4) == 0 else change)(pieces[at], rng)
    return b"".join(pieces)


def _flip_bits(piece: bytes, rng: Random) -> bytes:
    at = rng.randrange(len(piece) + 1)
    flipped = bytes(byte ^ 1 << rng.randrange(8) for byte in piece[at : at + 1])
    return piece[:at] + flipped + piece[at + 1 :]


def damage_text(content: bytes, rng: Random) -> bytes:
    """Words that are other words, or lines in other places."""
    by_line = rng.randrange(4) == 0
    pieces = content.splitlines(keepends=True) if by_line else WORD.findall(content)
    return _mutate_pieces(pieces, rng, lambda word, rng: rng.choice(WORDS))


def _set_number(piece: bytes, rng: Random) -> bytes:
    form = rng.choice(FORMS)
    size, order = struct.calcsize(form), "big" if form[0] == ">" else "little"
    at = rng.randrange(0, max(1, len(piece) - size + 1), min(size, 2))
    old = int.from_bytes(piece[at : at + size], order)  # type: ignore[arg-type]
    choices = (*NUMBERS, old + 1, old - 1, old ^ 1 << rng.randrange(64), rng.getrandbits(64))
    number = (rng.choice(choices) % (1 << 8 * size)).to_bytes(size, order)  # type: ignore[arg-type]
    return piece[:at] + number + piece[at + size :]


def damage_records(content: bytes, rng: Random, size: int = 8) -> bytes:
    """Lines of a header, and numbers in records of one size."""
    start = re.match(rb"(#[^\n]*\n)*", content).end()  # type: ignore[union-attr]
    pieces = content[:start].splitlines(keepends=True)
    pieces += [content[i : i + size] for i in range(start, len(content), size)]
    return _mutate_pieces(pieces, rng, _set_number)


# Arrays.


def mutate_arrays(arrays: Mapping[str, Any], rng: Random) -> dict[str, Any]:
    """Arrays of which some are lost, renamed, or of another shape, dtype or content."""
    found = dict(arrays)
    for _ in range(rng.choice((0, 1, 1, 2)) if found else 0):
        name = rng.choice(list(found))
        array = found.pop(name)
        kind = rng.randrange(6)
        if kind == 0 and found:
            continue
        if kind == 1:
            name = rng.choice(("", "a", "in/X", "params/../x", "x" * 300))
        elif kind == 2:
            array = np.zeros(array.shape, rng.choice(DTYPES))
        elif kind == 3:
            array = np.ones(rng.choice(SHAPES), array.dtype)
        elif kind == 4:
            array = np.full_like(array, rng.choice((0, 1)))
        elif array.dtype.kind == "f":
            with np.errstate(over="ignore"):
                array = np.full_like(array, rng.choice((np.nan, np.inf, 1e30)))
        found[name] = array
    return found


def as_npz(arrays: Mapping[str, Any]) -> bytes:
    """Arrays in a zip file."""
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def damage_npz(content: bytes, rng: Random) -> bytes:
    """Arrays, a header of JSON among them, or the bytes of the zip file."""
    with np.load(io.BytesIO(content)) as file:
        arrays = dict(file)
    if rng.randrange(3) == 0:
        return damage_records(content, rng)
    if "header" in arrays and rng.randrange(2):
        header = damage_json(arrays["header"].tobytes(), rng)
        return as_npz(arrays | {"header": np.frombuffer(header, np.uint8)})
    return as_npz(mutate_arrays(arrays, rng))


def damage_safetensors(content: bytes, rng: Random) -> bytes:
    """The header as JSON, its length, or the file cut short."""
    start = 8 + int.from_bytes(content[:8], "little")
    if rng.randrange(4) == 0:
        return content[: rng.randrange(len(content))]
    text = damage_json(content[8:start], rng)
    size = len(text) if rng.random() < 0.9 else rng.choice((0, 1, 2**20, 2**63, 2**64 - 1))
    return size.to_bytes(8, "little") + text + content[start:]


BY_SUFFIX: dict[str, Callable[[bytes, Random], bytes]] = {
    ".json": damage_json,
    ".jsonl": damage_json_line,
    **dict.fromkeys((".toml", ".csv", ".md", ".txt", ".hex", ""), damage_text),
    ".npz": damage_npz,
    ".safetensors": damage_safetensors,
}
