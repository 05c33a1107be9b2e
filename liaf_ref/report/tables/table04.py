"""Table IV: cost of the temporal layers on bAbI."""

from liaf_ref.report.content import Section
from liaf_ref.report.tables.audited import audited_section, recomputed_findings

DIGITS_NOTE = "Printed counts have two digits, some rounded and some cut off."


def table04() -> Section:
    """Hold the printed counts to the networks of Fig. 5."""
    findings = recomputed_findings("IV", "count")
    steps = findings[0].explanation.partition(";")[0]
    caption = f"Counted by walking the networks of Fig. 5: {steps}"
    title = "Cost of the temporal layers on bAbI"
    section = audited_section("table04", "Table IV", title, findings, "printed counts", caption)
    return section._replace(notes=(DIGITS_NOTE, *section.notes))
