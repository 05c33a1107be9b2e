"""What is measured: each case with its data, our step and the frameworks'."""

import os
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np

import liaf_ref.layers as ly
from bench import operations
from bench.operations import GATES, MU, Arrays, Run
from liaf_ref.fast import conv, neuron
from liaf_ref.kernels import activation, loss, spike
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Grid, same
from liaf_ref.layers import Neuron
from liaf_ref.networks import CIFAR10_DVS, MNIST_DVS, dvs_network, gesture_network
from liaf_ref.networks.babi import BabiNetwork
from liaf_ref.networks.classifier import SequenceClassifier
from liaf_ref.training.data_parallel import DataParallel
from liaf_ref.training.protocols import Trainable

NEURON_PARAMS: dict[str, Any] = {"v_th": 0.5, "v_reset": 0.1, "alpha": 0.3, "beta": 0.05}
OF_BABI = {"liaf": Neuron(mode="NTR", **NEURON_PARAMS), "lif": Neuron(**NEURON_PARAMS)}
STEPS, CHANNELS = 20, 100
BATCH, STORY, QUERY, VOCAB, EMBEDDING, UNITS = 32, 66, 4, 22, 50, 100
EVENT_RATE = 0.1  # events of a pixel and polarity in a frame, on average
Options = Mapping[str, Any]
Programs = Mapping[str, Options]  # of a framework's operations, for each of its baselines
EAGER: Programs = {"PyTorch": {}, "PyTorch, tuned": {"tuned": True}}
TORCH: Programs = {**EAGER, "torch.compile": {"compiled": True}}
TORCH_CELLS: Programs = {**EAGER, "torch.compile": {"tuned": True, "compiled": True}}
# Steps in one iteration of lax.scan; all 70 of Fig. 5 take XLA minutes to compile.
JAX_LOOPS: Programs = {"JAX": {}, "JAX, unroll 10": {"unroll": 10}}
# Of every program; networks of ours run in as many processes.
THREADS = int(os.environ.get("OMP_NUM_THREADS", "1"))

Step = Callable[[], object]
Baselines = Mapping[str, Callable[[], Step]]  # what builds each; ImportError without its package


class Case(NamedTuple):
    """A case ready to run: our step, and what builds the baselines' steps."""

    ours: Step
    baselines: Baselines


class Work(NamedTuple):
    """A computation of :mod:`bench.operations`; ``dY``: the gradient of what is no loss."""

    run: Run
    params: Arrays
    data: Arrays
    dY: Array | None = None

    def step(self, framework: str, options: Options) -> Step:
        """A step of torch or jax, which is imported only here."""
        operations = import_module(f"bench.in_{framework}").Operations(**options)
        step: Step = operations.step(*self)
        return step

    def baselines(self, torch: Programs, jax: Programs) -> Baselines:
        """What builds a step of each program."""
        found = {name: partial(self.step, "torch", options) for name, options in torch.items()}
        return found | {name: partial(self.step, "jax", options) for name, options in jax.items()}


def neuron_case(count: int, seed: int) -> Case:
    """LIAF neurons alone: gradients of I, V^0 and all four parameters."""
    rng = np.random.default_rng(seed)
    shape = STEPS, count // CHANNELS, CHANNELS
    I, dY, V = (rng.standard_normal(size, np.float32) for size in (shape, shape, shape[1:]))
    I, V = 0.6 * I, 0.1 * V
    values = {name: np.full(CHANNELS, x, np.float32) for name, x in NEURON_PARAMS.items()}
    p, choices = neuron.Params(**values), (spike.paper(MU), activation.identity, neuron.TR)
    dV = np.zeros_like(V)

    def ours() -> object:
        _, _, tape = neuron.forward(I.swapaxes(0, 1), V, p, *choices)
        return neuron.backward(dY.swapaxes(0, 1), dV, tape, *choices)

    work = Work(operations.neurons, {"I": I, "V": V, **values}, {}, dY)
    return Case(ours, work.baselines(TORCH, JAX_LOOPS))


def babi_case(cell: str, seed: int) -> Case:
    """The whole network of Fig. 5: forward, loss, all gradients."""
    rng = np.random.default_rng(seed)
    story, query = (rng.integers(0, VOCAB, (BATCH, T)) for T in (STORY, QUERY))
    answer = rng.integers(0, VOCAB, BATCH)
    net = BabiNetwork(VOCAB, cell, EMBEDDING, UNITS, neuron=OF_BABI.get(cell))
    params = net.init(rng, np.float32)
    one, passes = np.float32(1), net.passes()

    def ours() -> object:
        logits, tape = passes.forward(params, story, query)
        _, loss_tape = loss.forward(logits, answer)
        return passes.backward(loss.backward(np.asarray(one), loss_tape), tape)

    data = {"story": story.T.copy(), "query": query.T.copy(), "answer": answer}
    work = Work(partial(operations.babi, cell), params, data)
    return Case(ours, work.baselines(TORCH if cell in OF_BABI else TORCH_CELLS, JAX_LOOPS))


def conv_case(N: int, size: int, K: int, L: int, seed: int) -> Case:
    """A convolution of three by three alone: gradients of input, weights and bias."""
    rng = np.random.default_rng(seed)
    shapes = (N, size, size, K), (3, 3, K, L), (L,), (N, size, size, L)
    X, W, b, dI = (rng.standard_normal(shape).astype(np.float32) for shape in shapes)
    p, grid = conv.Params(W, b), Grid((1, 1), same((3, 3)))

    def ours() -> object:
        _, tape = conv.forward(X, p, grid)
        return conv.backward(dI, tape, grid)

    run = partial(operations.layer, ly.Conv2D((size, size, K), L))
    work = Work(run, {"X": X[None], "W": W, "b": b}, {}, dI[None])
    return Case(ours, work.baselines({"PyTorch": {}}, {"JAX": {}}))


def random_batch(net: SequenceClassifier, size: int, seed: int) -> tuple[Array, Array]:
    """Draw frames as sparse as events make them, and classes."""
    rng = np.random.default_rng(seed)
    shape = size, net.steps, *net.sequential.in_shape
    frames = rng.poisson(EVENT_RATE, shape).astype(np.float32)
    return frames, rng.integers(0, net.sequential.out_shape[0], size)


def network_work(net: SequenceClassifier, params: ly.Params, frames: Array, labels: Array) -> Work:
    """A network with its loss."""
    data = {"frames": np.ascontiguousarray(frames.swapaxes(0, 1)), "labels": labels}
    return Work(partial(operations.network, net), params, data)


def network_case(make: Callable[[], SequenceClassifier], size: int, seed: int) -> Case:
    """A training step short of the optimizer; by several processes also against one."""
    net, size = make(), max(size, THREADS)
    frames, labels = random_batch(net, size, seed)
    params, one = net.init(np.random.default_rng(seed)), np.ones((), np.float32)

    def training_step(passes: Trainable) -> Step:
        rng = np.random.default_rng(seed)

        def run() -> object:
            logits, tape = passes.forward(params, frames, net.draw_masks(rng, size))
            _, loss_tape = net.loss.forward(logits, labels)
            return passes.backward(net.loss.backward(one, loss_tape), tape)

        return run

    alone = training_step(net.passes())
    work = network_work(net, params, frames, labels)
    theirs = work.baselines(TORCH, {"JAX": {}, "JAX, unrolled": {"unroll": net.steps}})
    if THREADS == 1:
        return Case(alone, theirs)
    parallel = DataParallel(net, THREADS)
    parallel.__enter__()  # for as long as the measuring process lives
    return Case(training_step(parallel), {**theirs, "ours, one process": lambda: alone})


CONVOLUTIONS = ((160, 20, 32, 64), (10, 32, 64, 128), (160, 10, 64, 128), (10, 8, 256, 512))
# What each case is, and how to build it from a seed, by its name.
CASES: dict[str, tuple[str, Callable[[int], Case]]] = {
    f"babi-{cell}": (f"Fig. 5 with {cell.upper()}, batch {BATCH}", partial(babi_case, cell))
    for cell in GATES
}
CASES |= {
    f"neuron-1e{n}": (f"10^{n} LIAF neurons, {STEPS} steps", partial(neuron_case, 10**n))
    for n in (4, 5, 6)
}
CASES |= {
    f"conv-{N}x{size}-{K}-{L}": (
        f"convolution 3 x 3 of {N} images {size} x {size}, {K} to {L} channels",
        partial(conv_case, N, size, K, L),
    )
    for N, size, K, L in CONVOLUTIONS
}
CASES |= {
    name: (f"{about}, batch {size}", partial(network_case, make, size))
    for name, about, make, size in (
        ("mnist-dvs", "Fig. 6 with Table V's MNIST-DVS half", partial(dvs_network, MNIST_DVS), 8),
        ("cifar10-dvs", "the same with CIFAR10-DVS", partial(dvs_network, CIFAR10_DVS), 1),
        ("gesture", "Table VIII", gesture_network, 2),
    )
}
