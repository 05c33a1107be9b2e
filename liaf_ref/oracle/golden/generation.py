"""The answers of golden cases, computed again."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from liaf_ref._core.errors import RunError
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import DTYPES, Case
from liaf_ref.oracle.cases.edge_conventions import required_arrays
from liaf_ref.oracle.error_bounds import margins, tolerances
from liaf_ref.oracle.golden.arrays import round_up
from liaf_ref.oracle.golden.golden_case import GoldenCase
from liaf_ref.oracle.reference import run
from liaf_ref.oracle.table import FLOAT64, LONGDOUBLE, PAPER, Text
from liaf_ref.oracle.table import run as run_text


def recomputed(cases: Iterable[GoldenCase]) -> Iterator[GoldenCase]:
    """The same cases, each with its answer computed again."""
    return (answer_case(golden.case, golden.exact, golden.metadata) for golden in cases)


def answer_case(
    case: Case,
    exact: bool,
    facts: Mapping[str, Any],
    dtypes: Iterable[str] = DTYPES,
    text: Text = PAPER,
) -> GoldenCase:
    """Compute the answer to a case and bound the rounding error; ``exact``: it is known to be 0."""
    expected = reference_answer(case, np.float64 if exact else np.longdouble, text)
    required = required_arrays(case, expected)
    if exact:
        zeros = {name: np.zeros(array.shape) for name, array in expected.items()}
        return GoldenCase(case, expected, dict.fromkeys(dtypes, zeros), required, True, facts)
    tolerance = {
        dtype: {
            name: _rounded_tolerance(case, name, a)
            for name, a in tolerances(case, dtype, text).items()
        }
        for dtype in dtypes
    }
    found = margins(case, "float32", text)
    sure = {node: margin for node, margin in found.items() if np.isfinite(margin)}
    return GoldenCase(case, expected, tolerance, required, False, {**facts, "float32_margin": sure})


def reference_answer(case: Case, dtype: type, text: Text = PAPER) -> dict[str, Array]:
    """Compute in a dtype, and give the answer in float64, without minus zeros.

    The paper's answer is the kernels', another text's its own.
    """
    if text is PAPER:
        found = run(case.astype(dtype))
    else:
        found = run_text(case, FLOAT64 if dtype is np.float64 else LONGDOUBLE, text)
    return {
        name: np.asarray(array, np.float64) + np.zeros(np.shape(array))
        for name, array in found.items()
    }


def _rounded_tolerance(case: Case, name: str, tolerance: Array) -> Array:
    if not np.isfinite(tolerance).all():
        raise RunError(f"{name} of case {case.name}: the error bound is not finite")
    return round_up(tolerance).astype(np.float64)
