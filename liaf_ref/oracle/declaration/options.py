"""The options that a backend can declare, as data: values, the paper's first, and what each means.

The table has a sentence for each value, and what computes it.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from liaf_ref.oracle.case import DTYPES
from liaf_ref.oracle.opset import OPS, OPTIMIZERS
from liaf_ref.oracle.surrogates.measure import slope_tolerance
from liaf_ref.oracle.surrogates.table import SHAPES, Shape
from liaf_ref.oracle.table.functions import Slope
from liaf_ref.oracle.table.tape import T


class Value(NamedTuple):
    """A value of an option: its sentence, and what computes it."""

    about: str
    rule: Any = None
    needs_reset: bool = False  # whether it means nothing without a reset


class Option(NamedTuple):
    """An option with its values by name; the first is the paper's."""

    about: str
    values: Mapping[str, Value]

    @property
    def default(self) -> str:
        """The paper's value."""
        return next(iter(self.values))


# What a reset leaves of X, which is U, or alpha U + beta if the leak comes before.  ``F`` is the
# spike, of any level, and ``G`` is 1 where it is not 0: a hard reset asks whether the neuron fired,
# and a subtraction how much it sent.
RESETS: Mapping[str, Callable[[Any, T], T]] = {
    "v_reset": lambda z, X: z.G * z.v_reset + (1 - z.G) * X,
    "zero": lambda z, X: (1 - z.G) * X,
    "threshold": lambda z, X: z.F * z.v_th + (1 - z.G) * X,
    "subtract": lambda z, X: X - z.F * z.v_th,
    "subtract difference": lambda z, X: X - z.F * z.v_th + z.G * z.v_reset,
    "none": lambda z, X: X,
}
Lines = Mapping[str, Callable[[Any], T]]
LEAKS: Mapping[str, Callable[[Callable[[Any, T], T]], Lines]] = {
    "after reset": lambda reset: {
        "R": lambda z: reset(z, z.U),
        "V": lambda z: z.alpha * z.R + z.beta,
    },
    "before reset": lambda reset: {
        "R": lambda z: reset(z, z.alpha * z.U + z.beta),
        "V": lambda z: z.R,
    },
    "none": lambda reset: {"R": lambda z: reset(z, z.U), "V": lambda z: z.R},
}


class Step(NamedTuple):
    """One step of a spike: its size, where it is, and whether the neuron is silent below it."""

    size: int
    argument: Callable[[Any], T]  # of S
    opens: bool = True


def _upwards(multiple: float, opens: bool = True) -> Step:
    return Step(1, lambda z: z.U - multiple * z.v_th, opens)


LEVELS: Mapping[str, tuple[Step, ...]] = {
    "binary": (_upwards(1.0),),
    "ternary": (_upwards(1.0), Step(-1, lambda z: -z.U - z.v_th)),
    "integer 4": tuple(_upwards(k + 0.5, k == 0) for k in range(4)),
}


OPTIONS: Mapping[str, Option] = {
    "fires": Option(
        "When a neuron fires",
        {
            ">=": Value("U >= v_th: a neuron at its threshold fires, Eq. (4)."),
            ">": Value("U > v_th: a neuron at its threshold does not fire."),
        },
    ),
    "reset": Option(
        "What a spike does to the potential",
        {
            "v_reset": Value("A spike sets the potential to v_reset, Eq. (5)."),
            "zero": Value("A spike sets the potential to 0."),
            "threshold": Value("A spike sets the potential to v_th."),
            "subtract": Value("A spike subtracts v_th from the potential; v_reset is not used."),
            "subtract difference": Value("A spike subtracts v_th - v_reset from the potential."),
            "none": Value("A spike does not change the potential."),
        },
    ),
    "leak": Option(
        "When the potential leaks",
        {
            "after reset": Value(
                "The potential leaks after the reset: V = alpha R + beta, Eq. (6)."
            ),
            "before reset": Value(
                "The potential leaks, then the spike resets it; exp/n.R is V.", needs_reset=True
            ),
            "none": Value("The potential does not leak: V = R."),
        },
    ),
    "reset_gradient": Option(
        "Whether a gradient flows through the spike that resets",
        {
            "case": Value("As the option `reset` of each case asks."),
            "always": Value(
                "Always; no case asks for a detached reset.", "paper", needs_reset=True
            ),
            "never": Value(
                "Never; every case asks for a detached reset.", "detached", needs_reset=True
            ),
        },
    ),
    "levels": Option(
        "How many values a spike has",
        {
            "binary": Value("0 and 1, Eq. (4)."),
            "ternary": Value(
                "-1, 0 and 1: F = S(U - v_th) - S(-U - v_th). A hard reset follows both."
            ),
            "integer 4": Value(
                "0 to 4, as in I-LIF: F = clip(round(U / v_th), 0, 4), half a v_th rounded up."
            ),
        },
    ),
    "output": Option(
        "What LIAF sends",
        {
            "act": Value("Act, Eqs. (7) and (8)."),
            "graded": Value("F times Act: Act where it fires alone. LIF sends F."),
        },
    ),
    "convolution": Option(
        "How a convolution of 3 by 3 with stride 1 is rounded",
        {
            "sum": Value("As a sum of products, in any order."),
            "winograd 2": Value(
                "Or in Winograd's tiles of 2 by 2 outputs, from the points 0, 1 and -1.", rule=2
            ),
            "winograd 4": Value(
                "Or in tiles of 4 by 4 outputs, from the points 0, 1, -1, 2 and -2.", rule=4
            ),
        },
    ),
    "rounding": Option(
        "How fixed point rounds, with a `dtype` such as q4.12",
        {
            "nearest even": Value("To the nearest number; a tie goes to the even word."),
            "nearest up": Value("To the nearest number; a tie goes up: add a half, then shift."),
            "nearest away": Value("To the nearest number; a tie goes away from 0."),
            "down": Value("To the next number below: an arithmetic shift."),
            "to zero": Value("To the next number towards 0: a division in C."),
        },
    ),
    "overflow": Option(
        "What fixed point does with a number beyond its range",
        {
            "saturate": Value("It becomes the nearest number that there is."),
            "wrap": Value("Its highest bits are lost: two's complement."),
        },
    ),
    "carry": Option(
        "Whether the potential is carried from one call to the next",
        {
            "state": Value("V^0 is given, and a gradient comes back from V^T."),
            "none": Value("Every call starts at V^0 = 0, and nothing comes back from V^T."),
        },
    ),
}
SURROGATE = "surrogate"
SURROGATES: Mapping[str, Shape] = {
    name: shape for name, shape in SHAPES.items() if shape.symmetric and shape.condition is None
}


class Restriction(NamedTuple):
    """A list of what a backend has; cases with anything else are left out."""

    about: str
    values: tuple[str, ...]


def _of_neurons(about: str, option: str) -> Restriction:
    return Restriction(about, tuple(OPS["neuron"].options[option].values))


RESTRICTIONS: Mapping[str, Restriction] = {
    "ops": Restriction("Operations and optimizers", tuple(dict.fromkeys((*OPS, *OPTIMIZERS)))),
    "act": _of_neurons("Activations of neurons", "act"),
    "mode": _of_neurons("Modes of neurons", "mode"),
    "sharing": _of_neurons("How neurons share parameters", "sharing"),
    "dtype": Restriction("Number formats, also float16, bfloat16, tf32 and q4.12", DTYPES),
}
NAMES = (*OPTIONS, SURROGATE, *RESTRICTIONS)
WINDOW_OPTION = "mu"  # as a parameter's value: the option of the node


def declared_slope(shape: Shape, given: Mapping[str, Any]) -> Slope:
    """The slope of a spike: ``"mu"`` as a parameter is the option of the node."""

    def values(mu: float) -> Mapping[str, float]:
        return shape.complete({k: mu if v == WINDOW_OPTION else v for k, v in given.items()})

    return Slope(
        lambda x, mu: shape.slope(x, values(mu)),
        lambda mu: shape.jump_points(values(mu)),  # rounding must not cross them
        lambda x, e, arithmetic, mu: slope_tolerance(shape, values(mu), x, arithmetic, e),
    )
