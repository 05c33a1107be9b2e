"""What an entry of a manifest must be before a file is opened for it."""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Set
from pathlib import Path
from typing import Any

from liaf_ref._core.errors import FormatError, InputError
from liaf_ref._core.system import is_file_name
from liaf_ref._core.text import short_repr, short_text
from liaf_ref.oracle.case import BPTT, DTYPES, LEVELS, Node
from liaf_ref.oracle.fixed_point.words import OVERFLOWS, ROUNDINGS, find_words
from liaf_ref.oracle.formats import LOW_PRECISION, has_own_cases
from liaf_ref.oracle.golden import array_dict
from liaf_ref.oracle.opset import NUMBER, OPS, OPTIMIZERS, PADDING, SIZE, SIZES
from liaf_ref.oracle.shapes import array_shapes

NAME_PATTERN = "[a-z0-9_]{1,150}"  # a case's name is part of its files' names
MAX_ARRAY_NAME_LENGTH = 60  # characters of an array's name, which is so too
OWN_FORMATS = f"expected {', '.join(LOW_PRECISION)} or a fixed-point format such as q4.12"
LIST = (list, tuple)  # of JSON, or of a case that is to be written


def storable_name(name: str) -> str:
    """The name of a case with nothing but what files' names may have."""
    return re.sub("[^a-z0-9_]", "_", name)


def check_entries(entries: Iterable[Mapping[str, Any]], path: Path | str) -> None:
    """Refuse cases that cannot be ones, the same name twice among them."""
    seen: set[str] = set()
    for entry in entries:
        try:
            _check_entry(entry)
            _check_shapes(entry)
        except InputError as error:
            raise FormatError(path, f"case {_title(entry)}: {error}") from error
        if entry["name"] in seen:
            raise FormatError(path, f"case {entry['name']}: expected each name once, got it twice")
        seen.add(entry["name"])


def _check_entry(entry: Mapping[str, Any]) -> None:
    name, nodes, optimizer, required = (
        entry[key] for key in ("name", "nodes", "optimizer", "required")
    )
    limit = f"arrays: expected names of at most {MAX_ARRAY_NAME_LENGTH} characters"
    for array in entry["arrays"]:
        _expect(array.isprintable() and len(array) <= MAX_ARRAY_NAME_LENGTH, limit, array)
        fits = is_file_name(array.replace("/", "-"))
        _expect(fits, "arrays: expected names that files can have on Windows", array)
    apart = len({array.casefold() for array in entry["arrays"]}) == len(entry["arrays"])
    limit = "arrays: expected names that differ in more than upper and lower case"
    _expect(apart, limit, sorted(entry["arrays"]))
    fits = isinstance(name, str) and re.fullmatch(NAME_PATTERN, name) is not None
    _expect(fits, f"name: expected {NAME_PATTERN}", name)
    _expect(is_file_name(name), "name: expected one that a file can have on Windows", name)
    _expect_one_of("level", entry["level"], LEVELS)
    _expect_items("nodes", nodes, "")
    sources = set(filter(is_network_input, entry["arrays"]))
    for node in nodes:
        _check_node(node if isinstance(node, dict) else {"op": node}, sources)
        sources.add(node["name"])
    if optimizer is not None:
        fits = isinstance(optimizer, dict)
        _expect(fits, "optimizer: expected its name and options", optimizer)
        _expect_one_of("optimizer", optimizer.get("name"), OPTIMIZERS)
        _expect(_is_size(optimizer.get("steps")), f"optimizer: steps: expected {SIZE}", optimizer)
    if (chunks := entry.get("chunks")) is not None:
        fits = isinstance(chunks, dict) and _is_list(chunks.get("steps"), _is_size)
        _expect(fits, f"chunks: expected steps, each {SIZE}", chunks)
        _expect_one_of("chunks: bptt", chunks.get("bptt"), dict.fromkeys(BPTT))
    _check_number_format(entry)
    _expect_items("required", required, " array")
    answered = array_dict.expected_arrays(entry["arrays"])
    for array in required:
        _expect(_is_key_of(array, answered), "required: expected arrays of the answer", array)


def _check_number_format(entry: Mapping[str, Any]) -> None:
    """What is said only of cases in few bits, of exact ones, and of declared ones."""
    if "dtype" in entry:
        name = entry["dtype"]
        _expect(isinstance(name, str) and has_own_cases(name), f"dtype: {OWN_FORMATS}", name)
        if find_words(name) is not None:
            _expect_one_of("rounding", entry.get("rounding"), ROUNDINGS)
            _expect_one_of("overflow", entry.get("overflow"), OVERFLOWS)
    if "frac_bits" in entry:
        fits = _is_int(entry["frac_bits"], 0)
        _expect(fits, "frac_bits: expected a whole number, not negative", entry["frac_bits"])
    if "declared" in entry:
        fits = _is_list(entry["declared"], lambda line: isinstance(line, str))
        _expect(fits, "declared: expected a list of lines", entry["declared"])


def is_network_input(name: str) -> bool:
    """Whether an array is given to the network, and not to one node."""
    return name.startswith("in/") and "." not in name


def _check_node(node: Mapping[str, Any], sources: Set[str]) -> None:
    """Hold a node to the op table."""
    name: Any = node.get("name")
    inputs: Any = node.get("inputs")
    options: Any = node.get("options")
    _expect_one_of("op", node.get("op"), OPS)
    op = OPS[node["op"]]
    _expect(isinstance(name, str), f"op {node['op']}: expected the name of the node", name)
    count = len(inputs) if isinstance(inputs, LIST) else 0
    fits = op.num_inputs == count or (op.num_inputs is None and count)
    fits = fits and all(isinstance(source, str) and source in sources for source in inputs)
    what = "inputs: expected earlier nodes or what the network is given"
    _expect(fits, f"node {short_text(name)}: {what}", inputs)
    fits = isinstance(options, dict) and options.keys() == op.options.keys()
    named = ", ".join(op.options) or "none"
    _expect(fits, f"node {short_text(name)}: options: expected {named}", options)
    for option, value in options.items():
        allowed = op.options[option].values
        kind = allowed if isinstance(allowed, str) else f"one of {', '.join(map(str, allowed))}"
        fits = IS_VALID[kind](value) if kind in IS_VALID else _is_one_of(value, allowed)
        _expect(fits, f"node {short_text(name)}: {option}: expected {kind}", value)


def _check_shapes(entry: Mapping[str, Any]) -> None:
    """Hold an entry's arrays to what its nodes have."""
    found = {name: table.get("shape") for name, table in entry["arrays"].items()}
    for name, shape in found.items():
        if not isinstance(shape, list) or not all(isinstance(n, int) for n in shape):
            _expect(False, f"array {short_text(name)}: expected a shape", shape)
    nodes = [Node(n["name"], n["op"], tuple(n["inputs"]), n["options"]) for n in entry["nodes"]]
    given = {n: tuple(shape) for n, shape in found.items() if is_network_input(n)}
    steps = entry["optimizer"]["steps"] if entry["optimizer"] else None
    for name, shape in array_shapes(nodes, given, steps).items():
        if name.startswith(("in/", "fix/", "par/")):
            _expect(name in found, f"arrays: expected {short_text(name)}", None)
        for array in (name, *(f"tol/{name}@{dtype}" for dtype in DTYPES)):
            if array in found and found[array] != list(shape):
                what = f"array {short_text(array)}: expected shape {short_repr(list(shape))}"
                _expect(False, what, found[array])


def _expect(fits: object, expected: str, value: object) -> None:
    if not fits:
        raise InputError(f"{expected}, got {short_repr(value)}")


def _expect_one_of(what: str, value: object, mapping: Mapping[str, Any]) -> None:
    _expect(_is_key_of(value, mapping), f"{what}: expected one of {', '.join(mapping)}", value)


def _expect_items(what: str, value: object, kind: str) -> None:
    fits = isinstance(value, list) and value
    _expect(fits, f"{what}: expected a list of at least one{kind}", value)


def _is_key_of(value: object, mapping: Mapping[str, Any]) -> bool:
    return isinstance(value, str) and value in mapping


def _is_one_of(value: object, allowed: Iterable[Any]) -> bool:
    return any(value is item or (isinstance(value, str) and value == item) for item in allowed)


def _is_int(value: object, minimum: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= minimum


def _is_size(value: object) -> bool:
    return _is_int(value, 1)


def _is_number(value: object) -> bool:
    return (isinstance(value, float) and math.isfinite(value)) or _is_int(value, 0)


def _is_list(value: object, is_item: Callable[[object], bool]) -> bool:
    return isinstance(value, LIST) and all(map(is_item, value))


def _is_pair(value: object) -> bool:
    return isinstance(value, LIST) and len(value) == 2 and all(_is_int(n, 0) for n in value)


# Whether a value is one that an option of the op table takes.
IS_VALID: Mapping[str, Callable[[object], bool]] = {
    SIZE: _is_size,
    NUMBER: _is_number,
    SIZES: lambda value: _is_list(value, _is_size),
    PADDING: lambda value: _is_list(value, _is_pair),
}


def _title(entry: Mapping[str, Any]) -> str:
    name = entry["name"]
    return short_text(name) if isinstance(name, str) else short_repr(name)
