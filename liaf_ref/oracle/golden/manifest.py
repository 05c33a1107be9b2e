"""The manifest of a golden set: everything that is not an array, as JSON, and what it may say."""

import contextlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from pathlib import Path
from typing import Any

from liaf_ref import __version__
from liaf_ref._core.errors import FormatError, InputError
from liaf_ref._core.kinds import Kind, many, real, refuses, sizes, whole
from liaf_ref._core.safe_load import parse_json
from liaf_ref._core.system import is_file_name
from liaf_ref._core.text import short_repr, short_text
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import BPTT, DTYPES, LEVELS, ArrayMap, Case, Chunks, Node
from liaf_ref.oracle.golden.arrays import ROLES, WORD_BITS, unflatten_tolerances, with_prefix
from liaf_ref.oracle.golden.golden_case import GoldenCase
from liaf_ref.oracle.opset import NUMBER, OPS, OPTIMIZERS, PADDING, SIZE, SIZES
from liaf_ref.oracle.shapes import array_shapes

FORMAT = "liaf-golden"
# The first number changes when an expected value changes, the second when cases are added or,
# before the first release, keys renamed, the third when only descriptions change.
VERSION = "1.3.0"
Entry = dict[str, Any]
FORMATS: tuple[str, ...] = ("safetensors", "hex")
ENTRY_KEYS = ("name", "level", "description", "nodes", "optimizer", "exact", "required", "arrays")
NAME_PATTERN = "[a-z0-9_-]{1,150}"  # a case's name is part of its files' names
MAX_ARRAY_NAME_LENGTH = 60  # characters of an array's name, which is so too
INPUTS, ANSWERS = ("in", "fix", "par", "up", "gate"), ("exp", "grad", "dbg", "step1")


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
            name: _describe_array(arrays[name]) | {"role": ROLES[name.partition("/")[0]]}
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
        "roles": ROLES,
        "hex_bits": WORD_BITS,
    }
    lines = ",\n".join(json.dumps(e, separators=(",", ":")) for e in entries)
    text = json.dumps(head, indent=1).removesuffix("\n}")
    return f'{text},\n "cases": [\n{lines}\n]}}\n'.encode()


def loads(content: bytes, path: Path | str) -> tuple[list[Entry], list[str]]:
    """Read cases and formats; each entry is checked when it is read as a case."""
    try:
        manifest = parse_json(content)
    except ValueError as error:
        raise FormatError(path, f"expected JSON, got an error: {error}") from error
    found: Entry = manifest if isinstance(manifest, dict) else {"format": type(manifest).__name__}
    entries, formats, major = found.get("cases"), found.get("formats"), VERSION.partition(".")[0]
    is_version = re.fullmatch(rf"{major}\.[0-9]+\.[0-9]+", str(found.get("format_version")))
    known = isinstance(formats, list) and formats and all(kind in FORMATS for kind in formats)
    for key, fits, expected in (
        ("format", found.get("format") == FORMAT, repr(FORMAT)),
        ("format_version", is_version, f"{major}.x.x"),
        ("formats", known, f"a list of {', '.join(FORMATS)}"),
        ("cases", isinstance(entries, list) and entries, "a list of at least one"),
    ):
        if not fits:
            reason = f"{key}: expected {expected}, got {short_repr(found.get(key))}"
            raise FormatError(path, reason)
    for number, entry in enumerate(found["cases"]):
        lost = [key for key in ENTRY_KEYS if not isinstance(entry, dict) or key not in entry]
        if lost:
            raise FormatError(path, f"case {number}: expected {lost[0]}, got none")
    return found["cases"], found["formats"]


@contextlib.contextmanager
def about_entry(entry: Entry, path: Path | str) -> Iterator[None]:
    """Turn an error into one that names the file and the case."""
    try:
        yield
    except FormatError:
        raise
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
        reason = str(error) if isinstance(error, InputError) else f"damaged: {short_repr(error)}"
        raise FormatError(path, f"case {title(entry)}: {reason}") from error


def check_entry(entry: Entry, path: Path | str) -> Entry:
    """Refuse an entry that cannot be a case, before a file is opened for it."""
    with about_entry(entry, path):
        _check_entry(entry)
        _check_shapes(entry)
    return entry


def golden_case(entry: Entry, arrays: Mapping[str, Array], path: Path | str) -> GoldenCase:
    """Build a golden case from its manifest entry and arrays; inverse of :func:`case_entry`."""
    for name in sorted(entry["arrays"].keys() | arrays.keys()):
        expected = entry["arrays"].get(name, {})
        found = _describe_array(arrays[name]) if name in arrays else {}
        if not found or found != {key: expected.get(key) for key in found}:
            reason = f"expected {short_repr(expected)} of the manifest, got {found or 'none'}"
            raise FormatError(path, f"array {short_text(name)}: {reason}")
    arrays = {name: arrays[name] for name in entry["arrays"]}
    cut = entry.get("chunks")
    case = Case(
        entry["name"],
        entry["level"],
        _nodes(entry),
        ArrayMap(with_prefix(arrays, *INPUTS)),
        entry["optimizer"],
        entry["description"],
        None if cut is None else Chunks(tuple(cut["steps"]), cut["bptt"]),
    )
    answer = ArrayMap(with_prefix(arrays, *ANSWERS))
    tolerance = unflatten_tolerances(arrays, answer, entry["exact"], entry.get("dtype"))
    facts = {k: value for k, value in entry.items() if k not in ENTRY_KEYS and k != "chunks"}
    return GoldenCase(case, answer, tolerance, frozenset(entry["required"]), entry["exact"], facts)


def title(entry: Entry) -> str:
    """The name of a case for a message, whatever it is."""
    return short_text(entry["name"])


def storable_name(name: str) -> str:
    """The name of a case with nothing but what files' names may have."""
    return re.sub("[^a-z0-9_-]", "_", name)


def is_network_input(name: str) -> bool:
    """Whether an array is given to the network, and not to one node."""
    return name.startswith("in/") and "." not in name


def _nodes(entry: Entry) -> tuple[Node, ...]:
    return tuple(Node(n["name"], n["op"], tuple(n["inputs"]), n["options"]) for n in entry["nodes"])


def _describe_array(array: Array) -> Entry:
    return {"shape": list(array.shape), "dtype": array.dtype.name}


def _check_entry(entry: Entry) -> None:
    name, arrays, optimizer = entry["name"], entry["arrays"], entry["optimizer"]
    fits = isinstance(name, str) and re.fullmatch(NAME_PATTERN, name) and is_file_name(name)
    _expect(fits, f"name: expected {NAME_PATTERN}, and one that files can have on Windows", name)
    for array, table in arrays.items():
        fits = array.isprintable() and is_file_name(array.replace("/", "-"))
        limit = f"names of at most {MAX_ARRAY_NAME_LENGTH} characters fit for files on Windows"
        _expect(fits and len(array) <= MAX_ARRAY_NAME_LENGTH, f"arrays: expected {limit}", array)
        _expect_kind(f"array {array}: shape", SHAPE, table["shape"])
    _expect_one_of("level", entry["level"], LEVELS)
    sources = set(filter(is_network_input, arrays))
    _expect(entry["nodes"], "nodes: expected a list of at least one", entry["nodes"])
    for node in entry["nodes"]:
        _check_node(node, sources)
        sources.add(node["name"])
    if optimizer is not None:
        _expect_one_of("optimizer", optimizer["name"], OPTIMIZERS)
        _expect_kind("optimizer: steps", KINDS[SIZE], optimizer["steps"])
    if (chunks := entry.get("chunks")) is not None:
        _expect_kind("chunks: steps", KINDS[SIZES], chunks["steps"])
        _expect_one_of("chunks: bptt", chunks["bptt"], BPTT)
    required, answers = entry["required"], with_prefix(arrays, *ANSWERS).keys()
    what = "required: expected a list of at least one array of the answer"
    _expect(required and answers >= set(required), what, required)


def _check_node(node: Mapping[str, Any], sources: Set[str]) -> None:
    """Hold a node to the op table."""
    _expect_one_of("op", node["op"], OPS)
    op, inputs, options = OPS[node["op"]], node["inputs"], node["options"]
    title = f"node {short_text(node['name'])}"
    fits: object = sources >= set(inputs) and inputs and op.num_inputs in {None, len(inputs)}
    _expect(fits, f"{title}: inputs: expected earlier nodes or what the network is given", inputs)
    expected = f"{title}: options: expected {', '.join(op.options) or 'none'}"
    _expect(options.keys() == op.options.keys(), expected, options)
    for option, value in options.items():
        allowed = op.options[option].values
        if isinstance(allowed, str):
            _expect_kind(f"{title}: {option}", KINDS[allowed], value)
        else:
            same = (value is item or (isinstance(value, str) and value == item) for item in allowed)
            expected = f"one of {', '.join(map(str, allowed))}"
            _expect(any(same), f"{title}: {option}: expected {expected}", value)


def _check_shapes(entry: Entry) -> None:
    """Hold an entry's arrays to what its nodes have."""
    found = {name: table["shape"] for name, table in entry["arrays"].items()}
    given = {n: tuple(shape) for n, shape in found.items() if is_network_input(n)}
    steps = entry["optimizer"]["steps"] if entry["optimizer"] else None
    for name, shape in array_shapes(_nodes(entry), given, steps).items():
        if name.startswith(("in/", "fix/", "par/")):
            _expect(name in found, f"arrays: expected {short_text(name)}", None)
        for array in (name, *(f"tol/{name}@{dtype}" for dtype in DTYPES)):
            fits = array not in found or found[array] == list(shape)
            what = f"array {short_text(array)}: expected shape {short_repr(list(shape))}"
            _expect(fits, what, found.get(array))


def _expect(fits: object, expected: str, value: object) -> None:
    if not fits:
        raise InputError(f"{expected}, got {short_repr(value)}")


def _expect_one_of(what: str, value: object, names: Collection[str]) -> None:
    fits = isinstance(value, str) and value in names
    _expect(fits, f"{what}: expected one of {', '.join(names)}", value)


def _expect_kind(what: str, kind: Kind, value: object) -> None:
    _expect(not refuses(kind, kind.load(value, "")), f"{what}: expected {kind}", value)


SHAPE = many(whole(0))
# What an option of the op table takes.
KINDS = {SIZE: whole(), NUMBER: real(), SIZES: many(whole()), PADDING: many(sizes(2, low=0))}
