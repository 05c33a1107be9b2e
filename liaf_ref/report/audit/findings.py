"""Compare every printed number with ours."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple

from liaf_ref._core.validation import check_choice
from liaf_ref.experiments.paper import TABLES, PrintedNumber, printed_numbers
from liaf_ref.report.audit import counts, formulas, printed_cells, sizes
from liaf_ref.report.audit.agreement import MISMATCH, NOT_RECOMPUTED, SEPARATOR, classify_agreement
from liaf_ref.report.audit.recomputed import Recomputed, format_trimmed

Recompute = Callable[[PrintedNumber], Recomputed]
# By their names in paper.toml.
RECOMPUTATIONS: Mapping[str, Recompute] = {
    **{
        function.__name__: function
        for function in (
            *(formulas.table_i, formulas.table_ii),
            *(counts.table_iv, counts.table_vii, counts.table_ix),
            *(sizes.table_v, sizes.table_viii, sizes.layer_size, sizes.frame_shape),
            *(sizes.n_steps, sizes.n_classes, sizes.kernel_size, sizes.padding),
            *(sizes.neuron_parameter, sizes.n_axes, sizes.n_gates),
            *(printed_cells.average, printed_cells.average_difference),
            *(printed_cells.gain_over_best, printed_cells.difference_ix),
            *(printed_cells.test_set_fraction, printed_cells.test_fifth_fraction),
            *(printed_cells.percentage, printed_cells.ratio),
            *(printed_cells.samples_of_trials, printed_cells.count_tasks),
            *(printed_cells.count_rows_ix, printed_cells.count_columns_vi),
        )
    },
    **{
        f"reduction_{table.lower()}": partial(counts.reduction, table)
        for table in ("IV", "VII", "IX")
    },
    "repeats_table_vi": partial(printed_cells.repeat, "VI", "CIFAR10-DVS"),
}
NOT_RECOMPUTED_REASONS = {
    "setting": "a setting chosen by the authors",
    "measured": "measured by training; see docs/results",
    "cited": "results from the literature",
    "count": "a count that the networks do not determine",
}
EXTRA_DECIMALS = 2  # decimals of ours beyond the printed ones


class Finding(NamedTuple):
    """A printed number and ours."""

    printed: PrintedNumber
    recomputed: tuple[Fraction, ...]
    agreement: str
    explanation: str

    @property
    def formatted(self) -> str:
        """Our numbers with two more decimals than printed."""
        places = max(map(_printed_decimals, SEPARATOR.split(self.printed.value))) + EXTRA_DECIMALS
        between = SEPARATOR.findall(self.printed.value)
        between += [", "] * (len(self.recomputed) - len(between))
        return "".join(
            text + format_trimmed(x, places)
            for text, x in zip(["", *between], self.recomputed, strict=False)
        )

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values; several numbers as a list."""
        numbers = [int(x) if x.denominator == 1 else float(x) for x in self.recomputed]
        figure = self.printed
        return {
            "table": figure.table,
            "place": figure.location,
            "what": figure.quantity,
            "kind": figure.kind,
            "printed": figure.value,
            "ours": (numbers if len(numbers) > 1 else numbers[0]) if numbers else None,
            "agreement": self.agreement,
            "why": self.explanation,
        }


def audit(table: str | None = None) -> list[Finding]:
    """Recompute what the paper prints."""
    if table is not None:
        check_choice("table", table, TABLES, "the paper")
    return [_audit_number(figure) for figure in printed_numbers() if table in (None, figure.table)]


def _audit_number(figure: PrintedNumber) -> Finding:
    if not figure.recomputation:
        reasons = _join_reasons(NOT_RECOMPUTED_REASONS[figure.kind], figure.note)
        return Finding(figure, (), NOT_RECOMPUTED, reasons)
    ours = RECOMPUTATIONS[figure.recomputation](figure)
    verdict, cut = classify_agreement(ours.printed or figure.value, ours.values)
    only = "" if cut or verdict == MISMATCH else "rounded only"
    return Finding(figure, ours.values, verdict, _join_reasons(ours.explanation, only, figure.note))


def _join_reasons(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _printed_decimals(text: str) -> int:
    """Number of printed decimals; 0 for a formula or for 3.4e5."""
    try:
        return max(0, -int(Decimal(text).as_tuple().exponent))
    except ArithmeticError:
        return 0
