"""Random cases: the right backend passes, wrong ones fail, a name draws a case again."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, find, settings

from liaf_ref import golden_case
from liaf_ref._core.errors import InputError
from liaf_ref.kernels.array import Array
from liaf_ref.oracle import Case, Declined, GoldenCase, RandomCases, check_backend, run
from liaf_ref.oracle.checker.verdict import judge
from liaf_ref.oracle.declaration import PAPER
from liaf_ref.oracle.draw import VERSION, all_goals, covered_by, limits_of
from liaf_ref.oracle.draw.answer import UnsafeError, answered
from liaf_ref.oracle.draw.goals import plan_goals, possible_goals
from liaf_ref.oracle.draw.network import draw_plan
from liaf_ref.oracle.draw.plans import wish
from liaf_ref.oracle.error_bounds import spike_safe
from liaf_ref.oracle.golden.store import FiledCases, filed_cases, published_sets
from liaf_ref.oracle.strategies import liaf_cases
from oracle.wrong_backends.limited import LATER_LIMITS, LIMITS, PASS_EVERY_STORED_CASE

WRONG = {**PASS_EVERY_STORED_CASE, **LIMITS, **LATER_LIMITS}


@cache
def kept() -> FiledCases:
    """The cases of the package, as the command draws them, but small."""
    return filed_cases(published_sets()[1])


@cache
def first_cases() -> tuple[GoldenCase, ...]:
    return tuple(kept()[:60])


def test_the_report_says_how_to_draw_again_and_what_was_covered() -> None:
    cases = RandomCases(6, seed=3, ops=["neuron"], max_size=60, dtype="float16")
    report = check_backend(run, dtype="float16", cases=cases)
    assert (report.ok, len(report.passed)) == (True, 6)
    assert "--random 6 --seed 3 --op neuron --max-size 60 --dtype float16" in str(report)
    assert report.verdicts[3].name == "random-float16-3-0003"
    assert report.coverage is not None
    assert report.to_dict()["coverage"]["possible"] == len(report.coverage.possible)


def test_make_draws_the_cases_of_the_package_again() -> None:
    options = "--random 500 --seed 0"
    again = RandomCases(500)
    assert again.coverage(()).repeat == options
    assert f" {options} " in (Path(__file__).parents[2] / "Makefile").read_text("utf-8")
    assert kept().names == again.names
    assert {filed.entry["draw"] for filed in kept().filed} == {VERSION}
    for old, new in zip(kept()[:16], again[:16], strict=True):
        assert [node[:3] for node in old.case.nodes] == [node[:3] for node in new.case.nodes]
        assert all(np.array_equal(a, old.case[name]) for name, a in new.case.items())
        assert old.compare(new.expected, "float64").status == "passed"


def test_a_name_draws_the_same_case_alone() -> None:
    whole = list(RandomCases(9, ops=["neuron"], max_size=200))
    (alone,) = RandomCases(1000, ops=["neuron"], max_size=200).select("random-0-0008")
    assert (alone.name, alone.case.nodes) == (whole[8].name, whole[8].case.nodes)
    assert all(np.array_equal(a, whole[8].case[name]) for name, a in alone.case.items())


def test_the_kernels_pass_and_every_case_is_safe_and_made_of_float32() -> None:
    for golden in first_cases():
        for name, a in golden.case.items():
            if a.dtype.kind == "f":
                assert np.array_equal(a.astype(np.float32), a), (golden.name, name)
        with np.errstate(all="ignore"):
            assert spike_safe(golden.case, "float32"), golden.name
            verdicts = [judge(run, golden, dtype) for dtype in ("float32", "float64")]
        assert [verdict.status for verdict in verdicts] == ["passed"] * 2, verdicts
        assert golden.exact == (not any(a.any() for a in golden.tolerance["float32"].values()))


def test_cases_cover_junctions_sizes_options_and_regions() -> None:
    cases = RandomCases(80, ops=["dense", "act", "last"])
    found = cases.coverage((golden, False) for golden in cases)
    assert found.possible == possible_goals(limits_of(cases))
    assert not {goal for goal in found.missing if goal.kind == "junction" and not goal.facts}
    assert len(found.missing) < 0.5 * len(found.possible)


def test_what_is_missing_is_drawn_on_purpose() -> None:
    limits, rng = limits_of(RandomCases(1)), np.random.default_rng(0)
    possible = sorted(g for g in all_goals() if "embedding" not in g.ops and g.kind != "large")
    for kind in {goal.kind for goal in possible}:
        goals = [g for g in possible if g.kind == kind and g.ops[-2:] != ("concat", "concat")]
        for goal in goals[:: len(goals) // 7 or 1]:  # two concat in a row are not drawn
            plans = filter(None, (draw_plan(rng, limits, 1, wish(goal, rng)) for _ in range(400)))
            assert any(goal in plan_goals(plan) for plan in plans), goal


def test_a_stored_case_says_what_it_covers() -> None:
    found = set(map(str, covered_by(golden_case("l1_dense_tanh"))))
    assert {"junction: dense > neuron (act tanh)", "fact: dense (bias True)"} <= found


def test_the_last_row_of_an_embedding_is_read() -> None:
    for golden in RandomCases(8, ops=["embedding"]):
        rows = [len(array) for name, array in golden.case.items() if name.endswith(".E")]
        assert golden.case["in/ids"].max() == min(rows) - 1


def test_gradients_whose_squares_overflow_are_not_drawn() -> None:
    case = next(g.case for g in RandomCases(99, ops=["dense", "mse", "adam"]) if g.case.optimizer)
    large = case.with_arrays({"in/X": case["in/X"] * 2.0**40})
    with pytest.raises(UnsafeError):
        answered(large, PAPER, blunt=1.0)


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
def test_hypothesis_reports_few_nodes() -> None:
    def fires(golden: GoldenCase) -> bool:
        return any(node.op == "neuron" for node in golden.case.nodes)

    once = settings(max_examples=300, database=None, deadline=None, derandomize=True)
    assert len(find(liaf_cases(), fires, settings=once).case.nodes) <= 6


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
def test_hypothesis_draws_sequences_in_chunks() -> None:
    once = settings(max_examples=3, phases=[Phase.generate], database=None, derandomize=True)
    found = find(liaf_cases(["neuron"], chunks=3), lambda golden: True, settings=once)
    assert found.case.chunks is not None
    assert found.case.chunks.steps[0] == 3
    assert found.compare(run(found.case.astype("float32"))).status == "passed"


def test_what_only_declined_cases_cover_is_listed() -> None:
    def backend(case: Case) -> dict[str, Array]:
        if case["in/X"].ndim == 5:
            raise Declined("no planes")
        return run(case)

    report = check_backend(backend, cases=RandomCases(20, seed=1, ops=["act"], max_size=50))
    assert report.coverage is not None
    assert report.declined
    declined = report.coverage.to_dict()["declined"]
    assert "fact: act (layout BTHWL)" in declined
    assert not any(" BTL" in goal for goal in declined)


def test_only_the_chosen_operations_are_drawn() -> None:
    cases = list(RandomCases(8, seed=2, ops=["conv", "neuron"], max_size=300))
    assert {node.op for golden in cases for node in golden.case.nodes} <= {"conv", "neuron"}
    assert max(a.size for golden in cases for a in golden.case.values()) <= 300
    with pytest.raises(InputError, match="did you mean neuron"):
        RandomCases(1, ops=["neurons"])
    with pytest.raises(InputError, match=r"ops of RandomCases.*at least one, got none"):
        RandomCases(1, ops=[])


def test_most_limits_are_found_by_the_first_cases() -> None:
    names, cases = [*WRONG][::7], first_cases()
    with np.errstate(all="ignore"):
        caught = [
            name
            for name in names
            if any(judge(WRONG[name], golden, "float32").status == "failed" for golden in cases)
        ]
    assert len(caught) >= 0.7 * len(names), set(names) - set(caught)
