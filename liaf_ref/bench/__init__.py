"""Speed against eager PyTorch and against what the machine can do at all; one thread each.

A case is measured in rounds; in each, our code and every opponent run in turn, so
that what else the machine does befalls all alike, and the ratio is taken round by
round.  BLAS reads its number of threads when it is loaded, so cases run in a
process of their own, :mod:`liaf_ref.bench.worker`.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from liaf_ref._core.errors import BenchError, InputError
from liaf_ref._core.validation import check_choice, check_int, check_positive_int
from liaf_ref._core.validation.scalars import describe_value
from liaf_ref.bench.cases import CASES

__all__ = ["check_arguments", "list_cases", "run_cases"]

WORKER_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    # glibc keeps what is freed, as after some epochs of training: paging memory in
    # anew would be the larger part of some cases, for either side.
    "MALLOC_MMAP_THRESHOLD_": str(1 << 32),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 33),
}


def list_cases() -> list[tuple[str, str]]:
    """List the cases: names with one line each on what they measure."""
    return [(name, case.description) for name, case in CASES.items()]


def check_arguments(names: Sequence[str], rounds: int, seed: int) -> None:
    """Refuse what :func:`run` would refuse before it measures anything.

    Parameters
    ----------
    names, rounds, seed
        As for :func:`run`.

    Raises
    ------
    InputError
        If a case does not exist, or a number is out of range.
    """
    if not isinstance(names, list | tuple):
        raise InputError.for_argument(
            "names", "bench", f"expected names of cases, got {describe_value(names)}"
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
        Names from :func:`cases`.
    rounds : int
        Rounds per case.
    seed : int
        Of the data.

    Yields
    ------
    dict
        ``case``, ``ours_seconds`` (median), ``torch_seconds`` (median) of PyTorch
        as its users write it and its name ``opponent``, or None and why in
        ``no_torch``; ``ratio`` (median over rounds), ``ratio_min``,
        ``ratio_max``; ``ratio_fastest`` to the ``fastest`` opponent of all;
        ``peers``, median seconds of every opponent; ``flops``,
        ``bytes``, ``limit_seconds`` and ``fraction_of_limit`` of
        :mod:`liaf_ref.bench.hardware_bound`; ``rounds``, ``versions``.

    Raises
    ------
    InputError
        As :func:`check`; nothing has run then.
    BenchError
        If the measuring process failed; its messages have gone to stderr.
    """
    check_arguments(names, rounds, seed)
    command = [sys.executable, "-m", "liaf_ref.bench.worker", str(rounds), str(seed), *names]
    try:
        worker = subprocess.Popen(  # noqa: S603
            command, env=os.environ | WORKER_ENVIRONMENT, stdout=subprocess.PIPE, text=True
        )
    except OSError as error:
        raise BenchError(f"{command[0]}: cannot be run: {error.strerror}") from error
    with worker:
        try:
            yield from map(_parse_record, worker.stdout or ())
        except BaseException:
            worker.terminate()  # the caller wants no more
            raise
    if worker.returncode:
        reason = f"ended with code {worker.returncode}; it has said why on stderr"
        raise BenchError(f"bench {' '.join(names)}: the measuring process {reason}")


def _parse_record(line: str) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads(line)
    except ValueError as error:
        reason = f"expected one JSON document a line, got {line[:60]!r}"
        raise BenchError(f"bench: the measuring process: {reason}") from error
    return record
