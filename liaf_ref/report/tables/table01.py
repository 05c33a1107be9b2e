"""Table I: operations and weights of the temporal layers, as formulas."""

from liaf_ref.report.content import Section
from liaf_ref.report.op_counts import K, L
from liaf_ref.report.tables.audited import (
    agreement_sentence,
    comparison_table,
    mismatch_notes,
    recomputed_findings,
)


def table01() -> Section:
    """Hold the printed formulas to the layers."""
    findings = recomputed_findings("I", ("count",))
    caption = f"One step of a layer; ours counted at K = {K}, L = {L}"
    return Section(
        "table01",
        "Table I",
        "Operations and weights of the temporal layers",
        agreement_sentence(findings, "printed formulas"),
        tables=(comparison_table("table01", caption, findings),),
        notes=mismatch_notes(findings),
    )
