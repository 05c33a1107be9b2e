"""The neurons of all frameworks: their conventions, measured by running them."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

from frameworks import backward, forward, probe
from frameworks.probe import NeuronProbe
from liaf_ref import __version__


def _neurons(module: str, name: str) -> list[NeuronProbe]:
    neurons: list[NeuronProbe] = getattr(import_module(f"frameworks.{module}_neurons"), name)()
    return neurons


MODULES = dict.fromkeys(("spikingjelly", "snntorch", "norse", "sinabs"), "torch")
MODULES |= {"spyx": "jax", "rockpool": "torch", "jaxsnn": "jax", "brainpy": "jax"}
MODULES |= {"bindsnet": "torch"}
FRAMEWORKS: Mapping[str, Callable[[], list[NeuronProbe]]] = {
    "liaf_ref": probe.liaf_ref,
    **{name: partial(probe.adapter, name) for name in ("torch", "jax", "autograd")},
    **{name: partial(_neurons, module, name) for name, module in MODULES.items()},
    "nengo": probe.nengo,
}


class NeuronMeasurement(NamedTuple):
    """One neuron under one setting, and what the probes found."""

    framework: str
    neuron: str
    settings: str
    lag: forward.Lag
    trainable_threshold: str
    subthreshold: forward.SubthresholdResponse
    output: str
    firing_condition: str
    reset: forward.ResetMeasurement
    reset_gradient: backward.ResetGradient
    surrogate: backward.SurrogateSlope
    threshold_gradient: backward.ThresholdGradient


def measure(neuron: NeuronProbe) -> NeuronMeasurement:
    """Run every probe."""
    lag = forward.measure_lag(neuron)
    neuron = forward.without_lag(neuron, lag)
    basic = forward.measure_subthreshold(neuron)
    output, fires = forward.classify_output(neuron, basic), forward.firing_condition(neuron, basic)
    spikes, left = output != "analog", forward.measure_reset(neuron, basic)
    through = backward.measure_reset_gradient(neuron, basic, left, spikes)
    surrogate = backward.measure_surrogate(neuron, basic, left, spikes, fires)
    attached = any(lag) and through.kind == "attached"
    start = backward.start_gradient(neuron, basic, left, surrogate) if attached else 0.0
    return NeuronMeasurement(
        neuron.framework,
        neuron.neuron,
        neuron.settings,
        lag,
        neuron.trainable_threshold,
        basic,
        output,
        fires,
        left,
        through,
        surrogate,
        backward.measure_threshold_gradient(neuron, basic, left, through, start),
    )


def measure_frameworks(names: Sequence[str]) -> list[NeuronMeasurement]:
    """Measure all neurons of some frameworks, which must be installed."""
    return [measure(neuron) for name in names for neuron in FRAMEWORKS[name]()]


def installed_version(name: str) -> str | None:
    """The version of a framework, or None if it is not here."""
    if name == "liaf_ref":
        return __version__
    try:
        return version(name).partition("+")[0]
    except PackageNotFoundError:
        return None
