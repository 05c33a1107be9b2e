"""Answers in fewer bits: within the bound of that arithmetic, and not of the check's."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.oracle.case import Case
from liaf_ref.oracle.checker.comparison import FORWARD_STAGES, stage_of
from liaf_ref.oracle.checker.match import ArrayDict, Failure, is_within
from liaf_ref.oracle.checker.search import Found, stratified_sample
from liaf_ref.oracle.deviations import Deviation, ops_of
from liaf_ref.oracle.error_bounds.evaluate import ERRORS
from liaf_ref.oracle.formats import format_of, rounded_to
from liaf_ref.oracle.golden import GoldenCase
from liaf_ref.oracle.table import run


class NumberFormat(NamedTuple):
    """A format in which a backend may compute: its name, its bits, and whose bound it has."""

    name: str
    bits: int
    dtype: str


FORMATS = (  # the narrowest bound first
    NumberFormat("arithmetic of 24 bits (float32)", 24, "float32"),
    NumberFormat("arithmetic of 11 bits (TF32, float16)", 11, "float16"),
    NumberFormat("arithmetic of 8 bits (bfloat16)", 8, "bfloat16"),
)
MIN_SHARE = 0.7  # of all failures, that a format has to explain
MAX_ROUNDINGS = 32  # of an array's largest entry, that rounding adds up to
DESCRIPTION = "Every array is within the rounding of this arithmetic, and some are beyond {}'s."
Bounds = Callable[[Any, Any], ArrayDict]


def recognise_precision(
    left: list[Failure], total: int, passed: Iterable[GoldenCase], dtype: str, bounds: Bounds
) -> list[Found]:
    """The narrowest format whose rounding explains most of the failures."""
    # A wide bound contains many a small mistake, but a format rounds in nearly every case.
    enough = MIN_SHARE * total
    for number_format in FORMATS:
        if number_format.bits >= format_of(dtype).bits or len(left) < max(enough, 1):
            continue
        sample = stratified_sample(left)
        if len(_explained(sample, number_format, bounds)) < MIN_SHARE * len(sample):
            continue
        fit = _explained(left, number_format, bounds)
        if len(fit) >= enough and _is_everywhere(fit, passed):
            named = Deviation(number_format.name, DESCRIPTION.format(dtype), (), frozenset[str]())
            return [Found((named,), tuple(fit), scope=_scope(fit))]
    return []


def _is_everywhere(fit: Iterable[Failure], passed: Iterable[GoldenCase]) -> bool:
    """Whether more cases of the same operations fail than pass: rounding spares few."""
    cases = [f.golden.case for f in fit]
    kinds = {ops_of(case) for case in cases}
    return len(cases) > sum(not g.exact and ops_of(g.case) in kinds for g in passed)


def _explained(
    failures: list[Failure], number_format: NumberFormat, bounds: Bounds
) -> list[Failure]:
    # A run of the format is off by one error; a tolerance has room for some, and so for more bits.
    return [
        f
        for f in failures
        if any(_is_near(f.arrays, *near, 1 / ERRORS) for near in _answers(f, number_format, bounds))
        and _is_small(f, number_format)
    ]


def _is_small(failure: Failure, number_format: NumberFormat) -> bool:
    """Whether no array is off by much of its largest entry; a bound can be wider than that."""
    share, expected = MAX_ROUNDINGS * 2.0**-number_format.bits, failure.golden.expected
    return all(
        np.abs(a - expected[n]).max(initial=0) <= share * np.abs(expected[n]).max(initial=0)
        for n, a in failure.arrays.items()
    )


def _answers(
    failure: Failure, number_format: NumberFormat, bounds: Bounds
) -> Iterator[tuple[ArrayDict, ArrayDict]]:
    """The answer and its bound, for what is given and for what is given rounded to the format."""
    case = failure.golden.case
    if not (known := bounds(case, number_format.dtype)):  # the neurons have no bounds
        return
    yield failure.golden.expected, known
    rounded = _rounded_case(case, number_format.bits)
    with np.errstate(all="ignore"):
        yield run(rounded), bounds(rounded, number_format.dtype)


def _rounded_case(case: Case, bits: int) -> Case:
    floats = {n: a for n, a in case.items() if a.dtype.kind == "f"}
    return case.with_arrays({n: rounded_to(bits, a) for n, a in floats.items()})


def _scope(failures: list[Failure]) -> str:
    """``backward`` if every forward pass is within the tolerances of the check."""
    for f in failures:
        outputs = {n: a for n, a in f.arrays.items() if stage_of(n) in FORWARD_STAGES}
        if not _is_near(outputs, f.golden.expected, f.tolerance):
            return ""
    return "backward"


def _is_near(arrays: ArrayDict, expected: ArrayDict, bound: ArrayDict, share: float = 1) -> bool:
    return all(is_within(a.astype(float), expected[n], share * bound[n]) for n, a in arrays.items())
