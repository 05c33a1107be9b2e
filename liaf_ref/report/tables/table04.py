"""Table IV: cost of the temporal layers on bAbI."""

from liaf_ref.report.content import Section
from liaf_ref.report.tables.audited import (
    agreement_sentence,
    comparison_table,
    mismatch_notes,
    recomputed_findings,
)


def table04() -> Section:
    """Hold the printed counts to the networks of Fig. 5."""
    findings = recomputed_findings("IV", ("count",))
    steps = findings[0].explanation.partition(";")[0]
    return Section(
        "table04",
        "Table IV",
        "Cost of the temporal layers on bAbI",
        agreement_sentence(findings, "printed counts"),
        tables=(
            comparison_table(
                "table04", f"Counted by walking the networks of Fig. 5: {steps}", findings
            ),
        ),
        notes=(
            "Printed counts have two digits, some rounded and some cut off.",
            *mismatch_notes(findings),
        ),
    )
