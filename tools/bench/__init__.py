"""What is measured: each case with its data, our step, its baselines and its minimum work.

The minimum work gives the machine's own limit, a time no NumPy program of one thread can beat.  It
is the sum of three times: the flops of matrix products, the elementwise operations (a ufunc does
one per pass), and the bytes that have to be read or written, each input and output of a temporal
layer's passes once; each over the rate that this machine reaches.  Python's overhead, scratch and
anything a pass has to do twice are not in it.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np

import liaf_ref.layers as ly
from liaf_ref.analysis import op_count
from liaf_ref.fast import conv, conv_winograd, memory_layout, neuron
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

# Arithmetic of Eqs. (3)-(8) per neuron and step: add; subtract, compare; select; multiply, add.
NEURON_FORWARD = 6
# And backwards: difference to reset, window (2), select, 1 - F, alpha, times dV, plus dA;
# and the sums for alpha (product and sum), v_reset, beta.
NEURON_BACKWARD = 8 + 4
# Gates, per unit and step: adds, activations and products of Eqs. (14)-(16), and their derivatives.
ELEMENTWISE_OPS = {
    "liaf": NEURON_FORWARD + NEURON_BACKWARD,
    "lif": NEURON_FORWARD + NEURON_BACKWARD,
    "rnn": 2 + 4,
    "lstm": 13 + 21,
    "gru": 12 + 20,
}
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


class MinimumWork(NamedTuple):
    """What a case has to do at the least, or what the machine does in a second."""

    gemm: float  # multiplications and additions of matrix products, in float32
    elementwise: float
    bytes: float


class Case(NamedTuple):
    """A case ready to run: our step, what builds the baselines' steps, and the minimum work."""

    ours: Step
    baselines: Baselines
    work: MinimumWork


def bound_seconds(work: MinimumWork, rates: MinimumWork) -> float:
    """Time below which the work cannot be done."""
    return sum(amount / rate for amount, rate in zip(work, rates, strict=True))


def measure_rates(rounds: int = 30) -> MinimumWork:
    """Measure what the machine does a second, each in the form it is fastest in."""
    side = 1024
    X, Y, Z = (memory_layout.empty((side, side)) for _ in range(3))
    X.fill(0.5)
    Y.fill(0.5)
    gemm = 2 * side**3 / _fastest(lambda: np.matmul(X, Y, out=Z), rounds // 3)
    a, b = memory_layout.aligned_rows(2, memory_layout.CHUNK)
    a.fill(1)
    b.fill(1)
    elementwise = len(a) / _fastest(lambda: np.multiply(a, b, a), 100 * rounds)
    big = memory_layout.empty((3, 8_000_000))  # far larger than the cache
    big.fill(1)
    return MinimumWork(
        gemm, elementwise, big.nbytes / _fastest(lambda: np.add(big[0], big[1], big[2]), rounds)
    )


def _fastest(step: Step, rounds: int) -> float:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return min(times)


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
    total = STEPS * count
    work = MinimumWork(0, total * (NEURON_FORWARD + NEURON_BACKWARD), 4 * total * 5)
    theirs = baselines("neurons", arrays, torch=TORCH_NEURONS, jax=JAX_LOOPS)
    return Case(ours, theirs, work)


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
    theirs = babi_baselines(cell, arrays, (VOCAB, EMBEDDING, UNITS))
    return Case(ours, theirs, babi_min_work(cell))


def babi_min_work(cell: str) -> MinimumWork:
    """Least work of Fig. 5: tables of integrated tokens, recurrent products, head, cells."""
    width, tokens = GATES[cell] * UNITS, BATCH * (STORY + QUERY)
    tables = 3 * 2 * 2 * VOCAB * EMBEDDING * width
    recurrent = 3 * 2 * tokens * UNITS * width if cell in {"rnn", "lstm", "gru"} else 0
    head = 3 * 2 * BATCH * 2 * UNITS * VOCAB
    elementwise = tokens * UNITS * ELEMENTWISE_OPS[cell] + tokens * width  # and sums by token
    # The drive written and read, what the tape holds written and read, its gradient likewise.
    return MinimumWork(tables + recurrent + head, elementwise, 4 * 6 * tokens * width)


def conv_case(N: int, size: int, K: int, L: int, seed: int) -> Case:
    """A convolution of three by three alone: gradients of input, weights and bias."""
    rng = np.random.default_rng(seed)
    shapes = {"X": (N, size, size, K), "W": (3, 3, K, L), "b": (L,), "dI": (N, size, size, L)}
    arrays = {name: rng.standard_normal(s).astype(np.float32) for name, s in shapes.items()}
    p, grid = conv.Params(arrays["W"], arrays["b"]), Grid((1, 1), same((3, 3)))

    def ours() -> object:
        _, tape = conv.forward(arrays["X"], p, grid)
        return conv.backward(arrays["dI"], tape, grid)

    out = size, size
    products = N * conv_winograd.num_points(out, conv_winograd.tile_size(out)) * K * L
    # Input and weights read twice, gradients and outputs read or written once.
    moved = 4 * sum(2 * x.size for x in arrays.values()) + 4 * (arrays["X"].size + 9 * K * L)
    theirs = baselines("convolution", arrays, torch={"PyTorch": {}}, jax={"JAX": {}})
    return Case(ours, theirs, MinimumWork(3 * 2 * products, 0, moved))


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

    alone, work = training_step(net.passes()), network_min_work(net, size)
    theirs = network_baselines(net, params, data, workers)
    if workers == 1:
        return Case(alone, theirs, work)
    parallel = DataParallel(net, workers)
    parallel.__enter__()  # for as long as the measuring process lives
    return Case(training_step(parallel), {**theirs, "ours, one process": lambda: alone}, work)


def network_min_work(net: SequenceClassifier, size: int) -> MinimumWork:
    """Least work of a step: products three times over, each layer's arrays once each way."""
    products = elementwise = moved = 0
    T = net.steps
    for number, (_, layer) in enumerate(net.sequential.stages):
        count = op_count.count_exact(layer, T, spikes=False).repeated(size)
        out = size * T * int(np.prod(layer.out_shape))
        if isinstance(layer, ly.Conv2D | ly.Dense):
            products += 2 * count.muls * (2 if number == 0 else 3)  # no gradient in the frames
        elif isinstance(layer, ly.Neurons):
            elementwise += 18 * out
        else:
            elementwise += 3 * (count.muls + count.adds)
        moved += 4 * 4 * out
        T = 1 if isinstance(layer, ly.TimeMean) else T
    return MinimumWork(products, elementwise, moved)


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
