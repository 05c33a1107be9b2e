"""float16, bfloat16 and TF32: right backends pass, those of fewer bits and wrong ones fail."""

from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest

from liaf_ref._core.errors import InputError
from liaf_ref.kernels.array import Array
from liaf_ref.oracle import Case, GoldenCase, Node, RandomCases, check_backend, golden_case, run
from liaf_ref.oracle.checker.verdict import judge
from liaf_ref.oracle.error_bounds import spike_safe
from liaf_ref.oracle.formats import LOW_PRECISION, rounded_to, to_format
from liaf_ref.oracle.golden import load, save
from liaf_ref.oracle.golden.generation import gate_forced as with_decisions
from oracle.deviating import deviating, named
from oracle.golden_sets import later_cases
from oracle.low_precision_backends import RIGHT, in_few_bits

OPS = ("neuron", "dense", "last")
Backend = Callable[[Case], Mapping[str, Array]]


@cache
def drawn(dtype: str) -> tuple[GoldenCase, ...]:
    return tuple(later_cases(16, seed=7, ops=OPS, max_size=60, dtype=dtype))


def failed(backend: Backend, dtype: str) -> list[str]:
    with np.errstate(all="ignore"):
        verdicts = [judge(backend, golden, dtype) for golden in drawn(dtype)]
    return [v.name for v in verdicts if v.status == "failed"]


@pytest.mark.parametrize("dtype", LOW_PRECISION)
def test_numbers_have_the_bits_of_the_format_and_cases_are_safe_or_exact(dtype: str) -> None:
    for golden in drawn(dtype):
        for name, a in golden.case.items():
            if a.dtype.kind == "f":
                assert np.array_equal(to_format(dtype, a), a), (golden.name, name)
        assert spike_safe(golden.case, dtype)
    assert {golden.exact for golden in drawn(dtype)} == {True, False}


@pytest.mark.parametrize("dtype", LOW_PRECISION)
def test_a_right_backend_passes(dtype: str) -> None:
    assert not failed(RIGHT[dtype], dtype)
    assert not failed(lambda case: run(case.astype("float32")), dtype)  # rounds less


@pytest.mark.parametrize(("dtype", "bits"), [("tf32", 11), ("tf32", 8), ("float16", 8)], ids=str)
def test_fewer_bits_than_declared_fail(dtype: str, bits: int) -> None:
    assert failed(partial(in_few_bits, bits=bits), dtype)


@pytest.mark.parametrize("dtype", LOW_PRECISION)
@pytest.mark.parametrize(
    "name",
    ["fires on >, not at U = v_th", "soft reset by v_th - v_reset", "gradient of v_th negated"],
)
def test_a_wrong_convention_fails(dtype: str, name: str) -> None:
    wrong = deviating(named(name))
    assert failed(lambda case: wrong(case.astype("float32")), dtype)


@cache
def gate_forced() -> GoldenCase:
    cases = later_cases(60, seed=5, ops=OPS, max_size=60, dtype="bfloat16", gates=True)
    return next(golden for golden in cases if golden.case.is_gate_forced)


def test_a_case_that_is_not_safe_gives_its_decisions() -> None:
    golden = gate_forced()
    assert not spike_safe(golden.case, "bfloat16")
    for node in golden.case.nodes:
        if node.op == "neuron":
            F = golden.case[f"gate/{node.name}.F"]
            assert np.array_equal(F, golden.expected[f"exp/{node.name}.F"])
    assert judge(RIGHT["bfloat16"], golden, "bfloat16").status == "passed"


def test_given_decisions_replace_comparisons() -> None:
    golden = gate_forced()
    name = next(n for n in golden.case if n.endswith(".F"))
    opposite = golden.case.with_arrays({name: 1 - golden.case[name]})
    answer = run(opposite)
    assert np.array_equal(answer[name.replace("gate/", "exp/")], opposite[name])
    assert golden.compare(answer).status == "failed"


@pytest.mark.parametrize("act", ["relu", "selu", "spike", "tanh"])
def test_the_decisions_of_the_reference_change_nothing(act: str) -> None:
    options = {"act": act, "mode": "TR", "sharing": "channel", "mu": 0.5, "reset": "paper"}
    rng = np.random.default_rng(0)
    arrays = {f"par/n.{name}": rng.uniform(0.2, 0.7, 3) for name in ("v_th", "alpha", "beta")}
    arrays |= {"par/n.v_reset": np.zeros(3), "in/X": rng.normal(size=(2, 5, 3))}
    arrays |= {"in/n.V0": rng.normal(size=(2, 3)), "up/n.Y": rng.normal(size=(2, 5, 3))}
    case = Case("decided", "L0", (Node("n", "neuron", ("in/X",), options),), arrays)
    decided = with_decisions(case)
    gates = {"F", "window"} | ({"positive"} if act in {"relu", "selu"} else set())
    assert decided.keys() - case.keys() == {f"gate/n.{name}" for name in gates}
    free, forced = run(case), run(decided)
    assert set(free) == set(forced)
    for name, array in free.items():
        np.testing.assert_allclose(forced[name], array, rtol=1e-14)


def test_the_maximum_of_a_window_is_a_decision() -> None:
    case = golden_case("l0_max_pool_overlap").case
    forced = with_decisions(case)
    assert forced["gate/p.first"].dtype == np.int64
    free, answer = run(case), run(forced)
    assert all(np.array_equal(free[name], answer[name]) for name in free)


def test_the_answer_may_be_in_the_format_or_in_float32() -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    golden = drawn("bfloat16")[0]
    answer = RIGHT["bfloat16"](golden.case.astype("bfloat16"))
    narrow = {name: a.astype(ml_dtypes.bfloat16) for name, a in answer.items()}
    assert golden.compare(narrow, "bfloat16").status == "passed"
    assert golden.compare(answer, "bfloat16").status == "passed"
    wide = {name: a.astype(np.float64) for name, a in answer.items()}
    assert "expected dtype float32 or bfloat16" in golden.compare(wide, "bfloat16").summary()


def test_rounding_is_to_nearest_ties_to_even() -> None:
    assert rounded_to(8, np.array([257.0, 259.0, 1.0, -0.0])).tolist() == [256.0, 260.0, 1.0, 0.0]
    assert golden_case("l0_mean").case.astype("bfloat16")["in/X"].dtype == np.float32


def test_stored_cases_are_refused() -> None:
    with pytest.raises(InputError, match="expected cases for float16, got l0_mean"):
        check_backend(run, dtype="float16", cases=[golden_case("l0_mean")])
    with pytest.raises(InputError, match="expected cases for tf32, got some for float16"):
        check_backend(run, dtype="tf32", cases=RandomCases(1, dtype="float16"))
    with pytest.raises(InputError, match="l0_mean was not drawn for float16"):
        golden_case("l0_mean").compare({}, "float16")


@pytest.mark.parametrize("dtype", LOW_PRECISION)
def test_random_cases_are_stored_for_their_format(dtype: str, tmp_path: Path) -> None:
    save(tmp_path / "set", drawn(dtype))
    cases = load(tmp_path / "set")
    assert {golden.exact for golden in cases} == {True, False}
    assert check_backend(RIGHT[dtype], cases=cases, dtype=dtype).ok
