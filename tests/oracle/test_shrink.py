"""A failing case ends as the smallest one that fails the same way."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli.commands import run_cli

import liaf_ref as lr
from liaf_ref._core.errors import InputError
from liaf_ref.kernels.array import Array
from liaf_ref.oracle import Case, GoldenCase, ShrunkFailure, run, shrink
from liaf_ref.oracle.checker.verdict import Backend, judge
from liaf_ref.oracle.error_bounds import spike_safe
from liaf_ref.oracle.golden import load, save
from liaf_ref.oracle.golden.generation import answer_case
from liaf_ref.oracle.shrinking import shrink_failures
from oracle.case_builder import CaseSpec, draw_case, op_node
from oracle.deviating import deviating, named
from oracle.golden_sets import later_cases
from oracle.judged_cases import smallest_cases, smallest_image_cases
from oracle.wrong_backends.build import keep_required_only

LIMIT = 60.0  # seconds: a busy machine must not end a search


@cache
def golden(name: str, steps: int, inputs: int) -> GoldenCase:
    """A random case that rounding cannot change."""
    one = {"act": "tanh", "mode": "NTR", "sharing": "non", "mu": 0.3}
    networks: Mapping[str, tuple[Any, ...]] = {
        "neuron": (op_node("neuron", "n", "in/X"),),
        "tanh_ntr": (op_node("neuron", "n", "in/X", **one),),
        "dense": (op_node("dense", "d", "in/X", units=2),),
        "layers": (
            op_node("dense", "d", "in/X", units=3),
            op_node("neuron", "a", "d", act="spike"),
            op_node("dense", "e", "a", units=2),
            op_node("neuron", "z", "e", act="relu"),
        ),
    }
    spec = CaseSpec(f"random-7-{name}", "L2", "", networks[name], {"X": (2, steps, inputs)}, 7)
    drawn = (draw_case(spec, attempt) for attempt in range(1000))
    return answer_case(next(c for c in drawn if spike_safe(c, "float32")), False, {})


def altered(array: str, change: Callable[[Array], Array]) -> Backend:
    """The reference with one kind of array changed in every node that has it."""

    def backend(case: Case) -> dict[str, Array]:
        return {n: change(a) if n.endswith(array) else a for n, a in run(case).items()}

    return backend


def sizes(found: ShrunkFailure) -> dict[str, tuple[int, ...]]:
    return {name: array.shape for name, array in found.golden.case.items()}


detached = deviating(named("reset detached"))


def first_twelve_inputs(case: Case) -> dict[str, Array]:
    X = case["in/X"]
    return run(case.with_arrays({"in/X": X * (np.arange(X.shape[-1]) < 12)}))


wrong_from_step_10 = altered(".Y", lambda a: a + (np.arange(a.shape[1]) >= 9)[:, None].astype("f"))


def wrong_for_10_steps_and_more(case: Case) -> dict[str, Array]:
    sign = -1 if case["in/X"].shape[1] >= 10 else 1
    return {n: sign * a if n.endswith(".alpha") else a for n, a in run(case).items()}


def wrong_in_one_combination(case: Case) -> Mapping[str, Array]:
    wrong = any(
        (n.options["act"], n.options["mode"], n.options["sharing"]) == ("tanh", "NTR", "non")
        for n in case.nodes
    )
    return altered(".beta", lambda a: a * (2 if wrong else 1))(case)


def raise_for(steps: int) -> None:
    if steps > 1:
        raise IndexError("no second step")
    raise IndexError("no step before")


def raises_in_two_lines(case: Case) -> Mapping[str, Array]:
    raise_for(case["in/X"].shape[1])
    return {}


def raises_for_one_step(case: Case) -> Mapping[str, Array]:
    if case["in/X"].shape[1] == 1:
        raise IndexError(f"no step before the last of {case['in/X'].shape}")
    return run(case)


def test_a_detached_reset_needs_one_neuron_and_one_step() -> None:
    found = shrink(keep_required_only(detached), golden("layers", 8, 3), time_limit=LIMIT)
    assert found.complete
    (node,) = found.golden.case.nodes
    assert node.op == "neuron"
    assert sizes(found)["in/X"] == (1, 1, 1)
    assert all(array.size == 1 for array in found.golden.case.values())
    assert "(12) dX = dU = dR (1 - F) + dx + dz" in str(found)


def test_the_thirteenth_input_is_the_first_that_is_lost(tmp_path: Path) -> None:
    found = shrink(first_twelve_inputs, golden("dense", 2, 20), time_limit=LIMIT)
    shapes = sizes(found)
    assert (shapes["in/X"], shapes["par/d.W"]) == ((1, 1, 13), (13, 1))
    assert np.flatnonzero(found.golden.case["in/X"]).tolist() == [12]
    assert "in/X of shape (1, 1, 13): 0, but 1 at [0, 0, 12]" in str(found)
    save(tmp_path / "small", [found.golden])
    (again,) = load(tmp_path / "small")
    assert again.name == "shrunk_random-7-dense"
    assert judge(first_twelve_inputs, again, "float32").findings == found.verdict.findings


def test_an_exception_is_another_one_if_another_line_raises_it() -> None:
    found = shrink(raises_in_two_lines, golden("neuron", 3, 1), time_limit=LIMIT)
    assert sizes(found)["in/X"] == (1, 2, 1)


@pytest.mark.parametrize("backend", [wrong_from_step_10, wrong_for_10_steps_and_more])
def test_a_fault_of_long_sequences_keeps_ten_steps(backend: Backend) -> None:
    found = shrink(backend, golden("neuron", 24, 1), time_limit=LIMIT)
    assert sizes(found)["in/X"] == (1, 10, 1)
    shown = ["1", "2", "3", "4", "...", "7", "8", "9", "10"]
    for table in str(found).split("backward:"):  # which there is where the gradients are wrong
        steps = re.findall(r"^ +(\d+|\.\.\.) ", table, re.M)
        assert steps == (shown if steps[0] == "1" else shown[::-1])


def wrong_after_a_step(case: Case) -> dict[str, Array]:
    return {n: 2 * a if n.startswith("step1/") else a for n, a in run(case).items()}


def test_training_shrinks_where_an_optimizer_leaves_out_its_defaults() -> None:
    stored = lr.golden_case("l4_sgd_lif").case
    optimizer = {**(stored.optimizer or {}), "steps": 2}
    del optimizer["momentum"], optimizer["weight_decay"]
    case = replace(stored, optimizer=optimizer)
    found = shrink(wrong_after_a_step, answer_case(case, False, {}), time_limit=LIMIT)
    assert found.golden.case.optimizer == {**optimizer, "steps": 1}


def test_a_fault_of_one_combination_of_options_keeps_these() -> None:
    found = shrink(wrong_in_one_combination, golden("tanh_ntr", 4, 3), time_limit=LIMIT)
    (node,) = found.golden.case.nodes
    kept = {"act": "tanh", "mode": "NTR", "sharing": "non"}
    assert node.options == {"mu": 0.5, "reset": "paper"} | kept
    assert re.search(r"  grad/par/\S+: expected \S+, got \S+$", str(found), re.M)
    assert sizes(found)["in/X"] == (1, 1, 1)


def modifies_its_input(case: Case) -> Mapping[str, Array]:
    for name, array in case.items():
        if name.endswith("v_th"):
            array[...] = 0
    return run(case)


def wrong_dtype(case: Case) -> dict[str, Array]:
    return {name: array.astype("float64") for name, array in run(case).items()}


@pytest.mark.parametrize(
    ("backend", "case", "text"),
    [
        (modifies_its_input, lr.golden_case("l4_adam_lif"), "modified its input par/"),
        (wrong_dtype, lr.golden_case("l4_adam_lif"), "expected dtype float32, got float64"),
        (raises_for_one_step, golden("layers", 1, 3), "IndexError: no step before"),
    ],
)
def test_an_answer_of_another_form_or_none_needs_one_node(
    backend: Backend, case: GoldenCase, text: str
) -> None:
    found = shrink(backend, case, time_limit=LIMIT)
    assert found.golden.case.optimizer is None
    (node,) = found.golden.case.nodes
    assert found.golden.case[node.inputs[0]].size == 1
    assert text in str(found)


@pytest.mark.parametrize(
    "name",
    [
        "reset detached",
        "GRU gates stacked r, z, h",
        "loss averaged twice in the gradient",
        "eps always 1e-5",
        "gradient of the current's decay missing",
    ],
)
def test_what_is_found_fails_as_the_larger_case_does(name: str) -> None:
    convention = named(name)
    backend = deviating(convention)
    fit = (g for g in (*smallest_cases(), *smallest_image_cases()) if convention.applies_to(g.case))
    before = next(v for g in fit if (v := judge(backend, g, "float32")).status == "failed")
    found = shrink(backend, before.golden, time_limit=LIMIT)
    again = judge(backend, found.golden, "float32")
    assert again.status == "failed"
    assert again.findings == found.verdict.findings
    assert before.first_finding is not None
    assert before.first_finding.stage in {finding.stage for finding in again.findings}
    assert judge(run, found.golden, "float32").status == "passed"
    assert judge(run, found.golden, "float64").status == "passed"
    assert len(str(found).splitlines()) <= 25
    assert found.candidates <= 80


def test_a_case_keeps_its_decisions_only_where_rounding_could_turn_them() -> None:
    cases = later_cases(60, seed=4, ops=["max_pool", "neuron"], max_size=200, gates=True)
    forced = (golden for golden in cases if golden.case.is_gate_forced)
    for golden in (next(forced), next(forced)):
        found = shrink(altered("grad/in/X", lambda a: 2 * a + 1), golden, time_limit=LIMIT)
        assert len(found.golden.case.nodes) == 1
        assert not found.golden.case.is_gate_forced


def test_what_lies_between_the_nodes_of_a_fault_is_left_out() -> None:
    def wrong_with_two_layers(case: Case) -> Mapping[str, Array]:
        two = [node.op for node in case.nodes].count("dense") > 1
        return altered("grad/in/X", lambda a: a + two)(case)

    found = shrink(wrong_with_two_layers, golden("layers", 8, 3), time_limit=LIMIT)
    assert [node.op for node in found.golden.case.nodes] == ["dense", "dense"]


def test_a_fault_of_joined_inputs_keeps_two_of_them() -> None:
    def swapped(case: Case) -> Mapping[str, Array]:
        nodes = tuple(
            n._replace(inputs=n.inputs[::-1]) if n.op == "concat" else n for n in case.nodes
        )
        return run(replace(case, nodes=nodes))

    cases = later_cases(40, seed=1, ops=["concat", "dense", "act"], max_size=200)
    wrong = [g for g in cases if judge(swapped, g, "float32").status == "failed"]
    assert any("in/Z" in golden.case for golden in wrong)
    for golden in wrong[::3]:
        found = shrink(swapped, golden, time_limit=LIMIT)
        assert [node.op for node in found.golden.case.nodes] == ["concat"]
        assert len(found.golden.case.nodes[0].inputs) == 2
        assert sum(array.size for array in found.golden.case.values()) <= 4


@pytest.mark.parametrize("dtype", ["q4.12", "bfloat16"])
def test_a_wrong_trace_is_shown_in_a_format_of_its_own(dtype: str) -> None:
    (case,) = later_cases(1, seed=3, ops=["neuron"], dtype=dtype)
    found = shrink(altered(".U", lambda a: -a), case, dtype=dtype, time_limit=LIMIT)
    assert "1 (got -1)" in str(found)


def test_a_case_that_passes_cannot_be_shrunk() -> None:
    with pytest.raises(InputError, match="a case that the backend fails, but l0_last passed"):
        shrink(run, lr.golden_case("l0_last"))


def test_the_time_limit_ends_a_search_with_what_it_has() -> None:
    case = golden("neuron", 24, 1)
    found = shrink(detached, case, time_limit=1e-9)
    assert (found.golden, found.complete) == (case, False)
    assert "a limit ended the search" in str(found)


def test_the_smallest_failure_of_any_kind_comes_first() -> None:
    negated = altered("", np.negative)
    large, small = golden("layers", 8, 3), golden("dense", 2, 3)
    report = lr.check_backend(negated, cases=(large, small))
    assert [found.name for found in shrink_failures(negated, report, 1)] == [small.name]


def test_the_command_saves_what_it_shrinks(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "from liaf_ref.oracle import run\n"
    text += "def answer(case):\n    return {n: -a for n, a in run(case).items()}\n"
    (tmp_path / "negative.py").write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    check = ("oracle", "check", "--backend", "negative:answer", "--case")
    options = ("l0_[lm][ae][sa][tn]", "--shrink", 2, "--save", "small", "--json")
    answer = run_cli(capsys, *check, *options)
    shrunk = json.loads(answer.stdout)["shrunk"]
    names = [f"shrunk_{failure['case']}" for failure in shrunk]
    assert len(shrunk) == 2
    what = "case nodes optimizer chunks arrays verdict lines candidates seconds complete"
    assert all(failure.keys() == {*what.split()} for failure in shrunk)
    assert [golden.name for golden in load(tmp_path / "small")] == names
    answer = run_cli(capsys, *check, "*", "--set", "small", "--shrink", "0")
    assert answer.returncode == 1
    assert "2 failed" in answer.stdout
    assert "first difference" not in answer.stdout
