"""Texts: what they say, or why they say nothing, in full."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from liaf_ref._core.errors import FormatError
from liaf_ref._core.safe_load import (
    is_number,
    load_npy,
    parse_json,
    parse_toml,
    read_bytes,
    read_json,
    read_json_object,
    read_toml,
)

DEEP = "lists or tables are nested too deeply"
LONG = "x" * 300
MESSAGES: dict[str, tuple[Callable[[Path], Any], bytes, Any]] = {
    "a list": (read_json, b"[1, 2.5, null]", [1, 2.5, None]),
    "letters": (read_json, '"é"'.encode(), "é"),
    "an object": (read_json_object, b'{"a": {"b": 1}}', {"a": {"b": 1}}),
    "TOML": (read_toml, b"a = 1\n[b]\n", ({"a": 1, "b": {}}, "a = 1\n[b]\n")),
    "bytes": (lambda path: read_bytes(path, "bytes", 3), b"\x00\xff\r", b"\x00\xff\r"),
}
NONE: dict[str, tuple[Callable[[Path], Any], bytes, str]] = {
    "no JSON": (
        read_json,
        b"[1,",
        ": expected JSON, got an error: Expecting value: line 1 column 4 (char 3)",
    ),
    "deep JSON": (read_json, b"[" * 100_000, f": expected JSON, got an error: {DEEP}"),
    "no object": (read_json_object, b"[]", ": expected a JSON object, got a list"),
    "no JSON for an object": (
        read_json_object,
        b"",
        ": expected a JSON object, got an error: Expecting value: line 1 column 1 (char 0)",
    ),
    "no TOML": (read_toml, b"a = 1\nb = \n", ":2: expected TOML, got an error: Invalid value"),
    "TOML that ends": (
        read_toml,
        b"a",
        ": expected TOML, got an error: Expected '=' after a key in a key/value pair "
        "(at end of document)",
    ),
    "deep TOML": (read_toml, b"a = " + b"[" * 10_000, f": expected TOML, got an error: {DEEP}"),
    "no text": (
        read_toml,
        b"a = '\xff'",
        ": expected TOML, got an error: 'utf-8' codec can't decode byte 0xff in position 5: "
        "invalid start byte",
    ),
    "a long complaint": (
        read_toml,
        f"[{LONG}]\n[{LONG}]".encode(),
        f":2: expected TOML, got an error: {f'Cannot declare {(LONG,)} twice'[:200]}",
    ),
    "too many bytes": (
        lambda path: read_bytes(path, "three", 3),
        b"four",
        ": expected three, got a file of 4 bytes; the limit is 3 bytes",
    ),
}


@pytest.mark.parametrize("case", MESSAGES)
def test_what_a_text_says(tmp_path: Path, case: str) -> None:
    read, content, text = MESSAGES[case]
    (tmp_path / "a").write_bytes(content)
    assert read(tmp_path / "a") == text


@pytest.mark.parametrize("case", NONE)
def test_why_a_text_says_nothing(tmp_path: Path, case: str) -> None:
    read, content, reason = NONE[case]
    path = tmp_path / "a"
    path.write_bytes(content)
    with pytest.raises(FormatError) as caught:
        read(path)
    assert str(caught.value) == f"{path}{reason}"
    assert caught.value.path == path


READERS: dict[str, Callable[[Path], Any]] = {
    "JSON": read_json,
    "a JSON object": read_json_object,
    "TOML": read_toml,
    "an array in NumPy's format": load_npy,
}


@pytest.mark.parametrize("required", READERS)
def test_what_is_no_file_is_stated(tmp_path: Path, required: str) -> None:
    path = tmp_path / "a"

    def why() -> str:
        with pytest.raises(FormatError) as caught:
            READERS[required](path)
        return str(caught.value)

    assert (
        why() == f"{path}: expected {required}, but it cannot be read: {os.strerror(errno.ENOENT)}"
    )
    path.mkdir()
    assert (
        why() == f"{path}: expected {required}, but it cannot be read: {os.strerror(errno.EISDIR)}"
    )
    path.rmdir()
    os.mkfifo(path)
    assert why() == f"{path}: expected {required}, got a pipe or device"


@pytest.mark.parametrize(
    ("read", "limit"), [(read_json, 2**24), (read_json_object, 2**24), (read_toml, 2**20)]
)
def test_a_text_has_so_many_bytes_and_no_more(
    tmp_path: Path, read: Callable[[Path], Any], limit: int
) -> None:
    with (tmp_path / "a").open("wb") as file:
        file.truncate(limit + 1)
    with pytest.raises(
        FormatError, match=f"got a file of {limit + 1} bytes; the limit is {limit} bytes"
    ):
        read(tmp_path / "a")


DEEP_KEYS = {
    "a key": "%s = 1",
    "a header": "[%s]",
    "a list of tables": "[[%s]]",
    "a table in a line": "z = {b = 1, %s = 1}",
    "after a comment": '# """\n%s = 1',
    "after a string of lines": 'z = """ " \\" """""\n%s = 1',
    "after a literal of lines": "z = {b = ''' \\''', %s = 1}",
    "after a string in a line": 'z = {b = "\\"", %s = 1}',
}


@pytest.mark.parametrize("part", ["a", '"="', "'['", ' "\\"" '])
@pytest.mark.parametrize("place", DEEP_KEYS)
def test_a_key_has_few_dots(place: str, part: str) -> None:
    short, long = (DEEP_KEYS[place] % ".".join([part] * count) for count in (8, 9))
    assert parse_toml(short)
    with pytest.raises(ValueError, match=f"^{DEEP}$"):
        parse_toml(long)


def test_dots_of_texts_and_of_lists_are_no_keys() -> None:
    dots, numbers = "." * 99, [0.5] * 99
    text = f'a = "{dots}" # {dots}\nb = """{dots}"""\nc = \'{dots}\'\nd = {numbers}\n'
    assert parse_toml(text) == {"a": dots, "b": dots, "c": dots, "d": numbers}


@pytest.mark.parametrize("parse", [parse_json, parse_toml])
def test_what_is_too_deep_is_no_value(parse: Callable[[str], Any]) -> None:
    with pytest.raises(ValueError, match=f"^{DEEP}$"):
        parse("a = " * (parse is parse_toml) + "[" * 100_000)


@pytest.mark.parametrize("value", [0, -1.5, float("nan"), 2**63 - 1, 1 - 2**63])
def test_numbers(value: object) -> None:
    assert is_number(value)


@pytest.mark.parametrize("value", [True, None, "1", 1j, [1], 2**63, -(2**63)])
def test_what_is_no_number(value: object) -> None:
    assert not is_number(value)
