"""Section II-C as a study of the registry."""

from liaf_ref.experiments.degradation.measure import measure_degradation
from liaf_ref.experiments.study import Study

DEGRADATION = Study(
    "degradation",
    "Section II-C",
    "Check that LIAF reduces to LIF, perceptron, convolution and RNN in its special cases,\n"
    "entry by entry, and move a trained network towards them step by step.",
    ("liaf",),
    measure_degradation,
)
