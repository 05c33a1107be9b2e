"""The manifest of a golden set: everything that is not an array, as JSON, and what it may say."""

import contextlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from liaf_ref import __version__
from liaf_ref._core.errors import FormatError, InputError
from liaf_ref._core.safe_load import parse_json
from liaf_ref._core.system import is_file_name
from liaf_ref._core.text import short_repr, short_text
from liaf_ref.oracle.case import DTYPES, LEVELS, Array, ArrayMap, Case, Chunks, Node
from liaf_ref.oracle.formats import dtype_name
from liaf_ref.oracle.golden import cases
from liaf_ref.oracle.opset import OPTIMIZERS
from liaf_ref.oracle.shapes import array_shapes, is_network_input

FORMAT = "liaf-golden"
# The first number changes when an expected value changes, the second when cases are added or,
# before the first release, keys renamed, the third when only descriptions change.
VERSION = "1.4.0"
Entry = dict[str, Any]
FORMATS: tuple[str, ...] = ("safetensors", "hex")
HEAD = ("format", "format_version", "formats", "cases")  # what is read beside each entry
ENTRY_KEYS = ("name", "level", "description", "nodes", "optimizer", "exact", "required", "arrays")
NAME_PATTERN = "[a-z0-9_-]{1,150}"  # a case's name is part of its files' names
MAX_ARRAY_NAME_LENGTH = 60  # characters of an array's name, which is so too
INPUTS, ANSWERS = ("in", "fix", "par", "up", "gate"), ("exp", "grad", "dbg", "step1")


def case_entry(golden: cases.GoldenCase, arrays: Mapping[str, Array]) -> Entry:
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
            name: _describe_array(arrays[name]) | {"role": cases.ROLES[name.partition("/")[0]]}
            for name in sorted(arrays)
        },
    }


def dumps(entries: Iterable[Entry], formats: Iterable[str]) -> bytes:
    """Write a manifest, one case a line."""
    head = {
        "format": FORMAT,
        "format_version": VERSION,
        "generator": f"liaf_ref {__version__}",
        "formats": list(formats),
        "levels": LEVELS,
        "roles": cases.ROLES,
        "hex_bits": cases.WORD_BITS,
    }
    lines = ",\n".join(json.dumps(e, separators=(",", ":")) for e in entries)
    text = json.dumps(head, indent=1).removesuffix("\n}")
    return f'{text},\n "cases": [\n{lines}\n]}}\n'.encode()


def loads(content: bytes, path: Path | str) -> tuple[list[Entry], list[str]]:
    """Read cases and formats; each entry is checked when it is read as a case."""
    with about(path):
        found = parse_json(content)
        _expect(isinstance(found, dict), "expected a JSON object", found)
        form, version, formats, entries = map(found.get, HEAD)
        major = VERSION.partition(".")[0]
        is_version = re.fullmatch(rf"{major}\.[0-9]+\.[0-9]+", str(version))
        _expect(form == FORMAT, f"format: expected {FORMAT!r}", form)
        _expect(is_version, f"format_version: expected {major}.x.x", version)
        known = formats and {*formats} <= {*FORMATS}
        _expect(known, f"formats: expected a list of {', '.join(FORMATS)}", formats)
        whole = entries and all(isinstance(e, dict) and e.keys() >= {*ENTRY_KEYS} for e in entries)
        _expect(whole, f"cases: expected at least one, each with {', '.join(ENTRY_KEYS)}", entries)
    return entries, formats


@contextlib.contextmanager
def about(path: Path | str, entry: Entry | None = None) -> Iterator[None]:
    """Turn an error into one that names the file and the case."""
    try:
        yield
    except FormatError:
        raise
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
        reason = str(error) if isinstance(error, InputError) else f"damaged: {short_repr(error)}"
        case = "" if entry is None else f"case {short_text(entry['name'])}: "
        raise FormatError(path, case + reason) from error


def check_entry(entry: Entry, path: Path | str) -> Entry:
    """Refuse an entry that cannot be a case, before a file is opened for it."""
    with about(path, entry):
        _check_names(entry["name"], entry["level"], entry["required"], entry["arrays"])
        _check_shapes(entry)
    return entry


def golden_case(entry: Entry, arrays: Mapping[str, Array], path: Path | str) -> cases.GoldenCase:
    """Build a golden case from its manifest entry and arrays; inverse of :func:`case_entry`."""
    for name in sorted(entry["arrays"].keys() | arrays.keys()):
        expected = entry["arrays"].get(name, {})
        found = _describe_array(arrays[name]) if name in arrays else {}
        if not found or found != {key: expected.get(key) for key in found}:
            reason = f"expected {short_repr(expected)} of the manifest, got {found or 'none'}"
            raise FormatError(path, f"array {short_text(name)}: {reason}")
    arrays = {name: arrays[name] for name in entry["arrays"]}
    entry = deepcopy({k: v for k, v in entry.items() if k != "arrays"})  # the entry is read again
    cut = entry.get("chunks")
    case = Case(
        entry["name"],
        entry["level"],
        _nodes(entry),
        ArrayMap(cases.with_prefix(arrays, *INPUTS)),
        entry["optimizer"],
        entry["description"],
        None if cut is None else Chunks(tuple(cut["steps"]), cut["bptt"]),
    )
    answer = ArrayMap(cases.with_prefix(arrays, *ANSWERS))
    dtypes = [entry["dtype"]] if "dtype" in entry else DTYPES
    tolerance = cases.unflatten_tolerances(arrays, answer, entry["exact"], dtypes)
    facts = {k: value for k, value in entry.items() if k not in ENTRY_KEYS and k != "chunks"}
    required = frozenset(entry["required"])
    return cases.GoldenCase(case, answer, tolerance, required, entry["exact"], facts)


def storable_name(name: str) -> str:
    """The name of a case with nothing but what files' names may have."""
    return re.sub("[^a-z0-9_-]", "_", name)


def _nodes(entry: Entry) -> tuple[Node, ...]:
    return tuple(Node(n["name"], n["op"], tuple(n["inputs"]), n["options"]) for n in entry["nodes"])


def _describe_array(array: Array) -> Entry:
    return {"shape": list(array.shape), "dtype": dtype_name(array.dtype)}


def _check_names(name: str, level: str, required: list[str], arrays: Entry) -> None:
    fits: object = re.fullmatch(NAME_PATTERN, name) and is_file_name(name)
    _expect(fits, f"name: expected {NAME_PATTERN}, and one that files can have", name)
    _expect(level in LEVELS, f"level: expected one of {', '.join(LEVELS)}", level)
    fits = required and cases.with_prefix(arrays, *ANSWERS).keys() >= {*required}
    _expect(fits, "required: expected a list of at least one array of the answer", required)
    limit = f"names of at most {MAX_ARRAY_NAME_LENGTH} characters that files can have"
    for array in arrays:
        fits = array.isprintable() and is_file_name(array.replace("/", "-"))
        _expect(fits and len(array) <= MAX_ARRAY_NAME_LENGTH, f"arrays: expected {limit}", array)


def _check_shapes(entry: Entry) -> None:
    """Hold an entry's arrays to what the op table says that its nodes have."""
    _expect(entry["nodes"], "nodes: expected a list of at least one", entry["nodes"])
    cut = entry.get("chunks")
    _expect(cut is None or min(cut["steps"]) > 0, "chunks: steps: expected integers >= 1", cut)
    found = {name: tuple(table["shape"]) for name, table in entry["arrays"].items()}
    inputs = {name: shape for name, shape in found.items() if is_network_input(name)}
    optimizer, steps = entry["optimizer"], None
    if optimizer is not None:
        expected = f"optimizer: expected one of {', '.join(OPTIMIZERS)}"
        _expect(optimizer["name"] in OPTIMIZERS, expected, optimizer["name"])
        steps = optimizer["steps"]
    for name, shape in array_shapes(_nodes(entry), inputs, steps).items():
        if name.startswith(("in/", "fix/", "par/")):
            _expect(name in found, f"arrays: expected {short_text(name)}", None)
        for array in (name, *(f"tol/{name}@{dtype}" for dtype in DTYPES)):
            what = f"array {short_text(array)}: expected shape {short_repr(shape)}"
            _expect(found.get(array, shape) == shape, what, found.get(array))


def _expect(fits: object, expected: str, value: object) -> None:
    if not fits:
        raise InputError(f"{expected}, got {short_repr(value)}")
