"""Random cases: the right backend passes, wrong ones fail, a name draws a case again."""

from functools import cache

import numpy as np
import pytest
from hypothesis import Phase, find, settings

from liaf_ref._core.errors import InputError, RunError
from liaf_ref.kernels.array import Array
from liaf_ref.oracle import Case, Declined, GoldenCase, check_backend, random_cases, run
from liaf_ref.oracle.checker.verdict import judge
from liaf_ref.oracle.error_bounds import bound, spike_safe
from liaf_ref.oracle.no_rounding import prove_no_rounding
from liaf_ref.oracle.random_cases import independent
from liaf_ref.oracle.random_cases.covering import Space, cover, pairs_of
from liaf_ref.oracle.random_cases.numbers import distributions
from liaf_ref.oracle.random_cases.options import FACTORS, RULES
from liaf_ref.oracle.random_cases.repair import repaired
from liaf_ref.oracle.strategies import liaf_cases
from oracle.deviating import edited
from oracle.wrong_backends.build import Backend
from oracle.wrong_backends.limited import (
    CAUGHT_BY,
    LATER_LIMITS,
    LIMITS,
    PASS_EVERY_STORED_CASE,
)

COUNT = 60  # cases


@cache
def published(i: int) -> GoldenCase:
    """Case i as the command draws it."""
    golden: GoldenCase = random_cases(i + 1)[i]
    return golden


@cache
def drawn(i: int) -> GoldenCase:
    golden: GoldenCase = random_cases(i + 1, max_size=5000)[i]
    return golden


def is_caught(name: str, wrong: Backend) -> bool:
    """By the case that did so before, or else by one of the first."""
    order = dict.fromkeys((CAUGHT_BY.get(name, 0), *range(COUNT)))
    with np.errstate(all="ignore"):
        return any(judge(wrong, published(i), "float32").status == "failed" for i in order)


def test_the_reference_passes_and_the_report_says_how_to_draw_again() -> None:
    report = check_backend(run, cases=random_cases(6, seed=3, ops=["neuron"], max_size=2000))
    assert report.ok
    assert len(report.passed) == 6
    assert "--random 6 --seed 3 --max-size 2000 --op neuron" in str(report)
    assert report.coverage is not None
    assert report.to_dict()["coverage"]["pairs"] == len(report.coverage.possible)


def test_a_name_draws_the_same_case_alone() -> None:
    whole = random_cases(9, ops=["neuron"], max_size=200)
    (alone,) = random_cases(1000, ops=["neuron"], max_size=200).select("random-0-0008")
    assert alone.name == whole[8].name
    assert all(np.array_equal(a, whole[8].case[name]) for name, a in alone.case.items())


def test_every_number_is_a_float32_and_no_initial_potential_is_zero() -> None:
    for i in range(1, 24, 2):
        for name, a in drawn(i).case.items():
            if a.dtype.kind == "f":
                assert np.array_equal(a.astype(np.float32), a), (drawn(i).name, name)
            if name.endswith(".V0"):
                assert (a != 0).all()


@pytest.mark.parametrize(
    ("scale", "largest"), [("small", 1.5 * 2**-10), ("usual", 6), ("large", 100), ("huge", 800)]
)
def test_the_scale_of_a_case_is_that_of_its_inputs(scale: str, largest: float) -> None:
    choice = {"exact": "no", "T": "few", "alpha": None, "v_th": None, "scale": scale}
    x = distributions(choice)["X"].sample(np.random.default_rng(0), (1000,))
    assert largest * 0.9 <= abs(x).max() <= largest


def test_cases_are_exact_or_safe() -> None:
    for golden in (drawn(i) for i in range(16)):
        if golden.exact:
            prove_no_rounding(golden.case)
        else:
            assert spike_safe(golden.case, "float32")


def test_the_first_cases_are_chosen_with_every_pair_that_the_rules_allow() -> None:
    space, possible = Space(FACTORS, RULES), set()
    for seed in range(4):
        choices, pairs = cover(space, np.random.default_rng(seed))
        assert pairs == set().union(*map(pairs_of, choices))
        assert len(choices) <= 200
        possible.add(pairs)
    assert len(possible) == 1


def test_the_first_cases_have_every_pair_of_options() -> None:
    golden = list(random_cases(24, ops=["dense", "last"]))
    found = random_cases(1, ops=["dense", "last"]).coverage((g, False) for g in golden)
    assert not found.missing


def test_long_cases_without_rounding_have_many_steps_and_spikes() -> None:
    golden = list(random_cases(300, ops=["neuron"])[54:150:24])
    assert all(g.exact and g.case["in/X"].shape[1] >= 32 for g in golden)
    assert sum(g.expected["exp/n.F"].sum(axis=1).max() for g in golden) > 4 * len(golden)
    other_form = edited(R=lambda z: z.U - z.F * (z.U - z.p.v_reset))
    assert all(judge(other_form, g, "float32").status == "passed" for g in golden)


def test_rounded_cases_are_large_and_no_rounding_decides() -> None:
    golden = [g for g in (published(i) for i in range(12, 40)) if not g.exact and _entries(g) > 400]
    assert golden
    for g in golden[:3]:
        assert not any(places.any() for places in bound(g.case, "float32").unsafe.values())


def _entries(golden: GoldenCase) -> int:
    return sum(a.size for a in golden.case.values())


def test_only_what_is_unsafe_is_drawn_again() -> None:
    golden = next(g for g in (drawn(i) for i in range(60)) if _is_one_rounded_neuron(g))
    case, X = golden.case, golden.case["in/X"]
    fresh = case.with_arrays({"in/X": X + 1, "in/n.V0": case["in/n.V0"] + 1})
    unsafe = np.zeros(X.shape, bool)
    unsafe[0, -1] = True
    changed = repaired(case, fresh, {"n": unsafe})["in/X"] - X
    assert (changed == unsafe).all()


def _is_one_rounded_neuron(golden: GoldenCase) -> bool:
    return not golden.exact and [n.op for n in golden.case.nodes] == ["neuron"]


def test_hypothesis_reports_one_small_node() -> None:
    def pools(golden: GoldenCase) -> bool:
        return any(node.op == "max_pool" for node in golden.case.nodes)

    once = settings(max_examples=100, database=None, deadline=None, derandomize=True)
    found = find(liaf_cases(), pools, settings=once)
    assert [node.op for node in found.case.nodes] == ["max_pool"]
    assert found.case["in/X"].size <= 100


def test_hypothesis_draws_sequences_in_chunks() -> None:
    once = settings(max_examples=3, phases=[Phase.generate], database=None, derandomize=True)
    found = find(liaf_cases(["neuron"], chunks=3), lambda golden: True, settings=once)
    assert found.case.chunks is not None
    assert found.case.chunks.steps[0] == 3
    assert found.compare(run(found.case.astype("float32"))).status == "passed"


def test_declined_pairs_are_listed() -> None:
    def answer(case: Case) -> dict[str, Array]:
        if any(node.options.get("act") == "tanh" for node in case.nodes):
            raise Declined("no tanh")
        return run(case)

    report = check_backend(answer, cases=random_cases(20, seed=1, ops=["act"], max_size=50))
    assert report.coverage is not None
    assert report.declined
    declined = report.coverage.to_dict()["declined"]
    assert declined
    assert any("act=tanh" in pair for pair in declined)


def test_only_the_chosen_operations_are_drawn() -> None:
    cases = list(random_cases(8, seed=2, ops=["conv", "neuron"], max_size=300))
    assert {node.op for golden in cases for node in golden.case.nodes} <= {"conv", "neuron"}
    assert max(a.size for golden in cases for a in golden.case.values()) <= 300


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"count": 0}, "count"),
        ({"count": 1, "seed": -1}, "seed"),
        ({"count": 1, "ops": ["neurons"]}, "did you mean neuron"),
        ({"count": 1, "max_size": 0}, "max_size"),
    ],
)
def test_invalid_arguments_are_rejected(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        random_cases(**arguments)  # type: ignore[arg-type]


def test_a_reference_that_disagrees_with_the_independent_implementation_is_an_error() -> None:
    golden = drawn(0)
    independent.confirm(golden)
    name = next(name for name in sorted(golden.required) if golden.expected[name].size)
    wrong = {**golden.expected, name: golden.expected[name] + 1e-3}
    with pytest.raises(RunError, match="internal error"):
        independent.confirm(GoldenCase(golden.case, wrong, golden.tolerance, golden.required))


@pytest.mark.parametrize("name", PASS_EVERY_STORED_CASE)
def test_what_passes_every_stored_case_fails(name: str) -> None:
    assert is_caught(name, PASS_EVERY_STORED_CASE[name])


@pytest.mark.parametrize("name", [*LIMITS, *LATER_LIMITS][::9])
def test_a_limit_of_size_or_range_is_found(name: str) -> None:
    assert is_caught(name, {**LIMITS, **LATER_LIMITS}[name])
