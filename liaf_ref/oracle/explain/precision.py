"""How exactly a trace was computed and printed, from float64 to fixed point."""

from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.explain.neuron import Model, shift
from liaf_ref.oracle.explain.trace import Trace

# Roundings that a step may make, by the term whose size they have.  Parameters are rounded when
# they are read and when a, b and c are computed from them; products and sums are rounded once.
PARAMETERS = {"a": 3, "b": 5, "c": 5}
PRODUCT, SUMS, RESET = 1, 2, 2
CANCELLED = 1  # of terms as large as the largest potential, which cancel each other
STEADY = 4  # of the form v_inf + a (v - v_inf), at the size of v_inf = (b x + c) / (1 - a)
MODES = ("cut off", "down", "to nearest", "up", "up, by at least 1")
FINEST_BITS = 16  # fractional bits of a fixed point that is recognised
MAX_LEVELS = 2**20  # different values of a fixed point that is recognised


class Precision(NamedTuple):
    """Error of one step: relative to its terms, and absolute."""

    name: str
    relative: float
    absolute: float = 0.0
    toward_zero: float = 0.0  # mean step towards 0 of a number that is cut off
    down: float = 0.0  # mean step down of a number that is rounded down
    unit: float = 0.0  # of fixed point
    modes: tuple[str, ...] = ("none",)  # roundings of a R to try

    def tolerance(self, m: Model, trace: Trace, fired: Array) -> Array:
        """Largest difference of each step between prediction and record."""
        v = abs(trace.recorded_potential)
        reset = abs(m.amount) * np.maximum(fired, shift(fired, 1))
        kept = abs(m.a) * (shift(v, 1) + reset)
        x = shift(trace.input, int(m.input_delay))
        driven, constant = abs(m.b * x), abs(m.c)
        terms = (PARAMETERS["a"] + PRODUCT + SUMS) * kept + RESET * (v + reset)
        terms = terms + (PARAMETERS["b"] + PRODUCT + SUMS) * (driven + constant)
        terms = terms + CANCELLED * v.max()
        if 0 < m.a < 1:
            terms = terms + STEADY * (driven + constant) / (1 - m.a)
        printed = trace.rounding + abs(m.a) * shift(trace.rounding, 1)
        whole = np.full(len(v), self.absolute)
        if self.unit and not self.absolute:  # only a R is rounded exactly as named
            for part in (m.b * x, np.full(len(v), float(m.c))):
                whole += self.unit * (abs(part / self.unit - np.round(part / self.unit)) > 1e-9)
        largest_error: Array = self.relative * terms + 1.001 * printed + whole
        return largest_error

    def screen(self, trace: Trace) -> float:
        """Relative error of a step within which a fit may be that of an explanation."""
        largest = abs(trace.recorded_potential).max() or 1.0
        printed = 2 * trace.rounding.max() + max(self.absolute, 2 * self.unit)
        return 2 * (32 * self.relative + float(printed / largest))

    def rounded(self, predicted: Array) -> Array:
        """The prediction, less the mean of what rounding takes away."""
        lower: Array = predicted - self.down - self.toward_zero * np.sign(predicted)
        return lower

    def unrounded(self, recorded: Array) -> Array:
        """The inverse of ``rounded``, on average."""
        higher: Array = recorded + self.down + self.toward_zero * np.sign(recorded)
        return higher


def precisions(trace: Trace) -> list[Precision]:
    """Precisions to try, the finest first."""
    found = [
        Precision("float64", 2.0**-53),
        Precision("float32", 2.0**-24),
    ]
    v = trace.potential
    if v is None:
        return found
    bits = next((n for n in range(FINEST_BITS + 1) if (v * 2**n == np.round(v * 2**n)).all()), None)
    if bits is not None and abs(v).max() * 2**bits < MAX_LEVELS and len(np.unique(v)) > 2:
        return found[:1] + _fixed_points(bits)
    with np.errstate(over="ignore"):
        if (v.astype(np.float16) == v).all():
            found.append(Precision("float16", 2.0**-11))
    return found


def _fixed_points(bits: int) -> list[Precision]:
    name = "integers" if bits == 0 else f"fixed point with {bits} fractional bits"
    unit, relative = 2.0**-bits, 2.0**-24
    half = 0.5 * unit
    return [
        Precision(name, 2.0**-48, unit=unit, modes=MODES),
        Precision(f"{name}, rounded to nearest", relative, half, unit=unit),
        Precision(f"{name}, cut off", relative, half, toward_zero=half, unit=unit),
        Precision(f"{name}, rounded down", relative, half, down=half, unit=unit),
        Precision(f"{name}, within 1 unit in the last place", relative, unit, unit=unit),
        Precision(f"{name}, within 2 units in the last place", relative, 2 * unit, unit=unit),
    ]
