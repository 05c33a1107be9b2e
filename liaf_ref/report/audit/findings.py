"""Every printed number beside ours, with the verdict."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from liaf_ref.door import check_choice
from liaf_ref.experiments.paper import TABLES, PrintedNumber, printed_numbers
from liaf_ref.report.audit import cells, formulas, sizes, walks
from liaf_ref.report.audit.agreement import BETWEEN, NEITHER, NOT_RECOMPUTED, agreement
from liaf_ref.report.audit.ours import Ours, short

Recompute = Callable[[PrintedNumber], Ours]
RECOMPUTATIONS: Mapping[str, Recompute] = {
    function.__name__: function
    for function in (
        *(formulas.table_i, formulas.table_ii),
        *(walks.table_iv, walks.table_vii, walks.table_ix),
        *(walks.fewer_iv, walks.fewer_vii, walks.fewer_ix),
        *(sizes.table_v, sizes.table_viii, sizes.size, sizes.frame, sizes.steps, sizes.classes),
        *(sizes.kernel, sizes.padding, sizes.neurons, sizes.axes, sizes.gates),
        *(cells.average, cells.average_difference, cells.as_in_table_vi, cells.as_in_table_ix),
        *(cells.over_the_best, cells.difference_ix, cells.of_the_test_set, cells.share),
        *(cells.each_class_of_a_trial, cells.ratio, cells.tasks, cells.rows_ix),
        cells.columns_vi,
    )
}
WITHOUT = {
    "setting": "a choice of the authors'",
    "measured": "measured by training; see docs/results",
    "cited": "others' work",
    "count": "counts what is outside the networks",
}
MORE = 2  # decimals of ours beyond the printed ones


class Finding(NamedTuple):
    """A printed number and ours.

    Parameters
    ----------
    figure : Printed
        As it stands in the paper.
    ours : tuple of Fraction
        What was recomputed, exact; empty if nothing was.
    agreement : str
        rounded, truncated, neither or not recomputed.
    why : str
        What ours is computed from, or why it is not.
    """

    figure: PrintedNumber
    ours: tuple[Fraction, ...]
    agreement: str
    why: str

    @property
    def shown(self) -> str:
        """Ours with two decimals more than are printed; as many numbers as there are."""
        places = max(map(_places, BETWEEN.split(self.figure.value))) + MORE
        between = BETWEEN.findall(self.figure.value)
        between += [", "] * (len(self.ours) - len(between))
        return "".join(
            text + short(x, places) for text, x in zip(["", *between], self.ours, strict=False)
        )

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values; several numbers as a list."""
        numbers = [int(x) if x.denominator == 1 else float(x) for x in self.ours]
        figure = self.figure
        return {
            "table": figure.table,
            "place": figure.location,
            "what": figure.quantity,
            "kind": figure.kind,
            "printed": figure.value,
            "ours": (numbers if len(numbers) > 1 else numbers[0]) if numbers else None,
            "agreement": self.agreement,
            "why": self.why,
        }


def audit(table: str | None = None) -> list[Finding]:
    """Recompute what the paper prints.

    Parameters
    ----------
    table : str, optional
        One of :data:`liaf_ref.experiments.paper.TABLES`; all of them if left out.

    Returns
    -------
    list of Finding
        In the paper's order, the running text last.

    Raises
    ------
    InputError
        If there is no such table.
    """
    if table is not None:
        check_choice("table", table, TABLES, "the paper")
    return [_find(figure) for figure in printed_numbers() if table in (None, figure.table)]


def _find(figure: PrintedNumber) -> Finding:
    if not figure.recomputation:
        return Finding(figure, (), NOT_RECOMPUTED, _why(WITHOUT[figure.kind], figure.note))
    ours = RECOMPUTATIONS[figure.recomputation](figure)
    verdict, cut = agreement(ours.printed or figure.value, ours.values)
    only = "" if cut or verdict == NEITHER else "rounded only"
    return Finding(figure, ours.values, verdict, _why(ours.why, only, figure.note))


def _why(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _places(text: str) -> int:
    """Decimals that are printed; none of a formula or of 3.4e5."""
    try:
        return max(0, -int(Decimal(text).as_tuple().exponent))
    except ArithmeticError:
        return 0
