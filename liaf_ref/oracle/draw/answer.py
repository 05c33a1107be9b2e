"""A plan's case with its answer, if no rounding can turn a decision of it."""

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.declaration import Declaration
from liaf_ref.oracle.draw.network import Plan
from liaf_ref.oracle.draw.quantities import ALIKE, draw_indices, draw_numbers
from liaf_ref.oracle.error_bounds import ERRORS, Bounds, LazyTolerances, bound, tolerances
from liaf_ref.oracle.error_bounds.bounded import Arithmetic, Bounded, bounded_numbers
from liaf_ref.oracle.formats import FORMATS, Words, has_own_cases
from liaf_ref.oracle.golden.cases import GoldenCase
from liaf_ref.oracle.golden.generation import gate_forced
from liaf_ref.oracle.opset import OPS
from liaf_ref.oracle.shapes import array_shapes, required_arrays
from liaf_ref.oracle.table import Text, run

GIVEN = ("in", "par", "fix", "up")  # prefixes of what a case gives
TRIES = 4  # draws of the samples in which rounding could turn a decision
BLUNT = {"float32": 0.02, "tf32": 0.02, "float16": 0.06, "bfloat16": 0.2}
MAX_FINITE = 1e30
SHARP = 1e-5  # of an answer that is 0


def draw_case(
    rng: np.random.Generator, plan: Plan, name: str, dtype: str, declaration: Declaration
) -> Case:
    """The case of a plan."""
    finest, words = None, declaration.words(dtype)
    if has_own_cases(dtype):
        finest = 2.0**-words.fraction_bits if words else 2.0 ** (2 - FORMATS[dtype].bits)
    own_limits = [(node.inputs, plan.shapes[node.name].index_limit) for node in plan.nodes]
    tokens = [limit for inputs, limit in own_limits if "in/ids" in inputs and limit is not None]
    limits = {"in/ids": min(tokens, default=None), "in/y": own_limits[-1][1]}
    arrays = dict[str, Array]()
    options = {node.name: node.options for node in plan.nodes}
    for of, shape in array_shapes(plan.nodes, plan.inputs, None).items():
        prefix, _, rest = of.partition("/")
        node, _, quantity = rest.rpartition(".")
        is_final = prefix == "up" and quantity != "Y"
        if prefix not in GIVEN or (is_final and plan.regions[ALIKE[quantity]] == "none"):
            continue
        if (limit := limits.get(of)) is not None:
            arrays[of] = draw_indices(rng, limit, shape, plan.regions["indices"])
        elif quantity == "M" and plan.regions["M"] == "usual":
            keep = options[node]["keep"]
            arrays[of] = ((rng.random(shape) < keep) / keep).astype("float32").astype(float)
        else:
            arrays[of] = draw_numbers(rng, quantity if node else "X", shape, plan.regions, finest)
    about = f"random: {' + '.join(node.op for node in plan.nodes)}"
    about += f", {plan.optimizer['name']}" if plan.optimizer else ""
    level = level_of(plan.nodes, plan.optimizer)
    case = declaration.configure(Case(name, level, plan.nodes, arrays, plan.optimizer, about))
    return case.astype(dtype).astype(np.float64) if has_own_cases(dtype) else case


def level_of(nodes: Sequence[Node], optimizer: Mapping[str, Any] | None) -> str:
    """The level of a network, by its nodes."""
    if optimizer is not None:
        return "L4"
    has_loss = OPS[nodes[-1].op].target is not None
    return "L0" if len(nodes) == 1 else "L3" if has_loss else f"L{min(len(nodes) // 2, 2)}"


def draw_answered(
    rng: np.random.Generator, plan: Plan, name: str, dtype: str, gates: bool, declared: Declaration
) -> GoldenCase | None:
    """A case of a plan with its answer; None if a few draws do not give one."""
    draw = partial(draw_case, rng, plan, name, dtype, declared)
    case = draw()
    for left in reversed(range(TRIES)):
        try:
            return answered(case, declared, dtype, gates, BLUNT.get(dtype))
        except UnsafeError as error:
            if not left or not error.rows.size:
                break
            fresh, again = draw(), {n: a.copy() for n, a in case.items() if n.startswith("in/")}
            for n, array in again.items():
                array[error.rows] = fresh[n][error.rows]
            case = case.with_arrays(again)
    return None


class UnsafeError(ArithmeticError):
    """Rounding could turn a decision of some samples, or change numbers by more than is small."""

    def __init__(self, rows: Sequence[Array] = ()) -> None:
        super().__init__("rounding may change the answer")
        self.rows = np.unique(np.concatenate([np.zeros(0, int), *rows]))


def answered(
    case: Case,
    declaration: Declaration,
    dtype: str = "float32",
    gates: bool = False,
    blunt: float | None = None,
) -> GoldenCase:
    """The answer to a case, perhaps with its decisions, or :class:`UnsafeError`.

    ``blunt`` is the share of the largest number from which on a tolerance is too large.
    """
    facts: dict[str, Any] = {"dtype": dtype} if has_own_cases(dtype) else {}
    if declaration.departures:
        facts["declared"] = list(declaration.departures)
    if (words := declaration.words(dtype)) is not None:
        facts |= words.metadata()
        expected = _in_words(case, words, declaration.text)
        tolerance: Any = {dtype: {name: np.zeros(array.shape) for name, array in expected.items()}}
        is_exact = True
    else:
        may_turn = gates and case.optimizer is None and not declaration.departures
        case, bounds = _bounded(case, declaration.text, dtype, may_turn, blunt)
        known = (*bounds.answer.values(), *bounds.tolerance.values())
        if not all(np.isfinite(array).all() for array in known):
            raise UnsafeError
        is_exact = not any(a.any() for a in bounds.tolerance.values())
        if declaration.has_other_spikes and not is_exact:
            raise UnsafeError  # the bounds are those of one step at v_th
        expected = {name: array + 0.0 for name, array in bounds.answer.items()}  # no minus zeros
        other = bounds.tolerance if is_exact else partial(_tolerances, case, declaration, "float64")
        tolerance = LazyTolerances({"float64": other, dtype: bounds.tolerance})  # of one, the last
    required = declaration.required(required_arrays(case, expected), case.nodes)
    return GoldenCase(case, expected, tolerance, required, is_exact, facts)


def _bounded(
    case: Case, text: Text, dtype: str, may_turn: bool, blunt: float | None
) -> tuple[Case, Bounds]:
    """A case whose decisions no rounding can turn, with its bounds."""

    def check(part: Mapping[str, Bounded], unsafe: Mapping[str, Array]) -> None:
        most = math.sqrt(MAX_FINITE) if case.optimizer else MAX_FINITE  # Adam squares gradients
        if blunt is not None and not _is_sharp(part, blunt, most):
            raise UnsafeError
        if not may_turn and any(places.any() for places in unsafe.values()):
            raise UnsafeError([np.nonzero(places)[0] for places in unsafe.values()])

    bounds = bound(case, dtype, text, check)
    if not any(places.any() for places in bounds.unsafe.values()):
        return case, bounds
    forced = gate_forced(case)
    return forced, bound(forced, dtype)


# A number that has a name in the equations is stored once: the synaptic input, U, R, V, Y, and each
# gradient of them.  Sums and products inside an equation are exact, as in a wide accumulator.  A
# parameter's gradient is the exact sum over steps and samples, stored once.  A spike is a bit.
BITS = 53  # of float64, in which sums and products are exact


def _in_words(case: Case, words: Words, text: Text) -> dict[str, Array]:
    """The answer in fixed point, where float64 holds each sum exactly."""

    def store(x: Any) -> Bounded:
        if x.e.any():
            raise UnsafeError
        return x.made(words.store(x.v), 0.0)  # type: ignore[no-any-return]

    numbers = bounded_numbers(Arithmetic(2.0**-BITS, 0.0))
    found = run(case, numbers, {**text, "store": store})
    return {name: store(a).v for name, a in found.items()}


def _tolerances(case: Case, declaration: Declaration, dtype: str) -> dict[str, Array]:
    """As declared; by this name a worker's verdict can be pickled."""
    return tolerances(case, dtype, declaration.text)


def _is_sharp(part: Mapping[str, Bounded], share: float, most: float) -> bool:
    """Whether all numbers are finite, and known well enough to show a mistake."""
    for prefix in ("exp/curve", "exp/", "grad/"):
        arrays = [a for name, a in part.items() if name.startswith(prefix)]
        largest = np.max([abs(a.v).max(initial=0.0) for a in arrays], initial=0.0)  # or NaN
        error = ERRORS * np.max([a.e.max(initial=0.0) for a in arrays], initial=0.0)
        if not (largest < most and error <= max(share * largest, 0 if largest else SHARP)):
            return False
    return True
