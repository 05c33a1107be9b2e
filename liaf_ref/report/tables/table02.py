"""Table II: operations and weights of the spatiotemporal layers, as formulas."""

from liaf_ref.report.content import Section
from liaf_ref.report.op_counts import TABLE_II_SIZES
from liaf_ref.report.tables.audited import (
    agreement_sentence,
    comparison_table,
    mismatch_notes,
    recomputed_findings,
)


def table02() -> Section:
    """Hold the printed formulas to the layers."""
    findings = recomputed_findings("II", ("count",))
    at = ", ".join(f"{name} = {size}" for name, size in TABLE_II_SIZES.items())
    return Section(
        "table02",
        "Table II",
        "Operations and weights of the spatiotemporal layers",
        agreement_sentence(findings, "printed formulas"),
        tables=(
            comparison_table("table02", f"R = T·H·W·L, Q = I·J·K; ours counted at {at}", findings),
        ),
        notes=mismatch_notes(findings),
    )
