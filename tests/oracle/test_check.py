"""The checker on what backends return, raise and forget."""

import json
import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from liaf_ref._core.errors import FormatError, InputError
from liaf_ref.kernels.array import Array
from liaf_ref.oracle import (
    Case,
    Declined,
    GoldenCase,
    Report,
    check_backend,
    golden_cases,
)
from liaf_ref.oracle.checker.report import junit_xml
from liaf_ref.oracle.checker.selection import Waiver
from liaf_ref.oracle.table import run
from oracle.judged_cases import all_cases

LIF = "l0_lif_channel_mu0300"


def cases_by_name(*names: str) -> tuple[GoldenCase, ...]:
    return tuple(golden for golden in all_cases() if golden.case.name in names)


def check_changed(change: Any, *names: str, dtype: str = "float32", **options: Any) -> Report:
    """Check the reference with its answer changed."""

    def answer(case: Case) -> Mapping[str, Any]:
        changed: Mapping[str, Any] = change(run(case))
        return changed

    return check_backend(answer, cases=cases_by_name(*names or (LIF,)), dtype=dtype, **options)


def with_arrays(**arrays: Any) -> Any:
    """The answer with arrays replaced; ``n_U`` for ``exp/n.U``."""
    return lambda answer: answer | {f"exp/n.{k.removeprefix('n_')}": v for k, v in arrays.items()}


def first_message(report: Report) -> str:
    (verdict,) = report.failed
    return verdict.summary()


def remove_array(name: str) -> Any:
    return lambda answer: {n: a for n, a in answer.items() if n != name}


def test_the_answer_itself_passes() -> None:
    report = check_changed(lambda answer: answer)
    assert report.ok
    assert [v.status for v in report.verdicts] == ["passed"]
    assert not report.diagnosis.explanations
    assert "1 passed" in str(report)


def test_what_need_not_be_returned_can_be_left_out() -> None:
    assert check_changed(remove_array("exp/n.U")).ok


BAD = {
    "missing": (remove_array("grad/par/n.v_th"), "grad/par/n.v_th: missing from the answer"),
    "unknown": (
        lambda a: a | {"grad/par/n.vth": 1},
        "grad/par/n.vth: unknown array; did you mean grad/par/n.v_th?",
    ),
    "shape": (
        with_arrays(n_Y=np.zeros(3, np.float32)),
        "exp/n.Y: expected shape (2, 6, 4), got (3,)",
    ),
    "dtype": (
        lambda a: a | {"exp/n.Y": a["exp/n.Y"].astype(np.float64)},
        "exp/n.Y: expected dtype float32, got float64",
    ),
    "not finite": (
        lambda a: a | {"exp/n.Y": np.full_like(a["exp/n.Y"], np.nan)},
        "exp/n.Y: expected finite numbers, got nan at [0, 0, 0]",
    ),
    "ragged": (with_arrays(n_Y=[[1], [1, 2]]), "exp/n.Y: expected an array, got list"),
    "text": (with_arrays(n_Y="Y"), "exp/n.Y: expected shape (2, 6, 4), got ()"),
    "None": (with_arrays(n_Y=None), "exp/n.Y: expected an array, got None"),
    "no mapping": (list, "returned list, expected a mapping of arrays"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_malformed_answer_is_named(name: str) -> None:
    change, text = BAD[name]
    assert text in first_message(check_changed(change))


def test_a_number_in_the_answer_may_be_any_array_like() -> None:
    class Foreign:
        def __init__(self, array: Array) -> None:
            self.array = array

        def __array__(self, dtype: Any = None, copy: Any = None) -> Array:
            return self.array

    assert check_changed(lambda answer: {n: Foreign(a) for n, a in answer.items()}).ok


def test_a_backend_is_called_by_its_name_or_else_by_its_text() -> None:
    def backend_of(backend: Any) -> str:
        return check_backend(backend, cases=cases_by_name(LIF)).backend

    assert backend_of(run) == "liaf_ref.oracle.table.interpreter:run"
    assert backend_of(partial(run)) == str(partial(run))


def test_a_backend_that_raises_fails_that_case_alone() -> None:
    def answer(case: Case) -> Mapping[str, Array]:
        if case.name == LIF:
            raise ZeroDivisionError("no\nluck")
        return run(case)

    report = check_backend(answer, cases=cases_by_name(LIF, "l0_last"))
    assert len(report.passed) == 1
    assert first_message(report) == "the backend raised ZeroDivisionError: no luck"
    assert "ZeroDivisionError" in report.to_dict()["cases"][0]["traceback"]


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise ValueError


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (KeyError(), "KeyError"),
        (UnprintableError(), "UnprintableError: <message could not be printed>"),
        (SyntaxError("no", ("f.py", 3, 1, "x", 3, 2)), "SyntaxError: no (f.py, line 3)"),
    ],
)
def test_an_error_is_stated_on_one_line(error: Exception, text: str) -> None:
    def answer(case: Case) -> Mapping[str, Array]:
        raise error

    assert (
        first_message(check_backend(answer, cases=cases_by_name(LIF)))
        == f"the backend raised {text}"
    )


def test_a_backend_that_ends_the_process_is_traced() -> None:
    def answer(case: Case) -> Mapping[str, Array]:
        sys.exit(3)

    report = check_backend(answer, cases=cases_by_name(LIF))
    assert first_message(report) == "the backend called sys.exit with code 3"
    assert "sys.exit(3)" in report.to_dict()["cases"][0]["traceback"]


class ExitsProcess(dict[str, Any]):
    """What ends the process when it is looked into, as an answer and as an array."""

    def __iter__(self) -> Any:
        raise SystemExit

    def __array__(self, dtype: Any = None, copy: Any = None) -> Array:
        raise SystemExit(0)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda answer: sys.exit(0), 0),
        (lambda answer: sys.exit("text"), 1),
        (ExitsProcess, 0),
        (lambda answer: answer | {"exp/n.Y": ExitsProcess()}, 0),
    ],
)
def test_a_backend_that_ends_the_process_fails(change: Any, code: int) -> None:
    assert f"called sys.exit with code {code}" in first_message(check_changed(change))


def test_a_backend_that_changes_the_case_is_named() -> None:
    def answer(case: Case) -> Mapping[str, Array]:
        given = run(case)
        case["in/X"][:] = 0
        return given

    assert first_message(check_backend(answer, cases=cases_by_name(LIF))) == (
        "the backend modified its input in/X"
    )


@pytest.mark.usefixtures("few_pairs")
def test_the_first_step_that_broke_is_named() -> None:
    def change(answer: dict[str, Array]) -> dict[str, Array]:
        U = answer["exp/n.U"].copy()
        U[1, 2:, 3] += 0.5
        return answer | {"exp/n.U": U, "grad/in/X": answer["grad/in/X"] + 1}

    report = check_changed(change)
    (verdict,) = report.failed
    assert verdict.first_finding is not None
    assert (verdict.first_finding.node, verdict.first_finding.step) == ("n", 3)
    assert verdict.summary().startswith("n, step 3 of 6: exp/n.U[1,2,3] expected ")
    assert "times the tolerance" in verdict.summary()
    assert verdict.summary().endswith("(and 1 more of 13 arrays)")


@pytest.mark.usefixtures("few_pairs")
def test_the_last_step_that_broke_is_named_backward() -> None:
    def change(answer: dict[str, Array]) -> dict[str, Array]:
        dU = answer["dbg/n.dU"].copy()
        dU[0, :4] += 0.5
        return answer | {"dbg/n.dU": dU}

    assert first_message(check_changed(change)).startswith("n, step 4 of 6: dbg/n.dU[0,3,")


@pytest.mark.usefixtures("few_pairs")
def test_the_first_layer_that_broke_is_named() -> None:
    def change(answer: dict[str, Array]) -> dict[str, Array]:
        return {n: a + 1 if n.startswith(("exp/a.Y", "exp/b.")) else a for n, a in answer.items()}

    (verdict,) = check_changed(change, "l2_three").failed
    assert verdict.first_finding is not None
    assert verdict.first_finding.tensor == "exp/a.Y"
    assert {f.node for f in verdict.findings} == {"a", "b"}


@pytest.mark.usefixtures("few_pairs")
def test_spikes_are_compared_before_states_and_bit_for_bit() -> None:
    def change(answer: dict[str, Array]) -> dict[str, Array]:
        F = answer["exp/n.F"].copy()
        F[0, 5, 0] = 1e-30
        U = answer["exp/n.U"] + 1
        return answer | {"exp/n.F": F if answer["exp/n.F"][0, 5, 0] == 0 else 0 * F, "exp/n.U": U}

    (verdict,) = check_changed(change).failed
    assert [f.stage for f in verdict.findings] == ["spikes", "states"]


RIGHT_ANSWERS: dict[str, Callable[[Case], dict[str, Array]]] = {
    "Fortran order": lambda case: {n: np.asarray(a, order="F") for n, a in run(case).items()},
    "strided": lambda case: {n: np.stack([a, a], -1)[..., 0] for n, a in run(case).items()},
    "float64 inside": lambda case: {
        n: a.astype(np.float32) for n, a in run(case.astype("float64")).items()
    },
}


@pytest.mark.parametrize("name", RIGHT_ANSWERS)
def test_the_layout_of_an_answer_and_more_digits_inside_do_not_matter(name: str) -> None:
    assert check_backend(RIGHT_ANSWERS[name], levels="L0,L4").ok


@pytest.mark.usefixtures("few_pairs")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_one_bit_off_fails_an_exact_case(dtype: str) -> None:
    def change(answer: dict[str, Array]) -> dict[str, Array]:
        U = answer["exp/n.U"].copy()
        U[0, 0, 0] = np.nextafter(U[0, 0, 0], np.inf, dtype=U.dtype)
        return answer | {"exp/n.U": U}

    assert "must match exactly" in first_message(
        check_changed(change, "l0_exact_lif_non_mu0250", dtype=dtype)
    )


def test_numbers_are_printed_with_the_digits_that_differ() -> None:
    def change(answer: dict[str, Array]) -> dict[str, Array]:
        U = answer["exp/n.U"].copy()
        U[0, 0, 0] = np.nextafter(U[0, 0, 0], np.inf, dtype=U.dtype)
        return answer | {"exp/n.U": U}

    for dtype in ("float32", "float64"):
        message = first_message(check_changed(change, "l0_exact_lif_non_mu0250", dtype=dtype))
        expected, got = re.findall(r"(?:expected|got) ([^ ,]+)", message)
        assert expected != got
        assert re.search(r", error \d(\.\d)?e-\d+, must match exactly$", message)


def test_zero_has_no_sign() -> None:
    def change(answer: dict[str, Array]) -> dict[str, Array]:
        return {n: np.where(a == 0, -a, a) for n, a in answer.items()}

    assert check_changed(change, "l0_exact_lif_non_mu0250").ok


@pytest.mark.usefixtures("few_pairs")
@pytest.mark.parametrize(("factor", "ok"), [(1.0, True), (1.5, False)])
def test_within_the_tolerance_passes_and_beyond_it_fails(factor: float, ok: bool) -> None:
    (golden,) = cases_by_name("l0_exact_lif_non_mu0250")  # of few bits: the sum below is exact
    allowed = dict(golden.tolerance["float64"])
    allowed["exp/n.U"] = np.full_like(allowed["exp/n.U"], 2.0**-10)
    golden = replace(golden, tolerance={"float64": allowed}, exact=False)

    def answer(case: Case) -> Mapping[str, Array]:
        found = run(case)
        return found | {"exp/n.U": found["exp/n.U"] + factor * 2.0**-10}

    report = check_backend(answer, cases=[golden], dtype="float64")
    assert report.ok == ok
    (verdict,) = report.verdicts
    assert verdict.worst_ratio == factor


def test_what_is_declined_neither_passes_nor_fails() -> None:
    def answer(case: Case) -> Mapping[str, Array]:
        if case.name == LIF:
            raise Declined("no LIF")
        return run(case)

    report = check_backend(answer, cases=cases_by_name(LIF, "l0_last"))
    assert report.ok
    assert (len(report.passed), len(report.declined)) == (1, 1)
    assert str(report).endswith(f"declined  {LIF}  no LIF")


def test_when_all_is_declined_nothing_was_checked() -> None:
    def answer(case: Case) -> Mapping[str, Array]:
        raise Declined("nothing")

    report = check_backend(answer, cases=cases_by_name(LIF))
    assert not report.ok
    assert report.problems == ("the backend declined every selected case",)


def test_cases_that_fail_with_the_same_error_are_one_line() -> None:
    def answer(case: Case) -> Mapping[str, Array]:
        return {"exp/n.Y": case[f"in/{case.name}"]}  # a text of its own for every case

    names = (LIF, "l0_last", "l0_mean")
    report = check_backend(answer, cases=cases_by_name(*names))
    error = f"UnknownArrayError: no array 'in/{LIF}'"
    lines = [line for line in str(report).splitlines() if line.startswith("failed ")]
    assert len(lines) == 1
    assert lines[0].startswith(f"failed    3 x the backend raised {error}")
    assert lines[0].endswith(f"(first: {LIF})")
    assert "traceback: report.failed[0].traceback, --traceback or --json" in str(report)
    assert report.tracebacks().startswith(f"3 cases raised (first: {LIF}):\nTraceback (most")
    assert report.tracebacks().count("Traceback") == 1
    assert "in answer" in report.failed[0].traceback


def test_cases_that_are_declined_for_one_reason_are_one_line() -> None:
    def answer(case: Case) -> Mapping[str, Array]:
        raise Declined("nothing")

    text = str(check_backend(answer, cases=cases_by_name(LIF, "l0_last")))
    assert f"declined  2 x nothing (first: {LIF})" in text


def test_a_long_report_tells_where_the_rest_is() -> None:
    def answer(case: Case) -> Mapping[str, Array]:
        return {case.name: np.zeros(1)}

    report = check_backend(answer, levels="L0", cases=all_cases())
    assert len(report.failed) > 100
    assert "more cases; report.failed or --json has all" in str(report)
    assert len(str(report).splitlines()) < 15


@pytest.mark.usefixtures("few_pairs")
def test_numbers_agree_with_their_nouns() -> None:
    one = str(check_changed(shifted))
    assert "float32: 1 case: 0 passed, 1 failed" in one
    assert "not explained by any known convention: 1 failure (" in one
    assert "float32: 2 cases: " in str(check_changed(dict, LIF, "l0_last"))


class Model:
    def __call__(self, params: Any, X: Any) -> Any:
        raise AssertionError


NO_BACKENDS: dict[str, tuple[Any, str]] = {
    "text": ("torch", "expected a function that takes a Case and returns a dict of arrays, got"),
    "class": (Model, "expected a function that takes a Case and returns a dict of arrays, got the"),
    "layer": (Model(), "expected a function of one argument, backend(case), got one that takes "),
    "no argument": (lambda: {}, "got one that takes (); case is a liaf_ref.oracle.Case"),
}


@pytest.mark.parametrize("name", NO_BACKENDS)
def test_what_cannot_be_a_backend_is_refused_before_a_case_runs(name: str) -> None:
    value, message = NO_BACKENDS[name]
    with pytest.raises(InputError) as refused:
        check_backend(value)
    assert str(refused.value).startswith("backend of check_backend: ")
    assert message in str(refused.value)


def test_a_built_in_function_may_be_a_backend() -> None:
    assert len(check_backend(dict.copy, cases=cases_by_name(LIF)).failed) == 1  # type: ignore[arg-type]


def test_a_pattern_without_a_case_suggests_one() -> None:
    with pytest.raises(InputError, match="did you mean l0_lif_all_mu0500"):
        check_backend(run, pattern="l0_lif", cases=all_cases())
    with pytest.raises(InputError, match=r"did you mean l4_\w*lif"):
        golden_cases("L4", "lif")


def test_an_error_that_means_to_decline_says_how() -> None:
    def answer(case: Case) -> Mapping[str, Array]:
        raise NotImplementedError("no LIF")

    message = first_message(check_backend(answer, cases=cases_by_name(LIF)))
    assert message.endswith("no LIF; raise liaf_ref.oracle.Declined for what it does not have")


class Answers:
    def __call__(self, case: Case) -> Mapping[str, Array]:
        return run(case)


def test_a_backend_is_called_by_its_name() -> None:
    def unnamed(case: Case) -> Mapping[str, Array]:
        return run(case)

    unnamed.__module__ = None  # type: ignore[assignment]
    unnamed.__qualname__ = "answer"
    names: dict[Any, str] = {run: "liaf_ref.oracle.table.interpreter:run", unnamed: "answer"}
    names[Answers()] = f"{__name__}:Answers"
    for backend, name in names.items():
        assert check_backend(backend, cases=cases_by_name(LIF)).backend == name


@pytest.mark.parametrize(
    ("cases", "message"),
    [
        ([], "cases of check_backend: expected at least one, got none"),
        ([LIF], "cases of check_backend: expected a list of golden cases, got str "),
    ],
)
def test_what_is_no_list_of_cases_is_refused(cases: Any, message: str) -> None:
    with pytest.raises(InputError) as refused:
        check_backend(run, cases=cases)
    assert str(refused.value).startswith(message)


def test_entries_of_infinite_tolerance_are_counted_and_not_compared() -> None:
    (golden,) = cases_by_name(LIF)
    tolerance = dict(golden.tolerance["float32"])
    tolerance["exp/n.U"] = tolerance["exp/n.U"].copy()
    tolerance["exp/n.U"][0, 0, :3] = np.inf
    loose = replace(golden, tolerance={"float32": tolerance})

    def answer(case: Case) -> Mapping[str, Array]:
        found = run(case)
        if case.name == LIF:
            found["exp/n.U"] = found["exp/n.U"].copy()
            found["exp/n.U"][0, 0, 0] = 1e30
        return found

    report = check_backend(answer, cases=[loose, *cases_by_name("l0_last")])
    assert report.ok
    assert [verdict.unbounded for verdict in report.verdicts] == [3, 0]
    assert "not compared: 3 entries of 1 case, whose tolerance is infinite" in str(report)
    assert str(report.verdicts[0]).endswith("3 entries not compared: the tolerance is infinite")
    assert report.to_dict()["unbounded"] == 3
    assert report.to_dict()["cases"][0]["unbounded"] == 3
    assert "infinite" not in str(check_backend(run, cases=cases_by_name(LIF)))


@pytest.mark.usefixtures("few_pairs")
def test_an_infinite_tolerance_explains_no_other_entry() -> None:
    (golden,) = cases_by_name(LIF)
    tolerance = dict(golden.tolerance["float32"])
    tolerance["grad/in/X"] = tolerance["grad/in/X"].copy()
    tolerance["grad/in/X"][0, 0, 0] = np.inf
    loose = replace(golden, tolerance={"float32": tolerance})

    def answer(case: Case) -> Mapping[str, Array]:
        found = run(case)
        return found | {"grad/in/X": found["grad/in/X"] + 1}

    report = check_backend(answer, cases=[loose])
    assert report.diagnosis.unexplained == (LIF,)


def test_levels_and_names_choose() -> None:
    by_text = check_backend(run, levels="L4", pattern="l4_sgd_*", cases=all_cases())
    assert {v.golden.case.level for v in by_text.verdicts} == {"L4"}
    chosen = check_backend(run, levels=["L3"], pattern="l3_fig5_*", cases=all_cases())
    assert {v.golden.case.level for v in chosen.verdicts} == {"L3"}
    assert all(v.name.startswith("l3_fig5_") for v in chosen.verdicts)
    assert len(chosen.verdicts) > 3


@pytest.mark.parametrize("options", [{"dtype": "float8"}, {"levels": ["L9"]}])
def test_what_is_no_option_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        check_backend(run, cases=(), **options)


def shifted(answer: dict[str, Array]) -> dict[str, Array]:
    return {n: a + 1 if n == "grad/par/n.v_th" else a for n, a in answer.items()}


def test_a_waived_deviation_does_not_fail() -> None:
    waiver = Waiver("l0_lif_*", "grad/par/*.v_th", "on purpose")
    report = check_changed(shifted, waivers=[waiver])
    assert report.ok
    assert report.waived[0].reason == "on purpose"
    assert "on purpose" in str(report)


@pytest.mark.usefixtures("few_pairs")
def test_a_waiver_covers_only_what_it_names() -> None:
    report = check_changed(shifted, waivers=[Waiver("l0_lif_*", "grad/par/*.alpha", "on purpose")])
    assert len(report.failed) == 1
    assert "unused waiver" in report.problems[0]


def crash(answer: Any) -> Any:
    raise ZeroDivisionError


@pytest.mark.parametrize("change", [crash, lambda answer: {}, BAD["not finite"][0], list])
def test_what_is_no_number_is_waived_by_its_own_name_alone(change: Any) -> None:
    assert len(check_changed(change, waivers=[Waiver("*", "*", "on purpose")]).failed) == 1
    assert check_changed(change, waivers=[Waiver("*", "(backend)", "on purpose")]).ok


def test_a_waiver_without_need_fails() -> None:
    waiver = Waiver("l0_lif_*", "grad/*", "on purpose")
    assert "unused waiver" in check_changed(dict, waivers=[waiver]).problems[0]
    nobody = Waiver("l9_*", "*", "on purpose")
    assert "waiver matches no case" in check_changed(dict, waivers=[nobody]).problems[0]


def test_a_waiver_whose_cases_are_not_run_is_not_judged() -> None:
    waiver = Waiver("l3_*", "*", "on purpose")
    assert check_backend(run, pattern=LIF, cases=all_cases(), waivers=[waiver]).ok


FILES = {
    "no toml": ("[[waive\n", "expected TOML"),
    "another table": ("[skip]\n", "got skip"),
    "a value": ("waive = 1\n", "got a `waive` that is no list of tables"),
    "no reason": ('[[waive]]\ncase = "*"\n', ":1: expected [[waive]]"),
    "no text": (
        '\n[[waive]]\ncase = "*"\nreason = " "\n',
        ":2: reason: expected a non-empty string",
    ),
    "unknown key": ('[[waive]]\ncase = "*"\nreason = "x"\ntensr = "*"\n', "tensr"),
    "a number": (
        '[[waive]]\ncase = 1\nreason = "x"\n',
        ":1: case: expected a non-empty string, got 1",
    ),
    "no utf-8": ("\udcff", "expected TOML"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_waivers_that_is_none_is_refused(name: str, tmp_path: Path) -> None:
    content, reason = FILES[name]
    path = tmp_path / "waivers.toml"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(FormatError) as refused:
        check_backend(run, cases=(), waivers=path)
    assert reason in str(refused.value)


def test_a_waiver_within_a_line_is_refused_without_the_line_of_another(tmp_path: Path) -> None:
    path = tmp_path / "waivers.toml"
    path.write_text('waive = [{ case = "*" }]\n', "utf-8")
    with pytest.raises(FormatError, match=r"waivers\.toml: expected \[\[waive\]\]"):
        check_changed(shifted, waivers=path)


def test_a_reason_may_be_long_and_a_pattern_not(tmp_path: Path) -> None:
    path, long = tmp_path / "waivers.toml", "x" * 2000
    path.write_text(f'[[waive]]\ncase = "*"\nreason = "{long}"\n', "utf-8")
    assert check_changed(shifted, waivers=path).waived[0].reason == long
    path.write_text(f'[[waive]]\ncase = "{long}"\nreason = "x"\n', "utf-8")
    with pytest.raises(FormatError, match="expected a pattern of at most"):
        check_changed(shifted, waivers=path)


@pytest.mark.usefixtures("few_pairs")
def test_of_a_nodes_gradients_those_within_come_first_and_sums_over_steps_last() -> None:
    def change(answer: Mapping[str, Array]) -> dict[str, Array]:
        found = {name: array.copy() for name, array in answer.items()}
        found["dbg/n.dU"][:, 0] += 1
        found["grad/in/X"][:, -1] += 1
        found["grad/par/n.alpha"] += 1
        return found

    (verdict,) = check_changed(change).failed
    ordered = [f.tensor for f in sorted(verdict.findings, key=lambda f: f.sort_key)]
    assert ordered == ["dbg/n.dU", "grad/in/X", "grad/par/n.alpha"]


def test_a_missing_file_of_waivers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="expected TOML, but it cannot be read: No such file"):
        check_backend(run, cases=(), waivers=tmp_path / "none.toml")


@pytest.mark.usefixtures("few_pairs")
def test_the_report_is_json_and_xml() -> None:
    def answer(case: Case) -> Mapping[str, Array]:
        if case.name == "l0_last":
            raise ValueError("a \x00 that no XML holds")
        if case.name == "l0_mean":
            raise Declined("<no mean>")
        return shifted(run(case))

    report = check_backend(answer, cases=cases_by_name(LIF, "l0_last", "l0_mean", "l0_dense"))
    found = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    counts = {"passed": 1, "failed": 2, "waived": 0, "declined": 1}
    assert {key: found[key] for key in counts} == counts
    assert len(found["cases"]) == 4
    assert found["diagnosis"]["unexplained"] == [LIF]
    suite = ET.fromstring(junit_xml(report))  # noqa: S314 - our own
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("4", "2", "1")
    assert len(suite.findall("testcase")) == 4
    assert len(suite.findall("testcase/failure")) == 2
