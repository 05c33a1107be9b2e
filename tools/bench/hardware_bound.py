"""The machine's own limit: a time no NumPy program of one thread can beat on a case.

Three rates are measured on the spot, each in the form it is highest in:

- ``gemm``: float32 multiplications and additions a second in a square matrix product;
- ``elementwise``: float32 results a second of one in-place ufunc on arrays in the cache;
- ``bandwidth``: bytes a second through a ufunc on arrays far larger than the cache.

A case's limit is the sum of three times: the flops of its matrix products over
``gemm``, its elementwise operations over ``elementwise`` (a ufunc does one per
pass), and the bytes it cannot avoid to read or write, each input and output of a
temporal layer's passes once, over ``bandwidth``.  Python's overhead, scratch and
anything a pass has to do twice are not in it; hence the fraction.
"""

import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from liaf_ref.fast import memory_layout


class MinimumWork(NamedTuple):
    """What a case has to do at the least, forward and backward."""

    gemm_flops: float
    elementwise_flops: float
    bytes: float


class HardwareRates(NamedTuple):
    """What the machine can do a second."""

    gemm: float
    elementwise: float
    bandwidth: float


def bound_seconds(work: MinimumWork, rates: HardwareRates) -> float:
    """Time below which the work cannot be done."""
    return sum(amount / rate for amount, rate in zip(work, rates, strict=True))


def measure_rates(rounds: int = 30) -> HardwareRates:
    """Measure the rates; takes about a second."""
    side = 1024
    X, Y, Z = (memory_layout.empty((side, side)) for _ in range(3))
    X.fill(0.5)
    Y.fill(0.5)
    gemm = 2 * side**3 / _fastest(lambda: np.matmul(X, Y, out=Z), rounds // 3)
    a, b = memory_layout.aligned_rows(2, memory_layout.CHUNK)
    a.fill(1)
    b.fill(1)
    elementwise = len(a) / _fastest(lambda: np.multiply(a, b, a), 100 * rounds)
    big = memory_layout.empty((3, 8_000_000))
    big.fill(1)
    moved = big.nbytes
    bandwidth = moved / _fastest(lambda: np.add(big[0], big[1], big[2]), rounds)
    return HardwareRates(gemm, elementwise, bandwidth)


def _fastest(step: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return min(times)
