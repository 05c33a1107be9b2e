"""One random case: drawn, made safe from rounding, answered and bounded."""

from dataclasses import replace

import numpy as np

from liaf_ref.oracle.case import Case
from liaf_ref.oracle.cases.distributions import FINE_STEP
from liaf_ref.oracle.cases.draw import CaseSpec, draw_case
from liaf_ref.oracle.declaration import Declaration
from liaf_ref.oracle.formats import LOW_PRECISION
from liaf_ref.oracle.golden.golden_case import GoldenCase
from liaf_ref.oracle.random_cases.answer import answer_exact, answer_rounded
from liaf_ref.oracle.random_cases.edges import NEAR, place_near_edges
from liaf_ref.oracle.random_cases.network import Network, build_network
from liaf_ref.oracle.random_cases.numbers import distributions, v_reset_above
from liaf_ref.oracle.random_cases.options import Choice

MAX_ATTEMPTS = 16
SHRINK = 0.85  # of the sizes, from attempt to attempt
LOW_ATTEMPTS = 5, 0.6  # attempts, and their shrinking, where few sums have enough bits
MAX_ROUNDED_SIZE = 130  # entries of an array whose error is bounded
MAX_ROUNDED_TOTAL = 360  # and of all arrays of the case
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
        network = _network(choice, rng, shrink**attempt, max_size)
        if network is None:
            return None
        case = _draw(name, choice, network, rng, attempt, dtype, declaration)
        golden = (
            answer_exact(case, declaration, dtype)
            if choice["exact"] == "yes"
            else answer_rounded(case, declaration, dtype, gates)
        )
        if golden is not None:
            facts = {"options": {k: v for k, v in choice.items() if v is not None}}
            return replace(golden, metadata={"seed": list(seed), "attempt": attempt, **facts})
    return None


def _network(
    choice: Choice, rng: np.random.Generator, shrink: float, max_size: int
) -> Network | None:
    """A network within the limits of size; None if it is too large for ``max_size``."""
    exact = choice["exact"] == "yes"
    largest = max_size if exact else min(max_size, MAX_ROUNDED_SIZE)
    total = MAX_TOTAL if exact else MAX_ROUNDED_TOTAL
    for _ in range(MAX_ATTEMPTS):
        network = build_network(choice, rng, shrink)
        sizes = network.array_sizes()
        if max(sizes) <= largest and sum(sizes) <= total:
            break
        shrink *= SHRINK
    return network if max(sizes) <= max_size else None


def _draw(
    name: str,
    choice: Choice,
    network: Network,
    rng: np.random.Generator,
    attempt: int,
    dtype: str,
    declaration: Declaration,
) -> Case:
    exact = choice["exact"] == "yes"
    spec = CaseSpec(
        name,
        _level(network),
        _description(network, exact),
        network.nodes,
        {k.removeprefix("in/"): shape for k, shape in network.input_shapes.items()},
        int(rng.integers(2**62)),
        distributions(choice),
        choice["final state"] == "kept",
        network.optimizer,
        exact,
    )
    case = declaration.configure(draw_case(spec, 0))
    if choice["v_reset"] == "above v_th":
        step = 0.25 if exact else FINE_STEP
        resets = {
            f"par/{n.name}.v_reset": v_reset_above(case[f"par/{n.name}.v_th"], rng, step)
            for n in network.nodes
            if n.op == "neuron"
        }
        case = case.with_arrays(resets)
    if choice["scale"] in {"large", "huge"} and choice["loss"] == "softmax_ce":
        case = case.with_arrays({"in/y": case["in/X"].argmax(axis=-1)})
    if dtype in LOW_PRECISION:  # on an edge where nothing rounds, else wherever it is drawn
        case = place_near_edges(case, rng, ON_EDGE, declaration) if exact else case
        return case.astype(dtype).astype(np.float64)
    return place_near_edges(case, rng, _distance(exact, attempt, rng), declaration)


def _distance(exact: bool, attempt: int, rng: np.random.Generator) -> float:
    """How near to the edges: on them where nothing rounds, else at least what rounding is."""
    fine = float(rng.choice([NEAR, NEAR / 2, NEAR / 4]))
    if not exact:
        return NEAR * 2.0 ** (attempt // 2)
    return fine if attempt == 0 and rng.integers(2) else ON_EDGE


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
