"""The neurons of each framework, as the expressions that its table shows, and how they are run.

A framework's ``begin`` has what makes a fresh neuron, its threshold and the number of neurons.  It
gives a state, and a function of state and drive that gives state, output and potential.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from math import log
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

import liaf_ref as lr
from frameworks import Response, Run
from liaf_ref.kernels.array import Array

Make = Callable[[], Any]
Step = Callable[[Any, Any], tuple[Any, Any, Any]]
Begin = Callable[[Make, Any, int], tuple[Any, Step]]
LN2, LN4 = log(2), log(4)


def in_torch(make: Make, begin: Begin) -> Run:
    """Run in PyTorch, in float32."""
    import torch

    def run(I: Array, v_th: float) -> Response:
        drive = torch.tensor(I.T[:, :, None], dtype=torch.float32, requires_grad=True)
        (state, step), steps = begin(make, torch.tensor(v_th), len(I)), []
        for x in drive:
            state, y, v = step(state, x)
            steps.append((y.expand(x.shape), v.expand(x.shape).detach()))
        dI = np.zeros((len(steps), *I.shape), np.float32)
        for row, (y, _) in zip(dI, steps, strict=True):
            if y.requires_grad:
                (found,) = torch.autograd.grad(y.sum(), drive, retain_graph=True)
                row[:] = found[..., 0].T
        Y, V = (torch.cat(parts, 1).detach().numpy() for parts in zip(*steps, strict=True))
        return Response(Y, V, dI)

    return run


def in_jax(make: Make, begin: Begin) -> Run:
    """Run in JAX, in float32."""
    import jax
    import jax.numpy as jnp

    def outputs(drives: Any, v_th: Any) -> tuple[Any, Any]:
        start, step = begin(make, v_th, 1)

        def one(state: Any, drive: Any) -> tuple[Any, tuple[Any, Any]]:
            state, y, v = step(state, drive.reshape(1, 1))
            return state, (jnp.squeeze(y), jnp.squeeze(v))

        _, (Y, V) = jax.lax.scan(one, start, drives)
        return Y, (Y, V)

    each = jax.jit(jax.vmap(jax.jacrev(outputs, has_aux=True), (0, None)))

    def run(I: Array, v_th: float) -> Response:
        N, T = I.shape
        drives = np.zeros((-(-N // 32) * 32, max(T, 5)), np.float32)  # each shape is compiled
        drives[:N, :T] = I
        dI, (Y, V) = each(drives, np.float32(v_th))
        Y, V = (np.asarray(x)[:N, :T] for x in (Y, V))
        return Response(Y, V, np.moveaxis(dI, 1, 0)[:T, :N, :T])

    return run


class Framework(NamedTuple):
    """What its users write, what the expressions name, and what runs a neuron."""

    neurons: Sequence[str]
    names: Mapping[str, Any]
    begin: Begin = lambda *_: (None, lambda *_: (None, None, None))
    run: Callable[[Make, Begin], Run] = in_torch
    threshold: Callable[[Any], float] = lambda node: 1.0  # that it has by itself

    def subjects(self) -> Iterator[tuple[str, Run, float]]:
        """Each neuron, what runs it, and its threshold."""
        for text in self.neurons:
            make = partial(eval, text, {"LN2": LN2, "LN4": LN4, **self.names})
            yield text, self.run(make, self.begin), self.threshold(make())


def liaf_ref() -> Framework:
    """The reference; R is what its V tells."""

    def run(make: Make, _: Begin) -> Run:
        def run(I: Array, v_th: float) -> Response:
            layer, steps = make(), range(I.shape[1])
            p = layer.init(0) | {"v_th": np.array([v_th])}
            Y, _, tape = layer(p, I[..., None])
            unit = np.eye(len(steps))
            dI = [layer.backward(Y * 0 + unit[t][:, None], tape)[0][..., 0] for t in steps]
            V = np.stack([layer(p, I[:, : t + 1, None])[1][0][:, 0] for t in steps], 1)
            return Response(Y[..., 0], (V - p["beta"]) / p["alpha"], np.stack(dI))

        return run

    given = "(1,), v_th=1, v_reset=-0.25, alpha=0.5, beta=0.125"
    neurons = (f"DirectLIF({given})", f'DirectLIAF({given}, act="identity")')
    names = {"DirectLIF": lr.DirectLIF, "DirectLIAF": lr.DirectLIAF}
    return Framework(neurons, names, run=run)


def spikingjelly() -> Framework:
    """``LIFNode`` and ``LIAFNode`` in both step modes."""
    from spikingjelly.activation_based import neuron, surrogate

    def begin(make: Make, v_th: Any, count: int) -> tuple[Any, Step]:
        node = make()
        node.v_threshold = float(v_th)
        call = node if node.step_mode == "s" else lambda x: node(x[None])[0]
        return None, lambda _, x: (None, call(x), node.v)

    near = "decay_input=False, v_reset=-0.25, surrogate_function=Rect()"
    neurons = (
        *("LIFNode()", f"LIFNode({near})", "IFNode()", "ParametricLIFNode()"),
        *("LIAFNode(identity, True)", f"LIAFNode(identity, True, {near})"),
        f'LIAFNode(identity, True, {near}, step_mode="m")',
    )
    names = vars(neuron) | {"Rect": surrogate.Rect, "identity": lambda x: x}
    return Framework(neurons, names, begin)


def snntorch() -> Framework:
    """``Leaky`` with each of its resets, and two relatives; ``beta`` has no default."""
    import snntorch

    from liaf_ref.oracle.adapters.torch_backend import Spike

    def begin(make: Make, v_th: Any, count: int) -> tuple[Any, Step]:
        node = make()
        node.threshold = v_th

        def step(state: Any, x: Any) -> tuple[Any, Any, Any]:
            y, *state = node(x, *state)
            return state, y, state[-1]

        return (), step

    zero, paper = ', reset_mechanism="zero"', ', reset_mechanism="zero", spike_grad=paper'
    options = ("", ", reset_delay=False", zero, paper, f"{paper}, reset_delay=False")
    neurons = [f"Leaky(beta=0.5{each})" for each in options]
    neurons += ["Lapicque(beta=0.5)", "Synaptic(alpha=0.25, beta=0.5)"]
    names = vars(snntorch) | {"paper": lambda x: Spike.apply(x, 0.5)}
    return Framework(neurons, names, begin)


def norse() -> Framework:
    """``LIF`` with and without a current, and two relatives; parameters are keywords here."""
    import norse.torch as norse
    import torch
    from norse.torch.functional import iaf, lif_box, reset
    from norse.torch.module.iaf import IAFCell
    from norse.torch.module.lif_box import LIFBoxCell

    def make(kind: Any, parameters: Any, dt: float = 0.001, **given: Any) -> Any:
        tensors = {n: torch.tensor(x) for n, x in given.items() if isinstance(x, float)}
        return kind(parameters(**given | tensors), dt=dt)

    def begin(make: Make, v_th: Any, count: int) -> tuple[Any, Step]:
        node = make()
        node.p = node.p._replace(v_th=v_th)
        sequence = isinstance(node, norse.LIF)  # the others take one step

        def step(state: Any, x: Any) -> tuple[Any, Any, Any]:
            y, state = node(x[None] if sequence else x, state)
            return state, y[0] if sequence else y, state.v

        return None, step

    near = 'dt=1.0, tau_mem_inv=0.5, v_leak=0.25, v_reset=-0.25, method="tanh", alpha=0.0'
    neurons = (
        *("LIF()", f"LIF(tau_syn_inv=1.0, {near})", "LIFBoxCell()", f"LIFBoxCell({near})"),
        *("LIFBoxCell(reset_method=reset_subtract)", "IAFCell()"),
    )
    names = {
        "LIF": partial(make, norse.LIF, norse.LIFParameters),
        "LIFBoxCell": partial(make, LIFBoxCell, lif_box.LIFBoxParameters),
        "IAFCell": partial(make, IAFCell, iaf.IAFParameters),
        "reset_subtract": reset.reset_subtract,
    }
    return Framework(neurons, names, begin)


def sinabs() -> Framework:
    """``LIF`` with its resets, spike functions and surrogates, and ``IAF``."""
    from sinabs import activation, layers

    from liaf_ref.oracle.adapters.torch_backend import Spike

    def begin(make: Make, v_th: Any, count: int) -> tuple[Any, Step]:
        node = make()
        node.spike_threshold.data, node.record_states = v_th, True

        def step(_: Any, x: Any) -> tuple[Any, Any, Any]:
            y = node(x[:, None])[:, 0]
            return None, y, node.recordings["v_mem"][:, 0]

        return None, step

    one, cut = "tau_mem=1 / LN2, spike_fn=SingleSpike", "reset_fn=MembraneReset()"
    surrogates = ("Heaviside", "Gaussian", "MultiGaussian", "PeriodicExponential")
    neurons = (
        *("LIF(tau_mem=1 / LN2)", f"LIF({one})", f"LIF({one}, {cut})"),
        f"LIF(tau_mem=1 / LN2, norm_input=False, spike_fn=Paper, {cut})",
        *("LIF(tau_mem=1 / LN2, tau_syn=1 / LN4)", "IAF()"),
        *(f"LIF({one}, surrogate_grad_fn={name}())" for name in surrogates),
    )
    # In the place of sinabs' spike functions, which detach the threshold.
    spike = lambda v_mem, threshold, surrogate: Spike.apply(v_mem - threshold, 0.5)  # noqa: E731
    names = vars(activation) | vars(layers)
    names |= {"Paper": SimpleNamespace(required_states=["v_mem"], apply=spike)}
    return Framework(neurons, names, begin)


def spyx() -> Framework:
    """``LIF`` with its surrogates, and its relatives; its ``beta`` is random unless given."""
    from flax import nnx
    from spyx import axn, nn

    def begin(make: Make, v_th: Any, count: int) -> tuple[Any, Step]:
        node = make()
        node.threshold = v_th

        def step(state: Any, drive: Any) -> tuple[Any, Any, Any]:
            y, state = node(drive, state)
            return state, y, state[..., :1]

        return node.initial_state(1), step

    paper = axn.custom(lambda x: (abs(x) < 0.5).astype(x.dtype), lambda x: (x >= 0).astype(x.dtype))
    spikes = ("axn.tanh()", "axn.boxcar()", "axn.triangular()", "axn.arctan()", "paper")
    neurons = (
        *("LIF(beta=0.5)", "IF()", "CuBaLIF(alpha=0.25, beta=0.5)", "PSU_LIF(beta=0.5)"),
        *(f"LIF(beta=0.5, activation={spike})" for spike in spikes),
    )
    kinds = (nn.LIF, nn.IF, nn.CuBaLIF, nn.PSU_LIF)
    names = {kind.__name__: partial(kind, (1,), rngs=nnx.Rngs(0)) for kind in kinds}
    return Framework(neurons, names | {"axn": axn, "paper": paper}, begin, in_jax)


def rockpool() -> Framework:
    """``LIFTorch`` with both surrogates, and ``LIFNeuronTorch``, which has no current."""
    import torch
    from rockpool.nn.modules.torch import lif_neuron_torch, lif_torch

    def begin(make: Make, v_th: Any, count: int) -> tuple[Any, Step]:
        def step(before: Any, x: Any) -> tuple[Any, Any, Any]:
            # It detaches its state after a call, so a step sees all drives so far.
            node, drives = make(), (*before, x)
            node.threshold.data.fill_(v_th)
            Y, _, record = node(torch.stack(drives, 1), record=True)
            return drives, Y[:, -1], record["vmem"][:, -1]

        return (), step

    decays = '1, leak_mode="decays", alpha=0.5, beta=0.25'
    neurons = (
        *("LIFTorch(1)", f"LIFTorch({decays})", f"LIFTorch({decays}, max_spikes_per_dt=1)"),
        f"LIFTorch({decays}, spike_generation_fn=PeriodicExponential)",
        "LIFNeuronTorch(1, tau_mem=0.001 / LN2)",
    )
    return Framework(neurons, vars(lif_neuron_torch) | vars(lif_torch), begin)


def jaxsnn() -> Framework:
    """``LIF`` in discrete time, with the step and the parameters as keywords."""
    from jaxsnn.discrete.functional.lif import LIFParameters
    from jaxsnn.discrete.modules.lif import LIF

    def begin(make: Make, v_th: Any, count: int) -> tuple[Any, Step]:
        dt, given = make()
        functions = LIF(1, LIFParameters(**given | {"v_th": v_th})).generator(dt)

        def step(state: Any, drive: Any) -> tuple[Any, Any, Any]:
            state, y = functions.step({"input": drive[0]}, state, None)
            return state, y, state.V

        return functions.state()[0], step

    near = "dt=1.0, tau_mem=2.0, tau_syn=1.0, v_th=1.0, v_leak=0.25, v_reset=-0.25"
    names = {"LIF": lambda dt, **given: (dt, given)}
    v_th = lambda node: LIFParameters(**node[1]).v_th  # noqa: E731
    return Framework(("LIF(dt=0.001)", f"LIF({near})"), names, begin, in_jax, v_th)


def brainpy() -> Framework:
    """``LIF`` with both resets and some surrogates, and ``IF``; with units and a time step."""
    import brainstate
    import brainunit as u
    from brainpy.state import IF, LIF
    from braintools import surrogate

    def begin(make: Make, v_th: Any, count: int) -> tuple[Any, Step]:
        def fresh() -> Any:
            node = make()
            node.V_th = v_th * u.mV
            node.init_state()
            return node

        def step(V: Any, drive: Any) -> tuple[Any, Any, Any]:
            node = fresh()
            node.V.value = V * u.mV
            with brainstate.environ.context(dt=1.0 * u.ms):
                y = node.update(drive[0] * u.mA)
            V = node.V.value / u.mV
            return V, y, V

        return fresh().V.value / u.mV, step

    spikes = ("Sigmoid", "Arctan", "GaussianGrad")
    options = ("", ', spk_reset="hard"', *(f", spk_fun=surrogate.{spike}()" for spike in spikes))
    neurons = (*(f"LIF(1, R=ohm, tau=ms / LN2{each})" for each in options), "IF(1, R=ohm)")
    names = {"LIF": LIF, "IF": IF, "surrogate": surrogate, "ohm": 1.0 * u.ohm, "ms": 1.0 * u.ms}
    return Framework(neurons, names, begin, in_jax)


FRAMEWORKS: Mapping[str, Callable[[], Framework]] = {
    make.__name__: make
    for make in (liaf_ref, spikingjelly, snntorch, norse, sinabs, spyx, rockpool, jaxsnn, brainpy)
}
