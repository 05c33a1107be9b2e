"""One random case: drawn, made safe from rounding, answered and bounded."""

from dataclasses import replace
from typing import Any

import numpy as np

from liaf_ref.oracle.case import Case
from liaf_ref.oracle.cases.draw import CaseSpec, draw_case
from liaf_ref.oracle.declaration import Declaration
from liaf_ref.oracle.error_bounds import Bounds, bound
from liaf_ref.oracle.formats import LOW_PRECISION, has_own_cases
from liaf_ref.oracle.golden.golden_case import GoldenCase
from liaf_ref.oracle.random_cases.answer import answer_exact, answer_in_words, answer_rounded
from liaf_ref.oracle.random_cases.edges import NEAR, place_near_edges
from liaf_ref.oracle.random_cases.network import Network, build_network
from liaf_ref.oracle.random_cases.numbers import distributions, grid_step, v_reset_above
from liaf_ref.oracle.random_cases.options import Choice
from liaf_ref.oracle.random_cases.repair import repaired

MAX_ATTEMPTS = 10
MAX_REPAIRS = 6  # of one attempt
SHRINK = 0.8  # of the sizes, from attempt to attempt
LOW_ATTEMPTS = 5, 0.6  # attempts, and their shrinking, where few sums have enough bits
TRAINED = 0.65  # of the sizes of a network that is trained
MAX_ROUNDED = 6_000, 12_000  # entries of an array whose error is bounded, and of all
MAX_LOW = 130, 360  # the same where few sums have enough bits
MAX_TOTAL = 60_000
ON_EDGE = 0.0


def draw_golden_case(
    name: str,
    choice: Choice,
    seed: tuple[int, ...],
    max_size: int,
    dtype: str,
    gates: bool,
    declaration: Declaration,
) -> GoldenCase | None:
    """Draw until a case is exact, or safe and useful, each time smaller; None: not with these."""
    attempts, shrink = LOW_ATTEMPTS if dtype in LOW_PRECISION else (MAX_ATTEMPTS, SHRINK)
    for attempt in range(attempts):
        rng = np.random.default_rng([*seed, attempt])
        network = _network(choice, rng, shrink**attempt, max_size, dtype)
        if network is None:
            return None
        spec = _specification(name, choice, network, rng, attempt)
        case = _draw(spec, choice, rng, 0, declaration)
        if not has_own_cases(dtype):
            case = place_near_edges(case, rng, _distance(choice, attempt, rng), declaration)
        elif spec.exact:
            case = place_near_edges(case, rng, ON_EDGE, declaration)
        case = _representable(case, dtype)
        if (words := declaration.words(dtype)) is not None:
            golden = answer_in_words(case, words, declaration)
        elif spec.exact:
            golden = answer_exact(case, declaration, dtype)
        else:
            known = None
            if not gates:
                case, known = _repaired(case, spec, choice, rng, dtype, declaration)
            golden = answer_rounded(case, declaration, dtype, gates, known)
        if golden is not None:
            facts: dict[str, Any] = dict(golden.metadata)
            if dtype in LOW_PRECISION:
                facts["dtype"] = dtype
            if declaration.departures:
                facts["declared"] = list(declaration.departures)
            facts |= {"options": {k: v for k, v in choice.items() if v is not None}}
            return replace(golden, metadata={"seed": list(seed), "attempt": attempt} | facts)
    return None


def _network(
    choice: Choice, rng: np.random.Generator, shrink: float, max_size: int, dtype: str
) -> Network | None:
    """A network within the limits of size; None if it is too large for ``max_size``."""
    largest, total = MAX_LOW if dtype in LOW_PRECISION else MAX_ROUNDED
    if choice["exact"] == "yes":
        largest, total = max_size, MAX_TOTAL
    largest = min(largest, max_size)
    if choice["optimizer"] is not None:
        shrink *= TRAINED  # the bounds of each step are computed
    for _ in range(MAX_ATTEMPTS):
        network = build_network(choice, rng, shrink)
        sizes = network.array_sizes()
        if max(sizes) <= largest and sum(sizes) <= total:
            break
        shrink *= SHRINK
    return network if max(sizes) <= max_size else None


def _specification(
    name: str, choice: Choice, network: Network, rng: np.random.Generator, attempt: int
) -> CaseSpec:
    exact = choice["exact"] == "yes"
    return CaseSpec(
        name,
        _level(network),
        _description(network, exact),
        network.nodes,
        {k.removeprefix("in/"): shape for k, shape in network.input_shapes.items()},
        int(rng.integers(2**62)),
        distributions(choice, attempt),
        choice["final state"] == "kept",
        network.optimizer,
        exact,
    )


def _draw(
    spec: CaseSpec,
    choice: Choice,
    rng: np.random.Generator,
    number: int,
    declaration: Declaration,
) -> Case:
    case = declaration.configure(draw_case(spec, number))
    if choice["v_reset"] == "above v_th":
        resets = {
            f"par/{n.name}.v_reset": v_reset_above(
                case[f"par/{n.name}.v_th"], rng, grid_step(choice)
            )
            for n in spec.nodes
            if n.op == "neuron"
        }
        case = case.with_arrays(resets)
    if choice["scale"] in {"large", "huge"} and choice["loss"] == "softmax_ce":
        case = case.with_arrays({"in/y": case["in/X"].argmax(axis=-1)})
    return case


def _repaired(
    case: Case,
    spec: CaseSpec,
    choice: Choice,
    rng: np.random.Generator,
    dtype: str,
    declaration: Declaration,
) -> tuple[Case, Bounds]:
    """With other numbers where rounding could turn a decision, a few times; and its bounds."""
    for number in range(1, MAX_REPAIRS + 1):
        with np.errstate(all="ignore"):
            bounds = bound(case, dtype, declaration.text)
        is_safe = not any(places.any() for places in bounds.unsafe.values())
        if is_safe or number == MAX_REPAIRS:
            break
        fresh = _representable(_draw(spec, choice, rng, number, declaration), dtype)
        case = repaired(case, fresh, bounds.unsafe)
    return case, bounds


def _representable(case: Case, dtype: str) -> Case:
    return case.astype(dtype).astype(np.float64) if has_own_cases(dtype) else case


def _distance(choice: Choice, attempt: int, rng: np.random.Generator) -> float:
    """How near to the edges: on them where nothing rounds, else at least what rounding is."""
    if choice["exact"] == "no":
        return NEAR * 2.0 ** (attempt // 2)
    fine = float(rng.choice([NEAR, NEAR / 2, NEAR / 4]))
    return fine if choice["T"] != "many" and attempt == 0 and rng.integers(2) else ON_EDGE


def _level(network: Network) -> str:
    if network.optimizer is not None:
        return "L4"
    if len(network.nodes) == 1:
        return "L0"
    if "in/y" in network.input_shapes:
        return "L3"
    return "L1" if len(network.nodes) <= 3 else "L2"


def _description(network: Network, exact: bool) -> str:
    ops = " + ".join(node.op for node in network.nodes)
    trained = f", {network.optimizer['name']}" if network.optimizer else ""
    return f"random: {ops}{trained}; {'no rounding' if exact else 'spike-safe'}"
