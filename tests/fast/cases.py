"""Every fast kernel beside its reference, on drawn float32 inputs."""

from collections.abc import Callable, Iterator
from importlib import import_module
from itertools import cycle, product
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple, cast

import numpy as np
import pytest
from kernels.cases import flat
from kernels.convolutions import SHAPES, sample

from liaf_ref.fast import conv as fast_conv
from liaf_ref.fast import (
    conv_columns,
    conv_winograd,
    memory_layout,
    neuron_norm_pool,
    norm_columns,
    norm_rows,
)
from liaf_ref.fast import tokens as fast_tokens
from liaf_ref.kernels import activate as kernel_activate
from liaf_ref.kernels import activation, dense, im2col, spike
from liaf_ref.kernels import average_pool as kernel_pool
from liaf_ref.kernels import conv as kernel_conv
from liaf_ref.kernels import neuron as kernel_neuron
from liaf_ref.kernels import norm as kernel_norm
from liaf_ref.kernels.activation import sigmoid, tanh
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Grid, same
from liaf_ref.kernels.neuron import Params as Neurons
from liaf_ref.kernels.pair import Pair

Arrays = tuple[Array, ...]
Cut = dict[tuple[ModuleType, str], Any]  # constants of modules, which cut the work
EPS = 2.0**-23
ACTS = activation.ACTIVATIONS | {"spike": spike.paper(0.4)}
PAPER = spike.paper(0.5)
# Small chunks put every boundary into small arrays.
CUTS: list[Cut] = [{}]
for size in (1, 7, 60, 300):
    CUTS.append(
        {
            (memory_layout, "CHUNK"): size,
            (memory_layout, "MIN_BATCH_MAJOR_ELEMENTS"): size % 2 or 1 << 12,
            (neuron_norm_pool, "PIECE"): 2 * size,
            (neuron_norm_pool, "TILE"): size,
            (neuron_norm_pool, "MAX_FLOAT32_STEPS"): size % 4 + 1,
            (norm_rows, "FLOAT32_SUM_LENGTH"): size,
            (norm_columns, "FLOAT32_SUM_LENGTH"): size,
            (conv_columns, "CHUNK"): 100 * size,
            (conv_columns, "MAX_UNPACKED_PRODUCTS"): 10 * size,
        }
    )


def apply(cut: Cut, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set constants of modules until the end of a test."""
    for (module, name), value in cut.items():
        monkeypatch.setattr(module, name, value)


class Twin(NamedTuple):
    """A fast kernel on some inputs."""

    fast: ModuleType
    reference: ModuleType
    forward: Callable[[Any, Arrays], tuple[list[Array], Any]]  # outputs and tape
    backward: Callable[[Any, Any, Arrays], list[Array]]  # from a kernel and its tape
    inputs: Arrays  # of forward
    grads: Arrays  # of backward; the first may lack steps, which have no gradient
    terms: int = 0  # roundings of one number
    factor: int = 4  # of the reference's own error
    rounds_like: Any = None  # a twin whose reference rounds as the fast kernel
    cuts: list[Cut] = CUTS[:1]

    def run(self, kernel: ModuleType, inputs: Arrays = (), grads: Arrays = ()) -> list[Array]:
        """Outputs and gradients."""
        outputs, tape = self.forward(kernel, inputs or self.inputs)
        first, *others = grads or self.grads
        if kernel is not self.fast:
            first = pad_time(first, outputs[0].shape[1])
        return [*outputs, *self.backward(kernel, tape, (first, *others))]

    def references(self) -> tuple[list[Array], list[Array]]:
        """What the reference computes in float64, and in float32."""
        wide = (tuple(x.astype(np.float64) for x in xs) for xs in (self.inputs, self.grads))
        return self.run(self.reference, *wide), (self.rounds_like or self).run(self.reference)

    def excess(self, references: tuple[list[Array], list[Array]] | None = None) -> float:
        """The largest error, in parts of its bound.

        The reference in float32 rounds the same quantities as often, in another order.  So its own
        distance from float64 shows what rounding is on this case, conditioning and cancellation
        included; the larger of two maxima of like errors is rarely three times the other: a factor
        of 4.  Where an output has few numbers the reference may be near by luck; so one rounding of
        each term of a sum is granted on top, and what float32 has no normal number for.
        """
        found, known = [], references or self.references()
        for got, exact, rounded in zip(self.run(self.fast), *known, strict=True):
            assert got.dtype == np.float32
            assert got.shape == exact.shape
            if exact.size:
                granted = self.terms * EPS / 2 * abs(exact).max() + np.finfo(np.float32).tiny
                bound = self.factor * abs(rounded - exact).max() + granted
                found.append(float(abs(got - exact).max() / bound))
        return max(found)


def pad_time(dY: Array, steps: int) -> Array:
    """Zeros before the gradient of the last steps."""
    missing = steps - dY.shape[1]
    return np.pad(dY, [(0, 0), (missing, 0), *[(0, 0)] * (dY.ndim - 2)]) if missing else dY


def pair_of(kernel: str) -> tuple[ModuleType, ModuleType]:
    """The fast module of a name and its reference."""
    return import_module(f"liaf_ref.fast.{kernel}"), import_module(f"liaf_ref.kernels.{kernel}")


def activate(act: str | Pair) -> Twin:
    pair = act if isinstance(act, Pair) else ACTS[act]
    X, dY = np.random.default_rng(10).normal(size=(2, 3, 2, 4, 5, 6)).astype(np.float32)
    X[0, 0, 0, 0, :3] = 0.0, -0.0, 0.0
    return Twin(
        *pair_of("activate"),
        lambda k, x: ([k.forward(*x, pair)[0]], k.forward(*x, pair)[1]),
        lambda k, tape, d: [k.backward(*d, tape, pair)],
        (X,),
        (dY,),
        terms=0 if act in {"identity", "relu", "spike"} else 4,
        cuts=CUTS,
    )


def average_pool(
    shape: tuple[int, ...] = (2, 3, 4, 6, 5),
    size: tuple[int, ...] = (2, 2),
    stride: tuple[int, ...] | None = None,
) -> Twin:
    """In whole numbers, whose shares of 1, 2, 4, 8 and 16 are exact."""
    X = np.random.default_rng(6).integers(-9, 10, shape).astype(np.float32)
    twin, reference = pair_of("average_pool")
    windows = size, stride or size
    dY = np.round(reference.forward(X, *windows)[0] + 1).astype(np.float32)
    return Twin(
        twin,
        reference,
        lambda k, x: ([k.forward(*x, *windows)[0]], k.forward(*x, *windows)[1]),
        lambda k, tape, d: [k.backward(*d, tape, *windows)],
        (X,),
        (dY,),
        terms=11 if size == (3, 3) else 0,
        cuts=CUTS,
    )


def current(shape: tuple[int, ...], decay: tuple[int, ...]) -> Twin:
    rng = np.random.default_rng(len(shape))
    sizes = shape, (shape[0], *shape[2:])
    drawn = [rng.normal(size=size).astype(np.float32) for size in (*sizes, *sizes, decay)]
    return Twin(
        *pair_of("current"),
        lambda k, x: (list(k.forward(*x)[:2]), k.forward(*x)[2]),
        lambda k, tape, d: list(k.backward(*d, tape)),
        (*drawn[:2], abs(drawn[4]) / 2),
        tuple(drawn[2:4]),
    )


SAME, STRIDED = Grid((1, 1), same((3, 3))), Grid((2, 1), same((3, 3)))
PLANES = [name for name, shape in SHAPES.items() if len(shape.size) == 2]


def conv(
    shape: tuple[int, ...], L: int, grid: Grid = SAME, bias: tuple[int, ...] | None = None
) -> Twin:
    """On inputs of ``shape`` (..., H, W, K)."""
    rng = np.random.default_rng((*shape, L, 0))
    X, W, b = (rng.normal(size=s).astype("f") for s in (shape, (3, 3, shape[-1], L), (L,)))
    b = b if bias is None else np.full(bias, 0.5, np.float32)
    I = im2col.forward(X, kernel_conv.Params(W, b), grid)[0]
    return convolution((X, W, b), rng.normal(size=I.shape).astype(np.float32), grid)


def whole_number_conv(name: str) -> Twin:
    """Of whole numbers, which are exact in every order."""
    X, p = sample(SHAPES[name])
    I = im2col.forward(X, p, SHAPES[name].grid)[0]
    dI = np.random.default_rng(102).integers(-9, 10, I.shape).astype(np.float32)
    return convolution(tuple(x.astype(np.float32) for x in (X, *p)), dI, SHAPES[name].grid)


def convolution(inputs: Arrays, dI: Array, grid: Grid) -> Twin:
    def forward(k: Any, x: Arrays) -> tuple[list[Array], Any]:
        I, tape = k.forward(x[0], kernel_conv.Params(*x[1:]), grid)
        return [I], tape

    def backward(k: Any, tape: Any, d: Arrays) -> list[Array]:
        return flat((*k.backward(*d, tape, grid), k.backward_params(*d, tape, grid)))

    return Twin(fast_conv, im2col, forward, backward, inputs, (dI,))


WORST = {2: 7, 4: 84, 5: 225}  # factor of the rounding of tiles, as the module's text has it


def tiles(m: int, shape: tuple[int, ...], L: int = 6, grid: Grid = SAME) -> Twin:
    """Winograd's, of ``m`` whatever the size."""
    cut: Cut = {(conv_winograd, "tile_size"): lambda out: m}
    twin = conv(shape, L, grid)
    return twin._replace(fast=conv_winograd, factor=WORST[m], terms=WORST[m], cuts=[cut])


class Cell(NamedTuple):
    """A recurrent kernel's sizes and activations."""

    name: str
    num_gates: int
    num_states: int
    activations: tuple[Pair, ...]


CELLS = {
    "rnn": Cell("rnn", 1, 1, (tanh,)),
    "lstm": Cell("lstm", 4, 2, (sigmoid, tanh, tanh)),
    "gru": Cell("gru", 3, 1, (sigmoid, tanh)),
    "convlstm": Cell("convlstm", 4, 2, (sigmoid, tanh, tanh)),
}
# B, T, k, L and of images the frame and the kernel: the last k outputs have a gradient.
VECTORS: list[Any] = [(5, 9, 1, 7), (5, 9, 3, 7), (5, 9, 9, 7), (1, 6, 3, 5), (4, 1, 1, 3)]
VECTORS.append((16, 8, 8, 16))
FEW_CHANNELS, TILES = (2, 5, 3, 3, (4, 3), (3, 3)), (8, 3, 3, 12, (10, 10), (3, 3))
EVEN, LINE = (2, 3, 1, 10, (4, 5), (2, 3)), (2, 3, 3, 4, (6,), (3,))
IMAGES: list[Any] = [FEW_CHANNELS, TILES, EVEN, LINE, (1, 1, 1, 5, (1, 1), (3, 3))]
BY_TANH: Pair = Pair(
    lambda x: (1 + np.tanh(x / 2)) / 2, lambda x: BY_TANH.value(x) * (1 - BY_TANH.value(x))
)


def draw_recurrent(cell: Cell, sizes: Any, seed: int = 0, drive: float = 1.0) -> Any:
    """Inputs and gradients in float32, nothing in them zero."""
    B, T, k, L, frame, kernel = (*sizes, (), ())[:6]
    rng = np.random.default_rng(seed)

    def normal(*size: int, scale: float = 1.0) -> Array:
        return (scale * rng.normal(size=size)).astype(np.float32)

    def states() -> Arrays:
        return tuple(normal(B, *frame, L) for _ in range(cell.num_states))

    A = normal(B, T, *frame, cell.num_gates * L, scale=drive)
    U = normal(*kernel, L, cell.num_gates * L, scale=float((L * np.prod(kernel)) ** -0.5))
    return (A, *states(), U), (normal(B, k, *frame, L), *states())


def recurrent(cell: Cell, inputs: Arrays, grads: Arrays) -> Twin:
    def passes(activations: tuple[Pair, ...]) -> tuple[Any, Any]:
        def forward(k: Any, x: Arrays) -> tuple[list[Array], Any]:
            *outputs, tape = k.forward(*x, *activations)
            return flat(tuple(outputs)), tape

        return forward, lambda k, tape, d: flat(k.backward(*d, tape, *activations))

    terms = int(np.prod(inputs[-1].shape[:-1]))
    forward, backward = passes(cell.activations)
    twin = Twin(*pair_of(cell.name), forward, backward, inputs, grads, terms)
    by_tanh = tuple(BY_TANH if pair is sigmoid else pair for pair in cell.activations)
    forward, backward = passes(by_tanh)
    return twin._replace(rounds_like=twin._replace(forward=forward, backward=backward))


SHAPE = (3, 4, 5, 6, 7)
LAYER, CHANNELS, BATCH = (-3, -2, -1), (4,), (0, 1, 2, 3)
NORMS: dict[str, tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]] = {
    "image": (SHAPE, LAYER, SHAPE[2:]),
    "channels": (SHAPE, CHANNELS, SHAPE[4:]),
    "rows": (SHAPE, (2, -2, 4), (1, 6, 1)),
    "bare": (SHAPE, LAYER, ()),
    "all": (SHAPE, (0, 1, 2, 3, 4), SHAPE[1:]),
    "batch": (SHAPE, BATCH, SHAPE[4:]),
    "batch-bare": (SHAPE, (-5, 1, 3, 2), (1,)),
    "dense-batch": ((30, 4, 7), (0, 1), (7,)),
    "dense": ((30, 4, 7), (-1,), (7,)),
    "one": ((4, 3, 1, 1, 1), LAYER, (1, 1, 1)),
    "wide": ((2, 2, 5000), (2,), (5000,)),
    "long": ((1500, 2, 3), (0, 1), (3,)),
}
VARIANCE_EPS = 1e-3


def norm(name: str, axes: tuple[int, ...] = (), full: str = "", mean: float = 0.5) -> Twin:
    shape, own_axes, affine = NORMS[name]
    axes, rng = axes or own_axes, np.random.default_rng(9)
    drawn = rng.normal(mean, 2, shape), rng.normal(0.3, 1, shape)
    affines = rng.normal(size=affine), rng.normal(size=affine)
    X, dY, gamma, b = (np.asarray(x, np.float32) for x in (*drawn, *affines))
    p = kernel_norm.Params(gamma, b)
    if full:
        p = p._replace(**{full: np.broadcast_to(getattr(p, full), X.shape)})

    def forward(k: Any, x: Arrays) -> tuple[list[Array], Any]:
        Y, statistics, tape = k.forward(x[0], kernel_norm.Params(*x[1:]), axes, VARIANCE_EPS)
        return [Y, *statistics], tape

    # A sum of N terms, at most the 2048 of a piece, has 16 lanes.
    back, terms = lambda k, t, d: flat(k.backward(*d, t, axes)), 2048 // 16 + 10
    return Twin(*pair_of("norm"), forward, back, (X, *p), (dY,), terms, cuts=CUTS)


def tokens(N: int, dtype: Any = np.int64, B: int = 5) -> Twin:
    rng = np.random.default_rng(0)
    ids, shapes = rng.integers(0, N, (B, 7)).astype(dtype), ((N, 3), (3, 4), (4,), (B, 7, 4))
    E, W, b, dI = (rng.normal(size=size).astype(np.float32) for size in shapes)

    def forward(k: Any, x: Arrays) -> tuple[list[Array], Any]:
        I, tape = k.forward(ids, x[0], dense.Params(*x[1:]))
        return [fast_tokens.materialize(I)], tape

    back = lambda k, t, d: flat(k.backward(*d, t))  # noqa: E731
    return Twin(*pair_of("tokens"), forward, back, (E, W, b), (dI,), terms=35)


SHARING: dict[str, Callable[[tuple[int, ...]], list[tuple[int, ...]]]] = {
    "all": lambda S: [(1,)] * 4,
    "channel": lambda S: [S[-1:]] * 4,
    "non": lambda S: [S] * 4,
    "mixed": lambda S: [S, (1,), S[-1:], (1, S[-1])[-len(S) :]],
}
DENSE = (5, 6, 7)
SMALL = [(1, 1, 1), (1, 5, 3), (7, 1, 5), (9, 7, 8), (1, 1, 1, 1, 1), (2, 3, 1, 1, 1)]
SMALL.append((2, 4, 3, 2, 5))


def draw_neurons(
    shape: tuple[int, ...] = DENSE, sharing: str = "channel", seed: int = 0
) -> tuple[Array, Array, Neurons]:
    """I, V and parameters in float32."""
    rng = np.random.default_rng(seed)
    B, _, *S = shape
    I = rng.normal(0.3, 0.6, shape).astype(np.float32)
    V = rng.normal(0, 0.4, (B, *S)).astype(np.float32)
    p = (
        rng.uniform(x - 0.05, x + 0.05, size).astype(np.float32)
        for x, size in zip((0.45, 0.12, 0.4, 0.07), SHARING[sharing](tuple(S)), strict=True)
    )
    return I, V, Neurons(*p)


def to_float64(I: Array, V: Array, p: Neurons) -> tuple[Array, Array, Neurons]:
    """The same in float64."""
    return I.astype(float), V.astype(float), Neurons(*(x.astype(float) for x in p))


def safe_neurons(
    shape: tuple[int, ...] = DENSE, sharing: str = "channel"
) -> tuple[Array, Array, Neurons]:
    """Where no decision, neither of spike, window nor ReLU, is within rounding."""
    I, V, p = draw_neurons(shape, sharing)
    for _ in range(60):
        tape = kernel_neuron.forward(*to_float64(I, V, p), PAPER, activation.identity, 1)[2]
        x = tape.U - tape.p.v_th
        near = [abs(x), abs(tape.U), *(abs(abs(x) - mu) for mu in (0.5, 0.3, 0.4))]
        close = np.minimum.reduce(near) < 1e-4
        if not close.any():
            return I, V, p
        I[close] += np.float32(1.3e-3)
    raise AssertionError("no spike-safe input found")


def neuron(drawn: Any, act: str | Pair, fires: Pair = PAPER, s: int = 1, k: int = 6) -> Twin:
    """The last k outputs have a gradient; of every other k the last potential has one too."""
    I, V, p = drawn
    rng = np.random.default_rng(k)
    dY = rng.normal(size=(I.shape[0], k, *I.shape[2:])).astype(np.float32)
    dV = (k % 2 * rng.normal(size=V.shape)).astype(np.float32)
    choices: Any = fires, act if isinstance(act, Pair) else ACTS[act], s

    def forward(kernel: Any, x: Arrays) -> tuple[list[Array], Any]:
        Y, last, tape = kernel.forward(*x[:2], Neurons(*x[2:]), *choices)
        return [np.asarray(Y), last], tape

    back = lambda kernel, tape, d: flat(kernel.backward(*d, tape, *choices))  # noqa: E731
    return Twin(*pair_of("neuron"), forward, back, (I, V, *p), (dY, dV), terms=30, cuts=CUTS)


def parts_forward(
    I: Array, V: Array, p: Neurons, scale: kernel_norm.Params, eps: float, size: tuple[int, int]
) -> tuple[Array, Array, Any]:
    Y, last, fired = kernel_neuron.forward(I, V, p, PAPER, activation.identity, 1)
    Y, _, scaled = kernel_norm.forward(Y, scale, LAYER, eps)
    Y, rectified = kernel_activate.forward(Y, activation.relu)
    Y, pooled = kernel_pool.forward(Y, size, size)
    return Y, last, (fired, scaled, rectified, pooled, size)


def parts_backward(dY: Array, tape: Any, mu: float) -> tuple[Any, ...]:
    fired, scaled, rectified, pooled, size = tape
    dY = kernel_pool.backward(dY, pooled, size, size)
    dY = kernel_activate.backward(dY, rectified, activation.relu)
    dY, dscale = kernel_norm.backward(dY, scaled, LAYER)
    choices, dV = (spike.paper(mu), activation.identity, 1), np.zeros_like(dY[:, 0])
    return *kernel_neuron.backward(dY, dV, fired, *choices), dscale


PARTS = cast(ModuleType, SimpleNamespace(forward=parts_forward, backward=parts_backward))
# Where all neurons share a threshold, the norm takes it away again: not with a closed window.
BLOCKS = ("all", 0.5), ("channel", 0.5), ("channel", 0.0)


def block(shape: tuple[int, ...], sharing: str, size: tuple[int, int], mu: float = 0.5) -> Twin:
    """A block of Fig. 6, whose definition is its parts."""
    (I, V, p), rng = safe_neurons(shape, sharing), np.random.default_rng(len(shape))
    near = np.zeros(1)
    while near.min() < 1e-4:  # so that rounding decides on no slope of the ReLU
        scale = kernel_norm.Params(*rng.normal(size=(2, *shape[2:])).astype(np.float32))
        tape = parts_forward(*to_float64(I, V, p), scale, VARIANCE_EPS, size)[2]
        near = abs(tape[2].X)
    dY = rng.normal(size=parts_forward(I, V, p, scale, VARIANCE_EPS, size)[0].shape).astype(
        np.float32
    )

    def forward(k: Any, x: Arrays) -> tuple[list[Array], Any]:
        own = Neurons(*x[2:6]), kernel_norm.Params(*x[6:])
        Y, last, tape = k.forward(*x[:2], *own, VARIANCE_EPS, size)
        return [Y, last], tape

    back, terms = lambda k, t, d: flat(k.backward(*d, t, mu)), 2048 // 16 + 40
    inputs = I, V, *p, *scale
    return Twin(neuron_norm_pool, PARTS, forward, back, inputs, (dY,), terms, cuts=CUTS)


GRIDS = {
    "same": SAME,
    "valid": Grid((1, 1), ((0, 0), (0, 0))),
    "lopsided": Grid((1, 1), ((2, 0), (0, 3))),
    "wide": Grid((1, 1), ((3, 4), (5, 3))),
}
TILED = [(3, 20, 20, 4), (2, 2, 10, 13, 5), (7, 8, 3), (2, 3, 17, 1), (4, 5, 4, 12)]
BORDERS = [(1, 1), (1, 9), (9, 1), (2, 2), (5, 5), (6, 11)]


def cut_tiles(m: int) -> Twin:
    """However images, outputs and rows are cut, also unevenly, sums are the same but for order."""
    twin = tiles(m, (5, 9, 6, 8), 12)
    values = [(1, 1, 900), (1, 56, 10**9), (3 * 600, 56, 900), (3 * 600, 1, 10**9)]
    values += [(3 * 600, 10**9, 900), (10**9, 56, 900)]
    names = [(conv_winograd, n) for n in ("CHUNK", "BLOCK_SIZE", "MAX_UNPACKED_PRODUCTS")]
    few: Cut = twin.cuts[0] | {(conv_winograd, "MIN_TILES"): 1, (conv_winograd, "LANES"): 3}
    return twin._replace(cuts=[few | dict(zip(names, cut, strict=True)) for cut in values])


def all_cases() -> Iterator[tuple[str, Twin]]:
    """Shapes, options and seeds."""
    for each in (elementwise, convolutions, recurrents, neurons):
        yield from each()


def elementwise() -> Iterator[tuple[str, Twin]]:
    yield from ((f"activate-{act}", activate(act)) for act in ACTS)
    for name, decay_of in SHARING.items():
        for B, T, _, L, *sizes in [VECTORS[0], *IMAGES]:
            neurons = (*(*sizes, ())[0], L)
            yield f"current-{name}-{neurons}", current((B, T, *neurons), decay_of(neurons)[-1])
    for shape in [(2, 3, 8, 6, 5), (3, 7, 9, 4), (5, 4, 3), (1, 4, 4, 1), (4, 2, 4, 8, 1)]:
        for size in [(2, 2), (4, 2), (1, 2), (2, 1), (4, 4), (1, 1), (3, 3)]:
            if shape[-3] >= size[0] and shape[-2] >= size[1]:
                yield f"average-pool-{shape}-{size}", average_pool(shape, size)
    yield from ((f"norm-{name}", norm(name)) for name in NORMS)
    images = {(5, 6, 4, 6, 3): (2, 2), (2, 3, 8, 4, 5): (4, 2), (3, 1, 6, 3, 4): (1, 3)}
    for (shape, size), (sharing, mu) in product(images.items(), BLOCKS):
        yield f"block-{shape}-{sharing}-{mu}", block(shape, sharing, size, mu)
    for N, dtype in product((1, 6, 128, 129), (np.int64, np.int32, np.uint8)):
        yield f"tokens-{N}-{dtype.__name__}", tokens(N, dtype)


def convolutions() -> Iterator[tuple[str, Twin]]:
    for name in PLANES:
        yield f"planes-{name}", whole_number_conv(name)._replace(fast=conv_columns, cuts=CUTS)
    for m in WORST:
        for name, grid in GRIDS.items():
            yield from ((f"tiles-{m}-{name}-{shape}", tiles(m, shape, 6, grid)) for shape in TILED)
        yield from ((f"tiles-{m}-{size}", tiles(m, (3, *size, 2), 3)) for size in BORDERS)
        yield f"tiles-{m}-cut", cut_tiles(m)
    for shape in ((), (1,)):  # one bias for all; Winograd's tiles of 5 amplify by 225 at most
        tiled = conv((4, 5, 10, 10, 24), 20, bias=shape)
        yield f"bias-tiles-{shape}", tiled._replace(factor=WORST[5], terms=WORST[5])
        yield f"bias-planes-{shape}", conv((2, 3, 6, 5, 2), 7, bias=shape)._replace(terms=1260)
        yield f"bias-rows-{shape}", conv((3, 6, 5, 12), 7, STRIDED, shape)


def recurrents() -> Iterator[tuple[str, Twin]]:
    for name, cell in CELLS.items():
        shapes = IMAGES if name == "convlstm" else VECTORS
        for sizes, seed in product(shapes, range(3)):
            yield f"{name}-{sizes}-{seed}", recurrent(cell, *draw_recurrent(cell, sizes, seed))
        for drive in (50.0, 100.0):
            inputs, grads = draw_recurrent(cell, shapes[0], drive=drive)
            yield f"{name}-saturated-{drive}", recurrent(cell, inputs, grads)
            ends = (np.float32(drive) * np.sign(inputs[0]), *inputs[1:])
            yield f"{name}-at-its-ends-{drive}", recurrent(cell, ends, grads)


def neurons() -> Iterator[tuple[str, Twin]]:
    mus, steps = cycle((0.5, 0.3, 0.0)), cycle((1, 3, 6, 4))
    for act, s, sharing, shape in product(ACTS, (0, 1), SHARING, (DENSE, (2, 6, 3, 4, 5))):
        fires, k = spike.paper(next(mus)), next(steps)
        twin = neuron(safe_neurons(shape, sharing), act, fires, s, k)
        yield f"neuron-{act}-{s}-{sharing}-{shape}", twin
    for shape, sharing, act in product(SMALL, SHARING, ("relu", "identity")):
        for s, k in enumerate((0, shape[1])):
            twin = neuron(safe_neurons(shape, sharing), act, spike.paper(0.3), s, k)
            yield f"neuron-{shape}-{sharing}-{act}-{k}", twin
    for mu in (0.4, 0.0, -0.0, -0.3):  # open and shut, below 0 too, for the reset and for Act
        window, safe = spike.paper(mu), safe_neurons()
        yield f"neuron-window-{mu}-relu", neuron(safe, "relu", window, 0, 3)
        yield f"neuron-window-{mu}-lif", neuron(safe, window, window, 1, 6)
        yield f"neuron-window-{mu}-output", neuron(safe, window, spike.paper(0.4), 0, 1)


def handed_over() -> Iterator[tuple[str, Twin]]:
    """What has no fast form."""
    own, relu, frozen = Pair(np.sin, np.cos), ACTS["relu"], spike.frozen
    yield "activation", activate(own)
    for size, stride in (((2, 2), (1, 1)), ((3, 2), (2, 2)), ((1, 2), (2, 2)), ((2, 2), (3, 3))):
        yield f"windows-{size}-{stride}", average_pool((2, 3, 7, 6, 4), size, stride)
    yield "windows-one-axis", average_pool((2, 6, 4), (2,))
    yield "windows-three-axes", average_pool((2, 4, 4, 4, 3), (2, 2, 2))
    yield "no-images", average_pool((0, 4, 4, 3))
    for name in sorted(SHAPES.keys() - set(PLANES)):
        yield f"conv-{name}", whole_number_conv(name)
    for shape in ((10, 10, 32), (10, 32), (1, 32)):
        yield f"bias-{shape}", conv((4, 10, 10, 32), 32, bias=shape)
    choices: dict[str, list[tuple[Pair, ...]]] = {
        "rnn": [(sigmoid,), (activation.identity,), (frozen(tanh),)],
        "lstm": [(tanh, tanh, tanh), (sigmoid, relu, tanh), (sigmoid, tanh, activation.identity)],
        "gru": [(tanh, tanh), (sigmoid, relu), (sigmoid, frozen(tanh))],
    }
    choices["convlstm"] = [*choices["lstm"], (frozen(sigmoid), tanh, tanh)]
    for name, cell in CELLS.items():
        small: Any = FEW_CHANNELS if name == "convlstm" else (2, 4, 2, 3)
        for number, acts in enumerate(choices[name]):
            other = cell._replace(activations=acts)
            yield f"{name}-{number}", recurrent(other, *draw_recurrent(cell, small))
        if name != "convlstm":
            yield f"{name}-no-steps", recurrent(cell, *draw_recurrent(cell, (2, 0, 0, 3)))
    yield from ((f"norm-{x}", norm("batch", x)) for x in ((0, 2, 3), (1, 2), (3,), (0,)))
    yield from ((f"norm-full-{name}", norm("image", full=name)) for name in ("gamma", "b"))
    yield "no-tokens", tokens(6, B=0)
    window = Pair(spike.step, np.cos)
    for number, act in enumerate((own, window, Pair(np.sin, PAPER.slope))):
        yield f"neuron-act-{number}", neuron(draw_neurons(), act)
    for number, fires in enumerate((spike.relaxed(0.5), frozen(PAPER), window)):
        yield f"neuron-spike-{number}", neuron(draw_neurons(), relu, fires)
    I, V, p = draw_neurons()
    in_batch = p._replace(v_th=np.full((5, 7), 0.5, np.float32))
    yield "neuron-in-batch", neuron((I, V, in_batch), "relu")


# One of each form, for what all promise.
TWINS = {
    **{f"activate-{act}": activate(act) for act in ("relu", "selu", "tanh")},
    "average-pool": average_pool(),
    "conv-tiles": conv((4, 5, 10, 10, 24), 20),
    "conv-planes": conv((2, 3, 6, 5, 2), 7),
    "conv-rows": conv((3, 6, 5, 12), 7, STRIDED),
    **{n: recurrent(c, *draw_recurrent(c, VECTORS[1])) for n, c in CELLS.items() if n[0] != "c"},
    "convlstm-planes": recurrent(
        CELLS["convlstm"], *draw_recurrent(CELLS["convlstm"], FEW_CHANNELS)
    ),
    "convlstm-tiles": recurrent(CELLS["convlstm"], *draw_recurrent(CELLS["convlstm"], TILES)),
    **{f"norm-{name}": norm(name) for name in ("image", "batch")},
    "block": block((2, 5, 4, 6, 3), "channel", (2, 2)),
    **{f"tokens-{N}": tokens(N) for N in (6, fast_tokens.MAX_ONEHOT_TOKENS + 1)},
    **{f"neuron-{act}": neuron(draw_neurons(), act, k=5) for act in ("identity", "selu", "spike")},
}
