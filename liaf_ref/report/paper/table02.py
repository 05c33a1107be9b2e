"""Table II: operations and weights of the spatiotemporal layers, as formulas."""

from liaf_ref.report.counts import SIZES
from liaf_ref.report.paper.audited import agreement, beside, recomputed, remarks
from liaf_ref.report.paper.content import Section


def table02() -> Section:
    """Hold the printed formulas to the layers.

    Returns
    -------
    Section
        Formulas, and what walking a layer counts for one sample.
    """
    findings = recomputed("II", ("count",))
    at = ", ".join(f"{name} = {size}" for name, size in SIZES.items())
    return Section(
        "table02",
        "Table II",
        "Operations and weights of the spatiotemporal layers",
        agreement(findings, "printed formulas"),
        tables=(beside("table02", f"R = T·H·W·L, Q = I·J·K; ours counted at {at}", findings),),
        notes=remarks(findings),
    )
