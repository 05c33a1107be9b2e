"""Audit of the paper: recompute its numbers and compare them with the printed ones."""

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Any, NamedTuple

from liaf_ref._core.validation import check_choice
from liaf_ref.experiments.paper import TABLES, TEXT, PrintedNumber, printed_numbers
from liaf_ref.report.audit import counts, recomputations
from liaf_ref.report.audit.counts import MISMATCH, NOT_RECOMPUTED, ROUNDED, TRUNCATED
from liaf_ref.report.content import markdown_table

NOT_RECOMPUTED_REASONS = {
    "setting": "a setting chosen by the authors",
    "measured": "measured by training; see docs/results",
    "cited": "results from the literature",
    "count": "a count that the networks do not determine",
}
HEADER = ("", "printed", "ours", "agreement", "why")
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
        places = (
            max(map(_printed_decimals, counts.SEPARATOR.split(self.printed.value))) + EXTRA_DECIMALS
        )
        between = counts.SEPARATOR.findall(self.printed.value)
        between += [", "] * (len(self.recomputed) - len(between))
        return "".join(
            text + counts.format_trimmed(x, places)
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


def counted() -> list[dict[str, Any]]:
    """Every count in a table of the paper, beside that of the layers by the paper's own rules."""
    tables = (*counts.FORMULA_SIZES, "IV", "VII", "IX")
    rows = []
    for figure in printed_numbers():
        if figure.kind == "count" and figure.table in tables:
            row, column = figure.inputs
            ours = counts.computed_counts(figure.table, row)[column]
            verdict, _ = counts.classify_agreement(_printed_value(figure), [Fraction(ours)])
            found = {"table": figure.table, "row": row, "column": column, "printed": figure.value}
            rows.append(found | {"computed": ours, "agreement": verdict})
    return rows


def format_counted(rows: Sequence[Mapping[str, Any]]) -> str:
    """Format counts in Markdown."""
    head = ("table", "cell", "", "printed", "from the layers", "agreement")
    keys = ("table", "row", "column", "printed", "computed", "agreement")
    lines = [[f"{row[key]:,}" if key == "computed" else row[key] for key in keys] for row in rows]
    return markdown_table(head, lines, str.ljust)


def _audit_number(figure: PrintedNumber) -> Finding:
    if not figure.recomputation:
        reasons = _join_reasons(NOT_RECOMPUTED_REASONS[figure.kind], figure.note)
        return Finding(figure, (), NOT_RECOMPUTED, reasons)
    numbers, explanation = getattr(recomputations, figure.recomputation)(figure)
    ours = tuple(map(Fraction, numbers))
    verdict, cut = counts.classify_agreement(_printed_value(figure), ours)
    only = "" if cut or verdict == MISMATCH else "rounded only"
    return Finding(figure, ours, verdict, _join_reasons(explanation, only, figure.note))


def _printed_value(figure: PrintedNumber) -> str:
    """What is printed; of a formula its value."""
    sizes = counts.FORMULA_SIZES.get(figure.table)
    return str(counts.evaluate_formula(figure.value, sizes)) if sizes else figure.value


def _join_reasons(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _printed_decimals(text: str) -> int:
    """Number of printed decimals; 0 for a formula or for 3.4e5."""
    try:
        return max(0, -int(Decimal(text).as_tuple().exponent))
    except ArithmeticError:
        return 0


def format_findings(findings: Sequence[Finding]) -> str:
    """Format findings in Markdown."""
    groups = groupby(findings, key=lambda finding: finding.printed.table)
    return "\n\n".join(
        [_format_table(name, list(found)) for name, found in groups] + [_format_totals(findings)]
    )


def _format_table(name: str, findings: list[Finding]) -> str:
    title = "The running text" if name == TEXT else f"Table {name}"
    lines = [
        (
            f"{f.printed.location}: {f.printed.quantity}" if name == TEXT else f.printed.quantity,
            *(f.printed.value, f.formatted, f.agreement, f.explanation),
        )
        for f in findings
        if f.agreement != NOT_RECOMPUTED
    ]
    kinds = Counter(f.printed.kind for f in findings if f.agreement == NOT_RECOMPUTED)
    rest = f"not recomputed: {_format_counts(kinds)}" if kinds else ""
    body = markdown_table(HEADER, lines, str.ljust) if lines else ""
    return "\n\n".join(part for part in (f"## {title}", body, rest) if part)


def _format_totals(findings: Sequence[Finding]) -> str:
    verdicts = Counter(f.agreement for f in findings)
    order = (ROUNDED, TRUNCATED, MISMATCH, NOT_RECOMPUTED)
    text = f"{len(findings)} printed: " + _format_counts({name: verdicts[name] for name in order})
    return text + (
        "; mismatches are discussed in docs/reference/errata.md" if verdicts[MISMATCH] else ""
    )


def _format_counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {name}" for name, n in counts.items())
