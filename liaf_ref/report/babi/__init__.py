"""Table III over many runs: what each scored, means and intervals, the paper's claims."""

from liaf_ref.report.babi.alike import check_alike, check_once
from liaf_ref.report.babi.claims import Verdict, verdicts
from liaf_ref.report.babi.collect import collect, read_end
from liaf_ref.report.babi.ends import READINGS, End, as_csv, from_csv
from liaf_ref.report.babi.means import means
from liaf_ref.report.babi.page import markdown
from liaf_ref.report.interval import Mean, mean

__all__ = [
    "READINGS",
    "End",
    "Mean",
    "Verdict",
    "as_csv",
    "check_alike",
    "check_once",
    "collect",
    "from_csv",
    "markdown",
    "mean",
    "means",
    "read_end",
    "verdicts",
]
