"""Sample cases until one meets the acceptance criteria."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from liaf_ref._core.errors import RunError
from liaf_ref._core.validation import check_instance, check_positive_int
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.cases import edge_conventions, statistics
from liaf_ref.oracle.cases.draw import CaseSpec, draw_case
from liaf_ref.oracle.cases.dyadic import prove_exact
from liaf_ref.oracle.conventions.spikes import CLOSED_WINDOW, STRICT_THRESHOLD
from liaf_ref.oracle.error_bounds import spike_safe, tolerances
from liaf_ref.oracle.reference import run

FLOAT32_SIGNIFICAND_BITS = 24  # bits of a float32
MAX_ATTEMPTS = 2_000
MAX_ROUNDING_SHARE = 1 / 10  # of the loss's change: the most that rounding may explain of it


class SampledCase(NamedTuple):
    """An accepted case, and its metadata."""

    case: Case
    metadata: Mapping[str, Any]


def sample_case(spec: CaseSpec, max_attempts: int = MAX_ATTEMPTS) -> SampledCase:
    """Sample from a specification until a case meets the acceptance criteria."""
    check_instance("spec", spec, CaseSpec, "sample_case", "a CaseSpec")
    max_attempts = check_positive_int("max_attempts", max_attempts, "sample_case")
    fit = _accept_exact if spec.exact else _accept_random
    for attempt in range(max_attempts):
        case = draw_case(spec, attempt)
        if not statistics.has_repeated_tokens(case):
            continue
        answer = run(case)
        record = fit(case, answer)
        if record is not None:
            drawn = {"seed": spec.seed, "attempt": attempt}
            return SampledCase(case, drawn | record | statistics.neuron_statistics(case, answer))
    raise RunError(
        f"case {spec.name}: none of {max_attempts} sampled cases met the acceptance criteria"
    )


def _accept_random(case: Case, answer: Mapping[str, Array]) -> dict[str, Any] | None:
    fit = statistics.meets_quotas(case, answer) and spike_safe(case, "float32")
    return {} if fit and _loss_change_is_resolved(case, answer) else None


def _loss_change_is_resolved(case: Case, answer: Mapping[str, Array]) -> bool:
    """Whether float32 still sees the loss fall over the steps of an optimizer."""
    if case.optimizer is None:
        return True
    name = "exp/curve"
    change = abs(answer[name][-1] - answer[name][0])
    return bool(tolerances(case, "float32")[name].max() <= change * MAX_ROUNDING_SHARE)


def _accept_exact(case: Case, answer: Mapping[str, Array]) -> dict[str, Any] | None:
    maxima = statistics.count_equal_maxima(case, answer)
    if not _ties_and_edges_matter(case, answer) or (
        maxima is not None and maxima < statistics.MIN_COUNT_EXACT
    ):
        return None
    proof = prove_exact(case)
    if proof.partial_sum_bits > FLOAT32_SIGNIFICAND_BITS:
        return None
    ties = {"ties": statistics.count_ties(case, answer), "edges": _count_all_edges(case, answer)}
    return {**proof._asdict(), **ties, **({} if maxima is None else {"equal_maxima": maxima})}


def _ties_and_edges_matter(case: Case, answer: Mapping[str, Array]) -> bool:
    """Whether its neurons, if there are any, meet ties and edges, and the reading of both shows."""
    if not any(node.op == "neuron" for node in case.nodes):
        return True
    below, above = (statistics.count_edges(case, answer, side) for side in (-1, 1))
    if min(statistics.count_ties(case, answer), below + above) < statistics.MIN_COUNT_EXACT or not (
        below and above
    ):
        return False
    if not statistics.fires_and_stays_silent(case, answer):
        return False
    seen = edge_conventions.changes_answer(case, answer, STRICT_THRESHOLD)
    window = edge_conventions.changes_answer(case, answer, CLOSED_WINDOW)
    return seen and window == edge_conventions.has_window(case)


def _count_all_edges(case: Case, answer: Mapping[str, Array]) -> int:
    return sum(statistics.count_edges(case, answer, side) for side in (-1, 1))
