"""Parts of the published set that show every wrong backend, and answers that are kept."""

from functools import cache
from typing import Any

from liaf_ref.oracle.bound import tolerances
from liaf_ref.oracle.case import LOSSES
from liaf_ref.oracle.checker.diagnose import diagnose
from liaf_ref.oracle.checker.explanation import Diagnosis
from liaf_ref.oracle.checker.solution import Solution
from liaf_ref.oracle.checker.verdict import Backend, Verdict, judge
from liaf_ref.oracle.conventions import Convention, ops_of
from liaf_ref.oracle.golden import Golden
from liaf_ref.oracle.reference import PAPER, Rules, images, run
from oracle.golden_sets import goldens

ON_IMAGES = {*images.OPS, "convlstm", *LOSSES} - {"softmax_ce"}


def all_cases() -> tuple[Golden, ...]:
    return goldens()


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


_ANSWERS: dict[tuple[str, str], Solution] = {}


def solve(convention: Convention, golden: Golden) -> Solution:
    """A convention's answer to a case does not depend on who is being diagnosed."""
    key = convention.name, golden.case.name
    if key not in _ANSWERS:
        _ANSWERS[key] = Solution(convention, golden)
    return _ANSWERS[key]


def judged(backend: Backend, dtype: str, cases: tuple[Golden, ...]) -> list[Verdict]:
    return [judge(backend, golden, dtype) for golden in cases]


def judged_by(rules: Rules, dtype: str, cases: tuple[Golden, ...]) -> list[Verdict]:
    """Verdicts on kernels with some exchanged; ours on a case that asks for none of those."""
    pairs = zip(Rules._fields, PAPER, rules, strict=True)
    # Not named ``ours``: to Python 3.12.1 the function below would then be this variable.
    other = {name for name, kernel, theirs in pairs if kernel is not theirs}
    return [
        judge(lambda case: run(case, rules), golden, dtype)
        if other & asked_for(golden.case.name)
        else ours(golden.case.name, dtype)
        for golden in cases
    ]


class Noted:
    """The paper's equations, and which of them were asked for."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self.names.add(name)
        return getattr(PAPER, name)


@cache
def asked_for(name: str) -> frozenset[str]:
    """The equations that a case is run with."""
    noted = Noted()
    run(by_name()[name].case, noted)  # type: ignore[arg-type]
    return frozenset(noted.names)


@cache
def ours(name: str, dtype: str) -> Verdict:
    return judge(run, by_name()[name], dtype)


@cache
def by_name() -> dict[str, Golden]:
    return {golden.case.name: golden for golden in all_cases()}


def diagnosed(verdicts: list[Verdict], dtype: str) -> Diagnosis:
    return diagnose(verdicts, dtype, tolerances, solve=solve)
