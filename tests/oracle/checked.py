"""Parts of the published set that show every wrong backend, and answers that are kept."""

from functools import cache
from typing import Any

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.bound import tolerances
from liaf_ref.oracle.case import LOSSES
from liaf_ref.oracle.checker.diagnose import diagnose
from liaf_ref.oracle.checker.explanation import Diagnosis
from liaf_ref.oracle.checker.match import answer
from liaf_ref.oracle.checker.verdict import Backend, Verdict, judge
from liaf_ref.oracle.conventions import Convention, ops_of
from liaf_ref.oracle.golden import Golden, published
from liaf_ref.oracle.reference import images

ON_IMAGES = {*images.OPS, "convlstm", *LOSSES} - {"softmax_ce"}


@cache
def all_cases() -> tuple[Golden, ...]:
    return published()


@cache
def few() -> tuple[Golden, ...]:
    """The smallest case of each kind without images."""
    return _smallest([golden for golden in all_cases() if not on_images(golden)])


@cache
def few_images() -> tuple[Golden, ...]:
    """All of a single operation on images, and the smallest of each kind of block and network."""
    found = [golden for golden in all_cases() if on_images(golden)]
    alone = [golden for golden in found if len(golden.case.nodes) == 1]
    names = {golden.case.name for golden in alone}
    return (*alone, *(g for g in _smallest(found) if g.case.name not in names))


def on_images(golden: Golden) -> bool:
    return bool(ON_IMAGES & {node.op for node in golden.case.nodes})


def _smallest(goldens: list[Golden]) -> tuple[Golden, ...]:
    operations: dict[Any, Golden] = {}
    options: dict[Any, Golden] = {}
    for golden in sorted(goldens, key=size):
        operations.setdefault(_operations(golden), golden)
        options.setdefault(_options(golden), golden)
    found = {golden.case.name: golden for golden in (*operations.values(), *options.values())}
    return tuple(found.values())


def size(golden: Golden) -> int:
    return sum(array.size for array in golden.expected.values())


def _operations(golden: Golden) -> Any:
    optimiser = golden.case.optimiser
    return ops_of(golden.case), golden.exact, optimiser["name"] if optimiser else None


def _options(golden: Golden) -> Any:
    """Of a neuron alone, whatever its activation."""
    first = golden.case.nodes[0]
    if len(golden.case.nodes) > 1 or first.op != "neuron":
        return None
    o = first.options
    return golden.exact, o["mode"], o["sharing"], o["reset"], o["mu"] == 0.5


_ANSWERS: dict[tuple[str, str], Any] = {}


def solve(convention: Convention, golden: Golden) -> dict[str, Array] | None:
    """A convention's answer to a case does not depend on who is being diagnosed."""
    key = convention.name, golden.case.name
    if key not in _ANSWERS:
        _ANSWERS[key] = answer(convention, golden)
    found: dict[str, Array] | None = _ANSWERS[key]
    return found


def judged(backend: Backend, dtype: str, cases: tuple[Golden, ...]) -> list[Verdict]:
    return [judge(backend, golden, dtype) for golden in cases]


def diagnosed(verdicts: list[Verdict], dtype: str) -> Diagnosis:
    return diagnose(verdicts, dtype, tolerances, solve=solve)
