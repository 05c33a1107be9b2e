"""Section VII-C: from LIAF to SNN."""

from liaf_ref.experiments.coding.measure import CODES, SUB_INTERVALS, measure_coding
from liaf_ref.experiments.coding.passing import run_encoded, record_inputs
from liaf_ref.experiments.coding.places import encode_outputs, encode_inputs

__all__ = ["CODES", "SUB_INTERVALS", "encode_outputs", "encode_inputs", "measure_coding", "run_encoded", "record_inputs"]
