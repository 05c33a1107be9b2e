"""Spike codes, Section VII-C: send analog values as spikes within a time step."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.declared import Declared
from liaf_ref._core.errors import InputError, unexpected
from liaf_ref._core.kinds import instance, real, whole
from liaf_ref._core.text import short_repr
from liaf_ref._core.validation import as_array, check_callable, check_float_array, check_float_dtype

Array = NDArray[Any]
Spikes = NDArray[np.bool_]
SUB_INTERVALS = whole(1, 2**16)


class Operations(NamedTuple):
    """Multiplications and additions."""

    muls: int
    adds: int


@runtime_checkable
class SpikeCode(Protocol):
    """Encodes values as spikes; the first axis is the sub-interval, the earliest first."""

    @property
    def name(self) -> str:
        """Name in tables."""

    def encode(self, u: Array, k: int) -> Spikes:
        """Encode values in [0, 1] as spikes ``(k, *u.shape)``."""

    def decode(self, spikes: Spikes, dtype: Any) -> Array:
        """Decode spikes ``(k, ...)`` to values ``(...)`` in [0, 1]."""

    def max_error(self, k: int) -> float:
        """Largest error of a decoded value, without rounding errors."""

    def op_count(self, synaptic_events: int) -> Operations:
        """Operations to add this many spikes, each times a weight, to potentials."""


def check_values(u: object, k: object, where: str) -> tuple[Array, int]:
    """Check values in [0, 1] and the number of sub-intervals."""
    array = as_array("u", u, where)
    check_float_array("u", array, array.shape, where)
    if array.dtype.kind != "f" or (array.size and not 0 <= array.min() <= array.max() <= 1):
        actual = f"{array.min()} to {array.max()}" if array.dtype.kind == "f" else array.dtype
        raise InputError.for_argument("u", where, f"expected values in [0, 1], got {actual}")
    return array, SUB_INTERVALS.check("k", k, where)


def check_real_dtype(dtype: object, where: str) -> np.dtype[Any]:
    """Check a real dtype for decoded values."""
    found = check_float_dtype("dtype", dtype, where)
    if found.kind != "f":
        raise InputError.for_argument("dtype", where, f"expected a real dtype, got {found}")
    return found


def check_spikes(spikes: object, where: str) -> Spikes:
    """Check a boolean array with a first axis for the sub-intervals."""
    array = as_array("spikes", spikes, where)
    if array.dtype != np.bool_ or not array.ndim or not len(array):
        raise unexpected("spikes", array, where, "a boolean array of shape (k, ...), k >= 1")
    return array


RATE_CODE = "the rate code"


@dataclass(frozen=True)
class RateCode:
    """Rate code: a value u becomes ``n = round(k u)`` spikes, spread evenly.

    Parameters
    ----------
    name : str
        Name in tables.

    Notes
    -----
    As an integrate-and-fire neuron does: each of the k sub-intervals adds n to a phase, which
    fires at k and is then reduced by k.  k sub-intervals tell k + 1 values apart.

    Examples
    --------
    >>> import numpy as np
    >>> from liaf_ref.analysis import RateCode
    >>> spikes = RateCode().encode(np.array([0.5, 1.0]), k=4)
    >>> spikes.astype(int).tolist()
    [[0, 1], [1, 1], [0, 1], [1, 1]]
    >>> RateCode().decode(spikes, np.float64).tolist()
    [0.5, 1.0]
    """

    name: str = "rate"

    def encode(self, u: Array, k: int) -> Spikes:
        """Encode values in [0, 1] as spikes ``(k, *u.shape)``."""
        u, k = check_values(u, k, RATE_CODE)
        n = np.floor(k * u + 0.5).astype(np.int32)
        phase = np.zeros_like(n)
        spikes = np.empty((k, *u.shape), np.bool_)
        for slot in range(k):
            phase += n
            np.greater_equal(phase, k, out=spikes[slot])
            phase -= np.multiply(spikes[slot], k, dtype=np.int32)
        return spikes

    def decode(self, spikes: Spikes, dtype: Any) -> Array:
        """Decode spikes ``(k, ...)`` to values ``(...)``."""
        spikes, dtype = check_spikes(spikes, RATE_CODE), check_real_dtype(dtype, RATE_CODE)
        value: Array = spikes.sum(axis=0, dtype=np.int32).astype(dtype)
        return np.asarray(value / len(spikes), dtype)

    def max_error(self, k: int) -> float:
        """Largest error of a decoded value."""
        found: int = SUB_INTERVALS.check("k", k, RATE_CODE)
        return 1 / (2 * found)

    def op_count(self, synaptic_events: int) -> Operations:
        """One addition per event; the factors 1/k and the range are part of the weights."""
        return Operations(0, synaptic_events)


FIRST_SPIKE_CODE = "the first-spike code"
LevelFunction = Callable[[int], Array]


def linear_levels(k: int) -> Array:
    """Levels k/k, (k-1)/k, ..., 1/k: with no spike as 0, those of the rate code."""
    k = SUB_INTERVALS.check("k", k, FIRST_SPIKE_CODE)
    return np.arange(k, 0, -1) / k


def logarithmic_levels(k: int) -> Array:
    """Levels 1, r, r^2, ..., r^(k-1) = 1/(2k); with one sub-interval, the level 1."""
    # These are the levels of an exponential decay: each is the same fraction of the previous one.
    # With more sub-intervals, r tends to 1 and the last level to 0.
    k = SUB_INTERVALS.check("k", k, FIRST_SPIKE_CODE)
    ratio = 1.0 if k == 1 else (2 * k) ** (-1 / (k - 1))
    return ratio ** np.arange(k)


@dataclass(frozen=True)
class TimeToFirstSpike:
    """Spike code: the threshold falls, and a value fires once, when the threshold meets it.

    Parameters
    ----------
    name : str
        Name in tables.
    level_function : callable
        ``linear_levels`` or ``logarithmic_levels``, or another function of k that returns k
        strictly decreasing values in (0, 1], one for each sub-interval.

    Raises
    ------
    InputError
        If ``level_function`` is no function.

    Examples
    --------
    >>> import numpy as np
    >>> from liaf_ref.analysis import TimeToFirstSpike
    >>> spikes = TimeToFirstSpike().encode(np.array([0.5, 1.0, 0.0]), k=4)
    >>> spikes.astype(int).tolist()
    [[0, 1, 0], [0, 0, 0], [1, 0, 0], [0, 0, 0]]
    >>> TimeToFirstSpike().decode(spikes, np.float64).tolist()
    [0.5, 1.0, 0.0]
    """

    name: str = "first spike"
    level_function: LevelFunction = linear_levels

    def __post_init__(self) -> None:
        expected = "a function of the number of sub-intervals"
        check_callable("level_function", self.level_function, FIRST_SPIKE_CODE, expected)

    def encode(self, u: Array, k: int) -> Spikes:
        """Encode values in [0, 1] as spikes ``(k, *u.shape)``."""
        u, k = check_values(u, k, FIRST_SPIKE_CODE)
        levels = self._checked_levels(k)
        thresholds = (levels + np.append(levels[1:], 0)) / 2
        silent = np.ones(u.shape, np.bool_)
        spikes = np.empty((k, *u.shape), np.bool_)
        for slot in range(k):
            np.logical_and(u >= float(thresholds[slot]), silent, out=spikes[slot])
            silent ^= spikes[slot]
        return spikes

    def decode(self, spikes: Spikes, dtype: Any) -> Array:
        """Decode spikes ``(k, ...)`` to values ``(...)``."""
        spikes = check_spikes(spikes, FIRST_SPIKE_CODE)
        dtype = check_real_dtype(dtype, FIRST_SPIKE_CODE)
        maximum = int(spikes.sum(axis=0, dtype=np.int32).max(initial=0))
        if maximum > 1:
            reason = f"expected at most one spike per value, got {maximum}"
            raise InputError.for_argument("spikes", FIRST_SPIKE_CODE, reason)
        u = np.zeros(spikes.shape[1:], dtype)
        for level, fired in zip(self._checked_levels(len(spikes)), spikes, strict=True):
            u += np.multiply(fired, level, dtype=u.dtype)
        return u

    def max_error(self, k: int) -> float:
        """Half of the widest gap between the levels and 0, or the gap from the first level to 1."""
        levels = self._checked_levels(SUB_INTERVALS.check("k", k, FIRST_SPIKE_CODE))
        return float(max(-np.diff(levels, append=0).min() / 2, 1 - levels[0]))

    def _checked_levels(self, k: int) -> Array:
        """Return the levels; refuse any but k strictly decreasing levels in (0, 1]."""
        levels: Array = np.asarray(self.level_function(k))
        if levels.shape != (k,) or not (np.diff(levels, append=0) < 0).all() or levels[0] > 1:
            reason = f"expected {k} strictly decreasing levels in (0, 1], got {short_repr(levels)}"
            raise InputError.for_argument("level_function", FIRST_SPIKE_CODE, reason)
        return levels

    def op_count(self, synaptic_events: int) -> Operations:
        """One product, of level and weight, and one addition per event."""
        return Operations(synaptic_events, synaptic_events)


SCALER = "a scaler"


@runtime_checkable
class Scaler(Protocol):
    """Maps a range of values to lines in [0, 1]."""

    @property
    def name(self) -> str:
        """Name in tables."""

    @property
    def span(self) -> float:
        """Difference in value that corresponds to 1 on a line."""

    def transform(self, x: Array) -> Array:
        """Map values to ``(lines, *x.shape)`` in [0, 1]; values outside the range saturate."""

    def inverse_transform(self, u: Array) -> Array:
        """The inverse of :meth:`transform` within the range."""


class SignedScaler(Declared):
    """Two lines, for the positive and the negative part of values in [-scale, scale]."""

    scale: Annotated[float, real(0, closed="()")]
    name: str = "sign"

    @classmethod
    def from_percentile(cls, x: Array, percentile: float) -> "SignedScaler":
        """Use a percentile of the magnitudes as scale."""
        return cls(float(np.percentile(abs(_check_samples(x)), _check_percentile(percentile))))

    @property
    def span(self) -> float:
        return self.scale

    def transform(self, x: Array) -> Array:
        return np.stack([np.clip(x / self.scale, 0, 1), np.clip(-x / self.scale, 0, 1)])

    def inverse_transform(self, u: Array) -> Array:
        positive, negative = u
        return np.asarray((positive - negative) * self.scale)


class OffsetScaler(Declared):
    """One line for values in [low, high]; zero has no code of its own."""

    low: Annotated[float, real()]
    high: Annotated[float, real()]
    name: str = "offset"

    def check_together(self) -> None:
        """The range is not empty."""
        if self.high <= self.low:
            raise self.refuse("high", f"expected a finite number > {self.low}, got {self.high}")

    @classmethod
    def from_percentile(cls, x: Array, percentile: float) -> "OffsetScaler":
        """Use a percentile at both ends as range."""
        maximum = _check_percentile(percentile)
        low, high = np.percentile(_check_samples(x), [100 - maximum, maximum])
        return cls(float(low), float(high))

    @property
    def span(self) -> float:
        return self.high - self.low

    def transform(self, x: Array) -> Array:
        return np.asarray(np.clip((x - self.low) / self.span, 0, 1))[None]

    def inverse_transform(self, u: Array) -> Array:
        (line,) = u
        return np.asarray(self.low + self.span * line)


def _check_samples(x: object) -> Array:
    array = as_array("x", x, SCALER)
    if not array.size:
        raise InputError.for_argument("x", SCALER, "expected a value, got an empty array")
    return check_float_array("x", array, array.shape, SCALER)


def _check_percentile(percentile: object) -> float:
    return float(real(50, 100, closed="(]").check("percentile", percentile, SCALER))


ENCODER = "a spike encoder"


CODES = instance(SpikeCode, "a spike code, such as RateCode()")
SCALERS = instance(Scaler, "a scaler, such as SignedScaler(1.0)")


class SpikeEncoder(Declared):
    """Encode real values as spikes, and decode them.

    Parameters
    ----------
    code : SpikeCode
        Spike code of values in [0, 1], such as ``RateCode()``.
    scaler : Scaler
        Maps real values into [0, 1], such as ``SignedScaler(1.0)``.
    k : int
        Sub-intervals of a time step.

    Examples
    --------
    >>> import numpy as np
    >>> from liaf_ref.analysis import RateCode, SpikeEncoder
    >>> from liaf_ref.analysis.spike_coding import SignedScaler
    >>> encoder = SpikeEncoder(RateCode(), SignedScaler(2.0), k=8)
    >>> values = np.array([-1.0, 0.3])
    >>> encoder.decode(encoder.encode(values), np.float64).tolist(), encoder.max_error
    ([-1.0, 0.25], 0.125)
    """

    code: Annotated[SpikeCode, CODES]
    scaler: Annotated[Scaler, SCALERS]
    k: Annotated[int, SUB_INTERVALS]

    @property
    def max_error(self) -> float:
        """Largest error of a decoded value within the range of the scaler."""
        return self.scaler.span * self.code.max_error(self.k)

    def encode(self, x: Array) -> Spikes:
        """Encode values as spikes ``(lines, k, *x.shape)``; values outside the range saturate."""
        x = as_array("x", x, ENCODER)
        check_float_array("x", x, x.shape, ENCODER)
        return np.stack([self.code.encode(u, self.k) for u in self.scaler.transform(x)])

    def decode(self, spikes: Spikes, dtype: Any) -> Array:
        """Decode spikes ``(lines, k, ...)`` to values ``(...)``."""
        sent = check_spikes(spikes, ENCODER)
        count = len(self.scaler.transform(np.zeros(1)))
        if sent.ndim < 2 or sent.shape[:2] != (count, self.k):
            reason = f"expected shape ({count}, {self.k}, ...), got {sent.shape}"
            raise InputError.for_argument("spikes", ENCODER, reason)
        u = np.stack([self.code.decode(line, dtype) for line in sent])
        return np.asarray(self.scaler.inverse_transform(u), dtype)
