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
    subthreshold: forward.Subthreshold
    output: str
    firing_condition: str
    reset: forward.ResetMeasurement
    reset_gradient: backward.ResetGradient
    surrogate: backward.SurrogateSlope
    threshold_gradient: backward.ThresholdGradient


def measure(neuron: NeuronProbe) -> NeuronMeasurement:
    """Run every probe."""
    lag = forward.measure_lag(neuron)
    it = forward.measure_subthreshold(forward.without_lag(neuron, lag))
    output = forward.classify_output(it)
    fires, reset = forward.firing_condition(it, output), forward.measure_reset(it)
    through = backward.measure_reset_gradient(it, reset, output != "analog")
    surrogate = backward.measure_surrogate(it, reset, output != "analog", fires)
    attached = any(lag) and through.kind == "attached"
    start = backward.start_gradient(it, reset, surrogate) if attached else 0.0
    threshold = backward.measure_threshold_gradient(it, reset, through, start)
    named = (neuron.framework, neuron.neuron, neuron.settings)
    trainable = neuron.trainable_threshold
    return NeuronMeasurement(
        *named, lag, trainable, it, output, fires, reset, through, surrogate, threshold
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
