"""From LIAF to SNN, Section VII-C: analog values sent as spikes within a time step.

::

    channel = Channel(Rate(), Signed.of(values, percentile=99.9), k=8)
    sent = channel.send(values)              # bool, (lines, k, *values.shape)
    again = channel.receive(sent, values.dtype)
"""

from liaf_ref.coding.channel import Channel
from liaf_ref.coding.code import Code, Work
from liaf_ref.coding.first_spike import FirstSpike, linear, logarithmic
from liaf_ref.coding.lines import Lines, Offset, Signed
from liaf_ref.coding.rate import Rate

__all__ = [
    "Channel",
    "Code",
    "FirstSpike",
    "Lines",
    "Offset",
    "Rate",
    "Signed",
    "Work",
    "linear",
    "logarithmic",
]
