"""Tables V and VIII: which layers the networks on recordings have."""

from collections.abc import Sequence

from liaf_ref.experiments.vision import EXPERIMENT_SPECS
from liaf_ref.report.paper.audited import agreement, beside, frame, recomputed, remarks, walked
from liaf_ref.report.paper.content import Section, Table


def settings(name: str, number: str, title: str, experiments: Sequence[str]) -> Section:
    """Hold printed settings to networks, and list these layer by layer.

    Parameters
    ----------
    name, number, title : str
        As :class:`Section`.
    experiments : sequence of str
        Those whose networks the table describes.

    Returns
    -------
    Section
        Printed settings beside ours, and every network walked.
    """
    findings = recomputed(number.removeprefix("Table "), ("setting",))
    tables: list[Table] = [beside(name, "Settings, ours read off the networks", findings)]
    for experiment in experiments:
        network = f"{experiment}-liaf"
        caption = f"{EXPERIMENT_SPECS[experiment].title}, LIAF; goes in as {frame(network)}"
        tables.append(walked(network, caption))
    verdict = agreement(findings, "printed settings")
    return Section(name, number, title, verdict, tables=tuple(tables), notes=remarks(findings))
