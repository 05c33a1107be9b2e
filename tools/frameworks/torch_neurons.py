"""The neurons of frameworks on PyTorch, and how they are run for the probes."""

import warnings
from collections.abc import Callable, Sequence
from functools import partial
from math import log
from operator import attrgetter, call
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from frameworks.probe import Named, Neuron, NeuronProbe, Response
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.adapters.torch_backend import Spike

Run = Callable[[Any], tuple[Any, Any]]
# Of what makes a fresh neuron, the threshold as a tensor with a gradient, and the number of runs:
# a function of one step's drive, shape (N, 1), or of all, (T, N, 1), that gives output, potential.
Begin = Callable[[Callable[..., Any], Any, int], Run]


def make_runner(
    begin: Callable[[Any, int], Run], whole: bool = False
) -> Callable[[Array, float], Response]:
    """Make a subject's ``run``, in float32, the default; ``whole``: takes all steps at once."""

    def run(I: Array, v_th: float) -> Response:
        drive = torch.tensor(I.T[:, :, None], dtype=torch.float32, requires_grad=True)
        threshold = torch.tensor([v_th], dtype=torch.float32, requires_grad=True)
        answer = begin(threshold, len(I))
        pairs = [answer(drive)] if whole else [answer(x) for x in drive]
        join = torch.cat if whole else torch.stack
        shape = drive.shape if whole else drive.shape[1:]
        Y, V = (join([x.expand(shape) for x in parts]) for parts in zip(*pairs, strict=True))
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


def make_probes(
    framework: str,
    threshold: str,
    begin: Begin,
    neurons: Sequence[Neuron],
    make: Callable[..., Any] = call,
    whole: bool = False,
    learn: str = "",
) -> list[NeuronProbe]:
    """Make probes of a framework's neurons.

    ``threshold`` is the attribute, ``learn`` the option that makes it a parameter.
    """

    def trains(node: Any) -> bool:
        name = threshold.rpartition(".")[2]
        return any(key.endswith(name) and p.requires_grad for key, p in node.named_parameters())

    def probe(neuron: Neuron) -> NeuronProbe:
        fresh = neuron.maker(make)
        node = fresh()
        trainable = "yes" if trains(node) else "no"
        if learn and not trains(node) and trains(fresh(**{learn: True})):
            trainable = "optional"
        v_th = attrgetter(threshold)(node)
        run = make_runner(partial(begin, fresh), whole)
        return neuron.probe(framework, run, float(v_th), trainable)

    return [probe(neuron) for neuron in neurons]


def replace_parameter(node: Any, name: str, value: Any) -> None:
    """Put a tensor with a gradient in the place of a parameter, which has one of its own."""
    delattr(node, name)
    object.__setattr__(node, name, value)


def make_with_size(kind: Any, **settings: Any) -> Any:
    """Make a layer that is told its number of neurons, of one."""
    return kind(1, **settings)


def spikingjelly() -> list[NeuronProbe]:
    """``LIFNode``, ``LIAFNode`` in both step modes, and two relatives."""
    from spikingjelly.activation_based import neuron, surrogate

    def begin(make: Callable[..., Any], v_th: Any, count: int) -> Run:
        node = make()
        node.v_threshold = v_th

        def step(x: Any) -> tuple[Any, Any]:
            # The threshold is a float to a node.  A tensor in its place is turned into one by
            # some of its code, which PyTorch warns of; the probe sees that it has no gradient.
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "Converting a tensor", UserWarning)
                y = node(x[None])[0] if node.step_mode == "m" else node(x)
            return y, node.v

        return step

    analog = partial(neuron.LIAFNode, lambda x: x, True)
    in_sequence, tr = partial(analog, step_mode="m"), "TR, Act(x)=x"
    near = {"decay_input": False, "v_reset": -0.25, "surrogate_function": surrogate.Rect()}
    rows = [
        Neuron(neuron.LIFNode),
        Neuron(neuron.LIFNode, near),
        Neuron(analog, {}, tr, "LIAFNode"),
        Neuron(analog, near, tr, "LIAFNode"),
        Neuron(in_sequence, near, f'step_mode="m", {tr}', "LIAFNode, multi-step"),
        Neuron(neuron.IFNode),
        Neuron(neuron.ParametricLIFNode),
    ]
    return make_probes("spikingjelly", "v_threshold", begin, rows)


def snntorch() -> list[NeuronProbe]:
    """``Leaky`` with each of its resets, and two relatives; ``beta`` has no default."""
    from snntorch import Lapicque, Leaky, Synaptic

    def begin(make: Callable[..., Any], v_th: Any, count: int) -> Run:
        node = make(learn_threshold=False, threshold=v_th)
        state: list[Any] = []

        def step(x: Any) -> tuple[Any, Any]:
            y, *state[:] = node(x, *state)
            return y, state[-1]

        return step

    half, at_once = {"beta": 0.5}, {"reset_delay": False}
    zero = half | {"reset_mechanism": "zero"}
    spike = Named(lambda x: Spike.apply(x, 0.5), "(4) and (13)")
    near = zero | {"spike_grad": spike, "learn_threshold": True}
    rows = [Neuron(Leaky, s) for s in (half, half | at_once, zero, near, near | at_once)]
    rows += [Neuron(Lapicque, half), Neuron(Synaptic, {"alpha": 0.25} | half)]
    return make_probes("snntorch", "threshold", begin, rows, learn="learn_threshold")


def norse() -> list[NeuronProbe]:
    """``LIF`` with and without a current, and two relatives."""
    from norse.torch import LIF, LIFParameters
    from norse.torch.functional.iaf import IAFParameters
    from norse.torch.functional.lif_box import LIFBoxParameters
    from norse.torch.functional.reset import reset_subtract
    from norse.torch.module.iaf import IAFCell
    from norse.torch.module.lif_box import LIFBoxCell

    parameters = {LIF: LIFParameters, LIFBoxCell: LIFBoxParameters, IAFCell: IAFParameters}

    def make(kind: Any, dt: float = 0.001, **settings: Any) -> Any:
        return kind(parameters[kind](**settings), dt=dt)

    def begin(make: Callable[..., Any], v_th: Any, count: int) -> Run:
        node, state = make(v_th=v_th), [None]
        sequence = isinstance(node, LIF)  # the others take one step

        def step(x: Any) -> tuple[Any, Any]:
            y, state[0] = node(x[None] if sequence else x, state[0])
            return y[0] if sequence else y, attrgetter("v")(state[0])

        return step

    near = {
        "dt": 1.0,
        "tau_mem_inv": torch.tensor(0.5),
        "v_leak": torch.tensor(0.25),
        "v_reset": torch.tensor(-0.25),
        "method": "tanh",
        "alpha": torch.tensor(0.0),
    }
    rows = [
        Neuron(LIF),
        Neuron(LIF, {"tau_syn_inv": torch.tensor(1.0)} | near),
        Neuron(LIFBoxCell),
        Neuron(LIFBoxCell, near),
        Neuron(LIFBoxCell, {"reset_method": reset_subtract}),
        Neuron(IAFCell),
    ]
    return make_probes("norse", "p.v_th", begin, rows, make)


def sinabs() -> list[NeuronProbe]:
    """``LIF`` with its resets, spike functions and surrogates, and ``IAF``."""
    from sinabs import activation
    from sinabs.layers import IAF, LIF

    def begin(make: Callable[..., Any], v_th: Any, count: int) -> Run:
        node = make(record_states=True)
        replace_parameter(node, "spike_threshold", v_th)

        def run(drive: Any) -> tuple[Any, Any]:
            Y = node(drive.movedim(0, 1)).movedim(1, 0)
            return Y, node.recordings["v_mem"].movedim(1, 0)

        return run

    def spike(v_mem: Any, threshold: Any, surrogate: Any) -> Any:
        return Spike.apply(v_mem - threshold, 0.5)

    # In the place of sinabs' spike functions, which detach the threshold.
    paper = Named(SimpleNamespace(required_states=["v_mem"], apply=spike), "(4) and (13)")
    half, cut = {"tau_mem": 1 / log(2)}, {"reset_fn": activation.MembraneReset()}  # alpha = 1/2
    one = half | {"spike_fn": activation.SingleSpike}
    near = half | {"norm_input": False, "spike_fn": paper} | cut
    options = [half, one, one | cut, near, half | {"tau_syn": 1 / log(4)}]
    names = ("Heaviside", "Gaussian", "MultiGaussian", "PeriodicExponential")
    surrogates = [one | {"surrogate_grad_fn": getattr(activation, name)()} for name in names]
    rows = [Neuron(LIF, each) for each in options]
    rows += [Neuron(IAF), *(Neuron(LIF, each) for each in surrogates)]
    return make_probes("sinabs", "spike_threshold", begin, rows, whole=True)


def rockpool() -> list[NeuronProbe]:
    """``LIFTorch`` with both surrogates, and ``LIFNeuronTorch``, which has no current."""
    from rockpool.nn.modules.torch.lif_neuron_torch import LIFNeuronTorch
    from rockpool.nn.modules.torch.lif_torch import LIFTorch, PeriodicExponential

    def begin(make: Callable[..., Any], v_th: Any, count: int) -> Run:
        node = make()
        replace_parameter(node, "threshold", v_th)

        def run(drive: Any) -> tuple[Any, Any]:
            Y, _, record = node(drive.movedim(0, 1), record=True)
            return Y.movedim(1, 0), record["vmem"].movedim(1, 0)

        return run

    decays = {"leak_mode": "decays", "alpha": 0.5, "beta": 0.25}
    rows = [
        Neuron(LIFTorch),
        Neuron(LIFTorch, decays),
        Neuron(LIFTorch, decays | {"max_spikes_per_dt": 1}),
        Neuron(LIFTorch, decays | {"spike_generation_fn": PeriodicExponential}),
        Neuron(LIFNeuronTorch, {"tau_mem": Named(1e-3 / log(2), "1 ms/ln 2")}),
    ]
    return make_probes("rockpool", "threshold", begin, rows, make_with_size, whole=True)


def bindsnet() -> list[NeuronProbe]:
    """``LIFNodes`` with and without a refractory period, and ``IFNodes``; they learn locally."""
    from bindsnet.network.nodes import IFNodes, LIFNodes

    def begin(make: Callable[..., Any], v_th: Any, count: int) -> Run:
        layer = make()
        layer.thresh = v_th
        layer.compute_decays(1.0)
        layer.set_batch_size(count)

        def step(x: Any) -> tuple[Any, Any]:
            layer.forward(x.detach().clone())  # which clears its input in refractory steps
            return layer.s.float(), layer.v.clone()

        return step

    one = {"thresh": 1.0, "reset": -0.25, "refrac": 0}
    half = {"rest": 0.25, "tc_decay": 1 / log(2)}
    rows = [Neuron(LIFNodes), Neuron(LIFNodes, one | half), Neuron(IFNodes, one)]
    return make_probes("bindsnet", "thresh", begin, rows, make_with_size)
