"""The bound derived today is the tolerance that was published, and all ways to derive it agree."""

import numpy as np
import pytest

from liaf_ref.oracle.error_bounds import losses, norm, tolerances
from liaf_ref.oracle.error_bounds.arrays import values, worst_case_array
from liaf_ref.oracle.golden import GoldenCase
from oracle.golden_sets import case_names
from oracle.judged_cases import smallest_cases, smallest_image_cases

ROUNDED_CASES = tuple(
    golden for golden in (*smallest_cases(), *smallest_image_cases()) if not golden.exact
)
STEP = 2.0**-7  # between two of the numbers to which a tolerance is rounded up
BATCH_NORM_SHARE = 1e-9  # what another processor's exp and tanh may change
SAME = (
    1e-9  # ways in float64 differ by roundings of 1e-16, a few hundred, and where they cancel more
)


def assert_same_values(first, *others):  # type: ignore[no-untyped-def]
    """As :func:`worst_case_array`, with the check that the values agree."""
    for other in others:
        np.testing.assert_allclose(values(other), values(first), rtol=SAME, atol=SAME)
    return worst_case_array(first, *others)


@pytest.mark.parametrize("golden", ROUNDED_CASES, ids=case_names(ROUNDED_CASES))
def test_a_tolerance_is_what_is_derived(
    golden: GoldenCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (losses, norm):
        monkeypatch.setattr(module, "worst_case_array", assert_same_values)
    published = golden.tolerance["float32"]
    derived = tolerances(golden.case, "float32")
    assert derived.keys() == published.keys()
    for name, bound in derived.items():
        maximum = published[name]
        assert (bound <= maximum * (1 + BATCH_NORM_SHARE)).all(), name
        assert (bound >= maximum * (1 - STEP) * (1 - BATCH_NORM_SHARE)).all(), name
