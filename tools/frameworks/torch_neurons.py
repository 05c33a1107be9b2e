"""The neurons of frameworks on PyTorch, and how they are run for the probes."""

import warnings
from collections.abc import Callable
from math import log
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from frameworks.probe import NeuronProbe, Response
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.adapters.torch_backend import Spike

Step = Callable[[Any], tuple[Any, Any]]
# Given the threshold as a tensor with a gradient and the number of runs, a fresh
# neuron: a function of one step's drive, shape (N, 1), that gives output and potential.
NeuronFactory = Callable[[Any, int], Step]


def make_runner(build: NeuronFactory) -> Callable[[Array, float], Response]:
    """Make a subject's ``run`` of a neuron that takes one step at a time."""

    def build_sequence(v_th: Any, count: int) -> Step:
        step = build(v_th, count)

        def run_all(drive: Any) -> tuple[Any, Any]:
            steps = [step(x) for x in drive]
            Y, V = (
                torch.stack([part.expand(count, 1) for part in s]) for s in zip(*steps, strict=True)
            )
            return Y, V

        return run_all

    return make_sequence_runner(build_sequence)


def make_sequence_runner(build: NeuronFactory) -> Callable[[Array, float], Response]:
    """Make one of a neuron that takes all steps at once, ``(T, N, 1)``; in float32, the default."""

    def run(I: Array, v_th: float) -> Response:
        drive = torch.tensor(I.T[:, :, None], dtype=torch.float32, requires_grad=True)
        threshold = torch.tensor([v_th], dtype=torch.float32, requires_grad=True)
        Y, V = build(threshold, I.shape[0])(drive)
        grads = [_gradients(y, drive, threshold) for y in Y]
        dv_th = [dv for _, dv in grads]
        none = all(dv is None for dv in dv_th)
        return Response(
            _numpy(Y),
            _numpy(V),
            np.stack([np.zeros(I.shape) if d is None else _numpy(d) for d, _ in grads]),
            None if none else np.array([0.0 if d is None else float(d) for d in dv_th]),
        )

    return run


def has_parameter(module: Any, name: str) -> bool:
    """Whether a module trains a parameter that ends in a name."""
    return any(
        found.endswith(name) and parameter.requires_grad
        for found, parameter in module.named_parameters()
    )


def _gradients(y: Any, drive: Any, threshold: Any) -> tuple[Any, Any]:
    if not y.requires_grad:
        return None, None
    found: tuple[Any, Any] = torch.autograd.grad(
        y.sum(), (drive, threshold), retain_graph=True, allow_unused=True
    )
    return found


def _numpy(tensor: Any) -> Array:
    array: Array = tensor.detach().numpy()[..., 0].T
    return array


def spikingjelly() -> list[NeuronProbe]:
    """``LIFNode``, ``LIAFNode`` in both step modes, and two relatives."""
    from spikingjelly.activation_based import neuron, surrogate

    def probe(name: str, settings: str, make: Callable[[], Any]) -> NeuronProbe:
        def build(v_th: Any, count: int) -> Step:
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
        v_th, run = node.v_threshold, make_runner(build)
        return NeuronProbe("spikingjelly", name, settings, run, v_th, learns)

    def analog(**options: Any) -> Callable[[], Any]:
        return lambda: neuron.LIAFNode(lambda x: x, True, **options)

    near = {"decay_input": False, "v_reset": -0.25, "surrogate_function": surrogate.Rect()}
    values = "decay_input=False, v_reset=-1/4, surrogate_function=Rect()"
    one_step = f"TR, Act(x)=x, {values}"
    return [
        probe("LIFNode", "", neuron.LIFNode),
        probe("LIFNode", values, lambda: neuron.LIFNode(**near)),
        probe("LIAFNode", "TR, Act(x)=x", analog()),
        probe("LIAFNode", one_step, analog(**near)),
        probe("LIAFNode, multi-step", f'step_mode="m", {one_step}', analog(step_mode="m", **near)),
        probe("IFNode", "", neuron.IFNode),
        probe("ParametricLIFNode", "", neuron.ParametricLIFNode),
    ]


def snntorch() -> list[NeuronProbe]:
    """``Leaky`` with each of its resets, and two relatives; ``beta`` has no default."""
    import snntorch

    def probe(neuron: Any, settings: str, options: dict[str, Any]) -> NeuronProbe:
        def build(v_th: Any, count: int) -> Step:
            node = neuron(**(options | {"learn_threshold": False, "threshold": v_th}))
            state: list[Any] = []

            def step(x: Any) -> tuple[Any, Any]:
                y, *state[:] = node(x, *state)
                return y, state[-1]

            return step

        node = neuron(**options)
        asked = neuron(**(options | {"learn_threshold": True}))
        learns = "yes" if has_parameter(node, "threshold") else "no"
        if learns == "no" and has_parameter(asked, "threshold"):
            learns = "optional"
        v_th, run = float(node.threshold.detach()), make_runner(build)
        return NeuronProbe("snntorch", neuron.__name__, settings, run, v_th, learns)

    zero = {"beta": 0.5, "reset_mechanism": "zero"}
    near = zero | {"spike_grad": lambda x: Spike.apply(x, 0.5), "learn_threshold": True}
    zeroed = 'beta=1/2, reset_mechanism="zero"'
    given = f"{zeroed}, spike_grad=(4) and (13), learn_threshold=True"
    at_once = {"reset_delay": False}
    return [
        probe(snntorch.Leaky, "beta=1/2", {"beta": 0.5}),
        probe(snntorch.Leaky, "beta=1/2, reset_delay=False", {"beta": 0.5} | at_once),
        probe(snntorch.Leaky, zeroed, zero),
        probe(snntorch.Leaky, given, near),
        probe(snntorch.Leaky, f"{given}, reset_delay=False", near | at_once),
        probe(snntorch.Lapicque, "beta=1/2", {"beta": 0.5}),
        probe(snntorch.Synaptic, "alpha=1/4, beta=1/2", {"alpha": 0.25, "beta": 0.5}),
    ]


def norse() -> list[NeuronProbe]:
    """``LIF`` with and without a current, and two relatives."""
    from norse.torch import LIF, LIFParameters
    from norse.torch.functional.iaf import IAFParameters
    from norse.torch.functional.lif_box import LIFBoxParameters
    from norse.torch.functional.reset import reset_subtract
    from norse.torch.module.iaf import IAFCell
    from norse.torch.module.lif_box import LIFBoxCell

    def probe(settings: str, cell: Any, p: Any, **options: Any) -> NeuronProbe:
        def build(v_th: Any, count: int) -> Step:
            node = cell(p._replace(v_th=v_th), **options)
            state: list[Any] = [None]

            def step(x: Any) -> tuple[Any, Any]:
                sequence = isinstance(node, LIF)  # the others take one step
                y, state[0] = node(x[None] if sequence else x, state[0])
                return y[0] if sequence else y, state[0].v

            return step

        learns = "yes" if has_parameter(cell(p, **options), "v_th") else "no"
        run = make_runner(build)
        return NeuronProbe("norse", cell.__name__, settings, run, float(p.v_th), learns)

    near = {
        "tau_mem_inv": torch.tensor(0.5),
        "v_leak": torch.tensor(0.25),
        "v_reset": torch.tensor(-0.25),
        "method": "tanh",
        "alpha": torch.tensor(0.0),
    }
    values = 'dt=1, tau_mem_inv=1/2, v_leak=1/4, v_reset=-1/4, method="tanh", alpha=0'
    instant = near | {"tau_syn_inv": torch.tensor(1.0)}
    subtract = LIFBoxParameters(reset_method=reset_subtract)
    return [
        probe("", LIF, LIFParameters()),
        probe(f"tau_syn_inv=1, {values}", LIF, LIFParameters(**instant), dt=1.0),
        probe("", LIFBoxCell, LIFBoxParameters()),
        probe(values, LIFBoxCell, LIFBoxParameters(**near), dt=1.0),
        probe("reset_method=reset_subtract", LIFBoxCell, subtract),
        probe("", IAFCell, IAFParameters()),
    ]


def sinabs_spike(mu: float) -> Any:
    """Eqs. (4) and (13) in the place of sinabs' spike functions, which detach the threshold."""

    def apply(v_mem: Any, threshold: Any, surrogate: Any) -> Any:
        return Spike.apply(v_mem - threshold, mu)

    return SimpleNamespace(required_states=["v_mem"], apply=apply)


def sinabs() -> list[NeuronProbe]:
    """``LIF`` with its resets, spike functions and surrogates, and ``IAF``."""
    from sinabs import activation, layers

    def probe(layer: Any, settings: str, options: dict[str, Any]) -> NeuronProbe:
        def build(v_th: Any, count: int) -> Step:
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
        v_th, run = float(node.spike_threshold), make_sequence_runner(build)
        return NeuronProbe("sinabs", layer.__name__, settings, run, v_th, learns)

    tau = {"tau_mem": 1 / log(2)}
    single, half = tau | {"spike_fn": activation.SingleSpike}, "tau_mem=1/ln 2"  # alpha = 1/2
    one = f"{half}, spike_fn=SingleSpike"
    cut = single | {"reset_fn": activation.MembraneReset()}
    near = f"{half}, norm_input=False, spike_fn=(4) and (13), reset_fn=MembraneReset()"
    surrogates = [
        activation.Heaviside(),
        activation.Gaussian(),
        activation.MultiGaussian(),
        activation.PeriodicExponential(),
    ]
    return [
        probe(layers.LIF, half, tau),
        probe(layers.LIF, one, single),
        probe(layers.LIF, f"{one}, reset_fn=MembraneReset()", cut),
        probe(layers.LIF, near, cut | {"norm_input": False, "spike_fn": sinabs_spike(0.5)}),
        probe(layers.LIF, f"{half}, tau_syn=1/ln 4", tau | {"tau_syn": 1 / log(4)}),
        probe(layers.IAF, "", {}),
        *(
            probe(
                layers.LIF,
                f"{one}, surrogate_grad_fn={type(g).__name__}()",
                single | {"surrogate_grad_fn": g},
            )
            for g in surrogates
        ),
    ]


def rockpool() -> list[NeuronProbe]:
    """``LIFTorch`` with both surrogates, and ``LIFNeuronTorch``, which has no current."""
    from rockpool.nn.modules.torch import lif_neuron_torch, lif_torch

    def probe(layer: Any, settings: str, **options: Any) -> NeuronProbe:
        def build(v_th: Any, count: int) -> Step:
            node = layer(1, **options)
            # Its threshold is a parameter; a tensor takes its place.
            del node.threshold
            object.__setattr__(node, "threshold", v_th)

            def run(drive: Any) -> tuple[Any, Any]:
                Y, _, record = node(drive.movedim(0, 1), record=True)
                return Y.movedim(1, 0), record["vmem"].movedim(1, 0)

            return run

        node = layer(1, **options)
        learns = "yes" if has_parameter(node, "threshold") else "no"
        v_th, run = float(node.threshold), make_sequence_runner(build)
        return NeuronProbe("rockpool", layer.__name__, settings, run, v_th, learns)

    layer, periodic = lif_torch.LIFTorch, lif_torch.PeriodicExponential
    decays = {"leak_mode": "decays", "alpha": 0.5, "beta": 0.25}
    values = 'leak_mode="decays", alpha=1/2, beta=1/4'
    function = f"{values}, spike_generation_fn=PeriodicExponential"
    return [
        probe(layer, ""),
        probe(layer, values, **decays),
        probe(layer, f"{values}, max_spikes_per_dt=1", **decays, max_spikes_per_dt=1),
        probe(layer, function, **decays, spike_generation_fn=periodic),
        probe(lif_neuron_torch.LIFNeuronTorch, "tau_mem=1 ms/ln 2", tau_mem=1e-3 / log(2)),
    ]


def bindsnet() -> list[NeuronProbe]:
    """``LIFNodes`` with and without a refractory period, and ``IFNodes``; they learn locally."""
    from bindsnet.network import nodes

    def probe(node: Any, settings: str, **options: Any) -> NeuronProbe:
        def build(v_th: Any, count: int) -> Step:
            layer = node(1, **options)
            layer.thresh = v_th
            layer.compute_decays(1.0)
            layer.set_batch_size(count)

            def step(x: Any) -> tuple[Any, Any]:
                layer.forward(x.detach().clone())  # which clears its input in refractory steps
                return layer.s.float(), layer.v.clone()

            return step

        v_th, run = float(node(1, **options).thresh), make_runner(build)
        return NeuronProbe("bindsnet", node.__name__, settings, run, v_th, "no")

    one = {"thresh": 1.0, "reset": -0.25, "refrac": 0}
    values = "thresh=1, reset=-1/4, refrac=0"
    half = {"tc_decay": 1 / log(2), "rest": 0.25}
    return [
        probe(nodes.LIFNodes, ""),
        probe(nodes.LIFNodes, f"{values}, rest=1/4, tc_decay=1/ln 2", **one, **half),
        probe(nodes.IFNodes, values, **one),
    ]
