"""sinabs' neurons; ``LIF`` wants a ``tau_mem`` and has no default for it."""

from collections.abc import Callable
from math import log
from types import SimpleNamespace
from typing import Any

from sinabs import activation, layers

from liaf_ref.oracle.adapters.torch_backend import Spike
from liaf_ref.oracle.frameworks.probe import NeuronProbe
from liaf_ref.oracle.frameworks.torch_probe import has_parameter, make_sequence_runner

HALF = "tau_mem=1/ln 2"  # alpha = 1/2


def paper_spike(mu: float) -> Any:
    """Eqs. (4) and (13) in the place of sinabs' spike functions, which detach the threshold."""

    def apply(v_mem: Any, threshold: Any, surrogate: Any) -> Any:
        return Spike.apply(v_mem - threshold, mu)

    return SimpleNamespace(required_states=["v_mem"], apply=apply)


def paper_like_options() -> dict[str, Any]:
    """The options nearest to the paper's equations."""
    return {
        "norm_input": False,
        "spike_fn": paper_spike(0.5),
        "reset_fn": activation.MembraneReset(),
    }


def probes() -> list[NeuronProbe]:
    """``LIF`` with its resets, spike functions and surrogates, and ``IAF``."""
    single = {"tau_mem": 1 / log(2), "spike_fn": activation.SingleSpike}
    near = f"{HALF}, norm_input=False, spike_fn=(4) and (13), reset_fn=MembraneReset"
    surrogates = [
        activation.Heaviside(),
        activation.Gaussian(),
        activation.MultiGaussian(),
        activation.PeriodicExponential(),
    ]
    return [
        _probe(layers.LIF, HALF, {"tau_mem": 1 / log(2)}),
        _probe(layers.LIF, f"{HALF}, spike_fn=SingleSpike", single),
        _probe(
            layers.LIF,
            f"{HALF}, spike_fn=SingleSpike, reset_fn=MembraneReset()",
            single | {"reset_fn": activation.MembraneReset()},
        ),
        _probe(layers.LIF, f"{near}()", single | paper_like_options()),
        _probe(
            layers.LIF, f"{HALF}, tau_syn=1/ln 4", {"tau_mem": 1 / log(2), "tau_syn": 1 / log(4)}
        ),
        _probe(layers.IAF, "", {}),
        *(
            _probe(
                layers.LIF,
                f"{HALF}, spike_fn=SingleSpike, surrogate_grad_fn={type(g).__name__}()",
                single | {"surrogate_grad_fn": g},
            )
            for g in surrogates
        ),
    ]


def _probe(layer: Any, settings: str, options: dict[str, Any]) -> NeuronProbe:
    def build(v_th: Any, count: int) -> Callable[[Any], tuple[Any, Any]]:
        node = layer(**options, record_states=True)
        # Its threshold is a parameter without a gradient; a tensor takes its place.
        del node.spike_threshold
        node.spike_threshold = v_th

        def run(drive: Any) -> tuple[Any, Any]:
            Y = node(drive.movedim(0, 1)).movedim(1, 0)
            return Y, node.recordings["v_mem"].movedim(1, 0)

        return run

    node = layer(**options)
    learns = "yes" if has_parameter(node, "spike_threshold") else "no"
    return NeuronProbe(
        "sinabs",
        layer.__name__,
        settings,
        make_sequence_runner(build),
        float(node.spike_threshold),
        learns,
    )
