"""The options that a backend can declare, as data: values, the paper's first.

docs/verify/declare-your-conventions.md has a sentence for each value; here is what computes it.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from liaf_ref.oracle.case import DTYPES
from liaf_ref.oracle.formats import OVERFLOWS, ROUNDINGS
from liaf_ref.oracle.opset import OPS, OPTIMIZERS
from liaf_ref.oracle.surrogates.measure import slope_tolerance
from liaf_ref.oracle.surrogates.table import SHAPES, Shape
from liaf_ref.oracle.table.functions import Slope, fires
from liaf_ref.oracle.table.tape import T


class Step(NamedTuple):
    """One step of a spike: its size, where it is, and whether the neuron is silent below it."""

    size: int
    argument: Callable[[Any], T]  # of S
    opens: bool = True


def _upwards(multiple: float, opens: bool = True) -> Step:
    return Step(1, lambda z: z.U - multiple * z.v_th, opens)


def _leaked(z: Any, x: T) -> T:
    return z.alpha * x + z.beta  # type: ignore[no-any-return]


# ``F`` is the spike, of any level, and ``G`` is 1 where it is not 0: a hard reset asks whether the
# neuron fired, and a subtraction how much it sent.
OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "fires": {">=": fires, ">": lambda x: x > 0},
    "reset": {  # what a spike leaves of X, as the leak has it
        "v_reset": lambda z, X: z.G * z.v_reset + (1 - z.G) * X,
        "zero": lambda z, X: (1 - z.G) * X,
        "threshold": lambda z, X: z.F * z.v_th + (1 - z.G) * X,
        "subtract": lambda z, X: X - z.F * z.v_th,
        "subtract difference": lambda z, X: X - z.F * z.v_th + z.G * z.v_reset,
        "none": lambda z, X: X,
    },
    "leak": {  # X, of which R is what the reset leaves; and V
        "after reset": (lambda z: z.U, lambda z: _leaked(z, z.R)),
        "before reset": (lambda z: _leaked(z, z.U), lambda z: z.R),
        "none": (lambda z: z.U, lambda z: z.R),
    },
    "reset_gradient": {"case": None, "always": "paper", "never": "detached"},  # of each node
    "levels": {  # the steps of a spike
        "binary": (_upwards(1.0),),
        "ternary": (_upwards(1.0), Step(-1, lambda z: -z.U - z.v_th)),
        "integer 4": tuple(_upwards(k + 0.5, k == 0) for k in range(4)),
    },
    "output": dict.fromkeys(("act", "graded")),
    "convolution": {"sum": None, "winograd 2": 2, "winograd 4": 4},  # outputs of a side of a tile
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
OF_NODE = "mu"  # as a parameter's value: the option of the node
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
    **RESTRICTIONS,
}


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
