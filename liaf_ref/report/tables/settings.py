"""Tables V and VIII: the layers of the networks on recordings."""

from collections.abc import Sequence

from liaf_ref.experiments.dvs import EXPERIMENT_SPECS
from liaf_ref.networks.registry import create_network
from liaf_ref.report.content import Section, Table
from liaf_ref.report.formatting import NOTHING
from liaf_ref.report.tables.audited import audited_section, recomputed_findings


def settings_section(name: str, number: str, title: str, experiments: Sequence[str]) -> Section:
    """Compare printed settings with our networks, and list these layer by layer."""
    findings = recomputed_findings(number.removeprefix("Table "), "setting")
    caption = "Printed settings, and the settings of our networks"
    section = audited_section(name, number, title, findings, "printed settings", caption)
    return section._replace(tables=(*section.tables, *map(_layer_table, experiments)))


def _layer_table(experiment: str) -> Table:
    """List the layers of an experiment's LIAF network."""
    name = f"{experiment}-liaf"
    net = create_network(name)
    frames, *_ = net.example_inputs(net.steps)
    counts = net.op_counts(net.steps)
    rows = [
        (
            row.prefix,
            row.label.split("(")[0].split(",")[0],
            _format_shape(row.out_shape),
            f"{row.exact.weights:,}" if row.exact.weights else NOTHING,
        )
        for row in counts
    ]
    rows.append(("all", "", "", f"{sum(row.exact.weights for row in counts):,}"))
    title, shape = EXPERIMENT_SPECS[experiment].title, _format_shape(frames.shape[1:])
    head = ("part", "layer", "output of a step", "weights")
    caption = f"{title}: the layers of the LIAF network, for input of shape {shape}"
    return Table(f"{name}-layers", caption, head, tuple(rows), (0, 1, 2))


def _format_shape(shape: Sequence[int]) -> str:
    return " × ".join(map(str, shape))
