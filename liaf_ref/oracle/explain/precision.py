"""How exactly a trace was computed and printed, from float64 to fixed point."""

from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.explain.neuron import Model, shift
from liaf_ref.oracle.explain.trace import Trace

ROUNDINGS = 8  # of one step, parameters included
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

    def tolerance(self, m: Model, trace: Trace, fired: Array) -> Array:
        """Largest difference of each step between prediction and record."""
        v = abs(trace.recorded_potential)
        before = shift(v, 1)
        largest = 0.25 * v.max()  # small potentials inherit errors of large ones
        terms = largest + v + abs(m.a) * before + abs(m.c)
        terms = terms + abs(m.b * shift(trace.input, int(m.input_delay)))
        terms = terms + abs(m.amount) * np.maximum(fired, shift(fired, 1))
        printed = trace.rounding + abs(m.a) * shift(trace.rounding, 1)
        largest_error: Array = self.relative * terms + 1.001 * printed + self.absolute
        return largest_error

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
        Precision("float64", ROUNDINGS * 2.0**-53),
        Precision("float32", ROUNDINGS * 2.0**-24),
    ]
    v = trace.potential
    if v is None:
        return found
    bits = next((n for n in range(FINEST_BITS + 1) if (v * 2**n == np.round(v * 2**n)).all()), None)
    if bits is not None and abs(v).max() * 2**bits < MAX_LEVELS and len(np.unique(v)) > 2:
        return found + _fixed_points(bits)
    with np.errstate(over="ignore"):
        if (v.astype(np.float16) == v).all():
            found.append(Precision("float16", ROUNDINGS * 2.0**-11))
    return found


def _fixed_points(bits: int) -> list[Precision]:
    name = "integers" if bits == 0 else f"fixed point with {bits} fractional bits"
    unit, relative = 2.0**-bits, ROUNDINGS * 2.0**-24
    half = 0.5 * unit
    return [
        Precision(f"{name}, rounded to nearest", relative, half, unit=unit),
        Precision(f"{name}, cut off", relative, half, toward_zero=half, unit=unit),
        Precision(f"{name}, rounded down", relative, half, down=half, unit=unit),
        Precision(f"{name}, within 1 unit in the last place", relative, unit, unit=unit),
        Precision(f"{name}, within 2 units in the last place", relative, 2 * unit, unit=unit),
    ]
