"""Table I: operations and weights of the temporal layers, as formulas."""

from liaf_ref.report.audit.formulas import TABLE_I_SIZES
from liaf_ref.report.content import Section
from liaf_ref.report.tables.audited import audited_section, format_sizes, recomputed_findings


def table01() -> Section:
    """Compare the printed formulas with the layers."""
    title = "Operations and weights of the temporal layers"
    caption = f"One step of a layer; our counts are for {format_sizes(TABLE_I_SIZES)}"
    findings = recomputed_findings("I", "count")
    return audited_section("table01", "Table I", title, findings, "printed formulas", caption)
