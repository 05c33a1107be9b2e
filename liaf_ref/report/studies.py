"""Table and figure of each study."""

from collections.abc import Callable
from typing import Any, NamedTuple

from liaf_ref.report import coding, degradation, efficiency
from liaf_ref.report.audit.counts import compare_counts


class StudyReport(NamedTuple):
    """How the results of a study are laid out."""

    to_markdown: Callable[[dict[str, Any]], str]
    plot_png: Callable[[dict[str, Any]], bytes]
    with_printed: Callable[[dict[str, Any]], dict[str, Any]] = dict


def _with_printed_counts(result: dict[str, Any]) -> dict[str, Any]:
    return {"printed": [count._asdict() for count in compare_counts()]} | result


STUDY_REPORTS = {
    "degradation": StudyReport(degradation.to_markdown, degradation.plot_png),
    "efficiency": StudyReport(efficiency.to_markdown, efficiency.plot_png, _with_printed_counts),
    "coding": StudyReport(coding.to_markdown, coding.plot_png),
}
