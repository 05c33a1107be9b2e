"""Arrays in, one pass with derivatives, arrays out."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import as_array, check_callable, check_instance, check_mapping
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.exact.dual import Number, constant, variable
from liaf_ref.oracle.exact.nested import Nested, map_nested, shape
from liaf_ref.oracle.exact.network import (
    NestedDict,
    derivatives,
    forward,
    inner_product,
    run_training_steps,
    values,
)

DIGITS = 50
Arrays = dict[str, NDArray[Any]]


def run(case: Case, number: Callable[[Any], Number] = float) -> Arrays:
    """Give the answer to a case."""
    check_instance("case", case, Case, "run", "a Case")
    if case.chunks is not None and case.chunks.bptt == "truncated":
        reason = "expected full BPTT, got truncated BPTT; in_chunks(run) gives it each chunk alone"
        raise InputError.for_argument("case", "run", reason)
    varied = {name for name in case if name.startswith(("in/", "par/"))}
    real = {name for name in varied if _is_floating(case[name])}
    with _working_precision(number):
        numbers = {name: _numbers(a, number) for name, a in case.items()}
        given = {
            name: map_nested(variable, a) if name in real else a for name, a in numbers.items()
        }
        done, L = forward(case.nodes, given, variable)
        answer: NestedDict = {f"grad/{name}": derivatives(L, given[name]) for name in sorted(real)}
        for name, result in done.items():
            answer |= {f"exp/{name}.{q}": values(a) for q, a in result.traces.items()}
            answer |= {
                f"dbg/{name}.{q}": derivatives(L, a) for q, a in result.perturbations.items()
            }
        if case.optimizer is not None:
            fixed = {
                name: map_nested(constant, numbers[name]) for name in real if name.startswith("in/")
            }
            answer |= run_training_steps(case.nodes, numbers | fixed, case.optimizer)
        return {name: _array(a, number) for name, a in answer.items()}


def differentiate(
    f: Callable[..., Nested],
    arrays: Mapping[str, NDArray[Any]],
    up: NDArray[Any],
    number: Callable[[Any], Number] = float,
) -> tuple[NDArray[Any], Arrays]:
    """Differentiate one equation."""
    check_callable("f", f, "differentiate", "a function of lists")
    arrays = check_mapping("arrays", arrays, "differentiate", "arrays by name")
    arrays = {name: as_array(name, a, "differentiate") for name, a in arrays.items()}
    up = as_array("up", up, "differentiate")
    real = [name for name, a in arrays.items() if _is_floating(a)]
    with _working_precision(number):
        given = {name: _numbers(a, number) for name, a in arrays.items()}
        given |= {name: map_nested(variable, given[name]) for name in real}
        Y = f(**given)
        if up.shape not in {(), shape(Y)}:
            raise InputError.for_argument(
                "up", "differentiate", f"expected {shape(Y)}, got {up.shape}"
            )
        L = inner_product(_numbers(np.broadcast_to(up, shape(Y)), number), Y)
        grads = {name: _array(derivatives(L, given[name]), number) for name in real}
        return _array(values(Y), number), grads


def _working_precision(number: Any) -> AbstractContextManager[Any]:
    context = getattr(number, "context", None)  # mpmath's numbers know how to be precise
    if context is None:
        return nullcontext()
    digits: AbstractContextManager[Any] = context.workdps(max(DIGITS, context.dps))
    return digits


def _is_floating(a: NDArray[Any]) -> bool:
    return a.dtype.kind == "f"


def _numbers(a: NDArray[Any], number: Callable[[Any], Number]) -> Nested:
    return map_nested(number, a.tolist()) if _is_floating(a) else a.tolist()


def _array(A: Nested, number: Callable[[Any], Number]) -> NDArray[Any]:
    return np.array(A, float if number is float else object)
