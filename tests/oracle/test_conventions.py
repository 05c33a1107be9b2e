"""The conventions: the neuron of lines is the kernel, and every convention can be seen."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from liaf_ref.kernels import dense
from liaf_ref.kernels.array import Array
from liaf_ref.oracle import chunked
from liaf_ref.oracle.checker.match import contradicts
from liaf_ref.oracle.conventions import BASE_KERNELS, CATALOG, Convention
from liaf_ref.oracle.golden import GoldenCase
from liaf_ref.oracle.reference import run
from oracle.judged_cases import all_cases, cached_solution, smallest_cases, smallest_image_cases


def is_small(golden: GoldenCase) -> bool:
    return golden.case.level in {"L0", "L1", "L3"} or golden.exact


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_with_no_line_replaced_the_neuron_is_the_kernel_bit_for_bit(dtype: str) -> None:
    for golden in filter(is_small, all_cases()):
        case = golden.case.astype(dtype)
        mine, kernels = run(case, BASE_KERNELS), run(case)
        assert mine.keys() == kernels.keys()
        for name, array in kernels.items():
            assert mine[name].dtype == array.dtype
            assert mine[name].tobytes() == array.tobytes(), (golden.case.name, name)


def test_a_state_of_a_late_input_follows_from_all_inputs_before() -> None:
    golden = next(g for g in all_cases() if g.name == "l0_lif_all_mu0300")
    (late,) = (c for c in CATALOG if c.name == "input one step late")
    answer = run(golden.case, late.transform_kernels(BASE_KERNELS))
    alpha, beta = (golden.case[f"par/n.{name}"] for name in ("alpha", "beta"))
    np.testing.assert_array_equal(answer["exp/n.V"], alpha * answer["exp/n.R"] + beta)


def test_there_are_enough_and_each_has_a_name_and_a_sentence() -> None:
    assert len(CATALOG) >= 40
    assert len({convention.name for convention in CATALOG}) == len(CATALOG)
    assert all(c.description.endswith(".") and c.ops for c in CATALOG)


@cache
def cases() -> tuple[GoldenCase, ...]:
    """The stored ones, and some of them in chunks."""
    few = [golden for golden in all_cases() if golden.name in {"l0_lif_non_mu0300", "l1_gru"}]
    return (*chunked(few, 4), *all_cases())


@pytest.mark.parametrize("convention", CATALOG, ids=lambda c: c.name)
def test_every_convention_fails_some_case(convention: Convention) -> None:
    assert any(
        contradicts(convention, g, "float32", g.expected, cached_solution)
        for g in reversed(cases())
    )


@pytest.mark.parametrize("convention", CATALOG, ids=lambda c: c.name)
def test_every_convention_answers_some_case_whole(convention: Convention) -> None:
    """A case that it cannot run, or an answer of another shape, does not identify a convention."""

    def whole(golden: GoldenCase) -> bool:
        parts = (
            list(cached_solution(convention, golden))
            if convention.applies_to(golden.case)
            else [None]
        )
        if not parts or None in parts:
            return False
        shapes = {name: array.shape for part in parts if part for name, array in part.items()}
        return all(shapes.get(name) == golden.expected[name].shape for name in golden.required)

    assert any(map(whole, reversed(cases())))


def test_no_two_conventions_are_the_same_on_all_cases() -> None:
    alone = [golden for golden in smallest_image_cases() if len(golden.case.nodes) == 1]
    small_only = [c for c in CATALOG if not {"optimizer", "chunks"} & c.ops]
    same = np.triu(np.ones((len(small_only), len(small_only)), bool), 1)
    for golden in filter(is_small, (*smallest_cases(), *alone)):
        left = np.flatnonzero(same.any(0) | same.any(1))  # those that no case has told apart yet
        with np.errstate(all="ignore"):
            seen = np.array([fingerprint(small_only[i], golden) for i in left])
            # Far above the 1e-16 that float64 rounds to, far below what another equation changes.
            close = np.isclose(seen[:, None], seen, rtol=1e-9, atol=1e-9).all(-1)
        same[np.ix_(left, left)] &= close
        if not same.any():
            break
    assert [(small_only[a].name, small_only[b].name) for a, b in np.argwhere(same)] == []


def fingerprint(convention: Convention, golden: GoldenCase) -> Array:
    """One number of each array that is required."""
    found = golden.expected
    if convention.applies_to(golden.case):
        parts = list(cached_solution(convention, golden))
        if None in parts:
            return np.full(len(golden.required), np.inf)
        found = {name: array for part in parts if part for name, array in part.items()}
    return np.array(
        [
            np.sum(found[n] * np.arange(1, found[n].size + 1).reshape(found[n].shape))
            for n in sorted(golden.required)
        ]
    )


SMOOTH = {
    "soft reset", "soft reset by v_th", "soft reset after the leak", "leak before reset",
    "no reset", "reset to zero", "V = U: no reset, no leak", "no leak", "beta missing",
    "beta before the leak",
    "leak 1 - alpha", "input scaled by 1 - alpha", "Y from V", "Y from R", "always TR",
    "reset to the threshold", "v_reset always added", "several spikes a step",
    "spike from the previous potential", "input one step late", "output one step late",
    "leak applied twice", "leak as a sigmoid", "alpha averaged",
    "always NTR", "TR and NTR swapped", "reset one step late", "Act masked by spikes",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(SMOOTH))
def test_another_neuron_has_its_own_gradient(name: str) -> None:
    """Finite differences of its forward pass, where its spikes are not differentiated."""
    convention = next(c for c in CATALOG if c.name == name)
    detached = next(c for c in CATALOG if c.name == "reset detached")
    other = convention.combined_with(detached)
    golden = next(g for g in all_cases() if g.case.name == "l0_tanh_tr_channel_mu0500")
    case = replace(golden.case, arrays={n: a for n, a in golden.case.items() if n != "up/n.VT"})
    answer = run(other.transform_case(case), other.transform_kernels(BASE_KERNELS))
    for given in ("in/X", "par/n.v_th", "par/n.v_reset", "par/n.alpha", "par/n.beta"):
        got = answer[f"grad/{given}"]
        step = np.zeros_like(got)
        expected = np.empty_like(got)
        for index in np.ndindex(got.shape):
            step[index] = h = 1e-6
            up, down = (
                loss(other, case.with_arrays({given: case[given] + d})) for d in (step, -step)
            )
            expected[index], step[index] = (up - down) / (2 * h), 0
        # the difference's truncation is h^2 and its rounding 1e-16 / h, times numbers of order 10
        np.testing.assert_allclose(got, expected, rtol=0, atol=1e-8)


def loss(convention: Convention, case):  # type: ignore[no-untyped-def]
    answer = run(convention.transform_case(case), convention.transform_kernels(BASE_KERNELS))
    return np.sum(answer["exp/n.Y"] * case["up/n.Y"])


def test_channels_first_lays_an_image_out_by_channel_row_and_column() -> None:
    (convention,) = (c for c in CATALOG if c.name == "flattened channels first")
    flatten = convention.transform_kernels(BASE_KERNELS).flatten
    X = np.arange(24.0).reshape(1, 2, 3, 4)
    Y, shape = flatten.forward(X)
    laid_out = [X[0, i, j, c] for c in range(4) for i in range(2) for j in range(3)]
    np.testing.assert_array_equal(Y, [laid_out])
    np.testing.assert_array_equal(flatten.backward(Y, shape), X)


def test_all_but_the_sum_of_the_bias_is_of_rounded_numbers() -> None:
    rng = np.random.default_rng(0)
    W, X, dI = rng.normal(size=(3, 4)), rng.normal(size=(2, 3)), rng.normal(size=(2, 4))
    (convention,) = (c for c in CATALOG if c.name == "products of 8 bits (bfloat16)")
    rounded = convention.transform_kernels(BASE_KERNELS).dense
    Y, tape = rounded.forward(X, dense.Params(W, np.ones(4)))
    made_anew = tape._replace(X=X, p=tape.p._replace(W=W))
    dX, dp = rounded.backward(dI, made_anew)
    X_, W_, dI_ = (np.ldexp(np.rint(np.ldexp(m, 8)), e - 8) for m, e in map(np.frexp, (X, W, dI)))
    # Products of numbers of 8 bits, and sums of three of them, do not round in float64.
    np.testing.assert_array_equal(Y, X_ @ W_ + 1)
    np.testing.assert_array_equal(dX, dI_ @ W_.T)
    np.testing.assert_array_equal(dp.W, X_.T @ dI_)
    np.testing.assert_array_equal(dp.b, dI.sum(0))
