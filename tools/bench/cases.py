"""What is measured: each case with its data, our step, its baselines and its minimum work."""

from functools import partial

import numpy as np

from bench import (
    dvs_cases,
    jax_baselines,
    torch_baselines,
    torch_compile_baselines,
    torch_conv_baselines,
)
from bench.case import BuiltCase, Case
from bench.hardware_bound import MinimumWork
from liaf_ref.fast import conv, conv_winograd, neuron
from liaf_ref.kernels import activation, loss, spike
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Grid, same
from liaf_ref.networks.babi import BabiNetwork

MU = 0.5
NEURON_PARAMS = {"v_th": 0.5, "v_reset": 0.1, "alpha": 0.3, "beta": 0.05}
STEPS, CHANNELS = 20, 100
BATCH, STORY, QUERY, VOCAB, EMBEDDING, UNITS = 32, 66, 4, 22, 50, 100

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


def neuron_case(count: int, seed: int) -> BuiltCase:
    """LIAF neurons alone: gradients of I, V^0 and all four parameters."""
    rng = np.random.default_rng(seed)
    shape = STEPS, count // CHANNELS, CHANNELS

    def draw(scale: float, *size: int) -> Array:
        return (scale * rng.standard_normal(size)).astype(np.float32)

    I, dY, V = draw(0.6, *shape), draw(1, *shape), draw(0.1, *shape[1:])
    values = {name: np.full(CHANNELS, x, np.float32) for name, x in NEURON_PARAMS.items()}
    p = neuron.Params(**values)
    choices = spike.paper(MU), activation.identity, neuron.TR
    dV = np.zeros_like(V)

    def ours() -> object:
        _, _, tape = neuron.forward(I.swapaxes(0, 1), V, p, *choices)
        return neuron.backward(dY.swapaxes(0, 1), dV, tape, *choices)

    arrays = {"I": I, "dY": dY, "V": V, **values}
    total = STEPS * count
    work = MinimumWork(0, total * (NEURON_FORWARD + NEURON_BACKWARD), 4 * total * 5)
    makers = torch_baselines, torch_compile_baselines, jax_baselines
    return BuiltCase(ours, [partial(maker.neuron_baselines, arrays, MU) for maker in makers], work)


def babi_case(cell: str, seed: int) -> BuiltCase:
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
    sizes = VOCAB, EMBEDDING, UNITS, MU
    makers = torch_baselines, torch_compile_baselines, jax_baselines
    baselines = [partial(maker.babi_baselines, cell, arrays, sizes) for maker in makers]
    return BuiltCase(ours, baselines, babi_min_work(cell))


def babi_min_work(cell: str) -> MinimumWork:
    """Least work of Fig. 5: tables of integrated tokens, recurrent products, head, cells."""
    width, tokens = GATES[cell] * UNITS, BATCH * (STORY + QUERY)
    tables = 3 * 2 * 2 * VOCAB * EMBEDDING * width
    recurrent = 3 * 2 * tokens * UNITS * width if cell in {"rnn", "lstm", "gru"} else 0
    head = 3 * 2 * BATCH * 2 * UNITS * VOCAB
    sums_by_token = tokens * width
    elementwise = tokens * UNITS * ELEMENTWISE_OPS[cell] + sums_by_token
    # The drive written and read, what the tape holds written and read, its gradient likewise.
    moved = 4 * 6 * tokens * width
    return MinimumWork(tables + recurrent + head, elementwise, moved)


def conv_case(N: int, size: int, K: int, L: int, seed: int) -> BuiltCase:
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
    return BuiltCase(
        ours,
        [partial(maker.conv_baselines, arrays) for maker in (torch_conv_baselines, jax_baselines)],
        MinimumWork(3 * 2 * products, 0, moved),
    )


CONVOLUTIONS = ((160, 20, 32, 64), (10, 32, 64, 128), (160, 10, 64, 128), (10, 8, 256, 512))

CASES: dict[str, Case] = (
    {
        f"babi-{cell}": Case(
            f"network of Fig. 5 with {cell.upper()}, batch {BATCH}, story {STORY}, query {QUERY}",
            partial(babi_case, cell),
        )
        for cell in ("liaf", "lif", "rnn", "lstm", "gru")
    }
    | {
        f"neuron-{name}": Case(
            f"{name} LIAF neurons alone, {STEPS} steps, Channel-Sharing, all gradients",
            partial(neuron_case, round(float(name))),
        )
        for name in ("1e4", "1e5", "1e6")
    }
    | {
        f"conv-{N}x{size}-{K}-{L}": Case(
            f"convolution 3 x 3 of {N} images {size} x {size}, {K} to {L} channels, all gradients",
            partial(conv_case, N, size, K, L),
        )
        for N, size, K, L in CONVOLUTIONS
    }
    | dvs_cases.CASES
)
