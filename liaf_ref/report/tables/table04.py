"""Table IV: cost of the temporal layers on bAbI."""

from liaf_ref.report.content import Section
from liaf_ref.report.tables.audited import audited_section, recomputed_findings

DIGITS_NOTE = "The printed counts have two digits.  Some are rounded and some are truncated."


def table04() -> Section:
    """Compare the printed counts with the networks of Fig. 5."""
    findings = recomputed_findings("IV", "count")
    steps = findings[0].explanation.partition(";")[0]
    caption = f"Counts of the networks of Fig. 5: {steps}"
    title = "Cost of the temporal layers on bAbI"
    section = audited_section("table04", "Table IV", title, findings, "printed counts", caption)
    return section._replace(notes=(DIGITS_NOTE, *section.notes))
