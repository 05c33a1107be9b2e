"""The options that a backend can declare, as data: values, the paper's first, and what each means.

A value is one row: its sentence, and what computes it in the forward text.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from liaf_ref.oracle.case import DTYPES
from liaf_ref.oracle.opset import OPS, OPTIMIZERS
from liaf_ref.oracle.surrogates.measure import slope_tolerance
from liaf_ref.oracle.surrogates.table import SHAPES, Shape
from liaf_ref.oracle.table.functions import Slope, fires
from liaf_ref.oracle.table.tape import T


class Value(NamedTuple):
    """A value of an option: its sentence, and what computes it."""

    about: str
    rule: Any = None
    needs_reset: bool = False  # whether it means nothing without a reset


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
OPTIONS: Mapping[str, Mapping[str, Value]] = {
    "fires": {
        ">=": Value("U >= v_th: a neuron at its threshold fires, Eq. (4).", fires),
        ">": Value("U > v_th: a neuron at its threshold does not fire.", lambda x: x > 0),
    },
    "reset": {  # what a spike leaves of X, as the leak has it
        "v_reset": Value(
            "A spike sets the potential to v_reset, Eq. (5).",
            lambda z, X: z.G * z.v_reset + (1 - z.G) * X,
        ),
        "zero": Value("A spike sets the potential to 0.", lambda z, X: (1 - z.G) * X),
        "threshold": Value(
            "A spike sets the potential to v_th.", lambda z, X: z.F * z.v_th + (1 - z.G) * X
        ),
        "subtract": Value(
            "A spike subtracts v_th from the potential; v_reset is not used.",
            lambda z, X: X - z.F * z.v_th,
        ),
        "subtract difference": Value(
            "A spike subtracts v_th - v_reset from the potential.",
            lambda z, X: X - z.F * z.v_th + z.G * z.v_reset,
        ),
        "none": Value("A spike does not change the potential.", lambda z, X: X),
    },
    "leak": {  # X, of which R is what the reset leaves; and V
        "after reset": Value(
            "The potential leaks after the reset: V = alpha R + beta, Eq. (6).",
            (lambda z: z.U, lambda z: _leaked(z, z.R)),
        ),
        "before reset": Value(
            "The potential leaks, then the spike resets it; exp/n.R is V.",
            (lambda z: _leaked(z, z.U), lambda z: z.R),
            needs_reset=True,
        ),
        "none": Value("The potential does not leak: V = R.", (lambda z: z.U, lambda z: z.R)),
    },
    "reset_gradient": {  # the option of each node
        "case": Value("As the option `reset` of each case asks."),
        "always": Value("Always; no case asks for a detached reset.", "paper", True),
        "never": Value("Never; every case asks for a detached reset.", "detached", True),
    },
    "levels": {  # the steps of a spike
        "binary": Value("0 and 1, Eq. (4).", (_upwards(1.0),)),
        "ternary": Value(
            "-1, 0 and 1: F = S(U - v_th) - S(-U - v_th). A hard reset follows both.",
            (_upwards(1.0), Step(-1, lambda z: -z.U - z.v_th)),
        ),
        "integer 4": Value(
            "0 to 4, as in I-LIF: F = clip(round(U / v_th), 0, 4), half a v_th rounded up.",
            tuple(_upwards(k + 0.5, k == 0) for k in range(4)),
        ),
    },
    "output": {
        "act": Value("Act, Eqs. (7) and (8)."),
        "graded": Value("F times Act: Act where it fires alone. LIF sends F."),
    },
    "convolution": {  # the outputs of a side of a tile
        "sum": Value("As a sum of products, in any order."),
        "winograd 2": Value(
            "Or in Winograd's tiles of 2 by 2 outputs, from the points 0, 1 and -1.", 2
        ),
        "winograd 4": Value(
            "Or in tiles of 4 by 4 outputs, from the points 0, 1, -1, 2 and -2.", 4
        ),
    },
    "rounding": {  # of fixed point
        "nearest even": Value("To the nearest number; a tie goes to the even word."),
        "nearest up": Value("To the nearest number; a tie goes up: add a half, then shift."),
        "nearest away": Value("To the nearest number; a tie goes away from 0."),
        "down": Value("To the next number below: an arithmetic shift."),
        "to zero": Value("To the next number towards 0: a division in C."),
    },
    "overflow": {
        "saturate": Value("It becomes the nearest number that there is."),
        "wrap": Value("Its highest bits are lost: two's complement."),
    },
    "carry": {  # from one call to the next
        "state": Value("V^0 is given, and a gradient comes back from V^T."),
        "none": Value("Every call starts at V^0 = 0, and nothing comes back from V^T."),
    },
}
TOGETHER = (("fires",), ("levels",), ("output",), ("reset", "leak"))  # that a diagnosis changes
DEFAULTS = {name: next(iter(values)) for name, values in OPTIONS.items()}
Parameters = tuple[tuple[str, float | str], ...]
SURROGATE = "surrogate"
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
NAMES = (*OPTIONS, SURROGATE, *RESTRICTIONS)
WINDOW_OPTION = "mu"  # as a parameter's value: the option of the node


@lru_cache(maxsize=16)
def declared_slope(name: str, parameters: Parameters) -> Slope:
    """The slope of a spike: ``"mu"`` as a parameter is the option of the node."""
    shape = SURROGATES[name]
    given: Mapping[str, Any] = dict(parameters)

    def values(mu: float) -> Mapping[str, float]:
        return shape.complete({k: mu if v == WINDOW_OPTION else v for k, v in given.items()})

    return Slope(
        lambda x, mu: shape.slope(x, values(mu)),
        lambda mu: shape.jumps(values(mu)),  # rounding must not cross them
        lambda x, e, arithmetic, mu: slope_tolerance(shape, values(mu), x, arithmetic, e),
    )
