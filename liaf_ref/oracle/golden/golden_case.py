"""A case with its answer, and how far a backend may be from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case


@dataclass(frozen=True)
class GoldenCase:
    """A case with its answer.

    Parameters
    ----------
    case : Case
        The network and what it is given, in float64; every value is exact in float32.
    expected : mapping of str to ndarray
        The answer in float64: ``exp/``, ``grad/``, ``dbg/``, ``step1/``.
    tolerance : mapping
        By dtype name (``float32``, ``float64``), then by the answer's name: an array of
        the answer's shape, the largest error that rounding can explain.  Zero
        throughout for an exact case.
    required : frozenset of str
        What a backend must return; the rest of ``expected`` is compared if returned.
    exact : bool
        Whether every float32 evaluation in any order gives the answer's bits.
    facts : mapping
        What the manifest says besides: seed, ``spike_margin`` by node, how many
        neuron steps lie in the window, ``frac_bits`` of an exact case.
    """

    case: Case
    expected: Mapping[str, Array]
    tolerance: Mapping[str, Mapping[str, Array]]
    required: frozenset[str]
    exact: bool = False
    metadata: Mapping[str, Any] = field(default_factory=dict)
