"""Table III over many runs: what each scored, means and intervals, the paper's claims."""

from liaf_ref.report.babi.claims import ClaimVerdict, evaluate_claims
from liaf_ref.report.babi.collect import collect_summaries, read_run_summary
from liaf_ref.report.babi.comparability import check_comparable, check_no_duplicates
from liaf_ref.report.babi.markdown_page import render_markdown
from liaf_ref.report.babi.means import mean_accuracies
from liaf_ref.report.babi.run_summary import EPOCH_SELECTIONS, RunSummary, from_csv, to_csv
from liaf_ref.report.confidence_interval import MeanCI, mean_ci

__all__ = [
    "EPOCH_SELECTIONS",
    "ClaimVerdict",
    "MeanCI",
    "RunSummary",
    "check_comparable",
    "check_no_duplicates",
    "collect_summaries",
    "evaluate_claims",
    "from_csv",
    "mean_accuracies",
    "mean_ci",
    "read_run_summary",
    "render_markdown",
    "to_csv",
]
