"""Tests of the checker: every wrong backend fails, and the diagnosis names the mistake."""

import figures
import numpy as np
import pytest

from liaf_ref.oracle import check_backend
from liaf_ref.oracle.checker.diagnose import diagnose
from liaf_ref.oracle.table import run as run_text
from oracle.deviating import deviating, named
from oracle.judged_cases import (
    all_cases,
    diagnose_verdicts,
    judge_all,
    judge_kernels,
    smallest_cases,
    smallest_image_cases,
)
from oracle.kernel_backend import run
from oracle.wrong_backends import (
    IMAGES,
    WRONG_BACKENDS,
    WrongBackend,
    backend,
    changed_kernels,
)
from oracle.wrong_backends.build import Backend

DTYPES = ("float32", "float64")
WRONG = {wrong.name: wrong for wrong in WRONG_BACKENDS}


# float64's tolerances are narrower, so that it tells apart whatever float32 does.
@pytest.mark.parametrize(
    ("wrong", "dtype"),
    [
        pytest.param(wrong, dtype, id=f"{wrong.name}-{dtype}")
        for dtype, step in (("float32", 1), ("float64", 5))
        for wrong in (*WRONG_BACKENDS, *IMAGES)[::step]
    ],
)
def test_a_wrong_backend_fails_and_is_named(wrong: WrongBackend, dtype: str) -> None:
    cases = smallest_cases() if wrong in WRONG_BACKENDS else smallest_image_cases()
    with np.errstate(all="ignore"):
        verdicts = judge_kernels(changed_kernels(wrong), dtype, cases, max_failures=8)
    failed = {v.name for v in verdicts if v.status == "failed"}
    assert failed
    found = diagnose_verdicts(verdicts, dtype)
    assert found.explanations[0].names == (wrong.name,)
    assert found.explanations[0].explained == len(failed)
    assert found.explanations[0].contradicted == 0
    assert not found.unexplained


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("right", [run, run_text], ids=["kernels", "text"])
def test_the_right_backend_passes(right: Backend, dtype: str) -> None:
    report = check_backend(right, dtype=dtype, cases=all_cases())
    assert report.ok
    assert len(report.passed) == len(all_cases())
    assert report.worst_passed is not None
    figures.record("error over tolerance", report.worst_passed.worst_ratio)
    assert report.worst_passed.worst_ratio <= 1


def combined_backend(first: WrongBackend, second: WrongBackend) -> WrongBackend:
    ((file, one),), ((same, other),) = first.changes.items(), second.changes.items()
    assert file == same
    return WrongBackend("both", {file: {**one, **other}})


def test_two_at_once_are_named_together() -> None:
    wrong = combined_backend(
        WRONG["leak applied twice in the gradient"], WRONG["gradient of beta times alpha"]
    )
    cases = tuple(golden for golden in smallest_cases() if golden.case.level == "L0")
    found = diagnose(judge_all(backend(wrong), "float32", cases), "float32")
    assert [set(e.names) for e in found.explanations] == [
        {"leak applied twice in the gradient + gradient of beta times alpha"}
    ]
    assert not found.unexplained


def test_two_in_different_places_are_named_one_by_one() -> None:
    first, second = (
        backend(WRONG["gradient of v_th negated"]),
        backend(WRONG["GRU with z for 1 - z (Keras, PyTorch)"]),
    )

    def answer(case):  # type: ignore[no-untyped-def]
        return (second if case.nodes[0].op == "gru" else first)(case)

    cases = tuple(golden for golden in all_cases() if golden.case.level == "L0")[::2]
    found = diagnose_verdicts(judge_all(answer, "float32", cases), "float32")
    assert [e.names for e in found.explanations] == [
        ("gradient of v_th negated",),
        ("GRU with z for 1 - z (Keras, PyTorch)",),
    ]
    counts = [explanation.explained for explanation in found.explanations]
    assert counts == sorted(counts, reverse=True)
    assert len(str(found).splitlines()) == 2


def test_of_what_explains_the_same_one_convention_is_named_and_the_others_in_a_line() -> None:
    names = ("derivative of Act missing", "derivative of Act missing, but not that of LIF")
    cases = tuple(golden for golden in all_cases() if golden.name.startswith("l0_tanh"))
    verdicts = judge_all(deviating(named(names[0])), "float32", cases)
    found = diagnose_verdicts(verdicts, "float32")
    assert [explanation.names for explanation in found.explanations] == [names]
    first, second = str(found).splitlines()
    assert first.startswith(f"{names[0]}: explains ")
    assert second == f"  indistinguishable on these cases: {names[1]}"


@pytest.mark.usefixtures("few_pairs")
def test_a_wrong_forward_pass_with_the_papers_backward_pass_is_named_in_part() -> None:
    ((file, changes),) = WRONG["soft reset by v_th - v_reset"].changes.items()
    wrong = WrongBackend("", {file: dict([*changes.items()][:1])})
    cases = tuple(g for g in smallest_cases() if g.case.level == "L0" and g.exact)
    found = diagnose(judge_all(backend(wrong), "float64", cases), "float64")
    assert found.unexplained
    assert found.explanations[-1].scope == "forward"
    assert "soft reset by v_th - v_reset" in found.explanations[-1].names
