"""A dense layer and LIF over many steps, by which frameworks of spiking networks are compared.

Each has its own neuron, as its users write it: they differ in reset and surrogate, not in what
there is to compute.  The gradients are those of weights and biases.
"""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np

import liaf_ref.layers as ly
from bench import Case, Step, Work

BATCH, STEPS, DECAY = 16, 500, 0.9
Neuron = Callable[[Any], Any]  # from the drive of all steps, (T, B, N), to the spikes


def snntorch() -> Neuron:
    """A loop over the steps; the reset is by subtraction, as it is by default."""
    leaky, stack = import_module("snntorch").Leaky(beta=DECAY), import_module("torch").stack

    def run(I: Any) -> Any:
        V, spikes = leaky.init_leaky(), []
        for I_t in I:
            F, V = leaky(I_t, V)
            spikes.append(F)
        return stack(spikes)

    return run


def norse() -> Neuron:
    """The neuron without a synaptic current, lifted over the steps."""
    torch = import_module("norse.torch")
    return lambda I: torch.Lift(torch.LIFBoxCell())(I)[0]


def spikingjelly() -> Neuron:
    """All steps in one call, of a new neuron, which has no state of the call before."""
    neuron = import_module("spikingjelly.activation_based.neuron")
    return lambda I: neuron.LIFNode(step_mode="m")(I)  # noqa: PLW0108 - one for each call


def sinabs() -> Neuron:
    """The same with samples first."""
    layers = import_module("sinabs.layers")
    return lambda I: layers.LIF(-1 / np.log(DECAY))(I.swapaxes(0, 1)).swapaxes(0, 1)


def spyx() -> Neuron:
    """With JAX's scan."""
    nn, nnx = map(import_module, ("spyx.nn", "flax.nnx"))
    return lambda I: nn.run(nn.LIF(I.shape[2:], beta=DECAY, rngs=nnx.Rngs(0)), I)[0]


FRAMEWORKS: dict[str, tuple[str, Callable[[], Neuron]]] = {
    "snnTorch": ("torch", snntorch),
    "SpikingJelly": ("torch", spikingjelly),
    "norse": ("torch", norse),
    "sinabs": ("torch", sinabs),
    "spyx": ("jax", spyx),
}


def case(count: int, seed: int) -> Case:
    """As many neurons as inputs, of which a tenth are spikes; the input needs no gradient."""
    rng, layer = np.random.default_rng(seed), ly.DenseLIF(count, count)
    params = layer.init(rng, np.float32)
    X = (rng.random((STEPS, BATCH, count), np.float32) < 0.1).astype(np.float32)
    dY = rng.standard_normal(X.shape, np.float32)
    given, start = (np.ascontiguousarray(a.swapaxes(0, 1)) for a in (X, dY))
    zeros = layer.zeros(BATCH, X.dtype)

    def ours() -> object:
        _, _, saved = layer.run(params, given, zeros, ly.FAST)
        return layer.back_params(start, zeros, saved, ly.FAST)

    def build(framework: str, make: Callable[[], Neuron]) -> Step:
        neuron, weights = make(), {name: params[name] for name in "Wb"}
        work = Work(lambda ops, p, data: neuron(ops.dense(data["X"], p)), weights, {"X": X}, dY)
        return work.step(framework, {})

    return Case(ours, {name: partial(build, *given) for name, given in FRAMEWORKS.items()})


CASES: dict[str, tuple[str, Callable[[int], Case]]] = {
    f"dense-lif-{count}": (f"{count} LIF neurons behind a dense layer", partial(case, count))
    for count in (512 << k for k in range(6))
}
