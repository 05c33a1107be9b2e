"""The comparison of a gradient with its reference, and the report."""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from liaf_ref._core.errors import InputError, LiafError
from liaf_ref._core.validation import check_choice, check_float_array, check_instance, check_number
from liaf_ref._core.validation.scalars import short_text
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.oracle.gradcheck.modes import MODES, ModeNotApplicableError, raise_if_kink
from liaf_ref.oracle.gradcheck.target import GradcheckTarget

SCALE_FLOOR = (
    1e-6  # of the largest gradient of all: an array of nothing but rounding is not measured
)


@dataclass(frozen=True)
class WorstEntry:
    """The entry of an array with the largest error."""

    name: str
    index: tuple[int, ...]
    actual: float
    expected: float
    error: float
    size: int


@dataclass(frozen=True)
class GradcheckReport:
    """The worst entry of every array.

    Parameters
    ----------
    mode : str
        The mode of the reference gradient.
    tolerance : float
        The largest error allowed.
    entries : tuple of WorstEntry
        One for each array, worst first.
    """

    mode: str
    tolerance: float
    entries: tuple[WorstEntry, ...]

    @property
    def worst_passed(self) -> WorstEntry:
        """The entry with the largest error of all arrays."""
        return self.entries[0]

    @property
    def passed(self) -> bool:
        """Whether every error is within the tolerance."""
        return all(entry.error <= self.tolerance for entry in self.entries)

    def __bool__(self) -> bool:
        return self.passed

    def assert_passed(self) -> None:
        """Raise LiafError with the report unless it has passed."""
        if not self.passed:
            raise LiafError(str(self))

    def to_dict(self) -> dict[str, Any]:
        """The report as what ``json.dumps`` takes."""
        return {
            "mode": self.mode,
            "tolerance": self.tolerance,
            "passed": self.passed,
            "worst": asdict(self.worst_passed),
            "arrays": [asdict(entry) for entry in self.entries],
        }

    def __str__(self) -> str:
        verdict = "PASSED" if self.passed else "FAILED"
        count = sum(entry.size for entry in self.entries)
        head = (
            f"{verdict}: {count} derivatives checked by {self.mode}, tolerance {self.tolerance:.0e}"
        )
        lines = (
            f"  {'ok  ' if e.error <= self.tolerance else 'FAIL'} {e.name + str(list(e.index)):<24}"
            f" actual {e.actual: .12e}  expected {e.expected: .12e}  error {e.error:.1e}"
            for e in self.entries
        )
        return "\n".join((head, *lines))

    __repr__ = __str__


def gradcheck(
    target: GradcheckTarget, mode: str = "complex", mu: float = 0.5, tolerance: float | None = None
) -> GradcheckReport:
    """Check a backward pass against a reference gradient that does not use it."""
    check_choice("mode", mode, MODES, "gradcheck")
    check_number("mu", mu, "Eq. (13)", lambda x: x > 0, "a finite number > 0")
    check_instance("target", target, GradcheckTarget, "gradcheck", "a GradcheckTarget")
    _check_point(target.point)
    selected = MODES[mode]
    limit = selected.tolerance if tolerance is None else tolerance
    check_number("tolerance", limit, "gradcheck", lambda x: x > 0, "a finite number > 0")
    actual = _checked_gradient(target, selected.spike(mu))
    expected = selected.reference_gradient(target, mu)
    _check_finite(expected, mode)
    top = max(abs(array).max(initial=0.0) for array in expected.values())
    floor = max(
        SCALE_FLOOR * top,
        selected.rounding_error * _value_scale(target, expected, selected.spike(mu)) / limit,
    )
    entries = [_worst_entry(name, actual[name], expected[name], floor) for name in expected]
    for entry in entries:
        if selected.perturbs_inputs and entry.error > limit:
            raise_if_kink(target, selected.spike(mu), entry.name, entry.index)
    return GradcheckReport(mode, limit, tuple(sorted(entries, key=lambda entry: -entry.error)))


def _check_finite(derivatives: Mapping[str, Array], mode: str) -> None:
    """Refuse a sample at which a reference derivative is infinite or NaN."""
    for name, array in derivatives.items():
        for index in np.argwhere(~np.isfinite(array)).tolist()[:1]:
            raise ModeNotApplicableError(
                f"{name}{index}: the reference derivative (mode {mode}) is not finite: "
                f"{array[tuple(index)]}; try another sample (seed) or another mode"
            )


def _value_scale(target: GradcheckTarget, derivatives: Mapping[str, Array], spike: Pair) -> float:
    """The approximate size of the terms of the value; the value itself, if nothing cancels."""
    terms = sum(float(abs(derivatives[name] * array).sum()) for name, array in target.point.items())
    point = {name: array.copy() for name, array in target.point.items()}
    return abs(float(target.value(point, spike))) + terms


def _check_point(point: Mapping[str, Array]) -> None:
    if not point:
        raise InputError("target.point: expected at least one array, got none")
    for name, array in point.items():
        if not isinstance(array, np.ndarray) or array.dtype != np.float64:
            actual = getattr(array, "dtype", type(array).__name__)
            raise InputError(
                f"target.point[{name}]: expected a float64 array, got {actual}; "
                "in lower precision rounding hides derivative errors"
            )
        check_float_array(f"target.point[{name}]", array, array.shape, "gradcheck")


def _checked_gradient(target: GradcheckTarget, spike: Any) -> dict[str, Array]:
    """The gradient under check, of code that must not modify its inputs."""
    lent = {name: array.copy() for name, array in target.point.items()}
    for what, call in (("value", target.value), ("gradient", target.gradient)):
        result = _call_user_code(what, call, lent, spike)
        for name, array in target.point.items():
            if lent[name].tobytes() != array.tobytes():
                raise InputError(
                    f"target.{what} modified its input {name!r}; it must not write to its arrays"
                )
    grads = _arrays_by_name(result)
    for name in grads:
        if name not in target.point:
            known = ", ".join(target.point)
            raise InputError(
                f"target.gradient returned an unknown array {name!r}; expected only {known}"
            )
    for name, array in target.point.items():
        shape = grads[name].shape if name in grads else "no array of that name"
        if shape != array.shape:
            raise InputError(f"target.gradient[{name}]: expected shape {array.shape}, got {shape}")
    return grads


def _call_user_code(label: str, call: Callable[..., Any], *args: Any) -> Any:
    """Call the code under check; its exceptions become InputError."""
    try:
        result = call(*args)
    except (Exception, SystemExit) as error:
        raise InputError(f"target.{label} raised {type(error).__name__}: {error}") from error
    if label == "value" and np.ndim(result):
        reason = f"expected a scalar, got shape {np.shape(result)}"
        raise InputError(f"target.value: {reason}")
    if label == "value" and not _is_finite(result):
        reason = f"expected a finite number, got {short_text(str(result))}"
        raise InputError(f"target.value: {reason}")
    return result


def _is_finite(value: Any) -> bool:
    try:
        return math.isfinite(value)
    except (TypeError, ValueError, OverflowError):
        return False


def _arrays_by_name(result: object) -> dict[str, Array]:
    if not isinstance(result, Mapping):
        reason = f"expected a mapping of arrays, got {type(result).__name__}"
        raise InputError(f"target.gradient: {reason}")
    return {str(name): np.asarray(g) for name, g in result.items()}


def _worst_entry(name: str, actual: Array, expected: Array, min_scale: float) -> WorstEntry:
    off = abs(actual - expected)
    off[np.isnan(off)] = np.inf
    index = tuple(int(i) for i in np.unravel_index(int(off.argmax()), off.shape))
    scale = max(float(abs(expected).max()), min_scale)
    error = float(off[index] / scale) if scale else float(off[index] and np.inf)
    return WorstEntry(name, index, float(actual[index]), float(expected[index]), error, off.size)
