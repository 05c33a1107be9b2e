"""The bound of a case: one run of the kernels on numbers that carry their error."""

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_float_dtype, check_instance
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.spike import Window
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.error_bounds.arithmetic import FORMATS, ArithmeticModel, arithmetic_model
from liaf_ref.oracle.error_bounds.arrays import errors, exact_array, values
from liaf_ref.oracle.error_bounds.kernel_table import NODE_NAME_KEY, bounded_kernels
from liaf_ref.oracle.error_bounds.margin import (
    Margin,
    MarginRecorder,
    SilentRecorder,
    StrictMarginRecorder,
    UnsafeDecisionError,
)
from liaf_ref.oracle.error_bounds.optimizers import BOUNDED_OPTIMIZERS
from liaf_ref.oracle.reference import PAPER_KERNELS, KernelTable, run
from liaf_ref.oracle.reference.gates import without_gates

SOURCE = "a bound"
ROUND_UP_FACTOR = 1 + 2.0**-20  # more than the bound's own arithmetic, all of it positive, can lose


class Bounds(NamedTuple):
    """What one run of a case with bounds gives."""

    answer: dict[str, Array]  # in float64
    tolerance: dict[str, Array]  # how far a right backend's answer can be from the reference's
    margins: dict[str, Margin]  # of each node that decides, how far it stays from turning
    unsafe: dict[str, Array]  # of the same nodes, which of their outputs rounding could turn


def bound(case: Case, dtype: Any, kernels: KernelTable = PAPER_KERNELS) -> Bounds:
    """The answer to a case, its tolerances, and the decisions that rounding could turn."""
    # Other kernels may have another neuron, spike or surrogate, as a declaration has.
    case, model = _validate(case, dtype)
    recorder = MarginRecorder()
    found = _run_with_bounds(replace(case, chunks=None), model, recorder, kernels)
    if case.chunks is not None:  # forward it is the same
        found = _run_with_bounds(case, model, SilentRecorder(), kernels)
    theirs = {name: errors(a) for name, a in found.items()}
    own = _reference_errors(case, model, theirs, kernels)
    return Bounds(
        {name: values(a) for name, a in found.items()},
        {name: (theirs[name] + own[name]) * ROUND_UP_FACTOR for name in found},
        {
            node.name: _with_counts(recorder.margins[node.name], case, node, found, kernels)
            for node in case.nodes
            if node.name in recorder.margins
        },
        recorder.unsafe,
    )


def tolerances(case: Case, dtype: Any, kernels: KernelTable = PAPER_KERNELS) -> dict[str, Array]:
    """How far the answer of a right backend can be from the reference's in float64."""
    return bound(case, dtype, kernels).tolerance


def margins(case: Case, dtype: Any, kernels: KernelTable = PAPER_KERNELS) -> dict[str, Margin]:
    """How far every node stays from a decision that rounding could turn."""
    return bound(case, dtype, kernels).margins


def spike_safe(case: Case, dtype: Any, kernels: KernelTable = PAPER_KERNELS) -> bool:
    """Whether no right backend can decide differently from the reference."""
    case, model = _validate(case, dtype)
    try:
        _run_with_bounds(case, model, StrictMarginRecorder(), kernels)
    except UnsafeDecisionError:
        return False
    return True


def _validate(case: object, dtype: object) -> tuple[Case, ArithmeticModel]:
    case = check_instance("case", case, Case, SOURCE, "a Case")
    if isinstance(dtype, str) and dtype in FORMATS:
        return case, FORMATS[dtype]
    if dtype is np.float16 or (isinstance(dtype, np.dtype) and dtype == np.float16):  # of hardware
        return case, FORMATS["float16"]
    found = check_float_dtype("dtype", dtype, SOURCE)
    if found.kind != "f":
        raise InputError.for_argument("dtype", SOURCE, f"expected a real dtype, got {found}")
    return case, arithmetic_model(found)


def _reference_errors(
    case: Case, model: ArithmeticModel, theirs: dict[str, Array], kernels: KernelTable
) -> dict[str, Array]:
    """The errors of float64: in proportion to the unit roundoff, or less."""
    own = arithmetic_model(np.float64)
    if model == own:
        return theirs
    if case.optimizer is None or BOUNDED_OPTIMIZERS[case.optimizer["name"]].is_proportional:
        return {name: error * (own.u / model.u) for name, error in theirs.items()}
    found = _run_with_bounds(case, own, SilentRecorder(), kernels)
    return {name: errors(a) for name, a in found.items()}


def _run_with_bounds(
    case: Case, model: ArithmeticModel, recorder: MarginRecorder, kernels: KernelTable
) -> dict[str, Array]:
    arrays = {
        name: exact_array(a, model) if a.dtype.kind == "f" else a
        for name, a in without_gates(case).items()  # whose decisions the values make again
    }
    nodes = tuple(
        node._replace(options={**node.options, NODE_NAME_KEY: node.name}) for node in case.nodes
    )
    table = bounded_kernels(model, recorder, kernels)
    with np.errstate(
        divide="ignore", invalid="ignore", over="ignore"
    ):  # where a bound is lost it is infinite
        return run(replace(case, arrays=arrays, nodes=nodes), table)


def _with_counts(
    margin: Margin, case: Case, node: Node, answer: dict[str, Array], kernels: KernelTable
) -> Margin:
    if node.op != "neuron":
        return margin
    F = values(answer[f"exp/{node.name}.F"])
    x = values(answer[f"exp/{node.name}.U"]) - case[f"par/{node.name}.v_th"]
    slope = kernels.spike(node.options).slope
    inside = int(slope(x).sum()) if isinstance(slope, Window) else 0
    return margin._replace(fired=int(F.sum()), in_window=inside, steps=F.size)
