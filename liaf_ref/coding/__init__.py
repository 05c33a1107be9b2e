"""From LIAF to SNN, Section VII-C: analog values sent as spikes within a time step.

::

    channel = Channel(Rate(), Signed.of(values, percentile=99.9), k=8)
    sent = channel.send(values)              # bool, (lines, k, *values.shape)
    again = channel.receive(sent, values.dtype)
"""

from liaf_ref.coding.channel import SpikeEncoder
from liaf_ref.coding.code import SpikeCode, Operations
from liaf_ref.coding.first_spike import TimeToFirstSpike, linear_levels, logarithmic_levels
from liaf_ref.coding.lines import Scaler, OffsetScaler, SignedScaler
from liaf_ref.coding.rate import RateCode

__all__ = [
    "SpikeEncoder",
    "SpikeCode",
    "TimeToFirstSpike",
    "Scaler",
    "OffsetScaler",
    "RateCode",
    "SignedScaler",
    "Operations",
    "linear_levels",
    "logarithmic_levels",
]
