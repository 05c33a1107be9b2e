"""Whether a backend answers a case the same way again: at once, and after other cases."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.checker.comparison import allowed_error, distinct_numbers
from liaf_ref.oracle.checker.finding import Finding, location_sort_key
from liaf_ref.oracle.checker.verdict import Backend, Verdict, judge
from liaf_ref.oracle.golden import GoldenCase

MAX_REPEATED = 120  # cases of a check that are asked again, evenly spaced
RANDOM = "the same case twice in a row (randomness, or a state that every call changes)"
STATE = "after other cases (state kept between calls)"


def cases_to_repeat(verdicts: Sequence[Verdict]) -> list[int]:
    """The indices of the verdicts whose cases are asked again, the last one first."""
    answered = [k for k, verdict in enumerate(verdicts) if verdict.arrays]
    step = -(-len(answered) // MAX_REPEATED) or 1
    return answered[::step][::-1]


def ask_again(backend: Backend, verdict: Verdict, dtype: str) -> Verdict:
    """Ask for an answer again, and fail it if it differs."""
    # A right backend may sum in another order each time: twice the tolerance is allowed.
    golden = verdict.golden
    second = judge(backend, golden, dtype)
    difference = _difference(golden, verdict.arrays, second, dtype)
    if not difference:
        return verdict
    pair = [judge(backend, golden, dtype) for _ in range(2)]
    when = RANDOM if _difference(golden, pair[0].arrays, pair[1], dtype) else STATE
    text = f"the backend's answers differ {when}: {difference}"
    finding = Finding("", "backend", text, (0,))
    return replace(verdict, status="failed", findings=(finding, *verdict.findings))


def _difference(golden: GoldenCase, first: Mapping[str, Array], second: Verdict, dtype: str) -> str:
    """The first array that differs; empty if none does."""
    if not second.arrays:
        return f"at first an answer, then {second.summary() or second.status}"
    names = sorted(
        {*first, *second.arrays}, key=lambda name: location_sort_key(golden.case, name, None)
    )
    for name in names:
        if name not in first or name not in second.arrays:
            return f"{name} is valid in one answer only"
        a, b = first[name], second.arrays[name]
        away = np.abs(a.astype(np.float64) - b)
        far = away > 2 * allowed_error(golden, name, dtype)
        if far.any():
            index = tuple(int(i) for i in np.unravel_index(int((away * far).argmax()), a.shape))
            at = f"[{','.join(map(str, index))}]" if index else ""
            was, now = distinct_numbers(a[index], b[index])
            return f"{name}{at} was {was}, then {now}"
    return ""
