"""Drawing until a case is fit to judge a backend."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from liaf_ref.door import check_instance, check_positive
from liaf_ref.errors import RunError
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.bound import spike_safe, tolerances
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.cases import edges, watch
from liaf_ref.oracle.cases.draw import draw
from liaf_ref.oracle.cases.dyadic import prove
from liaf_ref.oracle.cases.recipe import Recipe
from liaf_ref.oracle.reference import run

SIGNIFICAND = 24  # bits of a float32
ATTEMPTS = 2_000
SHARP = 1 / 10  # of the loss's change: the most that rounding may explain of it


class Accepted(NamedTuple):
    """A case that is fit, and what was found out about it."""

    case: Case
    facts: Mapping[str, Any]


def accept(recipe: Recipe, attempts: int = ATTEMPTS) -> Accepted:
    """Draw from a description until a draw is fit.

    Parameters
    ----------
    recipe : Recipe
        The description.
    attempts : int
        How many draws to look at.

    Returns
    -------
    Accepted
        The first draw whose neurons meet the quotas and which no float32 backend can
        evaluate to another spike, side of a window or maximum; of an exact recipe, the
        first without rounding and with ties, edges and equal maxima that decide
        something.  In every table of tokens one is looked up more than once.

    Raises
    ------
    InputError
        If ``recipe`` is none, or ``attempts`` below 1.
    RunError
        If there is none.
    """
    check_instance("recipe", recipe, Recipe, "accept", "a Recipe")
    attempts = check_positive("attempts", attempts, "accept")
    fit = _exact if recipe.exact else _random
    for attempt in range(attempts):
        case = draw(recipe, attempt)
        if not watch.tokens_repeat(case):
            continue
        answer = run(case)
        found = fit(case, answer)
        if found is not None:
            drawn = {"seed": recipe.seed, "attempt": attempt}
            return Accepted(case, drawn | found | watch.facts(case, answer))
    raise RunError(f"case {recipe.name}: no draw of {attempts} is fit")


def _random(case: Case, answer: Mapping[str, Array]) -> dict[str, Any] | None:
    fit = watch.quotas_met(case, answer) and spike_safe(case, "float32")
    return {} if fit and _sharp(case, answer) else None


def _sharp(case: Case, answer: Mapping[str, Array]) -> bool:
    """Whether float32 still sees the loss fall over the steps of an optimiser."""
    if case.optimiser is None:
        return True
    name = "exp/curve"
    change = abs(answer[name][-1] - answer[name][0])
    return bool(tolerances(case, "float32")[name].max() <= change * SHARP)


def _exact(case: Case, answer: Mapping[str, Array]) -> dict[str, Any] | None:
    maxima = watch.equal_maxima(case, answer)
    if not _decides(case, answer) or (maxima is not None and maxima < watch.LEAST_EXACT):
        return None
    proof = prove(case)
    if proof.bits > SIGNIFICAND:
        return None
    ties = {"ties": watch.ties(case, answer), "edges": _edges(case, answer)}
    return {**proof._asdict(), **ties, **({} if maxima is None else {"maxima": maxima})}


def _decides(case: Case, answer: Mapping[str, Array]) -> bool:
    """Whether its neurons, if there are any, meet ties and edges, and the reading of both shows."""
    if not any(node.op == "neuron" for node in case.nodes):
        return True
    below, above = (watch.edges(case, answer, side) for side in (-1, 1))
    if min(watch.ties(case, answer), below + above) < watch.LEAST_EXACT or not (below and above):
        return False
    if not watch.fires_and_rests(case, answer):
        return False
    seen = edges.changes(case, answer, edges.FIRES_ABOVE)
    window = edges.changes(case, answer, edges.WINDOW_CLOSED)
    return seen and window == edges.has_window(case)


def _edges(case: Case, answer: Mapping[str, Array]) -> int:
    return sum(watch.edges(case, answer, side) for side in (-1, 1))
