"""A file as pieces with fields, and what can happen to them."""

import struct
from collections.abc import Sequence
from typing import NamedTuple

Fields = tuple[tuple[int, str], ...]
EXTREME_NUMBERS: tuple[int, ...] = (
    0,
    1,
    2,
    3,
    7,
    8,
    9,
    127,
    128,
    255,
    256,
    2**15 - 1,
    2**15,
    2**16 - 1,
    2**24,
)
EXTREME_NUMBERS += (2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**62, 2**63 - 1, 2**63, 2**64 - 1)
TEXTS = (
    b"#!AER-DAT2.0\r\n",
    b"#!AER-DAT3.1\r\n",
    b"#!AER-DAT4.0\r\n",
    b"#!END-HEADER\r\n",
    b"# AEChip: eu.seebetter.ini.chips.davis.DAVIS240C\r\n",
    b"#\n",
    b"# \xc2\xb5" + b"x" * 99 + b"\n",
    b"\0" * 64,
    b"\xff" * 13,
    b"(" * 300,
    b"0x" + b"f" * 5000,
)


class Piece(NamedTuple):
    """Bytes that belong together, and the numbers in them: where, and of which ``struct`` form."""

    content: bytes
    fields: Fields = ()


class Mutation(NamedTuple):
    """One thing that happens: what, to which piece, to which part of it, how much."""

    kind: int
    piece: int
    part: int
    value: int


Pieces = list[Piece]


def pack_number(value: int, fmt: str) -> bytes:
    """A number in a form, its upper bits cut off."""
    size: int = struct.calcsize(fmt)
    return (value % (1 << 8 * size)).to_bytes(size, "big" if fmt[0] == ">" else "little")


def _mutate_field(piece: Piece, change: Mutation) -> Piece:
    if not piece.fields:
        return _flip_bits(piece, change)
    at, form = piece.fields[change.part % len(piece.fields)]
    old: bytes = piece.content[at : at + struct.calcsize(form)]
    actual = int.from_bytes(old, "big" if form[0] == ">" else "little")
    choices = (
        *EXTREME_NUMBERS,
        actual + 1,
        actual - 1,
        actual ^ 1 << change.part % 64,
        change.value,
    )
    new = pack_number(choices[change.value % len(choices)], form)
    return piece._replace(content=piece.content[:at] + new + piece.content[at + len(old) :])


def _flip_bits(piece: Piece, change: Mutation) -> Piece:
    if not piece.content:
        return piece
    content = bytearray(piece.content)
    content[change.part % len(content)] ^= 1 + change.value % 255
    return piece._replace(content=bytes(content))


def _insert_text(piece: Piece, change: Mutation) -> Piece:
    at = change.part % (len(piece.content) + 1)
    text = TEXTS[change.value % len(TEXTS)]
    return piece._replace(content=piece.content[:at] + text + piece.content[at:])


def _mutate_digit(piece: Piece, change: Mutation) -> Piece:
    """Another number, or another letter, in a text."""
    digits = [i for i, byte in enumerate(piece.content) if 48 <= byte <= 57]
    if not digits:
        return _flip_bits(piece, change)
    at = digits[change.part % len(digits)]
    new = (b"-1", b"99999999999", b"8", b"0", b"O", b"(7,)")[change.value % 6]
    return piece._replace(content=piece.content[:at] + new + piece.content[at + 1 :])


def mutate_pieces(pieces: Sequence[Piece], mutations: Sequence[Mutation]) -> Pieces:
    """Let changes happen, one after the other."""
    found = list(pieces)
    for change in mutations:
        if not found:
            break
        at = change.piece % len(found)
        piece = found[at]
        kind = change.kind % 12
        if kind < 5:
            found[at] = _mutate_field(piece, change)
        elif kind < 7:
            found[at] = (_flip_bits, _mutate_digit)[kind - 5](piece, change)
        elif kind == 7:
            found[at] = _insert_text(piece, change)
        elif kind == 8:  # the file ends here
            keep = change.part % (len(piece.content) + 1)
            found[at:] = [piece._replace(content=piece.content[:keep], fields=())]
        elif kind == 9:
            found[at:at] = found[at : at + 1 + change.value % 3]
        elif kind == 10:
            del found[at : at + 1 + change.value % 3]
        else:
            other = change.part % len(found)
            found[at], found[other] = found[other], found[at]
    return found


def join_pieces(pieces: Sequence[Piece]) -> bytes:
    """The file."""
    return b"".join(piece.content for piece in pieces)


def split_records(content: bytes, size: int, fields: Fields) -> Pieces:
    """Records of one size."""
    return [Piece(content[i : i + size], fields) for i in range(0, len(content), size)]


def split_lines(content: bytes) -> Pieces:
    """Lines of a header."""
    return [Piece(line) for line in content.splitlines(keepends=True)]
