"""Everything measured of one neuron."""

from typing import Any, NamedTuple

from liaf_ref.oracle.frameworks import backward, forward
from liaf_ref.oracle.frameworks.lag import Lag, measure_lag, without_lag
from liaf_ref.oracle.frameworks.probe import NeuronProbe
from liaf_ref.oracle.frameworks.subthreshold import SubthresholdResponse, measure_subthreshold


class NeuronMeasurement(NamedTuple):
    """One neuron under one setting, and what the probes found."""

    framework: str
    version: str
    neuron: str
    settings: str
    lag: Lag
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
    lag = measure_lag(probe)
    probe = without_lag(probe, lag)
    basic = measure_subthreshold(probe)
    output, fires = forward.classify_output(probe, basic), forward.firing_condition(probe, basic)
    spikes, left = output != "analog", forward.measure_reset(probe, basic)
    through = backward.measure_reset_gradient(probe, basic, left, spikes)
    surrogate = backward.measure_surrogate(probe, basic, left, spikes, fires)
    attached = any(lag) and through.kind == "attached"
    start = backward.start_gradient(probe, basic, left, surrogate) if attached else 0.0
    return NeuronMeasurement(
        probe.framework,
        version,
        probe.neuron,
        probe.settings,
        lag,
        probe.trainable_threshold,
        basic,
        output,
        fires,
        left,
        through,
        surrogate,
        backward.measure_threshold_gradient(probe, basic, left, through, start),
    )
