"""What is measured: each case with its data, our step and its baselines."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np

import liaf_ref.layers as ly
from liaf_ref.fast import conv, neuron
from liaf_ref.kernels import activation, loss, spike
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Grid, same
from liaf_ref.networks import CIFAR10_DVS, MNIST_DVS, dvs_network, gesture_network
from liaf_ref.networks.babi import BabiNetwork
from liaf_ref.networks.classifier import SequenceClassifier
from liaf_ref.training.data_parallel import DataParallel
from liaf_ref.training.protocols import Trainable

MU = 0.5
NEURON_PARAMS = {"v_th": 0.5, "v_reset": 0.1, "alpha": 0.3, "beta": 0.05}
STEPS, CHANNELS = 20, 100
BATCH, STORY, QUERY, VOCAB, EMBEDDING, UNITS = 32, 66, 4, 22, 50, 100
EVENT_RATE = 0.1  # events of a pixel and polarity in a frame, on average

GATES = {"liaf": 1, "lif": 1, "rnn": 1, "lstm": 4, "gru": 3}

Step = Callable[[], object]
Baselines = Mapping[str, Callable[[], Step]]  # what builds each; ImportError without its package


# Options of a baseline, by its name.  Steps in one iteration of lax.scan; all 70 of Fig. 5 take
# XLA minutes to compile.
JAX_LOOPS = {"JAX, scan": {"unroll": 1}, "JAX, unrolled by 10": {"unroll": 10}}
TORCH_NEURONS = {
    "PyTorch, as printed": {},
    "PyTorch, tuned": {"tuned": True},
    "torch.compile, as printed": {"compiled": True},
}
TORCH_BABI = TORCH_NEURONS | {
    "PyTorch, tuned, subnormals flushed": {"tuned": True, "flushed": True}
}
TORCH_IMAGES = {
    "PyTorch": {},
    "PyTorch, neurons tuned": {"tuned": True},
    "torch.compile": {"compiled": True},
}


def baselines(kind: str, *data: Any, torch: Mapping[str, Any], jax: Mapping[str, Any]) -> Baselines:
    """What builds a step of each framework, which is imported only then."""

    def build(framework: str, options: Mapping[str, Any]) -> Step:
        module = import_module(f"bench.{framework}_baselines")
        step: Step = getattr(module, kind)(module.Style(**options), *data)
        return step

    found = {name: partial(build, "torch", options) for name, options in torch.items()}
    return found | {name: partial(build, "jax", options) for name, options in jax.items()}


def babi_baselines(cell: str, arrays: Mapping[str, Array], sizes: Sequence[int]) -> Baselines:
    """Fig. 5 in the frameworks; PyTorch as its users write it first."""
    torch: dict[str, Any] = TORCH_BABI
    if cell not in {"liaf", "lif"}:
        name = f"nn.{cell.upper()}"
        loop = {"PyTorch, loop of (16)": {"tuned": True}} if cell == "gru" else {}
        torch = {f"PyTorch, {name}": {}} | loop | {f"torch.compile, {name}": {"compiled": True}}
    return baselines("babi", cell, arrays, sizes, torch=torch, jax=JAX_LOOPS)


def network_baselines(
    net: SequenceClassifier, params: ly.Params, data: "Batch", threads: int = 1
) -> Baselines:
    """A network in the frameworks; with more than one thread, those that can use them."""
    torch, jax = TORCH_IMAGES, {"JAX, scan": 1, "JAX, unrolled": data.frames.shape[1]}
    if threads > 1:
        named = {name: given for name, given in torch.items() if "compile" not in name}
        torch = {f"{name}, {threads} threads": given for name, given in named.items()}
    return baselines(
        *("network", net, params, data.frames, data.labels),
        torch={name: given | {"threads": threads} for name, given in torch.items()},
        jax={name: {"unroll": steps} for name, steps in jax.items() if threads == 1},
    )


def neuron_step(ops: Any, p: Sequence[Any], output: str) -> Callable[[Any, Any], tuple[Any, Any]]:
    """Eqs. (3)-(8) of one step in a framework; ``output`` is ``"U"``, ``"D"`` or ``"F"``."""

    def step(V: Any, I_t: Any) -> tuple[Any, Any]:
        U = I_t + V
        D = U - p[0]
        F = ops.spike(D)
        return ops.leak(U, F, *p[1:]), {"U": U, "D": D, "F": F}[output]

    return step


def leak(U: Any, F: Any, v_reset: Any, alpha: Any, beta: Any) -> Any:
    """Eqs. (5) and (6) as printed."""
    return alpha * (F * v_reset + (1 - F) * U) + beta


def run_network(ops: Any, net: SequenceClassifier, params: Mapping[str, Any], x: Any) -> Any:
    """A network in the operations of a framework: all but the neurons see all steps at once."""
    grouped = ly.sequential.group_by_prefix(params)
    for name, layer in net.sequential.stages:
        x = _run_layer(ops, layer, x, grouped[name])
    return x[0]


def _run_layer(ops: Any, layer: ly.Layer, x: Any, p: Mapping[str, Any]) -> Any:
    """A layer on (T, B, ...)."""
    match layer:
        case ly.Neurons():
            own = layer.neuron
            output = "F" if own.sends_spikes else "D" if own.mode == "TR" else "U"
            Y = ops.scan(neuron_step(ops, [p[name] for name in NEURON_PARAMS], output), x)
            return ops.activate("selu", Y) if str(own.act_name) == "selu" else Y
        case ly.Activation():
            return ops.activate(layer.act, x)
        case ly.TimeMean():
            return x.mean(0)[None]
        case ly.Flatten():
            return ops.flatten(x)
    return ops.layer(layer, x, p)


class Case(NamedTuple):
    """A case ready to run: our step, and what builds the baselines' steps."""

    ours: Step
    baselines: Baselines


def neuron_case(count: int, seed: int) -> Case:
    """LIAF neurons alone: gradients of I, V^0 and all four parameters."""
    rng = np.random.default_rng(seed)
    shape = STEPS, count // CHANNELS, CHANNELS

    def draw(scale: float, *size: int) -> Array:
        return (scale * rng.standard_normal(size)).astype(np.float32)

    I, dY, V = draw(0.6, *shape), draw(1, *shape), draw(0.1, *shape[1:])
    values = {name: np.full(CHANNELS, x, np.float32) for name, x in NEURON_PARAMS.items()}
    p, choices = neuron.Params(**values), (spike.paper(MU), activation.identity, neuron.TR)
    dV = np.zeros_like(V)

    def ours() -> object:
        _, _, tape = neuron.forward(I.swapaxes(0, 1), V, p, *choices)
        return neuron.backward(dY.swapaxes(0, 1), dV, tape, *choices)

    arrays = {"I": I, "dY": dY, "V": V, **values}
    theirs = baselines("neurons", arrays, torch=TORCH_NEURONS, jax=JAX_LOOPS)
    return Case(ours, theirs)


def babi_case(cell: str, seed: int) -> Case:
    """The whole network of Fig. 5: forward, loss, all gradients."""
    rng = np.random.default_rng(seed)
    story, query = (rng.integers(0, VOCAB, (BATCH, T)) for T in (STORY, QUERY))
    answer = rng.integers(0, VOCAB, BATCH)
    net = BabiNetwork(VOCAB, cell, EMBEDDING, UNITS)
    params = net.init(rng, np.float32)
    for name, value in params.items():
        kind = name.rpartition(".")[2]
        if kind in NEURON_PARAMS:
            params[name] = np.full_like(value, NEURON_PARAMS[kind])
    one, passes = np.float32(1), net.passes()

    def ours() -> object:
        logits, tape = passes.forward(params, story, query)
        _, loss_tape = loss.forward(logits, answer)
        return passes.backward(loss.backward(np.asarray(one), loss_tape), tape)

    arrays = {"story": story, "query": query, "answer": answer}
    return Case(ours, babi_baselines(cell, arrays, (VOCAB, EMBEDDING, UNITS)))


def conv_case(N: int, size: int, K: int, L: int, seed: int) -> Case:
    """A convolution of three by three alone: gradients of input, weights and bias."""
    rng = np.random.default_rng(seed)
    shapes = {"X": (N, size, size, K), "W": (3, 3, K, L), "b": (L,), "dI": (N, size, size, L)}
    arrays = {name: rng.standard_normal(s).astype(np.float32) for name, s in shapes.items()}
    p, grid = conv.Params(arrays["W"], arrays["b"]), Grid((1, 1), same((3, 3)))

    def ours() -> object:
        _, tape = conv.forward(arrays["X"], p, grid)
        return conv.backward(arrays["dI"], tape, grid)

    return Case(ours, baselines("convolution", arrays, torch={"PyTorch": {}}, jax={"JAX": {}}))


class Batch(NamedTuple):
    """Frames and classes."""

    frames: Array
    labels: Array


def random_batch(net: SequenceClassifier, size: int, seed: int) -> Batch:
    """Draw frames as sparse as events make them, and classes."""
    rng = np.random.default_rng(seed)
    shape = size, net.steps, *net.sequential.in_shape
    frames = rng.poisson(EVENT_RATE, shape).astype(np.float32)
    return Batch(frames, rng.integers(0, net.sequential.out_shape[0], size))


def network_case(
    make: Callable[[], SequenceClassifier], size: int, workers: int, seed: int
) -> Case:
    """A training step short of the optimizer; by several processes also against one."""
    net = make()
    data = random_batch(net, size, seed)
    params, one = net.init(np.random.default_rng(seed)), np.ones((), np.float32)

    def training_step(passes: Trainable) -> Step:
        rng = np.random.default_rng(seed)

        def run() -> object:
            logits, tape = passes.forward(params, data.frames, net.draw_masks(rng, size))
            _, loss_tape = net.loss.forward(logits, data.labels)
            return passes.backward(net.loss.backward(one, loss_tape), tape)

        return run

    alone = training_step(net.passes())
    theirs = network_baselines(net, params, data, workers)
    if workers == 1:
        return Case(alone, theirs)
    parallel = DataParallel(net, workers)
    parallel.__enter__()  # for as long as the measuring process lives
    return Case(training_step(parallel), {**theirs, "ours, one process": lambda: alone})


IMAGES: Sequence[tuple[str, str, Callable[[], SequenceClassifier], int]] = (
    ("mnist-dvs", "Fig. 6 with Table V's MNIST-DVS half", partial(dvs_network, MNIST_DVS), 8),
    ("cifar10-dvs", "Fig. 6 with Table V's CIFAR10-DVS half", partial(dvs_network, CIFAR10_DVS), 1),
    ("gesture", "Table VIII", gesture_network, 2),
)
CONVOLUTIONS = ((160, 20, 32, 64), (10, 32, 64, 128), (160, 10, 64, 128), (10, 8, 256, 512))
# Name, what it is, and how to build it from a seed.
TABLE: Sequence[tuple[str, str, Callable[[int], Case]]] = (
    *(
        (f"babi-{cell}", f"Fig. 5 with {cell.upper()}, batch {BATCH}", partial(babi_case, cell))
        for cell in GATES
    ),
    *(
        (f"neuron-{n}", f"{n} LIAF neurons, {STEPS} steps", partial(neuron_case, int(float(n))))
        for n in ("1e4", "1e5", "1e6")
    ),
    *(
        (
            f"conv-{N}x{size}-{K}-{L}",
            f"convolution 3 x 3 of {N} images {size} x {size}, {K} to {L} channels",
            partial(conv_case, N, size, K, L),
        )
        for N, size, K, L in CONVOLUTIONS
    ),
    *(
        (
            name + suffix,
            f"{about}{by}, batch {max(size, workers)}",
            partial(network_case, make, max(size, workers), workers),
        )
        for suffix, by, workers in (("", "", 1), ("-2", ", by two processes", 2))
        for name, about, make, size in IMAGES
    ),
)
CASES = {name: (about, build) for name, about, build in TABLE}
