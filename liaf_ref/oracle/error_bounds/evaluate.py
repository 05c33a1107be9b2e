"""The bound of a case: one run of the kernels on numbers that carry their error."""

from dataclasses import replace
from typing import Any

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_float_dtype, check_instance
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.spike import Window
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.error_bounds.arrays import errors, exact_array, values
from liaf_ref.oracle.error_bounds.kernel_table import NODE_NAME_KEY, bounded_kernels
from liaf_ref.oracle.error_bounds.margin import (
    Margin,
    MarginRecorder,
    StrictMarginRecorder,
    UnsafeDecisionError,
)
from liaf_ref.oracle.error_bounds.number import ArithmeticModel, arithmetic_model
from liaf_ref.oracle.reference import run
from liaf_ref.oracle.reference.kernel_table import reset_spike

SOURCE = "a bound"
ROUND_UP_FACTOR = 1 + 2.0**-20  # more than the bound's own arithmetic, all of it positive, can lose


def tolerances(case: Case, dtype: Any) -> dict[str, Array]:
    """How far the answer of a right backend can be from the reference's in float64."""
    case, dtype = _validate(case, dtype)
    own = _error_arrays(case, arithmetic_model(np.float64))
    theirs = own if dtype == np.float64 else _error_arrays(case, arithmetic_model(dtype))
    return {name: (theirs[name] + own[name]) * ROUND_UP_FACTOR for name in own}


def margins(case: Case, dtype: Any) -> dict[str, Margin]:
    """How far every node stays from a decision that rounding could turn."""
    case, dtype = _validate(case, dtype)
    watch = MarginRecorder()
    answer = _run_with_bounds(case, arithmetic_model(dtype), watch)
    return {
        node.name: _with_counts(watch.margins[node.name], case, node, answer)
        for node in case.nodes
        if node.name in watch.margins
    }


def spike_safe(case: Case, dtype: Any) -> bool:
    """Whether no right backend can decide differently from the reference."""
    case, dtype = _validate(case, dtype)
    try:
        _run_with_bounds(case, arithmetic_model(dtype), StrictMarginRecorder())
    except UnsafeDecisionError:
        return False
    return True


def _validate(case: object, dtype: object) -> tuple[Case, np.dtype[Any]]:
    check_instance("case", case, Case, SOURCE, "a Case")
    if dtype is np.float16 or (isinstance(dtype, np.dtype) and dtype == np.float16):  # of hardware
        return case, np.dtype(np.float16)  # type: ignore[return-value]
    found = check_float_dtype("dtype", dtype, SOURCE)
    if found.kind != "f":
        raise InputError.for_argument("dtype", SOURCE, f"expected a real dtype, got {found}")
    return case, found  # type: ignore[return-value]


def _error_arrays(case: Case, model: ArithmeticModel) -> dict[str, Array]:
    return {name: errors(a) for name, a in _run_with_bounds(case, model, MarginRecorder()).items()}


def _run_with_bounds(
    case: Case, model: ArithmeticModel, recorder: MarginRecorder
) -> dict[str, Array]:
    arrays = {
        name: exact_array(a, model) if a.dtype.kind == "f" else a for name, a in case.arrays.items()
    }
    nodes = tuple(
        node._replace(options={**node.options, NODE_NAME_KEY: node.name}) for node in case.nodes
    )
    with np.errstate(invalid="ignore", over="ignore"):  # where a bound is lost it is infinite
        return run(replace(case, arrays=arrays, nodes=nodes), bounded_kernels(model, recorder))


def _with_counts(margin: Margin, case: Case, node: Node, answer: dict[str, Array]) -> Margin:
    if node.op != "neuron":
        return margin
    F = values(answer[f"exp/{node.name}.F"])
    x = values(answer[f"exp/{node.name}.U"]) - case[f"par/{node.name}.v_th"]
    slope = reset_spike(node.options).slope
    inside = int(slope(x).sum()) if isinstance(slope, Window) else 0
    return margin._replace(fired=int(F.sum()), in_window=inside, steps=F.size)
