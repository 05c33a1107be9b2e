"""Everything measured of one neuron."""

from typing import Any, NamedTuple

from liaf_ref.oracle.frameworks import backward, forward
from liaf_ref.oracle.frameworks.probe import NeuronProbe
from liaf_ref.oracle.frameworks.subthreshold import SubthresholdResponse, measure_subthreshold


class NeuronMeasurement(NamedTuple):
    """One neuron under one setting, and what the probes found."""

    framework: str
    version: str
    neuron: str
    settings: str
    trainable_threshold: str
    subthreshold: SubthresholdResponse
    output: str
    firing_condition: str
    reset: forward.ResetMeasurement
    reset_gradient: backward.ResetGradient
    surrogate: backward.SurrogateSlope
    threshold_gradient: backward.ThresholdGradient

    def to_dict(self) -> dict[str, Any]:
        """The row as plain values, for JSON; the curve of the slope included."""
        plain = {
            name: part._asdict() if hasattr(part, "_asdict") else part
            for name, part in self._asdict().items()
        }
        curve = {name: plain["surrogate"][name].tolist() for name in ("x", "y")}
        return {**plain, "surrogate": {**plain["surrogate"], **curve}}


def measure(probe: NeuronProbe, version: str) -> NeuronMeasurement:
    """Run every probe."""
    basic = measure_subthreshold(probe)
    output, fires = forward.classify_output(probe, basic), forward.firing_condition(probe, basic)
    spikes, left = output == "spikes", forward.measure_reset(probe, basic)
    through = backward.measure_reset_gradient(probe, basic, left, spikes)
    return NeuronMeasurement(
        probe.framework,
        version,
        probe.neuron,
        probe.settings,
        probe.trainable_threshold,
        basic,
        output,
        fires,
        left,
        through,
        backward.measure_surrogate(probe, basic, left, spikes, fires),
        backward.measure_threshold_gradient(probe, basic, left, through),
    )
