"""How near to a convention's answer is near enough to be named after it."""

import numpy as np
import pytest

from liaf_ref.oracle.checker.match import LazySolution, explains, make_failure
from liaf_ref.oracle.conventions import CATALOG
from oracle.golden_sets import golden_cases_named

BFLOAT16 = "products of 8 bits (bfloat16)"


@pytest.mark.parametrize(("off", "near"), [(0.9, True), (1.1, False)])
def test_an_entry_may_be_off_by_what_rounding_does_to_how_far_it_is_led(
    off: float, near: bool
) -> None:
    (golden,), (convention,) = (
        golden_cases_named("l0_dense"),
        [c for c in CATALOG if c.name == BFLOAT16],
    )
    answer = {k: v for part in LazySolution(convention, golden) if part for k, v in part.items()}
    I, allowed = golden.expected["exp/d.I"], golden.tolerance["float32"]["exp/d.I"]
    led = np.abs(answer["exp/d.I"] - I)
    assert 3 * allowed.max() < led.max() < 0.1 < abs(I).max()
    maximum = allowed.max() * (1 + led.max() / abs(I).max())
    answer["exp/d.I"][led == led.max()] += off * maximum
    assert explains(convention, make_failure(golden, answer, "float32", 0.0)) == near
