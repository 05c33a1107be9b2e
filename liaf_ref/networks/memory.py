"""What a network needs: memory, estimated before it runs, and a summary, layer by layer."""

import math
import re
import tracemalloc
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.errors import RunError
from liaf_ref._core.system import available_memory
from liaf_ref._core.text import count
from liaf_ref._core.validation import check_int, check_positive_int
from liaf_ref.analysis import op_count
from liaf_ref.analysis.op_count import OpCount
from liaf_ref.kernels.array import Array
from liaf_ref.layers import Params
from liaf_ref.networks.base import Network, check_network

# A tape grows by the same for every sample and for every step: two short passes over one sample
# give its size. So does the peak of a training step, temporary arrays included; since these stop
# growing at some size, the peak of a large batch is estimated up to a half too high.


class MemoryEstimate(NamedTuple):
    """Bytes that a batch needs."""

    tape_bytes: dict[str, int]
    peak_bytes: int


def estimate_memory(network: Network, batch: int, steps: int) -> MemoryEstimate:
    """Estimate the memory of a training step in float32.

    Parameters
    ----------
    network : Network
        A network such as :class:`liaf_ref.BabiNetwork`.
    batch, steps : int
        Number of samples, and of time steps of each.

    Returns
    -------
    MemoryEstimate
        Bytes of each part's tape, and of the peak of a training step.

    Raises
    ------
    InputError
        If ``network`` is no Network, or ``batch`` or ``steps`` is below 1.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> from liaf_ref.networks import estimate_memory
    >>> estimate = estimate_memory(lr.BabiNetwork(22, "lif"), batch=32, steps=66)
    >>> estimate.peak_bytes > sum(estimate.tape_bytes.values()) > 0
    True
    """
    check_network(network, "memory")
    check_positive_int("batch", batch, network.label)
    check_positive_int("steps", steps, network.label)
    (first, short), (last, long) = _measure(network).items()

    def at(low: int, high: int) -> int:
        return round(batch * (low + (high - low) * (steps - first) / (last - first)))

    tape = {name: at(low, long.tape_bytes[name]) for name, low in short.tape_bytes.items()}
    peak = at(short.peak_bytes, long.peak_bytes) + 4 * 4 * network.count_params()
    return MemoryEstimate(tape, peak)


def check_memory(network: Network, batch: int, steps: int, free_bytes: int | None = None) -> None:
    """Raise an error if a batch does not fit into the machine's memory, before anything runs.

    Parameters
    ----------
    network : Network
        A network such as :class:`liaf_ref.BabiNetwork`.
    batch, steps : int
        Number of samples, and of time steps of each.
    free_bytes : int, optional
        Free memory in bytes; by default what the system reports.

    Raises
    ------
    InputError
        If ``network`` is no Network, or a number is out of range.
    RunError
        If the batch does not fit; the message names the largest batch that fits.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> from liaf_ref.networks import check_memory
    >>> check_memory(lr.BabiNetwork(22, "lif"), batch=32, steps=66, free_bytes=10**6)
    Traceback (most recent call last):
        ...
    liaf_ref._core.errors.RunError: ...; the largest batch that fits is ...
    """
    given = available_memory() if free_bytes is None else free_bytes
    free_bytes = check_int("free_bytes", given, "memory", minimum=0)
    expected = estimate_memory(network, batch, steps).peak_bytes
    if expected <= free_bytes:
        return
    maximum = bisect_right(
        range(1, batch), free_bytes, key=lambda n: estimate_memory(network, n, steps).peak_bytes
    )
    hint = f"the largest batch that fits is {maximum}" if maximum else "not even one sample fits"
    raise RunError(
        f"{network.label}: a step with batch {batch} and {count(steps, 'step')} needs "
        f"{expected / 1e6:,.0f} MB, expected at most {free_bytes / 1e6:,.0f} MB, the free memory; "
        f"{hint}"
    )


def count_array_bytes(
    tapes: Iterable[tuple[str, object]], exclude: Iterable[Array]
) -> dict[str, int]:
    """Bytes of the arrays that tapes refer to, each memory under the first that has it."""
    seen = {id(_base_array(array)) for array in exclude}
    sizes: dict[str, int] = {}
    for name, tape in tapes:
        sizes.setdefault(name, 0)
        for array in _iter_arrays(tape):
            owner = _base_array(array)
            if id(owner) not in seen:
                seen.add(id(owner))
                sizes[name] += owner.nbytes
    return sizes


@cache
def _measure(network: Network) -> dict[int, MemoryEstimate]:
    """The memory of one sample, by its number of steps."""
    params = network.init(0)
    return {steps: _measure_sample(network, params, steps) for steps in network.measured_steps}


def _measure_sample(network: Network, params: Params, steps: int) -> MemoryEstimate:
    inputs = network.example_inputs(steps)
    forward, backward = network.passes()
    logits, tape = forward(params, *inputs)
    backward(np.zeros_like(logits), tape)  # what is made once, at first use, is not the batch's
    del tape
    counted = tracemalloc.is_tracing()
    tracemalloc.start()
    tracemalloc.reset_peak()
    try:
        before, _ = tracemalloc.get_traced_memory()
        logits, tape = forward(params, *inputs)
        backward(np.zeros_like(logits), tape)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        if not counted:
            tracemalloc.stop()
    own = sum(array.nbytes for array in _iter_arrays(inputs))
    gradients = sum(array.nbytes for array in params.values())
    saved = count_array_bytes(network.tape_parts(tape), params.values())
    return MemoryEstimate(saved, peak - before - gradients + own)


def _base_array(array: Array) -> Array:
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _iter_arrays(tape: Any) -> Iterator[Array]:
    if isinstance(tape, np.ndarray):
        yield tape
        return
    if is_dataclass(tape):
        tape = vars(tape)
    items = list(tape.values()) if isinstance(tape, Mapping) else tape
    for item in items if isinstance(items, tuple | list) else ():
        yield from _iter_arrays(item)


COLUMNS = ("part", "layer", "output", "parameters", "MULs", "ADDs", "tape MB")


class SummaryRow(NamedTuple):
    """One layer of a network."""

    name: str
    layer: str
    out_shape: tuple[int, ...]
    num_params: int
    paper: OpCount | None
    exact: OpCount
    tape_bytes: int


@dataclass(frozen=True)
class NetworkSummary:
    """A network layer by layer; prints as a table."""

    label: str
    batch: int
    steps: int
    rows: tuple[SummaryRow, ...]
    peak_bytes: int

    @property
    def tape_bytes(self) -> int:
        """Bytes of the whole tape."""
        return sum(line.tape_bytes for line in self.rows)

    @property
    def exact(self) -> OpCount:
        """Operations of all layers, and all parameters."""
        return op_count.total(line.exact for line in self.rows)

    @property
    def paper(self) -> OpCount:
        """Operations and weights of the layers that are in Tables I and II."""
        return op_count.total(line.paper for line in self.rows)

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values."""
        lines = [
            line._asdict() | {"paper": _as_dict(line.paper), "exact": _as_dict(line.exact)}
            for line in self.rows
        ]
        head = {"network": self.label, "batch": self.batch, "steps": self.steps, "layers": lines}
        counts = {"paper": _as_dict(self.paper), "exact": _as_dict(self.exact)}
        return head | counts | {"tape_bytes": self.tape_bytes, "peak_bytes": self.peak_bytes}

    def __str__(self) -> str:
        rows = [COLUMNS, *map(_format_row, self.rows)]
        total = self.exact
        operations = _format_count(total.muls), _format_count(total.adds)
        tape = f"{self.tape_bytes / 1e6:.1f}"
        rows.append(("", "", "", f"{total.weights:,}", *operations, tape))
        widths = [max(len(row[k]) for row in rows) for k in range(len(COLUMNS))]
        table = "\n".join(
            "  ".join(
                text.ljust(width) if k < 3 else text.rjust(width)
                for k, (text, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        )
        return (
            f"{self.label}: batch {self.batch}, {count(self.steps, 'step')}, float32\n{table}\n"
            "operations of one sample forward; "
            f"a training step needs about {float(f'{self.peak_bytes / 1e6:.2g}'):,.0f} MB"
        )


def _format_row(row: SummaryRow) -> tuple[str, ...]:
    shape = " x ".join(map(str, row.out_shape))
    weights = f"{row.num_params:,}" if row.num_params else "-"
    operations = _format_count(row.exact.muls), _format_count(row.exact.adds)
    layer = re.split("[(,]", row.layer)[0]
    return row.name, layer, shape, weights, *operations, f"{row.tape_bytes / 1e6:.1f}"


def _format_count(count: float) -> str:
    if math.isnan(count):
        return "not counted"
    return f"{count:.3g}" if count >= 10_000 else str(count)


def _as_dict(counted: OpCount | None) -> dict[str, Any] | None:
    """The counts as JSON has them: None for what is not counted."""
    own = vars(counted).items() if counted else ()
    return {name: None if math.isnan(n) else n for name, n in own} or None


def summary(network: Network, batch: int = 1, steps: int | None = None) -> NetworkSummary:
    """Describe a network.

    Parameters
    ----------
    network : Network
        A network such as :class:`liaf_ref.BabiNetwork`.
    batch : int
        Samples of a training step.
    steps : int, optional
        Time steps of a sample; the paper's by default.

    Returns
    -------
    NetworkSummary
        Prints as a table.

    Raises
    ------
    InputError
        If ``network`` is no Network, or ``batch`` or ``steps`` is below 1.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> from liaf_ref.networks import summary
    >>> print(summary(lr.BabiNetwork(22, "lif")))
    BabiNetwork(22, 'lif'), Fig. 5: batch 1, 66 steps, float32
    part   layer      output  parameters     MULs      ADDs  tape MB
    story  Embedding      50       1,100 ...
    """
    check_network(network, "a summary")
    steps = network.steps if steps is None else steps
    expected = estimate_memory(network, batch, steps)
    left = dict(expected.tape_bytes)  # a part with several lines has its tape at the first
    lines = tuple(
        SummaryRow(name, label, shape, exact.weights, paper, exact, left.pop(name, 0))
        for name, label, shape, paper, exact in op_count.count_ops(network, steps)
    )
    return NetworkSummary(network.label, batch, steps, lines, expected.peak_bytes)
