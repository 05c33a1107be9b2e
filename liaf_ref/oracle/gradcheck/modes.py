"""Reference gradients that do not use the backward pass under check, and kinks in their way."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.errors import InputError, LiafError
from liaf_ref.kernels import spike
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.oracle.gradcheck.target import GradcheckTarget


class KinkError(LiafError):
    """A finite difference crosses a kink, so it does not approximate a derivative.

    Parameters
    ----------
    entry : str
        The perturbed entry.
    reach : float
        The largest perturbation.
    kink : str
        The kink and its distance.
    hint : str
        How to avoid it.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> from liaf_ref.oracle import KinkError
    >>> x = np.array([1e-4, 1.0])
    >>> try:
    ...     lr.gradcheck(lambda x: np.maximum(x, 0).sum(), x, lambda x: 1.0 * (x > 0))
    ... except KinkError as error:
    ...     print(error.entry)
    x[0]
    >>> lr.gradcheck(lambda x: np.maximum(x, 0).sum(), x, lambda x: 1.0 * (x > 0), mode="complex")
    PASSED: 2 derivatives ...
    """

    def __init__(self, entry: str, reach: float, kink: str, hint: str) -> None:
        self.entry, self.reach, self.kink, self.hint = entry, reach, kink, hint
        crosses = f"a finite difference of +-{reach:.2g} crosses a kink"
        super().__init__(f"{entry}: {crosses}: {kink}; {hint}")


Value = Callable[[Any], Any]  # of a target, by a step in one entry of its point

COMPLEX_STEP = 1e-40  # along the imaginary axis: nothing is subtracted, so nothing is lost
DIFFERENCE_STEP = 2.0**-13
STENCIL = ((1, 3 / 4), (2, -3 / 20), (3, 1 / 60))
REACH = DIFFERENCE_STEP * STENCIL[-1][0]
# A value is off by an ulp of what it is added up from, at each of the stencil's six places.
ROUNDING = 2 * sum(abs(w) for _, w in STENCIL) * float(np.finfo(float).eps) / DIFFERENCE_STEP


class ModeNotApplicableError(InputError):
    """The value does not support a mode's numbers, or has no finite derivative."""


def complex_step(value: Value) -> float:
    """``Im value(ih) / h``."""
    found = np.asarray(value(1j * COMPLEX_STEP))
    if not np.iscomplexobj(found):
        raise TypeError(
            f"expected a complex result for complex arrays, got {found.dtype}: the imaginary part "
            "was dropped (by float(), abs() or a real buffer)"
        )
    return float(found.imag) / COMPLEX_STEP


def difference(value: Value) -> float:
    """The central difference of sixth order."""
    h = DIFFERENCE_STEP
    terms = (weight * (float(value(k * h)) - float(value(-k * h))) for k, weight in STENCIL)
    return sum(terms) / h


class Mode(NamedTuple):
    """The spike by the window's mu, and how exact the derivatives are."""

    spike: Callable[[float], Pair]
    tolerance: float  # relative to the largest entry of an array
    perturbs_inputs: bool = True  # by a finite amount, so that kinks matter


# Complex checks every term of a surrogate's backward pass at the states of the hard
# network, but uses the slope of the given spike. Relaxed checks the slope as well. Hard ignores
# the surrogate and checks the forward pass as it runs. docs/verify/gradcheck.md compares the three.
MODES = {
    # Through the spike's tangent.  Sums of a few hundred products in double: thousands of ulp.
    "complex": Mode(spike.paper, 1e-12, perturbs_inputs=False),
    # Of the network whose spike is the window's integral.  Rounding over the step is 1e-11 for
    # values of order 10; an error of formula is 1e-2.
    "relaxed": Mode(spike.relaxed, 5e-8),
    # Of the network as it runs.
    "hard": Mode(lambda _: spike.detached(), 5e-8),
}


def reference_gradient(
    target: GradcheckTarget, mode: Mode, pair: Pair, name: str, code: str
) -> dict[str, Array]:
    """Differentiate in every entry; the value has already been called with floats."""
    derivative, dtype = (difference, float) if mode.perturbs_inputs else (complex_step, complex)
    pair = pair if mode.perturbs_inputs else spike.frozen(pair)
    found = {key: np.empty(array.shape) for key, array in target.point.items()}
    try:
        for key, derivatives in found.items():
            value = value_by_step(target, pair, key, dtype)
            for index in np.ndindex(derivatives.shape):
                derivatives[index] = derivative(partial(value, index))
    except (Exception, SystemExit) as error:
        reason = f"it raised {type(error).__name__}: {error}; use another mode"
        raise ModeNotApplicableError(f"{code} does not support mode {name}: {reason}") from error
    points = f", with values at up to {REACH:.2g} from it" if mode.perturbs_inputs else ""
    for key, derivatives in found.items():
        for place in np.argwhere(~np.isfinite(derivatives)).tolist()[:1]:
            raise ModeNotApplicableError(
                f"{key}{place}: the reference derivative (mode {name}{points}) is not finite: "
                f"{derivatives[tuple(place)]}; try another point or another mode"
            )
    return found


def value_by_step(
    target: GradcheckTarget, pair: Pair, changed: str, dtype: type
) -> Callable[[tuple[int, ...], Any], Any]:
    """The value as a function of an index of one array, and a step in that entry."""
    point: dict[str, Array] = {name: array.astype(dtype) for name, array in target.point.items()}
    array, faster = point[changed], target.incremental_value
    value = faster(changed, point, pair) if faster else partial(target.value, point, pair)

    def moved(index: tuple[int, ...], step: Any) -> Any:
        centre = array[index]
        array[index] = centre + step
        result = value()
        array[index] = centre
        return result

    return moved


def raise_if_kink(target: GradcheckTarget, pair: Pair, name: str, index: tuple[int, ...]) -> None:
    """Raise KinkError if the value has a kink within reach of one entry."""
    value, steps = value_by_step(target, pair, name, float), np.linspace(-REACH, REACH, 65)
    values = np.array([float(value(index, step)) for step in steps])
    turns = abs(np.diff(values, 2))  # as good as equal where the value is smooth
    sharpest = int(turns.argmax())
    if turns[sharpest] <= 16 * np.median(turns) + 1e-13 * abs(values).max():  # of rounding
        return
    near = slice(max(sharpest - 1, 0), sharpest + 2)  # a kink between two steps turns at both
    at = round(float((turns[near] * steps[1:-1][near]).sum() / turns[near].sum()), 9)
    centre = float(target.point[name][index])
    place = f"{centre + at:.9g}, {abs(at):.2g} away from {centre:.9g}"
    none = f"exactly this point, {centre:.9g}, and no derivative there"
    hint = "use another point, or mode complex, which does not perturb inputs"
    kink = f"the value has a kink at {place if at else none}"
    raise KinkError(f"{name}{list(index)}", REACH, kink, hint)
