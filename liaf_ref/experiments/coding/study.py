"""Section VII-C as a study of the registry."""

from liaf_ref.experiments.coding.measure import measure_coding
from liaf_ref.experiments.study import Study

CODING = Study(
    "coding",
    "Section VII-C",
    "Send the analog values of a trained network as spikes in k sub-intervals of a time\n"
    "step (rate or time-to-first-spike coding), and measure the accuracy.",
    ("liaf", "lif"),
    measure_coding,
)
