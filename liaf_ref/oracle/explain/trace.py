"""A recorded trace of one neuron, and what is known of the neuron."""

import csv
import math
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.errors import FormatError, InputError
from liaf_ref._core.safe_load import MAX_RECORD_BYTES, read_bytes, read_json_object, read_toml
from liaf_ref._core.text import short_repr
from liaf_ref.kernels.array import Array

DEFAULT_COLUMNS = ("input", "potential", "spikes")  # of a file without a header
SYNONYMS = {
    "input": "input", "x": "input", "i": "input", "current": "input", "in": "input",
    "potential": "potential", "v": "potential", "u": "potential", "mem": "potential",
    "voltage": "potential", "membrane": "potential", "vmem": "potential",
    "spikes": "spikes", "spike": "spikes", "s": "spikes", "out": "spikes", "output": "spikes",
    "time": "time", "t": "time",
}  # fmt: skip
PREFIXES = {"": 1.0, "m": 1e-3, "u": 1e-6, "µ": 1e-6, "μ": 1e-6, "n": 1e-9, "p": 1e-12, "k": 1e3}
MAX_BYTES = 2**22  # of a file: 100,000 steps
MAX_DIGITS = 17  # significant digits that a float64 needs
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


class Trace(NamedTuple):
    """Input, and potential or spikes or both, of each step."""

    input: Array
    potential: Array | None
    spikes: Array | None  # spikes of each step: 0, 1, or more
    rounding: Array  # largest error of each printed potential
    dt: float | None  # from the time column

    @property
    def recorded_potential(self) -> Array:
        """The potential of a trace that has one."""
        if self.potential is None:
            raise InputError("trace: expected a potential, got spikes only")
        return self.potential

    @property
    def recorded_spikes(self) -> Array:
        """The spikes of a trace that has them."""
        if self.spikes is None:
            raise InputError("trace: expected spikes, got a potential only")
        return self.spikes


def make_trace(columns: Mapping[str, Any]) -> Trace:
    """Check arrays of equal length that a caller has recorded."""
    unknown = sorted(set(columns) - set(SYNONYMS.values()))
    if unknown:
        raise InputError(
            f"trace: expected columns among {', '.join(DEFAULT_COLUMNS)} and time, "
            f"got {short_repr(unknown[0])}"
        )
    arrays = {}
    for name, values in columns.items():
        array = np.asarray(values, dtype=np.float64)
        if array.ndim != 1 or not np.isfinite(array).all():
            raise InputError(
                f"trace: expected finite numbers of shape (T,) for {name}, "
                f"got shape {array.shape}" + ("" if array.ndim != 1 else " with NaN or Inf")
            )
        arrays[name] = array
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        raise InputError(f"trace: expected columns of equal length, got {lengths}")
    return _trace(arrays, np.zeros(next(iter(lengths.values()), 0)), "trace")


def read_trace(path: Path, columns: Sequence[str] | None = None) -> Trace:
    """Read a CSV file; a file without a header has ``columns``, by default three."""
    for name in columns or ():
        if name not in SYNONYMS.values():
            expected = f"expected names among {', '.join(DEFAULT_COLUMNS)} and time"
            reason = f"{expected}, got {short_repr(name)}"
            raise InputError.for_argument("columns", str(path), reason)
    content = read_bytes(path, "a trace (CSV)", MAX_BYTES)
    try:
        lines = content.decode("utf-8-sig").splitlines()
        rows = [(number, row) for number, row in enumerate(csv.reader(lines), 1) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise FormatError(path, f"expected a trace (CSV), got an error: {error}") from error
    if not rows:
        raise InputError(f"{path}:1: expected a row for each step, got an empty file")
    first, header = rows[0]
    if all(NUMBER.fullmatch(cell.strip()) for cell in header):
        names = [(name, 1.0) for name in columns or DEFAULT_COLUMNS]
        if len(header) != len(names):
            raise InputError(
                f"{path}:{first}: expected a header that names the columns, or "
                f"{len(names)} columns ({','.join(n for n, _ in names)}), got {len(header)} "
                "numbers; name them with --columns"
            )
    elif columns:
        names = [(name, 1.0) for name in columns]
        rows = rows[1:]
    else:
        names, rows = [_column(cell, f"{path}:{first}") for cell in header], rows[1:]
    return _parse(rows, names, path)


def _column(cell: str, where: str) -> tuple[str, float]:
    """The column of a header like ``potential (mV)``, and the factor of its unit."""
    match = re.fullmatch(r"\s*([A-Za-z_]+)\s*(?:[\[(]\s*([^\])]*?)\s*[\])])?\s*", cell)
    name = SYNONYMS.get(match[1].lower()) if match else None
    if match is None or name is None:
        return (f"ignored: {cell}", 1.0)
    unit = match[2] or ""
    prefix = unit[:-1] if unit and unit[-1] in "VsAΩ" else ""
    if unit not in {"", "1"} and (prefix not in PREFIXES or unit[-1] not in "VsAΩ"):
        raise InputError(f"{where}: expected a unit like mV, ms or nA, got {short_repr(unit)}")
    return name, PREFIXES[prefix]


def _parse(rows: list[tuple[int, list[str]]], names: list[tuple[str, float]], path: Path) -> Trace:
    labels = [name for name, _ in names]
    twice = [name for name in labels if labels.count(name) > 1]
    if twice:
        raise InputError(f"{path}:1: expected each column once, got {twice[0]} twice")
    if not rows:
        raise InputError(f"{path}:1: expected a row for each step, got a header only")
    for number, row in rows:
        if len(row) != len(names):
            raise InputError(f"{path}:{number}: expected {len(names)} columns, got {len(row)}")
    arrays, rounding = {}, np.zeros(len(rows))
    for k, (name, factor) in enumerate(names):
        if name not in SYNONYMS.values():
            continue
        for number, row in rows:
            if not NUMBER.fullmatch(row[k].strip()):
                raise InputError(
                    f"{path}:{number}: expected a finite number for {name}, "
                    f"got {short_repr(row[k])}"
                )
        texts = [row[k].strip() for _, row in rows]
        arrays[name] = np.array([float(text) for text in texts]) * factor
        bad = np.flatnonzero(~np.isfinite(arrays[name]))
        if len(bad):
            raise InputError(f"{path}:{rows[bad[0]][0]}: expected a finite number for {name}")
        if name == "potential":
            rounding = _rounding(texts) * factor
    return _trace(arrays, rounding, f"{path}:1")


def _rounding(texts: list[str]) -> Array:
    """Half a unit in the last printed place, of decimals or of significant digits."""
    numbers = [Decimal(text) for text in texts]
    exponents = [int(number.as_tuple().exponent) for number in numbers]
    digits = max((len(n.as_tuple().digits) for n in numbers if n), default=MAX_DIGITS)
    finest = min(exponents)
    if finest >= 0 or digits >= MAX_DIGITS - 1:  # integers, or all digits of float64
        return np.zeros(len(texts))
    leading = [n.adjusted() + 1 - digits if n else finest for n in numbers]
    return np.array([0.5 * 10.0 ** max(finest, place) for place in leading])


def _trace(arrays: Mapping[str, Array], rounding: Array, where: str) -> Trace:
    x, v, s = (arrays.get(name) for name in DEFAULT_COLUMNS)
    if x is None or (v is None and s is None):
        raise InputError(
            f"{where}: expected the columns input and potential or spikes, "
            f"got {', '.join(arrays) or 'none of them'}"
        )
    if len(x) < 4:
        raise InputError(f"{where}: expected at least 4 steps, got {len(x)}")
    return Trace(x, v, None if s is None else _counts(s, where), rounding, _dt(arrays, where))


def _counts(s: Array, where: str) -> Array:
    """Spikes of each step; a framework may write a spike as 1/dt."""
    fired = s[s != 0]
    height = fired.min() if len(fired) else 1.0
    counts = s / (height if height > 1 and len(set(fired)) == 1 else 1.0)
    if (s < 0).any() or (counts != np.round(counts)).any():
        wrong = float(s[(s < 0) | (counts != np.round(counts))][0])
        raise InputError(f"{where}: expected a count of spikes in each step, got {wrong:g}")
    return counts


def _dt(arrays: Mapping[str, Array], where: str) -> float | None:
    if "time" not in arrays:
        return None
    steps = np.diff(arrays["time"])
    dt = float(np.median(steps))
    if not dt > 0 or (abs(steps - dt) > 0.01 * dt).any():
        raise InputError(f"{where}: expected a time column of equal steps > 0, got other steps")
    return dt


class NeuronParameters(NamedTuple):
    """Parameters of ``tau dv/dt = (v_leak - v) + r I``; None: unknown."""

    tau: float | None = None
    r: float = 1.0
    v_leak: float = 0.0
    v_threshold: float | None = None
    v_reset: float = 0.0
    dt: float | None = None


def make_parameters(values: Mapping[str, Any], where: str) -> NeuronParameters:
    """Check names and numbers."""
    for name, value in values.items():
        if name not in NeuronParameters._fields:
            expected = ", ".join(NeuronParameters._fields)
            raise InputError(f"{where}: expected {expected}, got {short_repr(name)}")
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not math.isfinite(value):
            reason = f"expected a finite number, got {short_repr(value)}"
            raise InputError.for_argument(name, where, reason)
        if name in {"tau", "dt"} and value <= 0:
            raise InputError.for_argument(name, where, f"expected a number > 0, got {value:g}")
        if name == "r" and value == 0:
            raise InputError.for_argument(name, where, "expected a number other than 0, got 0")
    return NeuronParameters(**{name: float(value) for name, value in values.items()})


def read_parameters(path: Path) -> dict[str, Any]:
    """Read a TOML or JSON file."""
    if path.suffix == ".nir":
        reason = "expected TOML or JSON, got a .nir file; read it with"
        raise InputError(f"{path}: {reason} liaf_ref.interop.nir.read_neuron")
    if path.suffix == ".json":
        return read_json_object(path, MAX_RECORD_BYTES)
    return read_toml(path, "TOML or JSON")[0]
