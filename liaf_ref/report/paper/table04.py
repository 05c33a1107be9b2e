"""Table IV: cost of the temporal layers on bAbI."""

from liaf_ref.report.paper.audited import agreement, beside, recomputed, remarks
from liaf_ref.report.paper.content import Section


def table04() -> Section:
    """Hold the printed counts to the networks of Fig. 5.

    Returns
    -------
    Section
        Operations and weights of a layer, weights of a network.
    """
    findings = recomputed("IV", ("count",))
    steps = findings[0].why.partition(";")[0]
    return Section(
        "table04",
        "Table IV",
        "Cost of the temporal layers on bAbI",
        agreement(findings, "printed counts"),
        tables=(
            beside("table04", f"Counted by walking the networks of Fig. 5: {steps}", findings),
        ),
        notes=(
            "Printed counts have two digits, some rounded and some cut off.",
            *remarks(findings),
        ),
    )
