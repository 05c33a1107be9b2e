"""The options that a backend can declare, as data: values, the paper's first.

docs/verify/declare-your-conventions.md has a sentence for each value; here is what computes it.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from liaf_ref.oracle.deviations.deviation import Edits, put, wrapped
from liaf_ref.oracle.deviations.neuron import FIRES, LEAKS, RESETS
from liaf_ref.oracle.error_bounds.bounded import ULP
from liaf_ref.oracle.formats import OVERFLOWS, ROUNDINGS
from liaf_ref.oracle.opset import OPS, OPTIMIZERS
from liaf_ref.oracle.surrogates.measure import slope_tolerance
from liaf_ref.oracle.surrogates.table import SHAPES, Shape
from liaf_ref.oracle.table.functions import Slope, value
from liaf_ref.oracle.table.tape import T, current, turned

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


# A convolution in Winograd's tiles, as a backend may compute it: Lavin and Gray (2016).  A tile of
# m by m outputs is the rest of sums over all of its inputs and taps, and so are the gradients.  So
# each is taken apart in larger numbers: some times the largest of a plane, times all taps.
KERNEL = (3, 3)
TIMES = {2: 2.0, 4: 64.0}
PLANE = (-3, -2)


def fits_tiles(kernel: Sequence[int], stride: Sequence[int]) -> bool:
    """Whether a convolution can be computed in tiles."""
    return tuple(kernel) == KERNEL and tuple(stride) == (1, 1)


def _also_in_tiles(m: int) -> Edits:
    """The convolution, whose rounding is also that of tiles of m by m outputs where they fit."""

    def apart(x: Any, sizes: Any) -> Any:
        return current().apart(x, current().make(TIMES[m] * sizes))

    def wrap(convolve: Callable[..., T]) -> Callable[..., T]:
        def run(X: T, W: T, stride: Sequence[int], padding: Any) -> T:
            if not fits_tiles(W.shape[:-2], stride):
                return convolve(X, W, stride, padding)
            (K, L), taps = W.shape[-2:], abs(value(W)).sum((0, 1))
            largest = abs(value(X)).max(PLANE, keepdims=True)

            def back_X(g: Any) -> Any:
                return apart(g, abs(value(T(I.gradient))).max(PLANE, keepdims=True) @ taps.T)

            def back_W(g: Any) -> Any:
                sums = abs(value(T(I.gradient))).sum(PLANE)
                return apart(g, largest.reshape(-1, K).T @ sums.reshape(-1, L))

            I = convolve(turned(X, back_X), turned(W, back_W), stride, padding)
            return T(apart(I.v, largest @ taps), ((I, lambda g: g),))

        return run

    return wrapped("convolve", wrap)


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
    "convolution": {"sum": ()} | {f"winograd {m}": _also_in_tiles(m) for m in TIMES},
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
    name: shape for name, shape in SHAPES.items() if shape.symmetric and shape.steepest is None
}
OF_NEURONS = ("act", "mode", "sharing")
# Lists of what a backend has; cases with anything else are left out.
RESTRICTIONS: Mapping[str, tuple[str, ...]] = {
    "ops": tuple(dict.fromkeys((*OPS, *OPTIMIZERS))),
    **{name: tuple(OPS["neuron"].options[name].values) for name in OF_NEURONS},
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
