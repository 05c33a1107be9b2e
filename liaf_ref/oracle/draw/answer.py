"""A plan's case with its answer, if no rounding can turn a decision of it."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.declaration import Declaration
from liaf_ref.oracle.draw.network import Plan
from liaf_ref.oracle.draw.quantities import draw_indices, draw_numbers
from liaf_ref.oracle.error_bounds import Bounds, LazyTolerances, bound, tolerances
from liaf_ref.oracle.error_bounds.bounded import Arithmetic, Bounded, bounded_numbers
from liaf_ref.oracle.formats import FORMATS, Words, has_own_cases
from liaf_ref.oracle.golden.generation import gate_forced
from liaf_ref.oracle.golden.golden_case import GoldenCase
from liaf_ref.oracle.opset import OPS
from liaf_ref.oracle.shapes import array_shapes, required_arrays
from liaf_ref.oracle.table import PAPER, Text, run

GIVEN = ("in", "par", "fix", "up")  # prefixes of what a case gives
TRIES = 4  # draws of the samples in which rounding could turn a decision
BLUNT = {"float32": 0.005, "tf32": 0.02, "float16": 0.06, "bfloat16": 0.2}
MAX_FINITE = 1e30
SHARP = 1e-5  # of an answer that is 0


def draw_case(
    rng: np.random.Generator, plan: Plan, name: str, dtype: str, declaration: Declaration
) -> Case:
    """The case of a plan."""
    finest, words = None, declaration.words(dtype)
    if has_own_cases(dtype):
        finest = 2.0**-words.fraction_bits if words else 2.0 ** (2 - FORMATS[dtype].bits)
    arrays, indices = dict[str, Array](), [own.index_limit for own in plan.shapes.values()]
    limits = {"in/ids": indices[0], "in/y": indices[-1]}
    options = {node.name: node.options for node in plan.nodes}
    for of, shape in array_shapes(plan.nodes, plan.inputs, None).items():
        prefix, _, rest = of.partition("/")
        node, _, quantity = rest.rpartition(".")
        is_final = prefix == "up" and quantity != "Y"
        if prefix not in GIVEN or (is_final and plan.regions["final"] == "none"):
            continue
        if (limit := limits.get(of)) is not None:
            arrays[of] = draw_indices(rng, limit, shape, plan.regions["indices"])
        elif quantity == "M" and plan.regions["M"] == "usual":
            keep = options[node]["keep"]
            arrays[of] = ((rng.random(shape) < keep) / keep).astype("float32").astype(float)
        else:
            arrays[of] = draw_numbers(rng, quantity if node else "X", shape, plan.regions, finest)
    case = Case(
        name, level_of(plan.nodes, plan.optimizer), plan.nodes, arrays, plan.optimizer, _about(plan)
    )
    case = declaration.configure(case)
    return case.astype(dtype).astype(np.float64) if has_own_cases(dtype) else case


def level_of(nodes: Sequence[Node], optimizer: Mapping[str, Any] | None) -> str:
    """The level of a network, by its nodes."""
    if optimizer is not None:
        return "L4"
    has_loss = OPS[nodes[-1].op].target is not None
    return "L0" if len(nodes) == 1 else "L3" if has_loss else f"L{min(len(nodes) // 2, 2)}"


def _about(plan: Plan) -> str:
    ops = " + ".join(node.op for node in plan.nodes)
    return f"random: {ops}" + (f", {plan.optimizer['name']}" if plan.optimizer else "")


def draw_answered(
    rng: np.random.Generator,
    plan: Plan,
    name: str,
    dtype: str,
    gates: bool,
    declaration: Declaration,
) -> GoldenCase | None:
    """A case of a plan with its answer; None if a few draws do not give a sharp and safe one."""
    case = draw_case(rng, plan, name, dtype, declaration)
    if (words := declaration.words(dtype)) is not None:
        return answer_in_words(case, words, declaration)
    for _ in range(TRIES):
        with np.errstate(all="ignore"):
            bounds = bound(case, dtype, declaration.text)
        if not _is_sharp(bounds, BLUNT[dtype]):
            return None
        rows = unsafe_rows(bounds)
        if not rows.size:
            return answer_safe(case, declaration, dtype, bounds)
        if gates and case.optimizer is None and not declaration.departures:
            return answer_gated(case, declaration, dtype)
        fresh = draw_case(rng, plan, name, dtype, declaration)
        case = case.with_arrays(
            {n: _replaced(a, fresh[n], rows) for n, a in case.items() if n.startswith("in/")}
        )
    return None


def unsafe_rows(bounds: Bounds) -> Array:
    """The samples in which rounding could turn a decision."""
    found = [np.nonzero(places)[0] for places in bounds.unsafe.values()]
    return np.unique(np.concatenate([np.zeros(0, int), *found]))


def _replaced(array: Array, fresh: Array, rows: Array) -> Array:
    changed = array.copy()
    changed[rows] = fresh[rows]
    return changed


def answer_safe(
    case: Case, declaration: Declaration, dtype: str = "float32", bounds: Bounds | None = None
) -> GoldenCase | None:
    """The answer to a case that no rounding turns; None where rounding may."""
    if bounds is None:
        with np.errstate(all="ignore"):
            bounds = bound(case, dtype, declaration.text)
        if unsafe_rows(bounds).size:
            return None
    is_exact = not any(a.any() for a in bounds.tolerance.values())
    if declaration.has_other_spikes and not is_exact:
        return None  # the bounds are those of one step at v_th
    expected = {name: array + 0.0 for name, array in bounds.answer.items()}  # no minus zeros
    known = LazyTolerances((dtype, "float64"), partial(_tolerances, case, declaration))
    known[dtype] = bounds.tolerance
    if is_exact:
        known["float64"] = bounds.tolerance
    required = declaration.required(required_arrays(case, expected), case.nodes)
    return GoldenCase(case, expected, known, required, is_exact, _facts(dtype, declaration))


def answer_gated(case: Case, declaration: Declaration, dtype: str) -> GoldenCase | None:
    """The same with its decisions."""
    return answer_safe(forced := gate_forced(case), declaration, dtype, bound(forced, dtype))


# A number that has a name in the equations is stored once: the synaptic input, U, R, V, Y, and each
# gradient of them.  Sums and products inside an equation are exact, as in a wide accumulator.  A
# parameter's gradient is the exact sum over steps and samples, stored once.  A spike is a bit.
BITS = 53  # of float64, in which sums and products are exact


class InexactError(Exception):
    """A sum or a product may round."""


def fixed_point_answer(case: Case, words: Words, text: Text = PAPER) -> dict[str, Array]:
    """The answer in fixed point; :class:`InexactError` where float64 may not be exact."""

    def store(x: Any) -> Bounded:
        if x.e.any():
            raise InexactError
        return x.made(words.store(x.v), None)  # type: ignore[no-any-return]

    numbers = bounded_numbers(Arithmetic(2.0**-BITS, 0.0))
    found = run(case, numbers, {**text, "store": store})
    return {name: store(a).v for name, a in found.items()}


def answer_in_words(case: Case, words: Words, declaration: Declaration) -> GoldenCase | None:
    """The answer in fixed point, which is exact; None where float64 may not hold a sum."""
    try:
        expected = fixed_point_answer(case, words, declaration.text)
    except InexactError:
        return None
    zeros = {name: np.zeros(array.shape) for name, array in expected.items()}
    required = declaration.required(required_arrays(case, expected), case.nodes)
    facts = {**_facts(words.name, declaration), **words.metadata()}
    return GoldenCase(case, expected, {words.name: zeros}, required, True, facts)


def _facts(dtype: str, declaration: Declaration) -> dict[str, Any]:
    facts = {"dtype": dtype} if has_own_cases(dtype) else {}
    return facts | ({"declared": list(declaration.departures)} if declaration.departures else {})


def _tolerances(case: Case, declaration: Declaration, dtype: str) -> dict[str, Array]:
    """As declared; by this name a worker's verdict can be pickled."""
    return tolerances(case, dtype, declaration.text)


def _is_sharp(bounds: Bounds, share: float) -> bool:
    """Whether all numbers are finite, and known well enough to show a mistake."""
    for prefix in ("exp/curve", "exp/", "grad/"):
        names = [name for name in bounds.answer if name.startswith(prefix)]
        largest = max((abs(bounds.answer[n]).max(initial=0.0) for n in names), default=0.0)
        allowed = max((bounds.tolerance[n].max(initial=0.0) for n in names), default=0.0)
        if not (largest < MAX_FINITE and allowed <= max(share * largest, 0 if largest else SHARP)):
            return False
    return True
