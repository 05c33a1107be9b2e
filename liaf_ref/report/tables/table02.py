"""Table II: operations and weights of the spatiotemporal layers, as formulas."""

from liaf_ref.report.audit.formulas import TABLE_II_SIZES
from liaf_ref.report.content import Section
from liaf_ref.report.tables.audited import audited_section, format_sizes, recomputed_findings


def table02() -> Section:
    """Compare the printed formulas with the layers."""
    title = "Operations and weights of the spatiotemporal layers"
    caption = f"R = T·H·W·L, Q = I·J·K; our counts are for {format_sizes(TABLE_II_SIZES)}"
    findings = recomputed_findings("II", "count")
    return audited_section("table02", "Table II", title, findings, "printed formulas", caption)
