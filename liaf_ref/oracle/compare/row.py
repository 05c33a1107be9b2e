"""Everything measured of one neuron."""

from typing import Any, NamedTuple

from liaf_ref.oracle.compare import backward, forward
from liaf_ref.oracle.compare.measure import Basics, basics
from liaf_ref.oracle.compare.subject import Subject


class Row(NamedTuple):
    """One neuron under one setting, and what the probes found."""

    framework: str
    version: str
    neuron: str
    settings: str
    trainable: str
    basics: Basics
    output: str
    fires: str
    reset: forward.Reset
    through: backward.Through
    slope: backward.Slope
    threshold: backward.Threshold

    def numbers(self) -> dict[str, Any]:
        """The row as plain values, for JSON; the curve of the slope included."""
        plain = {
            name: part._asdict() if hasattr(part, "_asdict") else part
            for name, part in self._asdict().items()
        }
        curve = {name: plain["slope"][name].tolist() for name in ("x", "y")}
        return {**plain, "slope": {**plain["slope"], **curve}}


def measure(subject: Subject, version: str) -> Row:
    """Run every probe.

    Parameters
    ----------
    subject : Subject
        The neuron.
    version : str
        Of its package.

    Returns
    -------
    Row
        The findings.
    """
    basic = basics(subject)
    output, fires = forward.output(subject, basic), forward.fires(subject, basic)
    spikes, left = output == "spikes", forward.reset(subject, basic)
    through = backward.through(subject, basic, left, spikes)
    return Row(
        subject.framework,
        version,
        subject.neuron,
        subject.settings,
        subject.trainable,
        basic,
        output,
        fires,
        left,
        through,
        backward.slope(subject, basic, left, spikes, fires),
        backward.threshold(subject, basic, left, through),
    )
