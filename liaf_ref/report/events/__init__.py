"""Pictures of a file of events: frames in a strip, the cloud of Fig. 9, rate over time, a film."""

from liaf_ref.report.events.cloud import cloud
from liaf_ref.report.events.gather import Gathered, Span, gather
from liaf_ref.report.events.gif import gif
from liaf_ref.report.events.rate import rate
from liaf_ref.report.events.strip import strip

__all__ = ["Gathered", "Span", "cloud", "gather", "gif", "rate", "strip"]
