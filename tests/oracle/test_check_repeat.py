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


class Moody:
    """The reference, but for what an event makes of some calls."""

    def __init__(self, event: str) -> None:
        self.event, self.names, self.rng = event, list[str](), np.random.default_rng(0)

    def __call__(self, case: Case) -> Mapping[str, Array]:
        self.names.append(case.name)
        again = len(self.names) > len(NAMES)
        if self.event == "fails later" and again:
            raise MemoryError
        found = run(case)
        off = {
            "keeps a state": float(again and self.names[-2] != case.name),
            "is random": self.rng.normal(),
        }
        return found | {"grad/in/X": found["grad/in/X"] + off.get(self.event, 0.0)}


@pytest.mark.parametrize(
    ("event", "failed", "text"),
    [  # after other cases alone: the last case came twice in a row
        ("keeps a state", 2, f"the backend's answers differ {STATE}: grad/in/X["),
        ("is random", 3, f"the backend's answers differ {RANDOM}: grad/in/X["),
        ("fails later", 3, "at first an answer, then the backend raised MemoryError"),
    ],
)
def test_what_differs_between_calls_is_named(event: str, failed: int, text: str) -> None:
    found = texts(check(Moody(event)))
    assert len(found) == failed
    assert all(text in each for each in found)


@pytest.mark.parametrize(("factor", "ok"), [(1.5, True), (4.0, False)])
def test_a_difference_of_more_than_twice_the_tolerance_is_one(factor: float, ok: bool) -> None:
    """Sums of another order in every call may differ by one tolerance upwards and one down."""
    calls: list[str] = []

    def answer(case: Case) -> Mapping[str, Array]:
        calls.append(case.name)
        golden = cases_by_name()[case.name]
        off = factor * golden.tolerance["float64"]["grad/in/X"] * (len(calls) > len(NAMES))
        return {**golden.expected, "grad/in/X": golden.expected["grad/in/X"] + off}

    assert check(answer, dtype="float64").ok == ok


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
