"""Table III over many runs: what each scored, means and intervals, the paper's claims."""

from liaf_ref.report.babi.alike import check_comparable, check_no_duplicates
from liaf_ref.report.babi.claims import ClaimVerdict, evaluate_claims
from liaf_ref.report.babi.collect import collect_summaries, read_run_summary
from liaf_ref.report.babi.ends import EPOCH_SELECTIONS, RunSummary, to_csv, from_csv
from liaf_ref.report.babi.means import mean_accuracies
from liaf_ref.report.babi.page import render_markdown
from liaf_ref.report.interval import MeanCI, mean_ci

__all__ = [
    "EPOCH_SELECTIONS",
    "RunSummary",
    "MeanCI",
    "ClaimVerdict",
    "to_csv",
    "check_comparable",
    "check_no_duplicates",
    "collect_summaries",
    "from_csv",
    "render_markdown",
    "mean_ci",
    "mean_accuracies",
    "read_run_summary",
    "evaluate_claims",
]
