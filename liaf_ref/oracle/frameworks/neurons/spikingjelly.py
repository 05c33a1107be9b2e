"""SpikingJelly's neurons, in single-step mode except where a row names another."""

import warnings
from collections.abc import Callable
from typing import Any

from spikingjelly.activation_based import neuron, surrogate

from liaf_ref.oracle.frameworks.probe import NeuronProbe
from liaf_ref.oracle.frameworks.torch_probe import has_parameter, make_runner

PAPER_LIKE_SETTINGS = "decay_input=False, v_reset=-1/4, surrogate_function=Rect()"


def paper_like_options() -> dict[str, Any]:
    """The options nearest to the paper's equations."""
    return {"decay_input": False, "v_reset": -0.25, "surrogate_function": surrogate.Rect()}


def probes() -> list[NeuronProbe]:
    """``LIFNode``, ``LIAFNode`` in both step modes, and two relatives."""
    one_step = f"TR, Act(x)=x, {PAPER_LIKE_SETTINGS}"
    return [
        _probe("LIFNode", "", neuron.LIFNode),
        _probe("LIFNode", PAPER_LIKE_SETTINGS, lambda: neuron.LIFNode(**paper_like_options())),
        _probe("LIAFNode", "TR, Act(x)=x", lambda: neuron.LIAFNode(_identity, True)),
        _probe(
            "LIAFNode", one_step, lambda: neuron.LIAFNode(_identity, True, **paper_like_options())
        ),
        _probe(
            "LIAFNode, multi-step",
            f'step_mode="m", {one_step}',
            lambda: neuron.LIAFNode(_identity, True, step_mode="m", **paper_like_options()),
        ),
        _probe("IFNode", "", neuron.IFNode),
        _probe("ParametricLIFNode", "", neuron.ParametricLIFNode),
    ]


def _identity(x: Any) -> Any:
    return x


def _probe(name: str, settings: str, make: Callable[[], Any]) -> NeuronProbe:
    def build(v_th: Any, count: int) -> Callable[[Any], tuple[Any, Any]]:
        node = make()
        node.v_threshold = v_th

        def step(x: Any) -> tuple[Any, Any]:
            # The threshold is a float to a node.  A tensor in its place is turned into one
            # by some of its code, which PyTorch warns of; the probe sees that it has no
            # gradient then.
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "Converting a tensor", UserWarning)
                y = node(x[None])[0] if node.step_mode == "m" else node(x)
            return y, node.v

        return step

    node = make()
    learns = "yes" if has_parameter(node, "v_threshold") else "no"
    return NeuronProbe("spikingjelly", name, settings, make_runner(build), node.v_threshold, learns)
