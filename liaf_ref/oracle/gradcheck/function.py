"""Gradient check of plain functions of arrays, the form in which users have their own."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import (
    as_array,
    check_callable,
    check_choice,
    check_float_array,
    check_number,
)
from liaf_ref._core.validation.scalars import describe_value
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.gradcheck import check
from liaf_ref.oracle.gradcheck.check import GradcheckReport
from liaf_ref.oracle.gradcheck.target import GradcheckTarget

# Of a function without spikes the step's window does not matter: "hard" is plain differences.
FUNCTION_MODES = {"differences": "hard", "complex": "complex"}


def gradcheck(
    f: Callable[..., Any] | GradcheckTarget,
    x: Any = None,
    grad: Callable[..., Any] | None = None,
    *,
    mode: str | None = None,
    tolerance: float | None = None,
    mu: float = 0.5,
) -> GradcheckReport:
    """Check a gradient that was derived by hand against one that was not.

    Parameters
    ----------
    f : callable, or GradcheckTarget
        ``f(x)`` returns a scalar; without ``grad`` it returns ``(value, gradient)``.
    x : array, tuple of arrays, or dict of str to array
        The point at which to check, of floats; checked in float64.
    grad : callable, optional
        ``grad(x)`` returns the gradient, in the same form as ``x``.
    mode : str, optional
        ``"differences"``, the default: sixth-order central differences, for any function,
        with a relative tolerance of 5e-8. ``"complex"``: a complex step, accurate to 1e-12,
        for functions that pass complex numbers through (no ``abs``, no ``float``).
        For a :class:`GradcheckTarget` one of its four modes, ``"complex"`` by default.
    tolerance : float, optional
        Largest error, relative to the largest entry of an array.
    mu : float
        Half width of the surrogate window, Eq. (13); only for a :class:`GradcheckTarget`.

    Returns
    -------
    GradcheckReport
        True if it passed, in a test as ``assert gradcheck(...)``; it prints as a table.

    Raises
    ------
    InputError
        If ``f`` raises, its value is no finite scalar, it changes ``x``, or the gradient has
        other shapes than ``x``.
    KinkError
        If a difference would reach over a kink, where there is no derivative.

    Notes
    -----
    A spiking layer fails as a plain function, by design: its backward pass uses the surrogate
    slope of Eq. (13), which is no derivative of the step.  ``layer_target`` of
    ``liaf_ref.oracle.gradcheck`` makes a :class:`GradcheckTarget` of a layer, which puts a
    differentiable spike in place of the step.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> x = np.array([1.0, 2.0])
    >>> lr.gradcheck(lambda x: (x**3).sum(), x, lambda x: 3 * x**2).passed
    True
    >>> wrong = lr.gradcheck(lambda x: (x**3).sum(), x, lambda x: 2 * x**2)
    >>> wrong.passed, wrong.entries[0].index
    (False, (1,))

    Several arrays, value and gradient from one function:

    >>> def product(p):
    ...     return (p["a"] * p["b"]).sum(), {"a": p["b"], "b": p["a"]}
    >>> lr.gradcheck(product, {"a": x, "b": x + 1}, mode="complex").passed
    True
    """
    if isinstance(f, GradcheckTarget):
        if isinstance(x, str) and mode is None:  # gradcheck(target, "dual")
            x, mode = None, x
        if x is not None or grad is not None:
            reason = "expected none with a GradcheckTarget, which has a point and a gradient"
            raise InputError.for_argument("x" if grad is None else "grad", "gradcheck", reason)
        return check.gradcheck(f, "complex" if mode is None else mode, mu, tolerance)
    check_callable("f", f, "gradcheck", "a function of x, or a GradcheckTarget")
    check_number("mu", mu, "gradcheck", lambda x: x > 0, "a finite number > 0")
    if grad is not None:
        check_callable("grad", grad, "gradcheck", "a function of x")
    name = "differences" if mode is None else mode
    check_choice("mode", name, FUNCTION_MODES, "gradcheck")
    target = _function_target(f, x, grad)
    report = check.gradcheck(target, FUNCTION_MODES[name], tolerance=tolerance)
    return replace(report, mode=name)


def _function_target(
    f: Callable[..., Any], x: Any, grad: Callable[..., Any] | None
) -> GradcheckTarget:
    point = {name: _as_point(name, array) for name, array in _to_arrays("x", x).items()}

    def value(arrays: Mapping[str, Array], spike: object) -> Any:
        result = f(_like(x, arrays))
        return _pair(result)[0] if grad is None else result

    def gradient(arrays: Mapping[str, Array], spike: object) -> Mapping[str, Array]:
        given = _like(x, arrays)
        return _to_arrays("gradient", _pair(f(given))[1] if grad is None else grad(given))

    _check_results(value, gradient, point)
    return GradcheckTarget(value, gradient, point)


def _check_results(
    value: Callable[..., Any], gradient: Callable[..., Any], point: Mapping[str, Array]
) -> None:
    """Call both once, so that errors name the function and not the target made of it."""

    def call(label: str, function: Callable[..., Any]) -> Any:
        try:
            return function({name: array.copy() for name, array in point.items()}, None)
        except InputError:
            raise
        except Exception as error:
            reason = f"it raised {type(error).__name__}: {error}"
            raise InputError(f"{label} of gradcheck: {reason}") from error

    if shape := np.shape(call("f", value)):
        raise InputError(f"f of gradcheck: expected a scalar value, got shape {shape}")
    grads = call("grad", gradient)
    if set(grads) != set(point):
        expected, got = ", ".join(point), ", ".join(grads)
        raise InputError(f"gradient of gradcheck: expected arrays {expected}, got {got}")
    for name, array in point.items():
        if np.shape(grads[name]) != array.shape:
            reason = f"expected shape {array.shape}, got {np.shape(grads[name])}"
            raise InputError(f"gradient in {name} of gradcheck: {reason}")


def _pair(result: Any) -> tuple[Any, Any]:
    if not isinstance(result, tuple) or len(result) != 2:
        got = type(result).__name__
        raise InputError(
            f"f of gradcheck: expected (value, gradient), for there is no grad; got {got}"
        )
    return result


def _to_arrays(name: str, value: Any) -> dict[str, Any]:
    """Arrays by name: those of a mapping by their keys, those of a sequence by their place."""
    if isinstance(value, Mapping):
        return {str(key): array for key, array in value.items()}
    if isinstance(value, tuple):
        return {f"x[{k}]": array for k, array in enumerate(value)}
    if value is None:
        raise InputError(f"{name} of gradcheck: expected an array, tuple or dict, got None")
    return {"x": value}


def _like(x: Any, arrays: Mapping[str, Array]) -> Any:
    """Arrays in the form of x."""
    if isinstance(x, Mapping):
        return {key: arrays[str(key)] for key in x}
    return tuple(arrays.values()) if isinstance(x, tuple) else arrays["x"]


def _as_point(name: str, value: Any) -> Array:
    array = as_array(name, value, "gradcheck", "an array")
    if array.dtype.kind not in "fiu" or not array.size:
        reason = "expected an array of at least one real number"
        raise InputError(f"{name} of gradcheck: {reason}, got {describe_value(value)}")
    point = np.array(array, np.float64)
    return check_float_array(name, point, point.shape, "gradcheck")
