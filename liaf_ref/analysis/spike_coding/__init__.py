"""Spike codes, Section VII-C: send analog values as spikes within a time step."""

from liaf_ref.analysis.spike_coding.encoder import SpikeEncoder
from liaf_ref.analysis.spike_coding.rate_code import RateCode
from liaf_ref.analysis.spike_coding.scalers import OffsetScaler, Scaler, SignedScaler
from liaf_ref.analysis.spike_coding.spike_code import Operations, SpikeCode
from liaf_ref.analysis.spike_coding.time_to_first_spike import (
    TimeToFirstSpike,
    linear_levels,
    logarithmic_levels,
)

__all__ = [
    "OffsetScaler",
    "Operations",
    "RateCode",
    "Scaler",
    "SignedScaler",
    "SpikeCode",
    "SpikeEncoder",
    "TimeToFirstSpike",
    "linear_levels",
    "logarithmic_levels",
]
