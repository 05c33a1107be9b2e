"""A backend is judged by what it declares, and told where it departs from it."""

from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import liaf_ref as lr
from liaf_ref.oracle import declare, run, shrink
from liaf_ref.oracle.checker.verdict import judge
from liaf_ref.oracle.declaration.options import DEFAULTS, NEED_RESET, OPTIONS, SURROGATES
from liaf_ref.oracle.draw.answer import answered
from liaf_ref.oracle.error_bounds import bound
from liaf_ref.oracle.table import FLOAT64, Numbers
from oracle.declared_backends import BY_HAND, subtracts_one_step_late
from oracle.deviating import by_text
from oracle.golden_sets import later_cases

ROUNDING = {"rounding", "overflow", "convolution"}  # they change no equation
VALUES = [(n, v) for n, values in OPTIONS.items() if n not in ROUNDING for v in values]
VALUES += [("surrogate", name) for name in SURROGATES]
DEPARTURES = [(n, v) for n, v in VALUES if v not in {DEFAULTS[n], "window"}]
OPS = ["neuron", "dense"]


def backend_of(declaration: Any) -> Any:
    """The reference with the declared equations."""
    return by_text(declare(declaration).text)


def fails(backend: Any, cases: Any) -> bool:
    """Whether a case fails, without a diagnosis."""
    return any(judge(backend, golden, "float32").status == "failed" for golden in cases)


@pytest.mark.parametrize("name", BY_HAND)
def test_a_backend_written_by_hand_passes_as_declared_and_not_by_the_paper(name: str) -> None:
    backend, declaration = BY_HAND[name]
    cases = later_cases(184, seed=1, ops=["neuron"], max_size=200)[::8]  # one neuron each
    declared = lr.check_backend(backend, cases=cases, declaration=declaration)
    assert declared.ok, declared
    assert len(declared.passed) > 4
    only_layers = declare({k: v for k, v in declaration.items() if k in {"ops", "act"}})
    others = later_cases(60, seed=1, ops=["neuron"], max_size=200, declaration=only_layers)
    assert fails(backend, others)


OF_CASES = {"reset_gradient", "carry"}  # they change the cases, not the equations


@pytest.mark.parametrize(("option", "value"), [d for d in DEPARTURES if d[0] not in OF_CASES])
def test_what_is_declared_passes_and_the_paper_fails(option: str, value: str) -> None:
    declaration = declare({option: value})
    cases = later_cases(20, seed=3, ops=OPS, max_size=300, declaration=declaration)
    first = [*cases[:3]]
    declared = [judge(by_text(declaration.text), golden, "float32") for golden in first]
    assert {verdict.status for verdict in declared} == {"passed"}, declared
    assert fails(run, first) or fails(run, cases[3:])


@pytest.mark.parametrize(("option", "value"), [d for d in DEPARTURES if d[0] in OF_CASES])
def test_cases_have_the_declared_reset_and_start(option: str, value: str) -> None:
    for golden in later_cases(6, seed=3, ops=OPS, declaration=declare({option: value})):
        for node in golden.case.nodes:
            expected = OPTIONS[option][value] or {}
            assert node.op != "neuron" or node.options.items() >= expected.items()
            assert option != "carry" or not np.any(golden.case.get(f"in/{node.name}.V0", 0))


@pytest.mark.usefixtures("few_pairs")
@pytest.mark.parametrize("levels", ["ternary", "integer 4"])
def test_several_levels_have_thresholds_above_0_and_failures_that_nothing_explains(
    levels: str,
) -> None:
    declaration = declare({"levels": levels})
    cases = later_cases(24, seed=1, ops=["neuron"], max_size=100, declaration=declaration)[::8]
    for golden in cases:
        thresholds = {name: a for name, a in golden.case.items() if name.endswith(".v_th")}
        assert all((a > 0).all() for a in thresholds.values())
        zeros = {name: np.zeros_like(a) for name, a in thresholds.items()}
        assert not declaration.admits(golden.case.with_arrays(zeros))

    def scaled(case: Any) -> dict[str, Any]:
        answer = by_text(declaration.text)(case)
        return {n: a * 1.37 if n.startswith("grad/par") else a for n, a in answer.items()}

    report = lr.check_backend(scaled, cases=cases, declaration=declaration)
    assert report.failed
    assert not report.diagnosis.explanations


def contradict(pairs: dict[str, str]) -> bool:
    if "surrogate" in pairs and not {"levels", "output"}.isdisjoint(pairs):
        return True
    return pairs.get("reset") == "none" and any(pair in NEED_RESET for pair in pairs.items())


@pytest.mark.parametrize("seed", range(12))
def test_random_pairs_of_options_agree_with_their_bound(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pairs = [dict(pair) for pair in combinations(DEPARTURES, 2) if pair[0][0] != pair[1][0]]
    possible = [pair for pair in pairs if not contradict(pair)]
    declaration = possible[rng.integers(len(possible))]
    cases = later_cases(5, seed=3, ops=OPS, max_size=100, declaration=declare(declaration))
    verdicts = [judge(backend_of(declaration), golden, "float32") for golden in cases]
    assert {verdict.status for verdict in verdicts} == {"passed"}, verdicts


def test_a_fault_besides_is_named_relative_to_the_declaration() -> None:
    _, declaration = BY_HAND["subtracts one step late"]
    cases = later_cases(160, seed=1, ops=["neuron"], max_size=200)[::8]

    def faulty(case: Any) -> Any:
        return subtracts_one_step_late(case, v_th_factor=0.0)

    report = lr.check_backend(faulty, cases=cases, declaration=declaration)
    assert report.failed
    assert "gradient of v_th without the reset's own" in report.diagnosis.explanations[0].names
    text = str(report)
    assert 'declared: fires = ">", reset = "subtract", leak = "before reset"' in text
    assert "(not the paper's convention)" in text
    assert "departs from the declaration" in text


def test_another_declaration_that_explains_the_backend_is_named() -> None:
    backend, declaration = BY_HAND["subtracts one step late"]
    cases = later_cases(32, seed=1, ops=["neuron"], max_size=200)[::8]
    wrong = {**declaration, "reset": "threshold"}
    report = lr.check_backend(backend, cases=cases, declaration=wrong)
    (found,) = report.diagnosis.explanations
    assert found.names[0] == 'reset = "subtract", leak = "before reset"'
    assert found.explained == len(report.failed)
    twice = {"reset": "subtract", "surrogate": "arctan"}
    report = lr.check_backend(run, cases=cases, declaration=twice)
    assert [e.names for e in report.diagnosis.explanations] == [("the paper's convention",)]


def test_a_stored_case_is_answered_as_declared() -> None:
    declaration = {"fires": ">", "ops": ["neuron"], "act": ["relu"], "sharing": ["all"]}
    report = lr.check_backend(backend_of(declaration), declaration=declaration)
    assert report.ok, report
    assert report.profiles == ()
    assert any(verdict.golden.exact for verdict in report.passed)
    names = {golden.name for golden in lr.golden_cases()}
    assert all(verdict.name in names for verdict in report.verdicts)
    assert fails(run, [verdict.golden for verdict in report.passed])


def test_a_restriction_leaves_cases_out_and_changes_no_answer() -> None:
    report = lr.check_backend(run, declaration={"ops": ["dense", "embedding"]}, levels="L0")
    assert {v.golden.case.nodes[0].op for v in report.verdicts} == {"dense", "embedding"}
    assert report.ok
    assert report.profiles == ()


def test_a_failure_is_shrunk_by_the_declared_equations() -> None:
    declaration = declare({"reset": "subtract", "ops": ["neuron"], "act": ["relu"]})

    def forgets_v_th(case: Any) -> Any:
        answer = by_text(declaration.text)(case)
        return {k: 0 * a if k.endswith("v_th") else a for k, a in answer.items()}

    cases = later_cases(8, seed=1, ops=["neuron"], max_size=60, declaration=declaration)
    golden = next(
        g for g in cases if g.compare(forgets_v_th(g.case.astype("float32"))).status == "failed"
    )
    small = shrink(forgets_v_th, golden, declaration=declaration)
    assert small.golden.case.nodes[0].options["act"] == "relu"
    assert 'as declared: reset = "subtract"' in str(small)


@pytest.mark.parametrize("shape", ["arctan", "triangle", "sigmoid", "superspike"])
def test_a_smooth_surrogate_has_a_bound_that_other_forms_keep(shape: str) -> None:
    declaration = declare({"surrogate": shape, "reset": "subtract"})
    case = lr.golden_case("l0_lif_all_mu0300").case
    found = bound(case, "float32", declaration.text)
    answer = by_text(declaration.text)(case.astype("float32"))
    for name, tolerance in found.tolerance.items():
        assert (abs(answer[name] - found.answer[name]) <= tolerance).all(), name
    relative = found.tolerance["grad/in/X"].max() / abs(found.answer["grad/in/X"]).max()
    assert relative < 1e-4


OPENCL = {"exp": 3, "expm1": 3, "log": 3, "sqrt": 3, "tanh": 5, "sigmoid": 6, "divide": 2.5}
WEBNN = {"exp": 32, "expm1": 18, "sqrt": 1, "tanh": 16, "sigmoid": 34, "divide": 2}


def off_by(name: str, units: float) -> Any:
    """A function in float32, off by some units in the last place, up and down in turn."""

    def function(a: Any) -> Any:
        exact = np.asarray(getattr(FLOAT64, name)(np.asarray(a, float)))
        sign = np.where(np.arange(exact.size).reshape(exact.shape) % 2, units, -units)
        rounds = exact != np.rint(exact)
        return np.asarray(exact + rounds * sign * np.spacing(abs(exact).astype("float32")), "f4")

    return function


@pytest.mark.parametrize(("ulp", "undeclared"), [(OPENCL, "passed"), (WEBNN, "failed")])
@pytest.mark.parametrize("name", ["l0_selu_tr_all_mu0500", "l3_fig5_gru"])
def test_inaccurate_functions_pass_as_declared(ulp: Any, undeclared: str, name: str) -> None:
    functions = {n: off_by(n, units) for n, units in ulp.items() if n != "divide"}
    numbers = Numbers(lambda a: np.asarray(a, np.float32), **functions)
    golden = lr.golden_case(name)
    declared = answered(golden.case, declare({"ulp": ulp}))
    statuses = [judge(lambda c: run(c, numbers), g, "float32").status for g in (golden, declared)]
    assert statuses == [undeclared, "passed"]


def test_unknown_options_and_values_are_refused_with_a_suggestion(tmp_path: Path) -> None:
    for given, text in (
        ({"resets": "zero"}, "resets of declare: unknown option 'resets'; did you mean reset?"),
        ({"reset": "subtrct"}, "unknown value 'subtrct'; did you mean subtract?"),
        ({"surrogate": "arctn"}, "unknown shape 'arctn'; did you mean arctan?"),
        ({"surrogate": {"shape": "arctan", "beta": 1}}, "unknown parameter of arctan 'beta'"),
        ({"surrogate": {"shape": "arctan", "alpha": 0}}, "expected a finite number > 0, or 'mu'"),
        ({"reset": "none", "reset_gradient": "never"}, 'means nothing with reset = "none"'),
        ({"sharing": "all"}, "expected a list of all, channel, non"),
        ({"ulp": 5}, "expected a table such as {exp = 3, tanh = 5}"),
        ({"ulp": {"tan": 5}}, "unknown function 'tan'; did you mean tanh?"),
        ({"ulp": {"tanh": 0}}, "expected a finite number > 0, got 0"),
        ({"levels": "ternary", "surrogate": "arctan"}, "need the window"),
    ):
        with pytest.raises(lr.InputError) as caught:
            declare(given)
        assert text in str(caught.value)
    path = tmp_path / "liaf.toml"
    path.write_text('# mine\nfires = ">"\nreset = "subtrct"\n', "utf-8")
    with pytest.raises(lr.LiafError, match=r"liaf.toml:3: reset: unknown value 'subtrct'"):
        declare(path)
