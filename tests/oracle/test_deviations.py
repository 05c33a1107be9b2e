"""What backends are known to do: each can be seen, none is another, gradients are their own."""

from functools import cache

import numpy as np
import pytest

from liaf_ref.kernels.array import Array
from liaf_ref.oracle import Case, Node, chunked
from liaf_ref.oracle.deviations import DEVIATIONS, Deviation
from liaf_ref.oracle.golden import GoldenCase
from oracle.deviating import deviating, named
from oracle.judged_cases import ANSWERS, all_cases, smallest_cases, smallest_image_cases


@cache
def cases() -> tuple[GoldenCase, ...]:
    """The stored ones, and some of them in chunks."""
    few = [golden for golden in all_cases() if golden.name in {"l0_lif_non_mu0300", "l1_gru"}]
    return (*chunked(few, 4), *all_cases())


@pytest.mark.parametrize("convention", DEVIATIONS, ids=lambda c: c.name)
def test_every_convention_fails_some_case_and_answers_one_whole(convention: Deviation) -> None:
    """A case that it cannot run, or an answer of another shape, does not identify a convention."""

    def whole(golden: GoldenCase) -> bool:
        parts = ANSWERS(convention, golden)
        shapes = {name: array.shape for part in parts for name, array in part.items()}
        return all(shapes.get(name) == golden.expected[name].shape for name in golden.required)

    def fails(golden: GoldenCase) -> bool:
        return ANSWERS.contradicts(convention, golden, golden.tolerance["float32"])

    assert any(map(fails, reversed(cases())))
    assert any(map(whole, reversed(cases())))


def test_no_two_conventions_are_the_same_on_all_cases() -> None:
    alone = [golden for golden in smallest_image_cases() if len(golden.case.nodes) == 1]
    small_only = [c for c in DEVIATIONS if not {"optimizer", "chunks"} & c.ops]
    same = np.triu(np.ones((len(small_only), len(small_only)), bool), 1)
    small = (g for g in smallest_cases() if g.exact or g.case.level in {"L0", "L1", "L3"})
    for golden in (*small, *alone):
        left = np.flatnonzero(same.any(0) | same.any(1))  # those that no case has told apart yet
        with np.errstate(all="ignore"):
            seen = np.array([fingerprint(small_only[i], golden) for i in left])
            # Far above the 1e-16 that float64 rounds to, far below what another equation changes.
            close = np.isclose(seen[:, None], seen, rtol=1e-9, atol=1e-9).all(-1)
        same[np.ix_(left, left)] &= close
        if not same.any():
            break
    assert [(small_only[a].name, small_only[b].name) for a, b in np.argwhere(same)] == []


def fingerprint(convention: Deviation, golden: GoldenCase) -> Array:
    """One number of each array that is required."""
    found = golden.expected
    if convention.applies_to(golden.case):
        found = {n: a for part in ANSWERS(convention, golden) for n, a in part.items()}
        if not golden.required <= found.keys():
            return np.full(len(golden.required), np.inf)
    return np.array(
        [
            np.sum(found[n] * np.arange(1, found[n].size + 1).reshape(found[n].shape))
            for n in sorted(golden.required)
        ]
    )


def test_all_but_the_sum_of_the_bias_is_of_rounded_numbers() -> None:
    rng = np.random.default_rng(0)
    W, X, dI = rng.normal(size=(3, 4)), rng.normal(size=(2, 3)), rng.normal(size=(2, 4))
    arrays = {"in/X": X, "par/d.W": W, "par/d.b": np.ones(4), "up/d.Y": dI}
    case = Case("dense", "L0", (Node("d", "dense", ("in/X",), {}),), arrays)
    answer = deviating(named("products of 8 bits (bfloat16)"))(case)
    X_, W_, dI_ = (np.ldexp(np.rint(np.ldexp(m, 8)), e - 8) for m, e in map(np.frexp, (X, W, dI)))
    # Products of numbers of 8 bits, and sums of three of them, do not round in float64.
    np.testing.assert_array_equal(answer["exp/d.I"], X_ @ W_ + 1)
    np.testing.assert_array_equal(answer["grad/in/X"], dI_ @ W_.T)
    np.testing.assert_array_equal(answer["grad/par/d.W"], X_.T @ dI_)
    np.testing.assert_array_equal(answer["grad/par/d.b"], dI.sum(0))
