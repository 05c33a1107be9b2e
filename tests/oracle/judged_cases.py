"""Parts of the published set that show every wrong backend, and answers that are kept."""

from functools import cache
from typing import Any

from liaf_ref.oracle.checker.diagnose import Diagnosis, diagnose
from liaf_ref.oracle.checker.match import Answers
from liaf_ref.oracle.checker.verdict import Backend, Verdict, judge
from liaf_ref.oracle.deviations import ops_of
from liaf_ref.oracle.golden import GoldenCase
from oracle.golden_sets import IMAGE_OPS, all_golden_cases
from oracle.kernel_backend import PAPER_KERNELS, KernelTable, run


def all_cases() -> tuple[GoldenCase, ...]:
    return all_golden_cases()


@cache
def smallest_cases() -> tuple[GoldenCase, ...]:
    """The smallest case of each kind without images."""
    return _smallest([golden for golden in all_cases() if not on_images(golden)])


@cache
def smallest_image_cases() -> tuple[GoldenCase, ...]:
    """All of a single operation on images, and the smallest of each kind of block and network."""
    found = [golden for golden in all_cases() if on_images(golden)]
    alone = [golden for golden in found if len(golden.case.nodes) == 1]
    names = {golden.case.name for golden in alone}
    return (*alone, *(g for g in _smallest(found) if g.case.name not in names))


def on_images(golden: GoldenCase) -> bool:
    return bool(IMAGE_OPS & {node.op for node in golden.case.nodes})


def _smallest(goldens: list[GoldenCase]) -> tuple[GoldenCase, ...]:
    operations: dict[Any, GoldenCase] = {}
    optimizers: dict[Any, GoldenCase] = {}
    options: dict[Any, GoldenCase] = {}
    for golden in sorted(goldens, key=size):
        case = golden.case
        operations.setdefault((ops_of(case), golden.exact, case.optimizer is None), golden)
        optimizers.setdefault(case.optimizer and case.optimizer["name"], golden)
        options.setdefault(_options_key(golden), golden)
    parts = operations.values(), optimizers.values(), options.values()
    return tuple({golden.case.name: golden for part in parts for golden in part}.values())


def size(golden: GoldenCase) -> int:
    return sum(array.size for array in golden.expected.values())


def _options_key(golden: GoldenCase) -> Any:
    """Of a neuron alone, whatever its activation."""
    first = golden.case.nodes[0]
    if len(golden.case.nodes) > 1 or first.op != "neuron":
        return None
    o = first.options
    return golden.exact, o["mode"], o["sharing"], o["reset"], o["mu"] == 0.5


class Unhurried(Answers):
    """Answers without a limit of time."""

    def check_time(self) -> None:
        pass


ANSWERS = Unhurried()  # a deviation's answer to a case does not depend on who is being diagnosed


def judge_all(backend: Backend, dtype: str, cases: tuple[GoldenCase, ...]) -> list[Verdict]:
    return [judge(backend, golden, dtype) for golden in cases]


def judge_kernels(
    kernels: KernelTable, dtype: str, cases: tuple[GoldenCase, ...], max_failures: int
) -> list[Verdict]:
    """Verdicts on kernels with some exchanged, to so many failures; ours where those are unused."""
    pairs = zip(KernelTable._fields, PAPER_KERNELS, kernels, strict=True)
    # Not named ``ours``: to Python 3.12.1 the function below would then be this variable.
    other = {name for name, kernel, theirs in pairs if kernel is not theirs}
    verdicts: list[Verdict] = []
    for golden in cases:
        used = other & kernels_used(golden.case.name)
        theirs = judge(lambda case: run(case, kernels), golden, dtype) if used else None
        verdicts.append(theirs or reference_verdict(golden.case.name, dtype))
        if sum(verdict.status == "failed" for verdict in verdicts) == max_failures:
            break
    return verdicts


class KernelUsage:
    """The paper's equations, and which of them were asked for."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self.names.add(name)
        return getattr(PAPER_KERNELS, name)


@cache
def kernels_used(name: str) -> frozenset[str]:
    """The equations that a case is run with."""
    noted = KernelUsage()
    run(cases_by_name()[name].case, noted)  # type: ignore[arg-type]
    return frozenset(noted.names)


@cache
def reference_verdict(name: str, dtype: str) -> Verdict:
    return judge(run, cases_by_name()[name], dtype)


@cache
def cases_by_name() -> dict[str, GoldenCase]:
    return {golden.case.name: golden for golden in all_cases()}


def diagnose_verdicts(verdicts: list[Verdict], dtype: str) -> Diagnosis:
    return diagnose(verdicts, dtype, answers=ANSWERS)
