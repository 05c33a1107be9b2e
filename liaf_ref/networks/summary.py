"""Summary of a network: layers, shapes, parameters, operations, memory of the tape."""

import math
import re
from dataclasses import dataclass
from typing import Any, NamedTuple

from liaf_ref._core.text import count
from liaf_ref.analysis import op_count
from liaf_ref.analysis.op_count import OpCount
from liaf_ref.networks.base import Network, check_network
from liaf_ref.networks.memory import estimate_memory

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
