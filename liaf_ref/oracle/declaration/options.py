"""The options that a backend can declare, as data: values, the paper's first.

docs/verify/declare-your-conventions.md has a sentence for each value; here is what computes it.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import product
from types import SimpleNamespace
from typing import Any

import numpy as np

from liaf_ref.fast.conv_winograd import axis_transforms
from liaf_ref.oracle.case import DTYPES
from liaf_ref.oracle.deviations.deviation import Edits, after, put, wrapped
from liaf_ref.oracle.deviations.neuron import FIRES, LEAKS, RESETS
from liaf_ref.oracle.error_bounds.bounded import ULP
from liaf_ref.oracle.formats import OVERFLOWS, ROUNDINGS
from liaf_ref.oracle.opset import OPS, OPTIMIZERS
from liaf_ref.oracle.surrogates.measure import slope_tolerance
from liaf_ref.oracle.surrogates.table import SHAPES, Shape
from liaf_ref.oracle.table import layers
from liaf_ref.oracle.table.functions import Slope
from liaf_ref.oracle.table.tape import T, concat, pad

OF_NODE = "mu"  # as the value of mu or a parameter: the option of the node
Sent = Callable[[Callable[[T], T], Any], T]  # by S of Eq. (4)


def _levels(sent: Sent, fired: Sent) -> Edits:
    """A spike of several levels, and whether a reset sees one."""
    return (
        *put(F=lambda z: sent(z.spike, z)),
        *wrapped("R", lambda old: lambda z: old(SimpleNamespace(**vars(z), G=fired(z.spike, z)))),
        *wrapped("Y", lambda old: lambda z: sent(z.act, z) if z.is_lif else old(z)),
    )


def _first(S: Callable[[T], T], z: Any) -> T:
    """The first of four levels: half a threshold from 0."""
    return S(z.U - 0.5 * z.v_th)


# A convolution in Winograd's tiles, as a backend may compute it: Lavin and Gray (2016).
# m by m outputs of a kernel of 3 by 3 are A^T ((G W G^T) * (B^T d B)) A, d the m + 2 by m + 2
# inputs under them.  The matrices are those that libraries use: the points 0, 1, -1 for m = 2, and
# also 2, -2 for m = 4.  The numbers are the convolution's, their rounding is not.
KERNEL = (3, 3)
POINTS = {2: (0.0, 1.0, -1.0), 4: (0.0, 1.0, -1.0, 2.0, -2.0)}
TRANSFORMS = {m: axis_transforms(np.array(points)) for m, points in POINTS.items()}


def fits_tiles(kernel: Sequence[int], stride: Sequence[int]) -> bool:
    """Whether a convolution can be computed in tiles."""
    return tuple(kernel) == KERNEL and tuple(stride) == (1, 1)


def _also_in_tiles(m: int) -> Edits:
    """The convolution, whose rounding is also that of tiles of m by m outputs where they fit."""

    def wider(I: T, X: T, W: T, stride: Sequence[int], padding: Any) -> T:
        return I + (in_tiles(X, W, padding, m) - I) if fits_tiles(W.shape[:-2], stride) else I

    return after("convolve", wider)


def in_tiles(X: T, W: T, padding: Any, m: int) -> T:
    """All tiles at once: ``A^T ((G W G^T) * (B^T d B)) A``."""
    AT, BT, G = TRANSFORMS[m]
    sizes = [n + sum(p) - 2 for n, p in zip(X.shape[-3:-1], padding, strict=True)]
    tiles = [-(-n // m) for n in sizes]
    wide = [(a, b + m * k - n) for (a, b), k, n in zip(padding, tiles, sizes, strict=True)]
    inputs = dict(layers.windows(pad(X, wide), (m + 2, m + 2), (m, m)))
    kernel = {at: W[at] for at in product(range(3), repeat=2)}
    V, U = (_transformed(M, _transformed(M, parts)) for M, parts in ((BT, inputs), (G, kernel)))
    outputs = _transformed(AT, _transformed(AT, {at: V[at] @ U[at] for at in V}))
    return _interleaved(outputs, m)[..., : sizes[0], : sizes[1], :]


def _transformed(matrix: Any, parts: Mapping[Any, T]) -> dict[tuple[int, int], T]:
    """``(matrix d)^T`` of the parts d of a square: twice, of both axes."""
    rows, columns = map(range, matrix.shape)
    at = product(rows, sorted({j for _, j in parts}))
    return {(j, p): _sum(matrix[p], [parts[i, j] for i in columns]) for p, j in at}


def _sum(factors: Any, terms: list[T]) -> T:
    pairs = [(float(f), t) for f, t in zip(factors, terms, strict=True) if f]
    first, *rest = (t if f == 1 else t * f for f, t in pairs)
    return sum(rest, first)


def _interleaved(parts: dict[tuple[int, int], T], m: int) -> T:
    """A plane of which each part has every m-th row and column."""
    *outer, H, W, L = parts[0, 0].shape
    after_H, after_W = len(outer) + 1, len(outer) + 3
    apart = {at: part.reshape(*outer, H, 1, W, 1, L) for at, part in parts.items()}
    rows = [concat([apart[a, b] for b in range(m)], after_W) for a in range(m)]
    return concat(rows, after_H).reshape(*outer, m * H, m * W, L)


# The options that change the forward text, each value with its edits.
IN_TEXT: Mapping[str, Mapping[str, Edits]] = {
    "fires": FIRES,
    "reset": RESETS,
    "leak": LEAKS,
    "levels": {
        "binary": (),
        "ternary": _levels(
            lambda S, z: S(z.U - z.v_th) - S(-z.U - z.v_th),
            lambda S, z: S(z.U - z.v_th) + S(-z.U - z.v_th),
        ),
        "integer 4": _levels(
            lambda S, z: sum((S(z.U - (k + 0.5) * z.v_th) for k in range(1, 4)), _first(S, z)),
            _first,
        ),
    },
    "output": {
        "act": (),
        "graded": wrapped("Y", lambda old: lambda z: old(z) if z.is_lif else z.F * old(z)),
    },
    "convolution": {"sum": ()} | {f"winograd {m}": _also_in_tiles(m) for m in TRANSFORMS},
}
OPTIONS: Mapping[str, Mapping[str, Any]] = {
    **IN_TEXT,
    "reset_gradient": {  # the options of each neuron
        "case": {},
        "always": {"reset": "paper"},
        "never": {"reset": "detached"},
    },
    "rounding": ROUNDINGS,  # of fixed point
    "overflow": OVERFLOWS,
    "carry": dict.fromkeys(("state", "none")),  # from one call to the next
}
NEED_RESET = (("leak", "before reset"), ("reset_gradient", "always"), ("reset_gradient", "never"))
TOGETHER = (("fires",), ("levels",), ("output",), ("reset", "leak"))  # that a diagnosis changes
Surrogate = tuple[str, tuple[tuple[str, float | str], ...]]  # a shape, and all its parameters
SURROGATES: Mapping[str, Shape] = {
    name: shape for name, shape in SHAPES.items() if shape.symmetric and shape.condition is None
}
OF_NEURONS = ("act", "mode", "sharing")
# Lists of what a backend has; cases with anything else are left out.
RESTRICTIONS: Mapping[str, tuple[str, ...]] = {
    "ops": tuple(dict.fromkeys((*OPS, *OPTIMIZERS))),
    **{name: tuple(OPS["neuron"].options[name].values) for name in OF_NEURONS},
    "dtype": DTYPES,
}
DEFAULTS: Mapping[str, Any] = {  # the paper's
    **{name: next(iter(values)) for name, values in OPTIONS.items()},
    "surrogate": ("window", (("mu", OF_NODE), ("scale", 1.0))),
    "ulp": tuple(ULP.items()),
    **RESTRICTIONS,
}


WITHOUT = 'reset = "none"'


def contradiction(values: Mapping[str, Any]) -> str | None:
    """An option whose value means nothing without a reset, if there is none."""
    needy = (name for name, value in NEED_RESET if values[name] == value)
    return next(needy, None) if values["reset"] == "none" else None


def as_toml(value: Any) -> str:
    """The value of an option, a list, a surrogate or accuracies as a declaration has it."""
    if not isinstance(value[-1], tuple):
        return json.dumps(value)
    usual = {("scale", 1.0), *ULP.items()}
    pairs = value if isinstance(value[0], tuple) else (("shape", value[0]), *value[1])
    given = [pair for pair in pairs if pair not in usual]
    return f"{{{', '.join(f'{key} = {json.dumps(own)}' for key, own in given)}}}"


@lru_cache(maxsize=16)
def declared_slope(surrogate: Surrogate) -> Slope:
    """The slope of a spike: ``"mu"`` as a parameter is the option of the node."""
    shape = SURROGATES[surrogate[0]]
    given: Mapping[str, Any] = dict(surrogate[1])

    def at(mu: float) -> Shape:
        return shape.at({k: mu if v == OF_NODE else v for k, v in given.items()})

    return Slope(
        lambda x, mu: at(mu).slope(x),
        lambda mu: at(mu).jumps,  # rounding must not cross them
        lambda x, e, arithmetic, mu: slope_tolerance(at(mu), x, arithmetic, e),
    )
