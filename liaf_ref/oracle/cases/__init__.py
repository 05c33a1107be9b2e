"""The cases of the golden set as descriptions, and the pure functions that draw them."""

from liaf_ref.oracle.cases import (
    exact,
    image_blocks,
    image_exact,
    image_l0,
    image_nets,
    l0,
    l1,
    l2,
    l3,
    l4,
)
from liaf_ref.oracle.cases.draw import CaseSpec
from liaf_ref.oracle.cases.sampling import SampledCase, sample_case

CASE_SPECS: tuple[CaseSpec, ...] = (
    *l0.CASE_SPECS,
    *l1.CASE_SPECS,
    *l2.CASE_SPECS,
    *l3.CASE_SPECS,
    *l4.CASE_SPECS,
    *exact.CASE_SPECS,
    *image_l0.CASE_SPECS,
    *image_blocks.CASE_SPECS,
    *image_nets.CASE_SPECS,
    *image_exact.CASE_SPECS,
)

__all__ = ["CASE_SPECS", "CaseSpec", "SampledCase", "sample_case"]
