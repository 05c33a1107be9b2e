"""Plain functions of arrays as targets of a gradient check."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.text import describe_value
from liaf_ref._core.validation import (
    as_array,
    check_callable,
    check_float_array,
    check_takes_one_argument,
)
from liaf_ref.kernels.array import Array
from liaf_ref.layers import Layer
from liaf_ref.networks import Network
from liaf_ref.oracle.gradcheck.target import GradcheckTarget, Labels

EXPECTED_ARRAY = "an array such as np.array([1.0, 2.0]), or a tuple or dict of arrays"


class FunctionTarget(GradcheckTarget):
    """A target made of a plain function."""

    __slots__ = ()
    _labels = Labels(
        "f of gradcheck",
        "grad of gradcheck",
        "return a weighted sum of it, (w * y).sum() with fixed random w, and its gradient",
        "use another x, or mode='complex' if f takes complex numbers",
    )


class PairTarget(FunctionTarget):
    """A target made of a function that returns its value and its gradient."""

    __slots__ = ()
    _labels = FunctionTarget._labels._replace(gradient="gradient returned by f of gradcheck")


def function_target(f: Any, x: Any, grad: Any) -> GradcheckTarget:
    """Make a target of ``gradcheck``'s arguments."""
    if isinstance(f, Layer | Network):
        reason = "expected a function of x or a GradcheckTarget"
        hint = "make one of a layer with liaf_ref.oracle.layer_target"
        raise InputError.for_argument("f", "gradcheck", f"{reason}, got {f!r}; {hint}")
    check_callable("f", f, "gradcheck", "a function of x, or a GradcheckTarget")
    point = _to_point(x)
    hint = "; write lambda x: f(*x)" if isinstance(x, tuple) else ""
    check_takes_one_argument("f", f, "gradcheck", "f(x)", hint)
    if grad is None:
        return PairTarget(
            lambda arrays, _: _pair(f(_like(x, arrays)))[0],
            lambda arrays, _: _grads_by_name(_pair(f(_like(x, arrays)))[1], x),
            point,
        )
    check_callable("grad", grad, "gradcheck", "a function of x")
    check_takes_one_argument("grad", grad, "gradcheck", "grad(x)", hint.replace("f(", "grad("))
    return FunctionTarget(
        lambda arrays, _: _single(f(_like(x, arrays))),
        lambda arrays, _: _grads_by_name(grad(_like(x, arrays)), x),
        point,
    )


def _to_point(x: Any) -> dict[str, Array]:
    """The arrays of x by name: those of a dict by their keys, those of a tuple by their place."""
    if isinstance(x, Mapping):
        arrays = {str(key): array for key, array in x.items()}
    elif isinstance(x, tuple):
        arrays = {f"x[{k}]": array for k, array in enumerate(x)}
    else:
        arrays = {"x": x}
    if not arrays:
        raise InputError.for_argument("x", "gradcheck", "expected at least one array, got none")
    return {name: _float64(name, array) for name, array in arrays.items()}


def _float64(name: str, value: Any) -> Array:
    array = as_array(name, value, "gradcheck", EXPECTED_ARRAY)
    if array.dtype.kind not in "fiu" or not array.size:
        reason = "expected an array of at least one real number"
        raise InputError.for_argument(name, "gradcheck", f"{reason}, got {describe_value(value)}")
    point = np.array(array, np.float64)
    return check_float_array(name, point, point.shape, "gradcheck")


def _like(x: Any, arrays: Mapping[str, Array]) -> Any:
    """Arrays in the form of x."""
    if isinstance(x, Mapping):
        return {key: arrays[str(key)] for key in x}
    return tuple(arrays.values()) if isinstance(x, tuple) else arrays["x"]


def _pair(result: Any) -> tuple[Any, Any]:
    if not isinstance(result, tuple) or len(result) != 2:
        raise InputError(
            "f of gradcheck: expected a tuple (value, gradient), as there is no grad, got "
            f"{describe_value(result)}; if f returns the value alone, call gradcheck(f, x, grad)"
        )
    return result


def _single(result: Any) -> Any:
    if isinstance(result, tuple):
        raise InputError(
            f"f of gradcheck: expected a scalar, got a tuple of {len(result)}; if f returns "
            "(value, gradient), leave out grad"
        )
    return result


def _grads_by_name(grads: Any, x: Any) -> dict[str, Any]:
    """The gradient by the names of the point; it must have the form of x."""
    if isinstance(x, Mapping):
        if isinstance(grads, Mapping) and set(grads) == set(x):
            return {str(key): grads[key] for key in x}
        expected = f"a dict with the keys {', '.join(map(str, x))}, as x has"
    elif isinstance(x, tuple):
        if isinstance(grads, tuple | list) and len(grads) == len(x):
            return {f"x[{k}]": array for k, array in enumerate(grads)}
        expected = f"a tuple of {len(x)}, as x is"
    else:
        return {"x": grads}
    got = (
        f"the keys {', '.join(map(str, grads))}"
        if isinstance(grads, Mapping)
        else describe_value(grads)
    )
    raise InputError(f"grad of gradcheck: expected {expected}, got {got}")
