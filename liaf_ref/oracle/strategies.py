"""Hypothesis strategies: random cases for the tests of a backend; needs ``hypothesis``."""

from collections.abc import Collection

from liaf_ref._core.imports import import_optional_dependency
from liaf_ref.oracle.draw import RandomCases
from liaf_ref.oracle.draw.plans import LATER, PLANNED
from liaf_ref.oracle.golden import GoldenCase

import_optional_dependency("hypothesis", "testing")  # or an error that says how to install it
from hypothesis import strategies  # noqa: E402

__all__ = ["liaf_cases"]
LAST = 100_000  # the number of the last case
SIZES = (100, 400, 1_600, 6_400)


def liaf_cases(
    ops: Collection[str] | None = None, *, seed: int = 0, chunks: int | None = None
) -> strategies.SearchStrategy[GoldenCase]:
    """Draw random cases with Hypothesis, which reports a failing case of few nodes and small size.

    Parameters
    ----------
    ops : collection of str, optional
        Operations and optimizers to draw, such as ``["conv", "neuron"]``; all of the
        paper's by default.
    seed : int
        Seed of :class:`liaf_ref.oracle.RandomCases`, which draws the cases.
    chunks : int, optional
        Cut each sequence into chunks of this many steps; None for sequences that are computed at
        once.

    Returns
    -------
    SearchStrategy
        A strategy of :class:`liaf_ref.oracle.GoldenCase`. ``golden.compare`` judges an answer.

    Raises
    ------
    InputError
        If an argument is invalid.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from liaf_ref.oracle import run
    >>> from liaf_ref.oracle.strategies import liaf_cases
    >>> @settings(max_examples=5, deadline=None)
    ... @given(liaf_cases(ops=["neuron"]))
    ... def test_my_backend(golden):
    ...     answer = run(golden.case.astype("float32"))
    ...     assert golden.compare(answer).status == "passed"
    >>> test_my_backend()
    """
    by_size = [
        RandomCases(PLANNED + LAST + 1, seed=seed, ops=ops, max_size=size, chunks=chunks)
        for size in SIZES
    ]

    def draw(size: int, nodes: int, i: int) -> GoldenCase:
        golden: GoldenCase = by_size[size][PLANNED + LATER * i + nodes]  # these stand alone
        return golden

    return strategies.builds(
        draw,
        strategies.integers(0, len(SIZES) - 1),
        strategies.integers(0, LATER - 1),
        strategies.integers(0, LAST // LATER - 1),
    )
