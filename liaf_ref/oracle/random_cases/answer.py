"""The answer to a drawn case, by the paper or as declared, if the case is exact or safe."""

from collections.abc import Mapping
from functools import partial

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.cases.edge_conventions import required_arrays
from liaf_ref.oracle.declaration import Declaration
from liaf_ref.oracle.error_bounds import Bounds, LazyTolerances, bound, tolerances
from liaf_ref.oracle.fixed_point.kernels import fixed_point_answer
from liaf_ref.oracle.fixed_point.words import Words
from liaf_ref.oracle.formats import FORMATS
from liaf_ref.oracle.golden.generation import reference_answer
from liaf_ref.oracle.golden.golden_case import GoldenCase
from liaf_ref.oracle.no_rounding import InexactError, prove_no_rounding
from liaf_ref.oracle.random_cases.options import GRADUAL
from liaf_ref.oracle.reference.run import gate_forced

MAX_TOLERANCE = {  # of an array's largest number: with more a case would hardly fail
    "float32": 1 / 32,
    "tf32": 1 / 8,
    "float16": 1 / 8,
    "bfloat16": 1 / 4,
}
ZERO = 1e-12  # of the largest: a gradient that is 0, such as of a bias before a batch norm


def answer_exact(case: Case, declaration: Declaration, dtype: str = "float32") -> GoldenCase | None:
    """The answer to a case that nothing rounds in; None where something may."""
    form = FORMATS[dtype]
    try:
        prove_no_rounding(case, form.bits, form.smallest, declaration.window_text)
    except InexactError:
        return None
    if declaration.rounds_in_tiles(case):
        return answer_rounded(case, declaration, dtype)
    if declaration.is_smooth:  # its decisions are exact, and the slopes are not
        return _answer_rounded(case, declaration, dtype)
    expected = reference_answer(case, np.float64, declaration.text)
    zeros = {name: np.zeros(array.shape) for name, array in expected.items()}
    required = declaration.required(required_arrays(case, expected), case.nodes)
    return GoldenCase(case, expected, dict.fromkeys(_dtypes(dtype), zeros), required, True)


def answer_in_words(case: Case, words: Words, declaration: Declaration) -> GoldenCase | None:
    """The answer in fixed point, which is exact; None where float64 may not hold a sum."""
    if any(node.options.get("act") in GRADUAL for node in case.nodes):
        return None
    try:
        expected = fixed_point_answer(case, words, declaration.text)
    except InexactError:
        return None
    zeros = {name: np.zeros(array.shape) for name, array in expected.items()}
    required = declaration.required(required_arrays(case, expected), case.nodes)
    return GoldenCase(case, expected, {words.name: zeros}, required, True, words.metadata())


def _dtypes(dtype: str) -> tuple[str, ...]:
    """The precisions in which a case can be checked: its own, and float64."""
    return dtype, "float64"


def _tolerances(case: Case, declaration: Declaration, dtype: str) -> dict[str, Array]:
    """The tolerances of a case as declared; with it a worker's verdict can be pickled."""
    return tolerances(case, dtype, declaration.text)


def answer_rounded(
    case: Case,
    declaration: Declaration,
    dtype: str = "float32",
    gates: bool = False,
    known: Bounds | None = None,
) -> GoldenCase | None:
    """The answer to a case whose decisions no rounding changes; None where one may."""
    if declaration.has_other_spikes:  # the bounds are those of one step at v_th
        return None
    with np.errstate(all="ignore"):
        known = bound(case, dtype, declaration.text) if known is None else known
        if any(places.any() for places in known.unsafe.values()):
            # Training decides anew at each step, and gates are the paper's decisions.
            if not gates or case.optimizer is not None or declaration.departures:
                return None
            case, known = gate_forced(case), None
    return _answer_rounded(case, declaration, dtype, known)


def _answer_rounded(
    case: Case, declaration: Declaration, dtype: str, known: Bounds | None = None
) -> GoldenCase | None:
    expected = reference_answer(case, np.float64, declaration.text)
    bounds = LazyTolerances(_dtypes(dtype), partial(_tolerances, case, declaration))
    if known is not None:
        bounds.found[dtype] = known.tolerance
    if not _can_fail(expected, bounds[dtype], MAX_TOLERANCE[dtype]):
        return None
    required = declaration.required(required_arrays(case, expected), case.nodes)
    return GoldenCase(case, expected, bounds, required, False)


def _can_fail(expected: Mapping[str, Array], tolerance: Mapping[str, Array], share: float) -> bool:
    """Whether each tolerance is small beside the numbers of its array, or of its kind."""
    largest = {name: float(abs(a).max(initial=0.0)) for name, a in expected.items()}
    kinds = {name: name.partition("/")[0] for name in expected}
    scale = {k: max(largest[n] for n in kinds if kinds[n] == k) for k in kinds.values()}
    return all(
        tolerance[n].max(initial=0.0) <= max(share * largest[n], share**2 * scale[kinds[n]])
        for n in expected
        if largest[n] > ZERO * scale[kinds[n]]
    )
