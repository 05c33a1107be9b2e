"""Degrade the trained networks of several seeds: take the memory out, replace Act by the spike.

``python tools/degradation_over_seeds.py RUN_FOLDER ... [--figure FILE] [--json]``
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import finished_runs
from bench.command import run_command
from matplotlib.figure import Figure

from liaf_ref._core.errors import InputError
from liaf_ref._core.palette import CELL_COLORS
from liaf_ref.cli.options import Parser
from liaf_ref.experiments.degradation.measure import measure_interpolation, measure_memory
from liaf_ref.experiments.study import TrainedNetwork
from liaf_ref.report.content import format_difference, format_mean, markdown_table
from liaf_ref.report.statistics import mean_ci

CELLS = "liaf", "lif"
SERIES = {"memory": "α, β kept", "spike": "spike in Act"}
LINES = {"memory": "-", "spike": "--"}
Points = list[dict[str, float]]


def make_parser() -> Parser:
    """Make the parser of the command line."""
    parser = Parser(
        prog="degradation_over_seeds.py",
        description="Degrade LIAF and LIF networks of finished runs on recordings, without\n"
        "training them again: shrink α and β of all neurons to 0, which takes the memory out;\n"
        "and, of LIAF, mix Act with the spike. Mean over seeds ± half of the 95 % interval.",
        epilog="example: python tools/degradation_over_seeds.py OUT_OF_SWEEP --figure FILE.png",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    finished_runs.add_options(parser)
    option = parser.add_argument
    option("--figure", type=Path, metavar="FILE", help="draw the accuracies into this file")
    option("--json", action="store_true", help="print one JSON document")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Degrade the networks of some runs. Exit codes: 0 success, 2 invalid input."""
    return run_command(make_parser(), _measure, argv)


def degrade(trained: TrainedNetwork) -> dict[str, Points]:
    """The test accuracy for each share, by series."""
    found = {"memory": measure_memory(trained)}
    if trained.config.cell == "liaf":  # LIF's output is the spike
        found["spike"] = measure_interpolation(trained)
    return found


def _measure(args: argparse.Namespace) -> None:
    runs = [run for run in finished_runs.find_runs(args.runs) if run.config.cell in CELLS]
    if not runs:
        raise InputError(f"expected runs of {' or '.join(CELLS)}, got none in {args.runs[0]}")
    found = [
        {
            "name": group.name,
            "cell": group.runs[0].config.cell,
            "seeds": group.seeds,
            **{series: [result[series] for result in group.results] for series in group.results[0]},
        }
        for group in finished_runs.measure_networks(runs, args.cache, degrade)
    ]
    if args.figure:
        draw(found).savefig(args.figure, dpi=110, metadata={"Software": None})
    print(json.dumps({"networks": found}, indent=2) if args.json else _format(found))


def _accuracies(points: Sequence[Points]) -> dict[float, list[float]]:
    """The accuracies of all seeds, by share."""
    return {at["share"]: [seed[k]["accuracy"] for seed in points] for k, at in enumerate(points[0])}


def _format(networks: Sequence[Mapping[str, Any]]) -> str:
    columns = {
        f"{network['name']}: {SERIES[series]}": _accuracies(network[series])
        for network in networks
        for series in SERIES
        if series in network
    }
    shares = list(next(iter(columns.values())))
    rows = [
        (
            f"{100 * share:.0f}",
            *(format_mean(mean_ci(column[share]).in_percent()) for column in columns.values()),
        )
        for share in shares
    ]
    pairs = [zip(column[1.0], column[0.0], strict=True) for column in columns.values()]
    ends = [mean_ci(a - b for a, b in pair).in_percent() for pair in pairs]
    rows.append(("100 − 0", *map(format_difference, ends)))
    counts = ", ".join(f"{len(network['seeds'])} of {network['name']}" for network in networks)
    return f"{markdown_table(('share %', *columns), rows)}\n\nseeds: {counts}"


def draw(networks: Sequence[Mapping[str, Any]]) -> Figure:
    """Accuracy against share: of each network a line, and the seeds as dots."""
    figure = Figure(figsize=(6.5, 4), layout="constrained")
    axes = figure.subplots()
    for network in networks:
        color = CELL_COLORS[network["cell"]]
        for series, style in LINES.items():
            if series not in network:
                continue
            found = _accuracies(network[series])
            shares = [100 * share for share in found]
            means = [100 * mean_ci(values).value for values in found.values()]
            label = f"{network['name']}: {SERIES[series]}"
            axes.plot(shares, means, style, color=color, label=label)
            for share, values in zip(shares, found.values(), strict=True):
                points = [100 * value for value in values]
                axes.plot([share] * len(points), points, ".", color=color, ms=3, alpha=0.5)
    axes.set(xlabel="share / %", ylabel="test accuracy / %", ylim=(0, 100))
    axes.legend(fontsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


if __name__ == "__main__":
    sys.exit(main())
