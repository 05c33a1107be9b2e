"""Section VII-C: from LIAF to SNN."""

from liaf_ref.experiments.coding.encoded_forward import (
    encode_inputs,
    encode_outputs,
    record_inputs,
    run_encoded,
)
from liaf_ref.experiments.coding.measure import CODES, SUB_INTERVALS, measure_coding

__all__ = [
    "CODES",
    "SUB_INTERVALS",
    "encode_inputs",
    "encode_outputs",
    "measure_coding",
    "record_inputs",
    "run_encoded",
]
