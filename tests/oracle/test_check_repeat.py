"""Answers that differ between calls: randomness, state that is kept, and sums in any order."""

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from liaf_ref.kernels.array import Array
from liaf_ref.oracle import Case, Report, check_backend
from liaf_ref.oracle.checker.program import ProgramBackend
from liaf_ref.oracle.checker.run import MAX_REPEATED, RANDOM, STATE
from liaf_ref.oracle.checker.selection import Waiver
from liaf_ref.oracle.table import run
from oracle.judged_cases import all_cases, cases_by_name

NAMES = ("l0_lif_all_mu0300", "l0_lif_channel_mu0300", "l0_last")


def check(backend: object, **options: object) -> Report:
    named = cases_by_name()
    return check_backend(backend, cases=[named[name] for name in NAMES], **options)  # type: ignore[arg-type]


def texts(report: Report) -> list[str]:
    return [v.findings[0].text for v in report.failed]


def test_a_state_that_is_kept_between_calls_is_named() -> None:
    """Parameters of the first call of a shape are used in all later calls."""
    seen: list[Case] = []

    def answer(case: Case) -> Mapping[str, Array]:
        seen.append(case)
        late = len(seen) > len(NAMES) and seen[-2].name != case.name
        found = run(case)
        return found | {"grad/in/X": found["grad/in/X"] + late}

    report = check(answer)
    assert len(report.failed) == 2  # the last case came twice in a row
    assert all(
        text.startswith(f"the backend's answers differ {STATE}: grad/in/X[")
        for text in texts(report)
    )


def test_randomness_is_named() -> None:
    rng = np.random.default_rng(0)

    def answer(case: Case) -> Mapping[str, Array]:
        found = run(case)
        return found | {"grad/in/X": found["grad/in/X"] + rng.normal()}

    report = check(answer)
    assert len(report.failed) == 3
    assert all(f" differ {RANDOM}: grad/in/X[" in text for text in texts(report))


def test_an_exception_of_the_second_call_is_named() -> None:
    calls: list[str] = []

    def answer(case: Case) -> Mapping[str, Array]:
        calls.append(case.name)
        if len(calls) > len(NAMES):
            raise MemoryError
        return run(case)

    assert "at first an answer, then the backend raised MemoryError" in texts(check(answer))[0]


def test_a_difference_within_the_tolerance_is_none() -> None:
    """Sums of another order in every call."""
    rng = np.random.default_rng(0)

    def answer(case: Case) -> Mapping[str, Array]:
        allowed, found = cases_by_name()[case.name].tolerance["float32"], run(case)
        summed = [name for name in found if name.startswith("grad/par")]
        off = {n: found[n] + 0.5 * allowed[n] * rng.choice([-1, 1]) for n in summed}
        return found | {n: a.astype("float32") for n, a in off.items()}

    answers = [answer(cases_by_name()[NAMES[0]].case.astype("float32")) for _ in range(9)]
    assert len({a["grad/par/n.alpha"].tobytes() for a in answers}) == 2
    assert check(answer).ok


def test_it_can_be_waived_as_a_fault_of_the_backend() -> None:
    rng = np.random.default_rng(0)

    def answer(case: Case) -> Mapping[str, Array]:
        found = run(case)
        right = case.name != "l0_last" or rng.random() < 0
        return found if right else found | {"exp/r.Y": found["exp/r.Y"] + rng.normal()}

    waivers = [Waiver("l0_last", name, "random") for name in ("(backend)", "exp/r.Y")]
    assert check(answer, waivers=waivers).ok


@pytest.mark.parametrize("count", [3, 400])
def test_the_cost_is_bounded(count: int) -> None:
    calls: list[str] = []

    def known(case: Case) -> Mapping[str, Array]:
        calls.append(case.name)
        return cases_by_name()[case.name].expected

    check_backend(known, dtype="float64", cases=all_cases()[:count])
    assert len(calls) <= count + min(count, MAX_REPEATED)
    assert calls[count:] == [n for n in reversed(calls[:count]) if n in set(calls[count:])]


def test_a_random_program_is_named(tmp_path: Path) -> None:
    golden = cases_by_name()["l0_last"]
    answer = {name: golden.expected[name].astype("float32") for name in golden.required}
    np.savez(tmp_path / "answer.npz", **answer)  # type: ignore[arg-type]
    code = (
        "import os, sys; import numpy as np; "
        f"answer = dict(np.load({str(tmp_path / 'answer.npz')!r})); "
        "answer['exp/r.Y'] += np.float32(int.from_bytes(os.urandom(2), 'big')); "
        "np.savez(sys.argv[1] + '/answer.npz', **answer)"
    )
    program = ProgramBackend(shlex.join([sys.executable, "-c", code]))
    (text,) = texts(check_backend(program, cases=[golden]))
    assert text.startswith(f"the backend's answers differ {RANDOM}: exp/r.Y[")
