"""The sections of the report, one function for each table and figure of the paper."""

from liaf_ref.report.comments import with_comments
from liaf_ref.report.content import Report
from liaf_ref.report.figures.fig07 import fig07
from liaf_ref.report.figures.fig08 import fig08
from liaf_ref.report.figures.fig09 import fig09
from liaf_ref.report.overview import READING_GUIDE, runs_table
from liaf_ref.report.runs import RunCollection, collect_runs
from liaf_ref.report.tables.n_mnist import n_mnist
from liaf_ref.report.tables.table01 import table01
from liaf_ref.report.tables.table02 import table02
from liaf_ref.report.tables.table03 import table03
from liaf_ref.report.tables.table04 import table04
from liaf_ref.report.tables.table05 import table05
from liaf_ref.report.tables.table06 import table06
from liaf_ref.report.tables.table07 import table07
from liaf_ref.report.tables.table08 import table08
from liaf_ref.report.tables.table09 import table09
from liaf_ref.report.tables.table10 import table10

__all__ = [
    "Report",
    "RunCollection",
    "build_report",
    "collect_runs",
    "fig07",
    "fig08",
    "fig09",
    "n_mnist",
    "table01",
    "table02",
    "table03",
    "table04",
    "table05",
    "table06",
    "table07",
    "table08",
    "table09",
    "table10",
    "with_comments",
]


def build_report(runs: RunCollection) -> Report:
    """Make every section of the report."""
    groups = runs.groups
    sections = (
        table01(),
        table02(),
        table03(runs.babi, runs.data_descriptions),
        table04(),
        table05(),
        table06(groups),
        table07(groups),
        fig07(groups),
        fig08(groups),
        table08(),
        fig09(),
        table09(groups),
        table10(groups),
        n_mnist(groups),
    )
    return Report(sections, READING_GUIDE, runs_table(runs), runs.skipped)
