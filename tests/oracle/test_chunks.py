"""Sequences in chunks: right answers, and every wrong way to pass states and gradients on."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from cli.commands import run_cli

import liaf_ref as lr
from liaf_ref._core.errors import FormatError, InputError
from liaf_ref.kernels.array import Array
from liaf_ref.oracle import (
    Case,
    Chunks,
    GoldenCase,
    RandomCases,
    chunked,
    in_chunks,
    run,
    shrink,
)
from liaf_ref.oracle.deviations.time import CHUNKS, truncated_bptt
from liaf_ref.oracle.error_bounds import spike_safe, tolerances
from liaf_ref.oracle.golden import golden_case, load, save
from liaf_ref.oracle.golden.generation import answer_case
from oracle.case_builder import CaseSpec, draw_case, op_node
from oracle.deviating import deviating, named

NAMES = ("l0_lif_non_mu0300", "l1_lstm", "l1_dense_tanh", "l1_gru")
Answer = dict[str, Array]


@cache
def stored() -> tuple[GoldenCase, ...]:
    """Each case with full and with truncated BPTT; of 6 steps, but the exact one has 4."""
    long = [golden_case(name) for name in NAMES]
    return (*chunked(long, 4), *chunked([golden_case("l0_exact_lif_non_mu0250")], 3))


def whole(case: Case) -> Case:
    return replace(case, chunks=None)


def test_full_bptt_in_chunks_is_that_of_the_whole_and_the_bound_covers_both() -> None:
    for golden in stored():
        if golden.case.chunks is None or golden.case.chunks.bptt != "full":
            continue
        once, bound = run(whole(golden.case)), tolerances(whole(golden.case), "float64")
        cut_bound = tolerances(golden.case, "float64")
        for name, expected in golden.expected.items():
            for allowed in (bound[name], cut_bound[name]):
                near = abs(once[name] - expected) <= (0 if golden.exact else allowed)
                assert near.all(), (golden.name, name)


def test_truncated_bptt_is_a_gradient_that_is_cut_inside_one_call() -> None:
    """By another program: the deviations run the whole sequence and cut its backward pass."""
    seen = set()
    for golden in stored():
        if golden.case.chunks is None or golden.case.chunks.bptt != "truncated":
            continue
        seen.add(golden.name)
        once = deviating(truncated_bptt(golden.case.chunks.steps[0]))(whole(golden.case))
        for name in golden.required:
            expected = golden.expected[name]
            np.testing.assert_allclose(once[name], expected, rtol=1e-12, atol=1e-12, err_msg=name)
    assert len(seen) == len(NAMES) + 1


def test_a_backend_that_is_called_chunk_by_chunk_passes() -> None:
    assert lr.check_backend(in_chunks(run), cases=stored()).ok


def test_the_output_of_a_recurrent_layer_is_its_state() -> None:
    def without_state(case: Case) -> dict[str, Array]:
        return {name: array for name, array in run(case).items() if name != "exp/r.c"}

    cases = chunked([lr.golden_case("l0_rnn_state")], 2)
    assert lr.check_backend(in_chunks(without_state), cases=cases).ok


@cache
def loop_cases() -> tuple[GoldenCase, ...]:
    nodes = op_node("dense", "d", "in/X", units=2), op_node("neuron", "n", "d", act="tanh")
    spec = CaseSpec("", "L1", "", nodes, {"X": (3, 7, 2)}, 5)
    drawn = (draw_case(spec, attempt) for attempt in range(1000))
    case = next(c for c in drawn if spike_safe(c, "float32"))
    return tuple(
        long_case(replace(case, name=b, chunks=Chunks((3, 3, 1), b))) for b in ("full", "truncated")
    )


def long_case(case: Case) -> GoldenCase:
    found = answer_case(case, False, {})
    required = frozenset(n for n in found.expected if n.startswith("grad/")) | {"exp/n.Y"}
    return replace(found, required=required)


@pytest.mark.parametrize("name", CHUNKS)
def test_each_wrong_loop_is_named(name: str) -> None:
    report = lr.check_backend(deviating(named(name)), cases=loop_cases())
    (explanation,) = report.diagnosis.explanations
    assert explanation.names == (name,)
    assert explanation.explained == explanation.total == len(report.failed) > 0


def test_bptt_truncated_at_any_number_of_steps_is_named() -> None:
    spec = CaseSpec(
        "long", "L0", "", (op_node("neuron", "n", "in/X", act="tanh"),), {"X": (1, 45, 1)}, 5
    )
    drawn = (draw_case(spec, attempt) for attempt in range(1000))
    case = next(c for c in drawn if spike_safe(c, "float32"))
    report = lr.check_backend(deviating(truncated_bptt(20)), cases=[long_case(case)])
    assert "truncated BPTT, k = 20" in report.diagnosis.explanations[0].names


def test_a_forgotten_detach_shrinks_to_two_chunks_that_can_be_saved(tmp_path: Path) -> None:
    golden = stored()[-1]
    found = shrink(lambda case: run(whole(case)), golden, time_limit=120)
    assert found.golden.case.chunks == Chunks((1, 1), "truncated")
    assert "truncated BPTT" in str(found)
    save(tmp_path, [found.golden])
    (again,) = load(tmp_path)
    assert again.case.chunks == found.golden.case.chunks
    assert again.compare(run(again.case)).status == "passed"


def test_a_set_with_impossible_chunks_is_refused(tmp_path: Path) -> None:
    bad = replace(stored()[0], case=replace(stored()[0].case, chunks=Chunks((4, 0), "full")))
    with pytest.raises(FormatError, match="chunks: steps: expected"):
        save(tmp_path, [bad])


def test_random_cases_in_chunks_are_drawn_again_by_name() -> None:
    cases = RandomCases(4, seed=2, ops=["neuron"], max_size=200, chunks=3)
    report = lr.check_backend(run, cases=cases)
    assert report.ok
    assert "--chunks 3" in str(report)
    chunks = [v.golden.case.chunks for v in report.verdicts]
    assert {c.bptt for c in chunks if c} == {"full", "truncated"}
    assert all(c and len(c.steps) > 1 and max(c.steps) == 3 for c in chunks)
    assert cases.select("random-2-0003")[0].case.chunks == chunks[3]


def test_invalid_chunks_are_refused() -> None:
    with pytest.raises(InputError, match=r"chunks.*<= 64"):
        RandomCases(1, chunks=65)
    with pytest.raises(InputError, match=r"ops.*neuron.*with chunks, got dense"):
        RandomCases(1, ops=["dense"], chunks=3)
    with pytest.raises(InputError, match=r"in_chunks: expected exp/n\.V"):
        in_chunks(lambda case: {})(stored()[0].case)


def test_cases_without_a_state_are_left_out() -> None:
    assert chunked([golden_case("l0_dense"), golden_case("l0_last")], 2) == ()


def test_the_command_cuts_stored_cases(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["oracle", "check", "--backend", "liaf_ref.oracle:run", "--case", "l0_lif_all_mu0300_*"]
    assert run_cli(capsys, *words, "--chunks", 4).returncode == 0
