"""Reference gradients that do not use the backward pass under check, and kinks in their way."""

from collections.abc import Callable, Mapping
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
        super().__init__(
            f"{entry}: a finite difference of +-{reach:.2g} crosses a kink: {kink}; {hint}"
        )


def find_kink(f: Callable[[float], float], reach: float) -> float | None:
    """Look for a kink of a function of one variable within ``reach`` of 0."""
    steps = np.linspace(-reach, reach, 65)
    values = np.array([f(step) for step in steps])
    turns = abs(np.diff(values, 2))  # as good as equal where f is smooth
    maximum = int(turns.argmax())
    rounding = 1e-13 * abs(values).max()
    if turns[maximum] <= 16 * np.median(turns) + rounding:
        return None
    near = slice(max(maximum - 1, 0), maximum + 2)  # a kink between two steps turns at both
    return round(float((turns[near] * steps[1:-1][near]).sum() / turns[near].sum()), 9)


# Complex checks every term of a surrogate's backward pass at the states of the hard
# network, but uses the slope of the given spike. Relaxed checks the slope as well. Hard ignores
# the surrogate and checks the forward pass as it runs. docs/verify/gradcheck.md compares the three.


COMPLEX_STEP = 1e-40  # along the imaginary axis: nothing is subtracted, so nothing is lost
DIFFERENCE_STEP = 2.0**-13
STENCIL = ((1, 3 / 4), (2, -3 / 20), (3, 1 / 60))
REACH = DIFFERENCE_STEP * STENCIL[-1][0]
# A value is off by an ulp of what it is added up from, at each of the stencil's six places.
ROUNDING = (
    2 * sum(abs(weight) for _, weight in STENCIL) * float(np.finfo(float).eps) / DIFFERENCE_STEP
)

ReferenceGradient = Callable[[GradcheckTarget, float], dict[str, Array]]
EntryDerivative = Callable[[tuple[int, ...]], float]


class ModeNotApplicableError(InputError):
    """The value does not support a mode's numbers, or has no finite derivative."""


class Mode(NamedTuple):
    """A reference gradient, and its accuracy."""

    spike: Callable[[float], Pair]  # that of the backward pass under check, by the window's mu
    reference_gradient: ReferenceGradient
    tolerance: float  # relative to the largest entry of an array
    rounding_error: float = 0.0  # of a derivative, relative to the size of the terms of the value

    @property
    def perturbs_inputs(self) -> bool:
        """Whether by a finite amount, so that kinks matter."""
        return self.rounding_error > 0


def complex_step(target: GradcheckTarget, mu: float) -> dict[str, Array]:
    """``Im value(x + ih) / h`` through the spike's tangent, entry by entry."""
    frozen = spike.frozen(spike.paper(mu))
    point = {name: array.astype(complex) for name, array in target.point.items()}

    def slopes(name: str, array: Array) -> EntryDerivative:
        moving = _call_with_mode_numbers(
            "complex", target, target.value_closure, name, point, frozen
        )

        def slope(index: tuple[int, ...]) -> float:
            centre = array[index]
            array[index] = centre + 1j * COMPLEX_STEP
            value = np.asarray(_call_with_mode_numbers("complex", target, moving))
            array[index] = centre
            if not np.iscomplexobj(value):
                raise ModeNotApplicableError(
                    f"{target._labels.value}: expected a complex result for complex arrays, got "
                    f"{value.dtype}: the imaginary part was dropped (by float(), abs() or a real "
                    "buffer); use another mode than complex"
                )
            return float(value.imag) / COMPLEX_STEP

        return slope

    return _differentiate_entries(point, slopes)


def differences(pair: Callable[[float], Pair]) -> ReferenceGradient:
    """Differences of the network with a spike, by the window's mu."""

    def gradient(target: GradcheckTarget, mu: float) -> dict[str, Array]:
        point = {name: array.copy() for name, array in target.point.items()}

        def slopes(name: str, array: Array) -> EntryDerivative:
            moving = target.value_closure(name, point, pair(mu))

            def slope(index: tuple[int, ...]) -> float:
                centre, total = array[index], 0.0
                for steps, weight in STENCIL:
                    array[index] = centre + steps * DIFFERENCE_STEP
                    above = float(moving())
                    array[index] = centre - steps * DIFFERENCE_STEP
                    total += weight * (above - float(moving()))
                array[index] = centre
                return float(total / DIFFERENCE_STEP)

            return slope

        return _differentiate_entries(point, slopes)

    return gradient


def _hard(mu: float) -> Pair:
    return spike.detached()


MODES = {
    # Sums of a few hundred products in double: thousands of ulp.
    "complex": Mode(spike.paper, complex_step, 1e-12),
    # Of the network whose spike is the window's integral.  Rounding over the step is 1e-11 for
    # values of order 10; an error of formula is 1e-2.
    "relaxed": Mode(spike.relaxed, differences(spike.relaxed), 5e-8, ROUNDING),
    "hard": Mode(_hard, differences(_hard), 5e-8, ROUNDING),  # of the network as it runs
}


def raise_if_kink(target: GradcheckTarget, pair: Pair, name: str, index: tuple[int, ...]) -> None:
    """Raise KinkError if the value has a kink within reach of one entry."""
    point = {key: array.copy() for key, array in target.point.items()}
    centre, moving = float(point[name][index]), target.value_closure(name, point, pair)

    def moved(step: float) -> float:
        point[name][index] = centre + step
        return float(moving())

    at = find_kink(moved, REACH)
    if at is not None:
        kink = f"the value has a kink at {centre + at:.9g}, {abs(at):.2g} away from {centre:.9g}"
        if not at:
            kink = (
                f"the value has a kink at exactly this point, {centre:.9g}, and no derivative there"
            )
        raise KinkError(f"{name}{list(index)}", REACH, kink, target._labels.kink_hint)


def _call_with_mode_numbers(
    mode: str, target: GradcheckTarget, call: Callable[..., Any], *args: Any
) -> Any:
    """Call the value with the numbers of a mode; it has already been called with floats."""
    try:
        return call(*args)
    except (Exception, SystemExit) as error:
        raise ModeNotApplicableError(
            f"{target._labels.value} does not support mode {mode}: it raised "
            f"{type(error).__name__}: {error}; use another mode"
        ) from error


def _differentiate_entries(
    point: Mapping[str, Array], make_derivative: Callable[[str, Array], EntryDerivative]
) -> dict[str, Array]:
    result: dict[str, Array] = {}
    for name, array in point.items():
        result[name], slope = np.empty(array.shape), make_derivative(name, array)
        for index in np.ndindex(array.shape):
            result[name][index] = slope(index)
    return result
