"""Tables V and VIII: which layers the networks on recordings have."""

from collections.abc import Sequence

from liaf_ref.experiments.dvs import EXPERIMENT_SPECS
from liaf_ref.report.content import Section, Table
from liaf_ref.report.tables.audited import (
    agreement_sentence,
    comparison_table,
    input_shape,
    layer_table,
    mismatch_notes,
    recomputed_findings,
)


def settings_section(name: str, number: str, title: str, experiments: Sequence[str]) -> Section:
    """Hold printed settings to networks, and list these layer by layer."""
    findings = recomputed_findings(number.removeprefix("Table "), ("setting",))
    tables: list[Table] = [comparison_table(name, "Settings, ours read off the networks", findings)]
    for experiment in experiments:
        network = f"{experiment}-liaf"
        caption = f"{EXPERIMENT_SPECS[experiment].title}, LIAF; goes in as {input_shape(network)}"
        tables.append(layer_table(network, caption))
    verdict = agreement_sentence(findings, "printed settings")
    return Section(
        name, number, title, verdict, tables=tuple(tables), notes=mismatch_notes(findings)
    )
