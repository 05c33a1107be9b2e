"""BPTT truncated at more steps than the catalog lists, where a long case shows it."""

from collections.abc import Iterator
from itertools import islice

import numpy as np

from liaf_ref.oracle.checker.match import Failure, Solve, explains, is_within
from liaf_ref.oracle.deviations import Deviation
from liaf_ref.oracle.deviations.recurrent import MAX_LISTED_K, truncated_bptt
from liaf_ref.oracle.opset import OPS

MAX_TRIED = 2  # long cases that every number of steps is tried on


def long_truncations(failures: list[Failure], solve: Solve) -> tuple[Deviation, ...]:
    """The deviations of every k that explains one of the cheapest long failures."""
    long = (f for f in failures if _steps(f) > MAX_LISTED_K + 1 and _fails_backward_only(f))
    tried = list(islice(long, MAX_TRIED))
    ks = {k for failure in tried for k in _explaining(failure, solve)}
    return tuple(deviation for k in sorted(ks) for deviation in truncated_bptt(k))


def _explaining(failure: Failure, solve: Solve) -> Iterator[int]:
    T, last_wrong = _steps(failure), _last_wrong_step(failure)
    for k in range(MAX_LISTED_K + 1, T):
        if (T - 1) // k * k > last_wrong and any(
            explains(deviation, failure, solve) for deviation in truncated_bptt(k)
        ):
            yield k


def _steps(failure: Failure) -> int:
    golden = failure.golden
    if golden.case.chunks is not None:
        return 0
    names = [
        f"exp/{n.name}.{state}" for n in golden.case.nodes for state in list(OPS[n.op].states)[:1]
    ]
    return max((golden.expected[name].shape[1] for name in names), default=0)


def _fails_backward_only(failure: Failure) -> bool:
    return all(
        is_within(array.astype(np.float64), failure.golden.expected[name], failure.tolerance[name])
        for name, array in failure.arrays.items()
        if name.startswith("exp/") and name != "exp/curve"
    )


def _last_wrong_step(failure: Failure) -> int:
    """Of the gradient of the input, which is right in the last chunk; -1 if that tells nothing."""
    last = -1
    for name, array in failure.arrays.items():
        if name.startswith("grad/in/") and "." not in name and array.ndim > 1:
            away = np.abs(array - failure.golden.expected[name]) > failure.tolerance[name]
            steps = np.flatnonzero(away.any(axis=(0, *range(2, away.ndim))))
            last = max(last, int(steps.max(initial=-1)))
    return last
