"""The options that a backend can declare, as data: values, the paper's first.

docs/verify/declare-your-conventions.md has a sentence for each value; here is what computes it.
"""

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from liaf_ref.oracle.case import DTYPES
from liaf_ref.oracle.deviations.deviation import Edits, put, wrapped
from liaf_ref.oracle.deviations.neuron import FIRES, LEAKS, RESETS
from liaf_ref.oracle.error_bounds.tiles import TRANSFORMS, tiled
from liaf_ref.oracle.formats import OVERFLOWS, ROUNDINGS
from liaf_ref.oracle.opset import OPS, OPTIMIZERS
from liaf_ref.oracle.surrogates.measure import slope_tolerance
from liaf_ref.oracle.surrogates.table import SHAPES, Shape
from liaf_ref.oracle.table.functions import Slope
from liaf_ref.oracle.table.tape import T

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
    "convolution": {"sum": ()} | {f"winograd {m}": put(tiles=tiled(m)) for m in TRANSFORMS},
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
    **RESTRICTIONS,
}


WITHOUT = 'reset = "none"'


def contradiction(values: Mapping[str, Any]) -> str | None:
    """An option whose value means nothing without a reset, if there is none."""
    needy = (name for name, value in NEED_RESET if values[name] == value)
    return next(needy, None) if values["reset"] == "none" else None


def as_toml(value: Any) -> str:
    """The value of an option, a list or a surrogate as a declaration has it."""
    if not isinstance(value[-1], tuple):
        return json.dumps(value)
    given = [("shape", value[0]), *(each for each in value[1] if each != ("scale", 1.0))]
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
