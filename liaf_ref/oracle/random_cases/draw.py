"""One random case: drawn, made safe from rounding, answered and bounded."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.cases.distributions import FINE_STEP
from liaf_ref.oracle.cases.draw import CaseSpec, draw_case
from liaf_ref.oracle.cases.edge_conventions import required_arrays
from liaf_ref.oracle.error_bounds import LazyTolerances, spike_safe
from liaf_ref.oracle.formats import FORMATS, LOW_PRECISION
from liaf_ref.oracle.golden.generation import reference_answer
from liaf_ref.oracle.golden.golden_case import GoldenCase
from liaf_ref.oracle.random_cases.edges import NEAR, place_near_edges
from liaf_ref.oracle.random_cases.exactness import InexactError, prove_no_rounding
from liaf_ref.oracle.random_cases.network import Network, build_network
from liaf_ref.oracle.random_cases.numbers import distributions, v_reset_above
from liaf_ref.oracle.random_cases.options import Choice
from liaf_ref.oracle.reference.run import gate_forced

MAX_ATTEMPTS = 16
SHRINK = 0.85  # of the sizes, from attempt to attempt
LOW_ATTEMPTS = 5, 0.6  # attempts, and their shrinking, where few sums have enough bits
MAX_ROUNDED_SIZE = 130  # entries of an array whose error is bounded
MAX_ROUNDED_TOTAL = 360  # and of all arrays of the case
MAX_TOTAL = 60_000
MAX_TOLERANCE = {  # of an array's largest number: with more a case would hardly fail
    "float32": 1 / 32,
    "tf32": 1 / 8,
    "float16": 1 / 8,
    "bfloat16": 1 / 4,
}
ON_EDGE = 0.0


def draw_golden_case(
    name: str, choice: Choice, seed: tuple[int, ...], max_size: int, dtype: str, gates: bool
) -> GoldenCase | None:
    """Draw until a case is exact, or safe and useful, each time smaller; None: not with these."""
    attempts, shrink = LOW_ATTEMPTS if dtype in LOW_PRECISION else (MAX_ATTEMPTS, SHRINK)
    for attempt in range(attempts):
        rng = np.random.default_rng([*seed, attempt])
        network = _network(choice, rng, shrink**attempt, max_size)
        if network is None:
            return None
        case = _draw(name, choice, network, rng, attempt, dtype)
        golden = _exact(case, dtype) if choice["exact"] == "yes" else _rounded(case, dtype, gates)
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
    case = draw_case(spec, 0)
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
        case = place_near_edges(case, rng, ON_EDGE) if exact else case
        return case.astype(dtype).astype(np.float64)
    return place_near_edges(case, rng, _distance(exact, attempt, rng))


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


def _exact(case: Case, dtype: str) -> GoldenCase | None:
    form = FORMATS[dtype]
    try:
        prove_no_rounding(case, form.bits, form.smallest)
    except InexactError:
        return None
    expected = reference_answer(case, np.float64)
    zeros = {name: np.zeros(array.shape) for name, array in expected.items()}
    required = required_arrays(case, expected)
    return GoldenCase(case, expected, dict.fromkeys(_dtypes(dtype), zeros), required, True)


def _dtypes(dtype: str) -> tuple[str, ...]:
    """The precisions in which a case can be checked: its own, and float64."""
    return dtype, "float64"


def _rounded(case: Case, dtype: str, gates: bool) -> GoldenCase | None:
    with np.errstate(all="ignore"):
        if not spike_safe(case, dtype):
            if not gates or case.optimizer is not None:  # training decides anew at each step
                return None
            case = gate_forced(case)
    expected = reference_answer(case, np.float64)
    required, bounds = required_arrays(case, expected), LazyTolerances(case, _dtypes(dtype))
    if not _can_fail(expected, bounds[dtype], MAX_TOLERANCE[dtype]):
        return None
    return GoldenCase(case, expected, bounds, required, False)


def _can_fail(expected: Mapping[str, Array], tolerance: Mapping[str, Array], share: float) -> bool:
    """Whether each tolerance is small beside the numbers of its array, or of its kind."""
    largest = {name: float(abs(a).max(initial=0.0)) for name, a in expected.items()}
    kinds = {name: name.partition("/")[0] for name in expected}
    scale = {k: max(largest[n] for n in kinds if kinds[n] == k) for k in kinds.values()}
    return all(
        tolerance[n].max(initial=0.0) <= max(share * largest[n], share**2 * scale[kinds[n]])
        for n in expected
    )
