"""The exact cases: no rounding in any order."""

from fractions import Fraction

import numpy as np
import pytest

from liaf_ref.kernels import im2col
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.golden import GoldenCase
from liaf_ref.oracle.reference import PAPER_KERNELS, run
from liaf_ref.oracle.table import FRACTION
from liaf_ref.oracle.table import run as independent
from oracle.golden_sets import case_names, exact_cases, golden_cases_named

EACH = pytest.mark.parametrize("golden", exact_cases(), ids=case_names(exact_cases()))
ON_IMAGES = tuple(g for g in exact_cases() if g.case.nodes[0].op in {"conv", "conv3d"})


def bits(array: Array) -> bytes:
    """Without the sign of zero."""
    return (np.asarray(array, np.float64) + 0.0).tobytes()


def test_there_are_enough_on_images() -> None:
    assert len(ON_IMAGES) >= 10
    assert {n.op for g in exact_cases() for n in g.case.nodes} >= {
        *("conv", "conv3d", "average_pool", "max_pool", "dropout", "flatten", "act"),
    }


@EACH
def test_the_independent_implementation_in_fractions_gives_the_same_numbers(
    golden: GoldenCase,
) -> None:
    answer = independent(golden.case, FRACTION)
    assert golden.expected.keys() <= answer.keys()
    for name, array in golden.expected.items():
        expected = np.asarray(answer[name], object)
        assert expected.shape == array.shape, name
        assert [Fraction(x) for x in array.ravel().tolist()] == expected.ravel().tolist(), name


@EACH
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_floats_give_the_same_bits(golden: GoldenCase, dtype: str) -> None:
    answer = run(golden.case.astype(dtype))
    assert answer.keys() == golden.expected.keys()
    for name, array in answer.items():
        assert array.dtype == dtype
        assert bits(array) == bits(golden.expected[name]), name


@pytest.mark.parametrize("golden", ON_IMAGES, ids=case_names(ON_IMAGES))
def test_float32_gives_the_same_bits_by_one_matrix_product(golden: GoldenCase) -> None:
    answer = run(golden.case.astype("float32"), PAPER_KERNELS._replace(conv=im2col))
    for name, array in golden.expected.items():
        assert bits(answer[name]) == bits(array), name


@EACH
def test_float32_gives_the_same_bits_in_a_shuffled_order(golden: GoldenCase) -> None:
    """Batch and inputs are relabelled: every sum over them runs in another order."""
    rng = np.random.default_rng(golden.metadata["seed"])
    batch = rng.permutation(next(iter(golden.case.values())).shape[0])
    inputs = _inputs(golden.case, rng)
    answer = run(_shuffled(golden.case, batch, inputs).astype("float32"))
    for name, array in golden.expected.items():
        assert bits(answer[name]) == bits(_moved(golden.case, name, array, batch, inputs)), name


def _inputs(case: Case, rng: np.random.Generator) -> Array | None:
    if case.nodes[0].op not in {"dense", "conv", "conv3d"}:
        return None
    return rng.permutation(case["in/X"].shape[-1])


def _moved(case: Case, name: str, array: Array, batch: Array, inputs: Array | None) -> Array:
    prefix, _, rest = name.partition("/")
    first = prefix in {"in", "fix", "up", "exp", "dbg"} or rest.startswith("in/")
    array = array[batch] if first else array
    if inputs is None:
        return array
    if name.endswith("in/X"):
        return array[..., inputs]
    return array[..., inputs, :] if name.endswith(f"par/{case.nodes[0].name}.W") else array


def _shuffled(case: Case, batch: Array, inputs: Array | None) -> Case:
    return case.with_arrays(
        {name: _moved(case, name, a, batch, inputs) for name, a in case.items()}
    )


def test_shuffling_moves_something() -> None:
    (golden,) = golden_cases_named("l1_exact_dense_lif_all_mu0500")
    moved = _shuffled(golden.case, np.array([1, 0, 2, 3, 4]), np.array([1, 0, 2]))
    assert not np.array_equal(moved["par/d.W"], golden.case["par/d.W"])
    assert not np.array_equal(moved["in/X"], golden.case["in/X"])
