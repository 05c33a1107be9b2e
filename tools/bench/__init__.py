"""Speed against PyTorch, JAX and a hardware bound, on one thread each.

A case is measured in rounds. Each round runs our code and every baseline in turn, so that
other load on the machine affects all of them equally; the ratio is taken round by round.
BLAS reads its number of threads when it is loaded, so cases run in a separate process,
:mod:`bench.worker`.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.cases import CASES
from bench.command import BenchError
from liaf_ref._core.errors import InputError
from liaf_ref._core.text import describe_value
from liaf_ref._core.validation import check_choice, check_int, check_positive_int

__all__ = ["check_arguments", "list_cases", "run_cases"]

TOOLS = Path(__file__).resolve().parents[1]
WORKER_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NPROC": "1",  # of XLA
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    # glibc keeps what is freed, as after some epochs of training: paging memory in
    # anew would be the larger part of some cases, for either side.
    "MALLOC_MMAP_THRESHOLD_": str(1 << 32),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 33),
}


def list_cases() -> list[tuple[str, str]]:
    """List the cases: names with one line each on what they measure."""
    return [(name, case.description) for name, case in CASES.items()]


def check_arguments(names: Sequence[str], rounds: int, seed: int) -> None:
    """Check the arguments of :func:`run_cases` before it measures anything.

    Parameters
    ----------
    names, rounds, seed
        As for :func:`run_cases`.

    Raises
    ------
    InputError
        If a case does not exist, or a number is out of range.
    """
    if not isinstance(names, list | tuple):
        raise InputError.for_argument(
            "names", "bench", f"expected a list of names of cases, got {describe_value(names)}"
        )
    for name in names:
        check_choice("case", name, CASES, "bench")
    check_positive_int("rounds", rounds, "bench")
    check_int("seed", seed, "bench", minimum=0)


def run_cases(names: Sequence[str], rounds: int, seed: int) -> Iterator[dict[str, Any]]:
    """Measure cases one after the other, yielding each as it is done.

    Parameters
    ----------
    names : sequence of str
        Names from :func:`list_cases`.
    rounds : int
        Rounds per case.
    seed : int
        Random seed of the data.

    Yields
    ------
    dict
        ``case``; ``seconds`` (median) of our code; ``baselines``, by name:
        ``seconds`` (median) and our time divided by theirs, ``ratio`` (median
        over rounds), ``ratio_min``, ``ratio_max``; the first is eager PyTorch as
        its users write it, if nothing is ``missing``: packages that cannot be
        imported; ``flops``, ``bytes``, ``bound_seconds`` and
        ``fraction_of_bound`` of :mod:`bench.hardware_bound`; ``rounds``,
        ``versions``.

    Raises
    ------
    InputError
        As :func:`check_arguments`; nothing has run then.
    BenchError
        If the measuring process failed; its messages are on stderr.
    """
    check_arguments(names, rounds, seed)
    command = [sys.executable, "-m", "bench.worker", str(rounds), str(seed), *names]
    try:
        worker = subprocess.Popen(  # noqa: S603
            command,
            cwd=TOOLS,  # where ``-m`` finds this package
            env=os.environ | WORKER_ENVIRONMENT,
            stdout=subprocess.PIPE,
            text=True,
        )
    except OSError as error:
        raise BenchError(f"{command[0]}: cannot be run: {error.strerror}") from error
    with worker:
        try:
            yield from map(_parse_record, worker.stdout or ())
        except BaseException:
            worker.terminate()  # the caller stopped iterating
            raise
    if worker.returncode:
        reason = f"ended with exit code {worker.returncode}; its messages are on stderr"
        raise BenchError(f"bench {' '.join(names)}: the measuring process {reason}")


def _parse_record(line: str) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads(line)
    except ValueError as error:
        reason = f"expected one JSON document per line, got {line[:60]!r}"
        raise BenchError(f"bench: the measuring process: {reason}") from error
    return record
