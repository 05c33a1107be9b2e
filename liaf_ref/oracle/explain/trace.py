"""A recorded trace of one neuron, how exactly it was recorded, and what is known of the neuron."""

import csv
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np

from liaf_ref._core.declared import Declared
from liaf_ref._core.errors import FormatError, InputError
from liaf_ref._core.kinds import About, real
from liaf_ref._core.safe_load import read_bytes
from liaf_ref._core.text import count, short_repr
from liaf_ref._core.validation import check_choice, check_float_array, check_items, check_path
from liaf_ref.kernels.array import Array

DEFAULT_COLUMNS = ("input", "potential", "spikes")  # of a file without a header
COLUMNS = {
    "input": ("x", "i", "current", "in"),
    "potential": ("v", "u", "mem", "voltage", "membrane", "vmem"),
    "spikes": ("spike", "s", "out", "output"),
    "time": ("t",),
}
SYNONYMS = {name: column for column, more in COLUMNS.items() for name in (column, *more)}
PREFIXES = {"": 1.0, "m": 1e-3, "u": 1e-6, "µ": 1e-6, "μ": 1e-6, "n": 1e-9, "p": 1e-12, "k": 1e3}
MAX_BYTES = 2**22  # of a file: 100,000 steps
MIN_STEPS = 4
MAX_DIGITS = 17  # significant digits that a float64 needs
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
HEADER = re.compile(r"\s*([A-Za-z_]+)\s*(?:[\[(]\s*([^\])]*?)\s*[\])])?\s*")


class Trace(NamedTuple):
    """Input, and potential or spikes or both, of each step."""

    input: Array
    potential: Array  # 0 if it is not recorded
    spikes: Array  # of each step: 0, 1, or more; 0 if they are not recorded
    has_potential: bool
    has_spikes: bool
    rounding: Array  # largest error of each printed potential
    dt: float | None  # from the time column

    @property
    def largest(self) -> float:
        """The largest potential, and not 0."""
        return max(float(abs(self.potential).max()), 1e-300)


def load_trace(trace: str | Path | Mapping[str, Any], columns: Sequence[str] = ()) -> Trace:
    """Check arrays that a caller has recorded, or read a CSV file with the given columns."""
    if not isinstance(trace, Mapping):
        return _read(check_path("trace", trace, "explain_trace"), columns)
    arrays = dict[str, Array]()
    for name, values in trace.items():
        check_choice("column", name, COLUMNS, "trace")
        shape = next((a.shape for a in arrays.values()), ("T",))  # that of the first
        arrays[name] = check_float_array(name, np.asarray(values, np.float64), shape, "trace")
    return _trace(arrays, "trace")


def _read(path: Path, columns: Sequence[str]) -> Trace:
    """Read a CSV file; a file without a header has ``columns``, by default three."""
    for name in check_items("columns", columns, str, str(path), "names of columns"):
        check_choice("columns", name, COLUMNS, str(path))
    try:
        lines = read_bytes(path, "a trace (CSV)", MAX_BYTES).decode("utf-8-sig").splitlines()
        rows = {n: [*map(str.strip, row)] for n, row in enumerate(csv.reader(lines), 1) if row}
    except (UnicodeDecodeError, csv.Error) as error:
        raise FormatError(path, f"expected a trace (CSV), got an error: {error}") from error
    if not rows:
        raise InputError(f"{path}:1: expected a row for each step, got an empty file")
    first = min(rows)
    header = [] if all(map(NUMBER.fullmatch, rows[first])) else rows.pop(first)
    names = [_column(cell, f"{path}:{first}") for cell in columns or header or DEFAULT_COLUMNS]
    labels = [name for name, _ in names]
    if twice := [name for name in labels if labels.count(name) > 1]:
        raise InputError(f"{path}:{first}: expected each column once, got {twice[0]} twice")
    for number, row in rows.items():
        if len(row) != len(names):
            expected = f"{len(names)} columns ({', '.join(labels)})"
            raise InputError(f"{path}:{number}: expected {expected}, got {len(row)}")
        for name, cell in zip(labels, row, strict=True):
            if name in COLUMNS and not (NUMBER.fullmatch(cell) and np.isfinite(float(cell))):
                reason = f"expected a finite number for {name}, got {short_repr(cell)}"
                raise InputError(f"{path}:{number}: {reason}")
    texts = {name: [row[k] for row in rows.values()] for k, name in enumerate(labels)}
    read = {name: unit * np.array(texts[name], float) for name, unit in names if name in COLUMNS}
    rounding = dict(names).get("potential", 1.0) * _rounding(texts.get("potential", []))
    return _trace(read, str(path), rounding)


def _column(cell: str, where: str) -> tuple[str, float]:
    """The column of a header like ``potential (mV)``, and the factor of its unit."""
    match = HEADER.fullmatch(cell)
    if match is None or match[1].lower() not in SYNONYMS:
        return f"ignored: {cell}", 1.0
    unit = match[2] if match[2] not in {None, "1"} else "V"
    if unit[-1:] not in {*"VsAΩ"} or unit[:-1] not in PREFIXES:
        raise InputError(f"{where}: expected a unit like mV, ms or nA, got {short_repr(unit)}")
    return SYNONYMS[match[1].lower()], PREFIXES[unit[:-1]]


def _rounding(texts: list[str]) -> Array:
    """Half a unit in the last printed place, of decimals or of significant digits."""
    numbers = [Decimal(text) for text in texts]
    finest = min((int(number.as_tuple().exponent) for number in numbers), default=0)
    digits = max((len(n.as_tuple().digits) for n in numbers if n), default=MAX_DIGITS)
    if finest >= 0 or digits >= MAX_DIGITS - 1:  # integers, or all digits of float64
        return np.zeros(len(texts))
    leading = [n.adjusted() + 1 - digits if n else finest for n in numbers]
    return np.array([0.5 * 10.0 ** max(finest, place) for place in leading])


def _trace(arrays: Mapping[str, Array], where: str, rounding: Any = 0.0) -> Trace:
    x, v, s = (arrays.get(name) for name in DEFAULT_COLUMNS)
    if x is None or (v is None and s is None):
        expected = "expected the columns input and potential or spikes"
        raise InputError(f"{where}: {expected}, got {', '.join(arrays) or 'none of them'}")
    if len(x) < MIN_STEPS:
        raise InputError(f"{where}: expected at least {MIN_STEPS} steps, got {len(x)}")
    dt = _dt(arrays["time"], where) if "time" in arrays else None
    spikes = np.zeros(len(x)) if s is None else _counts(s, where)
    potential = np.zeros(len(x)) if v is None else v
    return Trace(x, potential, spikes, v is not None, s is not None, rounding + 0 * x, dt)


def _counts(s: Array, where: str) -> Array:
    """Spikes of each step; a framework may write a spike as 1/dt."""
    heights = np.unique(s[s != 0])
    counts: Array = s / max(heights[0], 1.0) if len(heights) == 1 else s
    if (wrong := (s < 0) | (counts != np.round(counts))).any():
        reason = f"expected a count of spikes in each step, got {s[wrong][0]:g}"
        raise InputError(f"{where}: {reason}")
    return counts


def _dt(time: Array, where: str) -> float:
    steps = np.diff(time)
    dt = float(np.median(steps))
    if not dt > 0 or (abs(steps - dt) > 0.01 * dt).any():
        raise InputError(f"{where}: expected a time column of equal steps > 0, got other steps")
    return dt


Positive = real(0, closed="()")


class NeuronParameters(Declared, kw_only=True):
    """Parameters of ``tau dv/dt = (v_leak - v) + r I``; None: unknown."""

    tau: Annotated[float | None, Positive, About("membrane time constant")] = None
    dt: Annotated[float | None, Positive, About("time of a step, in the unit of tau")] = None
    r: Annotated[float, real(), About("factor of the input")] = 1.0
    v_leak: Annotated[float, real(), About("potential at rest")] = 0.0
    v_threshold: Annotated[float | None, real(), About("threshold")] = None
    v_reset: Annotated[float, real(), About("potential after a spike")] = 0.0

    def check_together(self) -> None:
        """Without a factor of the input, no input explains anything."""
        if self.r == 0:
            raise self.refuse("r", "expected a number other than 0, got 0")


FINEST_BITS = 16  # fractional bits of a fixed point that is recognised
MAX_LEVELS = 2**20  # different values of a fixed point that is recognised


class Precision(NamedTuple):
    """Error of one step: relative to its terms; in fixed point, the unit of the numbers."""

    name: str
    relative: float
    unit: float = 0.0
    absolute: float = 0.0  # error of a whole step in fixed point, if no rounding of a R is exact

    @property
    def is_exact(self) -> bool:
        """Whether it is fixed point, in which a R is rounded in one of the named ways."""
        return self.unit > 0 and not self.absolute


def precisions(trace: Trace) -> list[Precision]:
    """Precisions to try, the finest first."""
    if not trace.has_potential:
        return [Precision("spikes only", 2.0**-24)]
    v, float64 = trace.potential, Precision("float64", 2.0**-53)
    bits = next((n for n in range(FINEST_BITS + 1) if (v * 2**n == np.round(v * 2**n)).all()), None)
    if bits is None or abs(v).max() * 2**bits >= MAX_LEVELS or len(np.unique(v)) <= 2:
        return [float64, Precision("float32", 2.0**-24)]
    name, unit = f"fixed point with {bits} fractional bits" if bits else "integers", 2.0**-bits
    units = {n: f"{name}, within {count(n, 'unit')} in the last place" for n in (1, 2)}
    inexact = (Precision(text, 2.0**-24, unit, n * unit) for n, text in units.items())
    return [float64, Precision(name, 2.0**-48, unit), *inexact]
