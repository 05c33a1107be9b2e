"""Table III: accuracy of the temporal layers on the twenty tasks of bAbI."""

from liaf_ref.report.tables.table03.accuracies import mean_accuracies
from liaf_ref.report.tables.table03.claims import Claim, evaluate_claims
from liaf_ref.report.tables.table03.page import render_markdown
from liaf_ref.report.tables.table03.section import table03

__all__ = ["Claim", "evaluate_claims", "mean_accuracies", "render_markdown", "table03"]
