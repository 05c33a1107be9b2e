"""The golden set: its answers match the independent implementation, and are computed again."""

from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files

import figures
import numpy as np
import pytest

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Node
from liaf_ref.oracle.golden import GoldenCase, golden_cases, verify
from liaf_ref.oracle.golden.arrays import round_up
from liaf_ref.oracle.opset import LOSSES
from liaf_ref.oracle.reference import run
from liaf_ref.oracle.table import run as independent
from oracle.digits import run_in_digits
from oracle.golden_sets import (
    SMALL_SET,
    all_golden_cases,
    case_names,
    exact_cases,
    golden_cases_named,
    inexact_cases,
    small_set,
)

DIGITS = [golden for golden in inexact_cases() if golden.case.level != "L4"][::7]


@pytest.mark.parametrize("golden", inexact_cases(), ids=case_names(inexact_cases()))
def test_answers_match_the_independent_implementation(golden: GoldenCase) -> None:
    answer = independent(golden.case)
    assert golden.expected.keys() <= answer.keys()
    for name, array in golden.expected.items():
        assert answer[name].shape == array.shape, name
        off = abs(answer[name] - array)
        assert (off <= golden.tolerance["float64"][name]).all(), name


@pytest.mark.parametrize("golden", DIGITS, ids=case_names(tuple(DIGITS)))
def test_answers_hold_to_fifty_digits(golden: GoldenCase) -> None:
    answer = run_in_digits(golden.case)
    for name, array in golden.expected.items():
        pairs = zip(array.ravel().tolist(), np.asarray(answer[name], object).ravel(), strict=True)
        off = np.array([float(abs(x - y)) for x, y in pairs]).reshape(array.shape)
        maximum = golden.tolerance["float64"][name]
        assert (off <= maximum).all(), name
        figures.record("digits off", (off[maximum > 0] / maximum[maximum > 0]).max(initial=0))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_kernels_stay_within_the_tolerance(dtype: str) -> None:
    for golden in all_golden_cases():
        answer = run(golden.case.astype(dtype))
        assert answer.keys() == golden.expected.keys()
        assert golden.required <= answer.keys()
        for name, array in answer.items():
            off = abs(array.astype(np.float64) - golden.expected[name])
            assert (off <= golden.tolerance[dtype][name]).all(), (golden.case.name, name)


def test_a_tolerance_for_every_number() -> None:
    for golden in all_golden_cases():
        for tolerance in golden.tolerance.values():
            shapes = {name: array.shape for name, array in tolerance.items()}
            assert shapes == {name: array.shape for name, array in golden.expected.items()}
            assert all((array >= 0).all() for array in tolerance.values())
        for narrow, wide in (
            (golden.tolerance["float64"][name], golden.tolerance["float32"][name])
            for name in golden.expected
        ):
            assert (narrow <= wide).all()


def test_spikes_are_stated_bit_for_bit() -> None:
    for golden in all_golden_cases():
        for name in (name for name in golden.expected if name.endswith(".F")):
            assert not golden.tolerance["float32"][name].any()
            assert set(np.unique(golden.expected[name])) == {0.0, 1.0}


def test_required_is_the_output_and_everything_derived() -> None:
    for golden in all_golden_cases():
        case, last = golden.case, golden.case.nodes[-1].name
        derivable = {n for n, a in case.items() if a.dtype.kind == "f" and n[:3] in {"in/", "par"}}
        op = case.nodes[-1].op
        output = "loss" if op in LOSSES else "I" if op in {"dense", "conv", "conv3d"} else "Y"
        expected = {f"exp/{last}.{output}"} | {f"grad/{name}" for name in derivable}
        expected |= {
            f"exp/{n.name}.{q}" for n in case.nodes if has_running_statistics(n) for q in "mv"
        }
        if case.optimizer:
            steps = {f"step1/{n.removeprefix('par/')}" for n in derivable if n.startswith("par/")}
            expected |= {"exp/curve"} | steps
        assert golden.required == expected, case.name


def has_running_statistics(node: Node) -> bool:
    """Whether it follows the batch with running statistics."""
    return node.op == "batch_norm" and node.options["statistics"] == "batch"


def test_no_minus_zero_is_stored() -> None:
    for golden in all_golden_cases():
        for name, array in golden.expected.items():
            assert not (np.signbit(array) & (array == 0)).any(), name


def test_every_call_gives_arrays_of_its_own() -> None:
    first, second = golden_cases()[0], golden_cases()[0]
    first.case["in/X"][:] = 0
    assert second.case["in/X"].any()


def test_it_is_small() -> None:
    size = len((files("liaf_ref.oracle") / "data" / "golden-1.zip").read_bytes())
    assert size < 5_000_000


def test_answers_are_computed_again() -> None:
    some = (*exact_cases(), *inexact_cases()[::9])
    assert [verdict for verdict in verify(some) if verdict.problem] == []


def test_a_changed_set_is_not_what_is_computed_again() -> None:
    spike, network, one, two = golden_cases_named(*SMALL_SET)
    near = {**network.expected, "exp/ce.loss": network.expected["exp/ce.loss"] * (1 + 2.0**-52)}
    far = {**spike.expected, "exp/n.U": spike.expected["exp/n.U"] + 1e-9}
    bent = {**one.expected, "exp/n.U": np.nextafter(one.expected["exp/n.U"], 9)}
    changed = (
        replace(spike, expected=far),
        replace(network, expected=near),
        replace(one, expected=bent),
        replace(two, case=replace(two.case, level="L4")),
    )
    problems = {v.case: v.problem for v in verify(changed, small_set())}
    assert problems == {
        spike.case.name: "array exp/n.U: max. difference 1e-09 exceeds the float64 tolerance",
        network.case.name: None,
        one.case.name: "array exp/n.U: expected the same bytes",
        two.case.name: "differs in its nodes, its optimizer or its required arrays",
    }


def with_changed_array(
    golden: GoldenCase, change: Callable[[Array], Array], name: str = "exp/n.U"
) -> GoldenCase:
    """A case with one array changed, of what is given or of the answer."""
    if name in golden.expected:
        changed = {**golden.expected, name: change(golden.expected[name])}
        return replace(golden, expected=changed)
    return replace(golden, case=golden.case.with_arrays({name: change(golden.case[name])}))


@pytest.mark.parametrize("case", [SMALL_SET[0], SMALL_SET[2]])
@pytest.mark.parametrize("name", ["in/X", "exp/n.U"])
@pytest.mark.parametrize("change", [np.ravel, lambda a: a[:, :1], lambda a: a[:, 1:]])
def test_an_array_of_another_shape_is_named(
    case: str, name: str, change: Callable[[Array], Array]
) -> None:
    (golden,) = golden_cases_named(case)
    other, shape = (
        with_changed_array(golden, change, name),
        {**golden.case, **golden.expected}[name].shape,
    )
    actual = {**other.case, **other.expected}[name].shape
    ((_, problem),) = verify([other], [golden])
    assert problem == f"array {name}: expected shape {shape}, got {actual}"


def test_an_answer_that_is_no_number_is_named() -> None:
    (golden,) = golden_cases_named(SMALL_SET[0])
    ((_, problem),) = verify([with_changed_array(golden, lambda a: a * np.nan)], [golden])
    assert problem == "array exp/n.U: max. difference nan exceeds the float64 tolerance"


@pytest.mark.parametrize("value", [0.0, 1.0, 1 / 3, 1e-30, 2.0**-149, 2.0**-160, 3e38, 255 / 256])
def test_a_tolerance_is_rounded_up_and_not_far(value: float) -> None:
    rounded = round_up(np.array([value]))
    assert rounded.dtype == np.float32
    assert rounded[0] >= value
    assert rounded[0] <= value * (1 + 1 / 128) + 2.0**-149
    assert round_up(rounded) == rounded
