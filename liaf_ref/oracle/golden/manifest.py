"""The manifest of a golden set: everything that is not an array, as JSON."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from liaf_ref import __version__
from liaf_ref._core.errors import FormatError
from liaf_ref._core.safe_load import parse_json
from liaf_ref._core.text import short_repr, short_text
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import LEVELS, Case, Chunks, Node
from liaf_ref.oracle.golden import array_dict, hexadecimal, schema
from liaf_ref.oracle.golden.golden_case import GoldenCase
from liaf_ref.oracle.golden.safetensors_format import array_bytes

FORMAT = "liaf-golden"
# The first number changes when an expected value changes, the second when cases are added or,
# before the first release, keys renamed, the third when only descriptions change.
VERSION = "1.2.0"
Entry = dict[str, Any]
FORMATS: tuple[str, ...] = ("npz", "safetensors", "hex")
ENTRY_KEYS = ("name", "level", "description", "nodes", "optimizer", "exact", "required", "arrays")
DTYPE_NAMES = {np.dtype(name): name for name in ("int64", "float64", "float32")}


def case_entry(golden: GoldenCase, arrays: Mapping[str, Array]) -> Entry:
    """Describe one case for the manifest."""
    case = golden.case
    return {
        "name": case.name,
        "level": case.level,
        "description": case.description,
        "nodes": [node._asdict() | {"options": dict(node.options)} for node in case.nodes],
        "optimizer": None if case.optimizer is None else dict(case.optimizer),
        **({} if case.chunks is None else {"chunks": case.chunks._asdict()}),
        "exact": golden.exact,
        **golden.metadata,
        "required": sorted(golden.required),
        "arrays": {
            name: _describe_array(arrays[name]) | {"role": array_dict.role_of(name)}
            for name in sorted(arrays)
        },
    }


def sha256_of(array: Array) -> str:
    """The sha256 of an array's bytes."""
    return hashlib.sha256(array_bytes(array)).hexdigest()


def dumps(entries: Iterable[Entry], formats: Iterable[str]) -> bytes:
    """Write a manifest, one case a line."""
    head = {
        "format": FORMAT,
        "format_version": VERSION,
        "generator": f"liaf_ref {__version__}",
        "formats": list(formats),
        "levels": LEVELS,
        "roles": array_dict.ROLES,
        "hex_bits": hexadecimal.WORD_BITS,
    }
    lines = ",\n".join(json.dumps(e, separators=(",", ":")) for e in entries)
    text = json.dumps(head, indent=1).removesuffix("\n}")
    return f'{text},\n "cases": [\n{lines}\n]}}\n'.encode()


def loads(content: bytes, path: Path | str) -> tuple[list[Entry], list[str]]:
    """Read a manifest."""
    try:
        manifest = parse_json(content)
    except ValueError as error:
        raise FormatError(path, f"expected JSON, got an error: {error}") from error
    _check_version(manifest, path)
    entries, formats = manifest.get("cases"), manifest.get("formats")
    if not isinstance(entries, list) or not isinstance(formats, list):
        raise FormatError(path, "expected `cases` and `formats` to be lists, got another value")
    if not formats or not all(kind in FORMATS for kind in formats):
        raise FormatError(
            path, f"expected formats among {', '.join(FORMATS)}, got {short_repr(formats)}"
        )
    if not entries:
        raise FormatError(path, "cases: expected at least one, got none")
    for number, found in enumerate(entries):
        lost = [key for key in ENTRY_KEYS if not isinstance(found, dict) or key not in found]
        if lost:
            raise FormatError(path, f"case {number}: expected {lost[0]}, got none")
        tables = found["arrays"].values() if isinstance(found["arrays"], dict) else [None]
        if not all(isinstance(table, dict) for table in tables):
            raise FormatError(path, f"case {number}: expected arrays by name, got another value")
    schema.check_entries(entries, path)
    return entries, formats


def golden_case(entry: Entry, arrays: Mapping[str, Array], path: Path | str) -> GoldenCase:
    """Build a golden case from its manifest entry and arrays; inverse of :func:`case_entry`."""
    try:
        nodes = tuple(
            Node(node["name"], node["op"], tuple(node["inputs"]), node["options"])
            for node in entry["nodes"]
        )
        head = entry["name"], entry["level"], nodes
        cut = entry.get("chunks")
        case = Case(
            *head,
            array_dict.input_arrays(arrays),
            entry["optimizer"],
            entry["description"],
            None if cut is None else Chunks(tuple(cut["steps"]), cut["bptt"]),
        )
        _check_dtypes(arrays)
        expected = array_dict.expected_arrays(arrays)
        tolerance = array_dict.unflatten_tolerances(
            arrays, expected, entry["exact"], entry.get("dtype")
        )
        _check_tolerance(tolerance, expected)
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError(
            path, f"case {entry['name']}: cannot be read: {short_repr(error)}"
        ) from error
    facts = {k: value for k, value in entry.items() if k not in ENTRY_KEYS and k != "chunks"}
    required = frozenset(entry["required"])
    return GoldenCase(case, expected, tolerance, required, entry["exact"], facts)


def _check_dtypes(arrays: Mapping[str, Array]) -> None:
    for name, array in arrays.items():
        if name.partition("/")[0] in array_dict.ROLES and array.dtype not in DTYPE_NAMES:
            raise ValueError(f"array {short_text(name)} has the unsupported dtype {array.dtype}")


def _check_tolerance(
    tolerance: Mapping[str, Mapping[str, Array]], expected: Mapping[str, Array]
) -> None:
    for arrays in tolerance.values():
        for name, array in arrays.items():
            if array.shape != expected[name].shape or not (array >= 0).all():
                raise ValueError(
                    f"tolerance of {short_text(name)} has a wrong shape or a value below 0"
                )


def check_arrays(entry: Entry, arrays: Mapping[str, Array], path: Path | str) -> None:
    """Refuse arrays that are not the manifest's."""
    expected = entry["arrays"]
    for name in sorted(expected.keys() ^ arrays.keys()):
        problem = "missing in the file" if name in expected else "not listed in the manifest"
        raise FormatError(path, f"array {short_text(name)}: {problem}")
    for name, array in arrays.items():
        for key, actual in _describe_array(array).items():
            if actual != expected[name].get(key):
                reason = f"expected {key} {short_repr(expected[name].get(key))}, got {actual}"
                raise FormatError(path, f"array {short_text(name)}: {reason}")


def _describe_array(array: Array) -> Entry:
    return {
        "shape": list(array.shape),
        "dtype": DTYPE_NAMES.get(array.dtype) or array.dtype.name,
        "sha256": sha256_of(array),
    }


def _check_version(manifest: object, path: Path | str) -> None:
    """Refuse a manifest of something else, or of a version that means something else."""
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise FormatError(path, f"format: expected {FORMAT!r}, got {short_repr(_format(manifest))}")
    version = str(manifest.get("format_version"))
    if not re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", version):
        reason = f"expected three numbers such as {VERSION}, got {short_repr(version)}"
        raise FormatError(path, f"format_version: {reason}")
    major = VERSION.partition(".")[0]
    if version.partition(".")[0] != major:
        raise FormatError(path, f"format_version: expected {major}.x, got {short_repr(version)}")


def _format(manifest: object) -> object:
    return manifest.get("format") if isinstance(manifest, dict) else type(manifest).__name__
