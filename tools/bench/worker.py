"""The measuring process of :func:`bench.run_cases`: one JSON line per case on stdout.

``python -m bench.worker ROUNDS SEED CASE...``, with the threads of BLAS
and OpenMP set to 1 in the environment.
"""

import contextlib
import importlib.metadata
import json
import platform
import sys
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

import numpy as np

from bench import hardware_bound
from bench.cases import CASES
from bench.torch_baselines import Baselines
from liaf_ref._core.system import tune_malloc

MIN_SAMPLE_SECONDS = 0.1  # minimum duration of a sample, so that most calls find warm caches


def main(arguments: list[str]) -> None:
    """Measure the cases named on the command line."""
    rounds, seed = int(arguments[0]), int(arguments[1])
    tune_malloc()  # as ``liaf-ref`` does
    rates = hardware_bound.measure_rates()
    for name in arguments[2:]:
        print(json.dumps(measure_case(name, rounds, seed, rates)), flush=True)


def measure_case(
    name: str, rounds: int, seed: int, rates: hardware_bound.HardwareRates
) -> dict[str, Any]:
    """Measure one case; the record :func:`bench.run_cases` describes."""
    built = CASES[name].build(seed)
    baselines, missing = _build_baselines(built.baselines)
    times = time_interleaved({"ours": built.ours, **baselines}, rounds)
    ours = times.pop("ours")
    bound = hardware_bound.bound_seconds(built.work, rates)
    return {
        "case": name,
        "description": CASES[name].description,
        "seconds": median(ours),
        "baselines": {name: compare(ours, theirs) for name, theirs in times.items()},
        "missing": missing,
        "flops": built.work.gemm_flops + built.work.elementwise_flops,
        "bytes": built.work.bytes,
        "bound_seconds": bound,
        "fraction_of_bound": bound / median(ours),
        "hardware_rates": rates._asdict(),
        "rounds": rounds,
        "versions": _versions(),
    }


def _build_baselines(
    builders: Sequence[Callable[[], Baselines]],
) -> tuple[Baselines, list[str]]:
    """Build the baselines whose packages are here, and say which are missing."""
    baselines: Baselines = {}
    missing = []
    for build in builders:
        try:
            baselines |= build()
        except ImportError as error:
            missing.append(str(error))
    return baselines, missing


def time_interleaved(steps: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds per call, a sample of each step in every round."""
    calls = {}
    for name, step in steps.items():
        step()
        calls[name] = max(1, round(MIN_SAMPLE_SECONDS / _seconds_per_call(step, 2)))
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            times[name].append(_seconds_per_call(step, calls[name]))
    return times


def _seconds_per_call(step: Callable[[], object], calls: int) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        step()
    return (time.perf_counter() - start) / calls


def compare(ours: list[float], theirs: list[float]) -> dict[str, float]:
    """Their time, and ours divided by it in each round."""
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    return {
        "seconds": median(theirs),
        "ratio": median(ratios),
        "ratio_min": min(ratios),
        "ratio_max": max(ratios),
    }


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version(), "numpy": np.__version__}
    for name in ("torch", "jax"):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[name] = importlib.metadata.version(name)
    return versions | {"machine": platform.machine()}


if __name__ == "__main__":
    main(sys.argv[1:])
