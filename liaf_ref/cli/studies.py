"""Experiments that train little: what they need, measure and draw."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from liaf_ref.experiments import coding, degradation, efficiency
from liaf_ref.experiments.trained_network import TrainedNetwork
from liaf_ref.report import coding as coding_report
from liaf_ref.report import degradation as degradation_report
from liaf_ref.report import efficiency as efficiency_report
from liaf_ref.report.audit.counts import compare_counts

Document = dict[str, Any]
ReportProgress = Callable[[str], None]


class Study(NamedTuple):
    """An experiment on trained networks.

    Attributes
    ----------
    name, section, description : str
        As the command's help has them.
    cells : tuple of str
        The networks it needs.
    measure : callable
        Its results, of trained networks by cell and of what is told what is being done.
    markdown, figure : callable
        Its tables and its picture, of its results.
    """

    name: str
    section: str
    description: str
    cells: tuple[str, ...]
    measure: Callable[[Mapping[str, TrainedNetwork], ReportProgress], Document]
    to_markdown: Callable[[Document], str]
    plot_png: Callable[[Document], bytes]


def _efficiency(trained: Mapping[str, TrainedNetwork], report_progress: ReportProgress) -> Document:
    printed = [figure._asdict() for figure in compare_counts()]
    return {"printed": printed} | efficiency.measure_efficiency(trained, report_progress)


_ALL = (
    Study(
        "degradation",
        "Section II-C",
        "Check that LIAF reduces to LIF, perceptron, convolution and RNN in its special cases,\n"
        "entry by entry, and move a trained network towards them step by step.",
        ("liaf",),
        degradation.measure_degradation,
        degradation_report.to_markdown,
        degradation_report.plot_png,
    ),
    Study(
        "efficiency",
        "Section V, Tables I, II, VII, IX",
        "Count weights and operations of layers and networks next to the printed numbers, and,\n"
        "for trained networks, the operations that remain when zeros are skipped.",
        ("liaf", "lif"),
        _efficiency,
        efficiency_report.to_markdown,
        efficiency_report.plot_png,
    ),
    Study(
        "coding",
        "Section VII-C",
        "Send the analog values of a trained network as spikes in k sub-intervals of a time\n"
        "step (rate or time-to-first-spike coding), and measure the accuracy.",
        ("liaf", "lif"),
        coding.measure_coding,
        coding_report.to_markdown,
        coding_report.plot_png,
    ),
)
STUDIES = {study.name: study for study in _ALL}
