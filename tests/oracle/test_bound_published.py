"""The bound derived today is the tolerance that was published, and its ways lead to one value."""

import numpy as np
import pytest

from liaf_ref.oracle.bound import losses, norm, tolerances
from liaf_ref.oracle.bound.arrays import values, worst
from liaf_ref.oracle.golden import Golden
from oracle.checked import few, few_images
from oracle.golden_sets import names

SOME = tuple(golden for golden in (*few(), *few_images()) if not golden.exact)
STEP = 2.0**-7  # between two of the numbers to which a tolerance is rounded up
OTHERS = 1e-9  # what another processor's exp and tanh may change
SAME = (
    1e-9  # ways in float64 differ by roundings of 1e-16, a few hundred, and where they cancel more
)


def agreeing(first, *others):  # type: ignore[no-untyped-def]
    """As ``worst``, of ways that compute the same."""
    for other in others:
        np.testing.assert_allclose(values(other), values(first), rtol=SAME, atol=SAME)
    return worst(first, *others)


@pytest.mark.parametrize("golden", SOME, ids=names(SOME))
def test_a_tolerance_is_what_is_derived(golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (losses, norm):
        monkeypatch.setattr(module, "worst", agreeing)
    published = golden.tolerance["float32"]
    derived = tolerances(golden.case, "float32")
    assert derived.keys() == published.keys()
    for name, bound in derived.items():
        most = published[name]
        assert (bound <= most * (1 + OTHERS)).all(), name
        assert (bound >= most * (1 - STEP) * (1 - OTHERS)).all(), name
