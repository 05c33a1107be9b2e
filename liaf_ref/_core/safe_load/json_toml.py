"""Read JSON and TOML from untrusted files."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

from liaf_ref._core.errors import FormatError
from liaf_ref._core.safe_load.files import MAX_JSON_BYTES, MAX_TOML_BYTES, read_bytes

TOML_LINE_PATTERN = re.compile(r" \(at line (\d+), column \d+\)$")
# Comments and strings of TOML, also one that does not end.
TOML_QUOTED = re.compile(
    r"""#[^\n]*+|\"{3}(?s:\\.|(?!\"{3}).)*+\"{0,5}|'{3}(?s:(?!'{3}).)*+'{0,5}"""
    r"""|"(?:\\.|[^"\\\n])*+"?|'[^'\n]*+'?"""
)
TOML_SEPARATOR = re.compile(r"[=,{}\[\]\n]")
MAX_KEY_DOTS = 7  # for n dots in a key, tomllib takes memory and time as n * n
TOO_DEEP_MESSAGE = "lists or tables are nested too deeply"


def parse_json(content: bytes | str) -> Any:
    """Read JSON."""
    try:
        return json.loads(content)
    except RecursionError as error:
        raise ValueError(TOO_DEEP_MESSAGE) from error


def read_json(path: Path, expected: str = "JSON", max_bytes: int = MAX_JSON_BYTES) -> Any:
    """Read a file of JSON."""
    content = read_bytes(path, expected, max_bytes)
    try:
        return parse_json(content)
    except ValueError as error:
        raise FormatError(
            path, f"expected {expected}, got an error: {_error_text(error)}"
        ) from error


def read_json_object(path: Path, max_bytes: int = MAX_JSON_BYTES) -> dict[str, Any]:
    """Read a file that contains a JSON object."""
    found = read_json(path, "a JSON object", max_bytes)
    if not isinstance(found, dict):
        raise FormatError(path, f"expected a JSON object, got a {type(found).__name__}")
    return found


def read_toml(path: Path, expected: str = "TOML") -> tuple[dict[str, Any], str]:
    """Read a file of TOML."""
    content = read_bytes(path, expected, MAX_TOML_BYTES)
    try:
        text = content.decode("utf-8")
    except ValueError as error:
        raise FormatError(
            path, f"expected {expected}, got an error: {_error_text(error)}"
        ) from error
    try:
        return parse_toml(text), text
    except ValueError as error:
        found = TOML_LINE_PATTERN.search(str(error))
        line = int(found[1]) if found else None
        message = _error_text(TOML_LINE_PATTERN.sub("", str(error)))
        raise FormatError(path, f"expected TOML, got an error: {message}", line=line) from error


def parse_toml(text: str) -> dict[str, Any]:
    """Read TOML whose keys have few dots."""
    if len(text) > MAX_TOML_BYTES:
        raise ValueError(f"{len(text)} characters; the limit is {MAX_TOML_BYTES}")
    words = TOML_SEPARATOR.split(TOML_QUOTED.sub("", text))
    if max(word.count(".") for word in words) > MAX_KEY_DOTS:
        raise ValueError(TOO_DEEP_MESSAGE)
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise ValueError(TOO_DEEP_MESSAGE) from error


def is_number(value: object) -> bool:
    """Whether a value is a float, or an integer that fits into 64 bits."""
    return type(value) is float or (type(value) is int and abs(value) < 2**63)


def _error_text(error: ValueError | str) -> str:
    return " ".join(str(error).split())[:200]
