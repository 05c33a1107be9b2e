"""A declared neuron as forward lines on the tape, and a convolution in Winograd's tiles."""

from collections.abc import Callable, Mapping
from functools import partial
from itertools import product
from types import SimpleNamespace
from typing import Any

import numpy as np

from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import Window
from liaf_ref.oracle.conventions.neuron import FORWARD_ORDER
from liaf_ref.oracle.error_bounds.bounded import Bounded
from liaf_ref.oracle.reference import PAPER_KERNELS, KernelTable
from liaf_ref.oracle.reference.winograd import TRANSFORMS, fits_tiles
from liaf_ref.oracle.table import layers
from liaf_ref.oracle.table.functions import decide, number
from liaf_ref.oracle.table.neuron import Function, neuron
from liaf_ref.oracle.table.numbers import current
from liaf_ref.oracle.table.tape import T, pad, with_slope


def declared_neuron(kernels: KernelTable) -> dict[str, Any]:
    """The operation in place of the paper's neuron, if the kernels have another."""
    if kernels.neuron is PAPER_KERNELS.neuron and kernels.spike is PAPER_KERNELS.spike:
        return {}
    changed: dict[str, Any] = {}
    if hasattr(kernels.neuron, "equations"):
        lines = kernels.neuron.equations
        changed["lines"] = {name: getattr(lines, name) for name in FORWARD_ORDER}

    def spikes(options: Mapping[str, Any], given: Any) -> tuple[Function, Function]:
        output = kernels.act(options) if options["act"] == "spike" else None
        both = (kernels.spike(options), output or kernels.spike(options))
        reset, sent = (Function(partial(_fire, pair=pair)) for pair in both)
        return reset, sent

    return {"neuron": partial(neuron, spikes=spikes, **changed)}


def _fire(x: T, pair: Pair) -> T:
    """A spike by its value and its slope; the jumps of both are decisions."""
    slope: Any = pair.slope
    edges = [-slope.mu, slope.mu] if isinstance(slope, Window) and slope.mu > 0 else []
    v = decide(x, 0.0, *edges, *getattr(slope, "jumps", ()))
    found = slope(v)
    if hasattr(slope, "error") and isinstance(x.v, Bounded):
        found = x.v.made(found, slope.error(v, x.v.e, x.v.arithmetic))
    else:
        found = current().make(found)
    return with_slope(x, number(pair.value(v)), found)


def tiled(m: int) -> dict[str, Any]:
    """The convolutions of kernel 3 by 3 and stride 1 in tiles of m by m outputs."""

    def conv(z: SimpleNamespace, X: T, **options: Any) -> layers.States:
        W = z.parameters["W"]
        if not fits_tiles(W.shape[:-2], options["stride"]):
            return layers.conv(z, X, **options)
        I = _in_tiles(X, W, options["pad"], m)
        return {"I": I + z.parameters["b"] if "b" in z.parameters else I}

    def convlstm(A: T, s: layers.States, U: T) -> layers.States:
        if not fits_tiles(U.shape[:2], (1, 1)):
            return layers.convlstm(A, s, U)
        return layers.lstm_cell(A + _in_tiles(s["h"], U, ((1, 1), (1, 1)), m), s)

    return {"conv": conv, "convlstm": layers.recurrent(convlstm)}


def _in_tiles(X: T, W: T, padding: Any, m: int) -> T:
    """All tiles at once: ``A^T ((G W G^T) * (B^T d B)) A``."""
    AT, BT, G = TRANSFORMS[m]
    sizes = [n + sum(p) - 2 for n, p in zip(X.shape[-3:-1], padding, strict=True)]
    tiles = [-(-n // m) for n in sizes]
    wide = [(a, b + m * k - n) for (a, b), k, n in zip(padding, tiles, sizes, strict=True)]
    d = pad(X, wide)
    steps = [[slice(i, i + m * (k - 1) + 1, m) for i in range(m + 2)] for k in tiles]
    inputs = {
        (i, j): d[..., steps[0][i], steps[1][j], :] for i, j in product(range(m + 2), repeat=2)
    }
    kernel = {(i, j): W[i, j] for i, j in product(range(3), repeat=2)}
    V, U = _both_axes(BT, inputs), _both_axes(G, kernel)
    outputs = _both_axes(AT, {at: V[at] @ U[at] for at in V})
    return _interleaved(outputs, m)[..., : sizes[0], : sizes[1], :]


def _both_axes(matrix: Any, parts: dict[tuple[int, int], T]) -> dict[tuple[int, int], T]:
    """``matrix d matrix^T`` of the parts d of a square."""
    rows, columns = matrix.shape
    once = {
        (p, j): _sum(matrix[p], [parts[i, j] for i in range(columns)])
        for p, j in product(range(rows), range(columns))
    }
    return {
        (p, q): _sum(matrix[q], [once[p, j] for j in range(columns)])
        for p, q in product(range(rows), repeat=2)
    }


def _sum(factors: Any, terms: list[T]) -> T:
    pairs = [(float(f), t) for f, t in zip(factors, terms, strict=True) if f]
    first, *rest = (t if f == 1 else t * f for f, t in pairs)
    return sum(rest, first)


def _interleaved(parts: dict[tuple[int, int], T], m: int) -> T:
    """A plane of which each part has every m-th row and column."""
    first = parts[0, 0].v
    *outer, H, W, L = first.shape
    whole = np.zeros_like(first, shape=(*outer, m * H, m * W, L))
    parents: list[tuple[T, Callable[[Any], Any]]] = []
    for (a, b), part in parts.items():
        at = (..., slice(a, None, m), slice(b, None, m), slice(None))
        whole[at] = part.v
        parents.append((part, lambda g, at=at: g[at]))  # type: ignore[misc]
    return T(whole, parents)
