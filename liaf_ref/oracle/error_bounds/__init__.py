"""How far rounding can take a backend from the truth: docs/verify/tolerances.md.

The forward text of :mod:`liaf_ref.oracle.table` runs on numbers that carry a bound on their own
error, and the tape takes it through the backward pass.
"""

from collections import Counter, UserDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_callable, check_instance
from liaf_ref.kernels.sharing import sum_to
from liaf_ref.oracle.case import Array, Case
from liaf_ref.oracle.error_bounds.bounded import ULP, Arithmetic, Bounded, bounded_numbers
from liaf_ref.oracle.formats import FORMATS, check_format
from liaf_ref.oracle.table.interpreter import PAPER, Pass, Text

__all__ = ["Bounds", "LazyTolerances", "bound", "spike_safe", "tolerances"]
ERRORS, UNITS = 3, 4  # a tolerance: errors of a number, and units of its array's largest number
MAX_DECIDED = 1e15  # beyond, a number is about to overflow
SOURCE = "a bound"
ARITHMETICS = {name: Arithmetic(2.0**-form.bits, form.smallest) for name, form in FORMATS.items()}
# Of TF32 only the factors of matrix products are short.
ARITHMETICS["tf32"] = ARITHMETICS["float32"]._replace(factor=2.0 ** -FORMATS["tf32"].bits)


class Bounds(NamedTuple):
    """What one run of a case with bounds gives."""

    answer: dict[str, Array]  # in float64
    tolerance: dict[str, Array]  # how far a right backend's answer can be from the reference's
    unsafe: dict[str, Array]  # of each node that decides, which outputs rounding could turn


class Decisions:
    """How far each comparison of a node is from its limit, in the order of the run."""

    def __init__(self) -> None:
        self.node, self.left, self.passes = "", dict[str, list[Array]](), Counter[str]()

    def enter(self, node: str) -> None:
        """Hear which node comes."""
        self.node = node
        self.passes[node] += 1

    def decided(self, distance: Bounded) -> None:
        """Keep what is left of a distance when rounding is taken off; none where nothing rounds."""
        left = np.where(distance.e > 0, abs(distance.v) - ERRORS * distance.e, np.inf)
        left = np.where(np.isnan(left) | (abs(distance.v) > MAX_DECIDED), -np.inf, left)
        self.left.setdefault(self.node, []).append(left)

    def unsafe(self, case: Case, answer: Mapping[str, Bounded]) -> dict[str, Array]:
        """Which outputs of each node rounding could turn."""
        found: dict[str, Array] = {}
        chunks = 1 if case.chunks is None else len(case.chunks.spans())
        for node, left in self.left.items():
            spikes = answer.get(f"exp/{node}.F")  # decided step by step, all else chunk by chunk
            parts = chunks if spikes is None else spikes.shape[1]
            in_pass = np.array_split(np.arange(len(left)), self.passes[node])
            of_part = zip(*(np.array_split(at, parts) for at in in_pass), strict=True)
            turned = [np.any([left[k] <= 0 for k in np.ravel(at)], axis=0) for at in of_part]
            found[node] = (np.concatenate if spikes is None else np.stack)(turned, axis=1)
        return found


@np.errstate(all="ignore")
def bound(
    case: Case, dtype: Any, text: Text = PAPER, check: Callable[..., None] = lambda *_: None
) -> Bounds:
    """The answer to a case, its tolerances, and the decisions that rounding could turn.

    ``check`` is given each part as soon as it is known, forward, backward and training, with the
    decisions of so far; it may raise an error.
    """
    check_instance("case", case, Case, SOURCE, "a Case")
    check_callable("check", check, SOURCE, "a function of a part and its decisions")
    if (name := check_format("dtype", dtype, SOURCE)) not in ARITHMETICS:
        reason = f"expected floating point, got {name}: fixed point is exact"
        raise InputError.for_argument("dtype", SOURCE, reason)
    told, found = Decisions(), dict[str, Bounded]()
    arithmetic = ARITHMETICS[name]._replace(ulp=text.get("ulp", ULP))
    numbers = bounded_numbers(arithmetic, enter=told.enter, decided=told.decided)
    # The values make its decisions again.
    plain = replace(case, arrays={n: a for n, a in case.items() if not n.startswith("gate/")})
    for part in Pass(plain, text).stages(numbers):
        found |= part
        check(part, told.unsafe(case, found))
    answer, allowed = {n: a.v for n, a in found.items()}, _allowed(case, found, arithmetic)
    return Bounds(answer, allowed, told.unsafe(case, found))


def tolerances(case: Case, dtype: Any, text: Text = PAPER) -> dict[str, Array]:
    """How far the answer of a right backend can be from the reference's in float64."""
    return bound(case, dtype, text).tolerance


def spike_safe(case: Case, dtype: Any, text: Text = PAPER) -> bool:
    """Whether no right backend can decide differently from the reference."""
    return not any(places.any() for places in bound(case, dtype, text).unsafe.values())


def _allowed(case: Case, found: Mapping[str, Bounded], arithmetic: Arithmetic) -> dict[str, Array]:
    """Zeros for spikes, for arrays of zeros, and for a case that rounds nothing."""
    u, smallest, rests = arithmetic.u, arithmetic.smallest, dict(_sums_with_rests(case, found))
    spikes = {f"exp/{node.name}.Y" for node in case.nodes if node.options.get("act") == "spike"}
    rounds = any(a.e.any() for a in found.values())
    allowed = {name: np.zeros(a.shape) for name, a in found.items()}
    for name, a in found.items() if rounds else ():
        if (a.v.any() or a.e.any()) and not (name.endswith(".F") or name in spikes):
            most = ERRORS * a.e + (UNITS * u * abs(a.v).max(initial=0) + smallest)
            if name in rests:
                most = most + UNITS * u * sum_to(rests[name], a.shape)
            allowed[name] = np.nan_to_num(most, nan=np.inf, posinf=np.inf)
    return allowed


def _sums_with_rests(case: Case, found: Mapping[str, Bounded]) -> Iterator[tuple[str, Array]]:
    """Gradients that may be the rest of other sums, as in the fast kernel, and what these add."""
    for node in case.nodes:
        if f"dbg/{node.name}.dU" in found and f"par/{node.name}.v_th" in case.arrays:
            of = f"par/{node.name}."
            v_th, v_reset, alpha = (abs(case.arrays[of + x]) for x in ("v_th", "v_reset", "alpha"))
            dU, dV = (abs(found[f"dbg/{node.name}.{name}"].v) for name in ("dU", "dV"))
            silent = dV * (found[f"exp/{node.name}.F"].v == 0)
            yield f"grad/{of}v_th", dU + dV
            yield f"grad/{of}v_reset", alpha * silent
            yield f"grad/{of}alpha", (v_reset + v_th) * silent


class LazyTolerances(UserDict[str, Any]):
    """The error bounds of a case by precision, or functions that are called when one is needed."""

    def __getitem__(self, dtype: str) -> Any:
        if callable(known := self.data[dtype]):
            self.data[dtype] = known = known()
        return known
