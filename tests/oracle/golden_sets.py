"""Shared data of the tests of the golden set: the set, read once, and samples of it."""

from functools import cache
from pathlib import Path
from typing import Any

from liaf_ref.oracle import RandomCases
from liaf_ref.oracle.golden import GoldenCase, golden_cases, save
from liaf_ref.oracle.opset import OPS

SMALL_SET = (
    "l0_spike_l1",
    "l3_fig5_rnn",
    "l0_exact_lif_non_mu0250",
    "l1_exact_tokens_lif_channel_mu0500",
)

VECTOR_OPS = {"dense", "embedding", "neuron", "rnn", "lstm", "gru", "last", "mean", "concat"}
IMAGE_OPS = OPS.keys() - VECTOR_OPS - {"softmax_ce"}


@cache
def all_golden_cases() -> tuple[GoldenCase, ...]:
    return golden_cases()


def later_cases(count: int, **options: Any) -> RandomCases:
    """Random cases from the thousandth on: no plan is made, which takes longer than some cases."""
    return RandomCases(1000 + count, **options)[1000:]  # type: ignore[no-any-return]


def golden_cases_named(*names: str) -> tuple[GoldenCase, ...]:
    """Some cases, in the given order."""
    by_name = {golden.case.name: golden for golden in all_golden_cases()}
    return tuple(by_name[name] for name in names)


def small_set() -> tuple[GoldenCase, ...]:
    """Four cases: neurons, a whole network with tokens and a loss, two exact ones."""
    return golden_cases_named(*SMALL_SET)


def inexact_cases() -> tuple[GoldenCase, ...]:
    """All cases that are not exact."""
    return tuple(golden for golden in all_golden_cases() if not golden.exact)


def exact_cases() -> tuple[GoldenCase, ...]:
    return tuple(golden for golden in all_golden_cases() if golden.exact)


def case_names(found: tuple[GoldenCase, ...]) -> list[str]:
    return [golden.case.name for golden in found]


def save_small_set(folder: Path) -> Path:
    save(folder, small_set())
    return folder
