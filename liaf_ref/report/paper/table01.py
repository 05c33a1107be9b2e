"""Table I: operations and weights of the temporal layers, as formulas."""

from liaf_ref.report.counts import K, L
from liaf_ref.report.paper.audited import agreement_sentence, comparison_table, recomputed_findings, mismatch_notes
from liaf_ref.report.paper.content import Section


def table01() -> Section:
    """Hold the printed formulas to the layers.

    Returns
    -------
    Section
        Formulas, and what walking a layer counts for one step.
    """
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
