"""The ways to a gradient that does not pass through the backward pass under check.

=========  ============================  ==============================================
mode       spike of both sides           the other way
=========  ============================  ==============================================
complex    paper's; frozen forward       imaginary part of a step along the imaginary axis
dual       paper's                       dual numbers, the window as the spike's slope
relaxed    integral of the window        sixth-order central difference
hard       the step, without a slope     sixth-order central difference
=========  ============================  ==============================================

Complex and dual see every term of a surrogate's backward pass where the hard network
works, but take the slope from the spike they are given.  Relaxed sees the slope as
well.  Hard is blind to the surrogate and sees the forward pass as it runs.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.errors import InputError
from liaf_ref.kernels import spike
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.oracle.gradchecker import dual
from liaf_ref.oracle.gradchecker.subject import Subject
from liaf_ref.oracle.gradchecker.watch import KinkError, Watched, bend

STEP = 1e-40  # along the imaginary axis: nothing is subtracted, so nothing is lost
H = 2.0**-13
STENCIL = ((1, 3 / 4), (2, -3 / 20), (3, 1 / 60))
REACH = H * STENCIL[-1][0]
# A value is off by an ulp of what it is added up from, at each of the stencil's six places.
ROUNDING = 2 * sum(abs(weight) for _, weight in STENCIL) * float(np.finfo(float).eps) / H

Witness = Callable[[Subject, float], dict[str, Array]]
Slope = Callable[[tuple[int, ...]], float]


class UnfitError(InputError):
    """The value cannot take a mode's numbers, drops what they carry, or has no finite slope."""


class Mode(NamedTuple):
    """How a gradient is obtained without the backward pass, and how far it is to be trusted.

    ``pair`` gives the spike of the backward pass under check for a half width of the
    window; ``bound`` is relative to the largest entry of an array; ``moves`` says
    whether the witness moves a number by a finite amount, so that kinks concern it;
    ``rounding`` is what rounding alone leaves of a slope of 0, over the size of what the
    value is added up from.
    """

    pair: Callable[[float], Pair]
    witness: Witness
    bound: float
    moves: bool
    rounding: float


def complex_step(subject: Subject, mu: float) -> dict[str, Array]:
    """``Im value(x + ih) / h`` through the spike's tangent, entry by entry."""
    frozen = spike.frozen(spike.paper(mu))
    point = {name: array.astype(complex) for name, array in subject.at.items()}

    def slopes(name: str, array: Array) -> Slope:
        moving = _taking("complex", subject.moving, name, point, frozen)

        def slope(index: tuple[int, ...]) -> float:
            centre = array[index]
            array[index] = centre + 1j * STEP
            value = np.asarray(_taking("complex", moving))
            array[index] = centre
            if not np.iscomplexobj(value):
                raise UnfitError(
                    "value of gradcheck: expected a complex number for complex arrays, got "
                    f"{value.dtype}; it drops the imaginary part (float(), abs(), a buffer of a "
                    "fixed dtype), so take another mode than complex"
                )
            return float(value.imag) / STEP

        return slope

    return _entries(point, slopes)


def dual_numbers(subject: Subject, mu: float) -> dict[str, Array]:
    """All slopes at once, in one forward pass."""
    count = sum(array.size for array in subject.at.values())
    seeds = iter(np.eye(count))
    point = {}
    for name, array in subject.at.items():
        point[name] = np.empty(array.shape, object)
        for index in np.ndindex(array.shape):
            point[name][index] = dual.Dual(float(array[index]), next(seeds))
    total = np.asarray(_taking("dual", subject.value, point, dual.through(spike.paper(mu)))).item()
    slopes = total.slopes if isinstance(total, dual.Dual) else np.zeros(count)
    cuts = np.cumsum([array.size for array in subject.at.values()])[:-1]
    parts = np.split(slopes, cuts)
    return {
        name: part.reshape(array.shape)
        for (name, array), part in zip(subject.at.items(), parts, strict=True)
    }


def relaxed_differences(subject: Subject, mu: float) -> dict[str, Array]:
    """Differences of the network whose spike is the window's integral."""
    return _differences(subject, Watched(spike.relaxed(mu), (-mu, mu)))


def hard_differences(subject: Subject, mu: float) -> dict[str, Array]:
    """Differences of the network as it runs, between its steps."""
    return _differences(subject, Watched(spike.detached(), (0.0,)))


MODES = {
    # Sums of a few hundred products in double: thousands of ulp.
    "complex": Mode(spike.paper, complex_step, 1e-12, moves=False, rounding=0.0),
    "dual": Mode(spike.paper, dual_numbers, 1e-12, moves=False, rounding=0.0),
    # Rounding over the step is 1e-11 for values of order 10; an error of formula is 1e-2.
    "relaxed": Mode(spike.relaxed, relaxed_differences, 5e-8, moves=True, rounding=ROUNDING),
    "hard": Mode(lambda _: spike.detached(), hard_differences, 5e-8, moves=True, rounding=ROUNDING),
}


def refuse_bend(subject: Subject, pair: Pair, name: str, index: tuple[int, ...]) -> None:
    """Raise KinkError if the value has a kink within reach of one entry."""
    point = {key: array.copy() for key, array in subject.at.items()}
    centre, moving = float(point[name][index]), subject.moving(name, point, pair)

    def moved(step: float) -> float:
        point[name][index] = centre + step
        return float(moving())

    at = bend(moved, REACH)
    if at is not None:
        kink = (
            f"the slope of the value changes at {centre + at:.9g}, {abs(at):.2g} from {centre:.9g}"
        )
        raise KinkError(f"{name}{list(index)}", REACH, kink)


def _differences(subject: Subject, watched: Watched) -> dict[str, Array]:
    point = {name: array.copy() for name, array in subject.at.items()}

    def slopes(name: str, array: Array) -> Slope:
        moving = subject.moving(name, point, watched.pair)
        earlier = len(watched.collect())
        moving()
        before = watched.collect()

        def moved(index: tuple[int, ...], to: float) -> float:
            array[index] = to
            value = float(moving())
            kink = watched.crossed(before, watched.collect(), earlier)
            if kink:
                raise KinkError(f"{name}{list(index)}", REACH, str(kink))
            return value

        def slope(index: tuple[int, ...]) -> float:
            centre, total = array[index], 0.0
            for steps, weight in STENCIL:
                above = moved(index, centre + steps * H)
                total += weight * (above - moved(index, centre - steps * H))
            array[index] = centre
            return total / H

        return slope

    return _entries(point, slopes)


def _taking(mode: str, call: Callable[..., Any], *given: Any) -> Any:
    """What comes of other numbers than floats, of which the value has been seen to take those."""
    try:
        return call(*given)
    except (Exception, SystemExit) as error:
        raise UnfitError(
            f"value of gradcheck: with the numbers of the mode {mode} it raised "
            f"{type(error).__name__}: {error}; take another mode than {mode}"
        ) from error


def _entries(point: Mapping[str, Array], slopes: Callable[[str, Array], Slope]) -> dict[str, Array]:
    found: dict[str, Array] = {}
    for name, array in point.items():
        found[name], slope = np.empty(array.shape), slopes(name, array)
        for index in np.ndindex(array.shape):
            found[name][index] = slope(index)
    return found
