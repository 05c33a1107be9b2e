"""How to read the report, and every run that it is made from."""

from liaf_ref.report.comparison import format_number
from liaf_ref.report.content import Table
from liaf_ref.report.dvs_runs import DvsRun
from liaf_ref.report.figures.curves import CURVE_METRICS
from liaf_ref.report.run_collection import RunCollection
from liaf_ref.report.run_groups import RunGroup

READING_GUIDE = (
    "Numbers with ± are means over seeds with half the width of the 95 % interval of the mean "
    "by Student's t; without ± there is one seed, or all agree.",
    "A difference is taken seed by seed, over the seeds that both networks have on the same "
    "recordings or text, and has an interval of its own.  A verdict says whether that interval "
    "contains 0. Intervals are not corrected for multiple comparisons: of twenty, one is "
    "expected to exclude 0 by chance.",
    "“Paper” marks what is printed.  “≠” marks a recomputed number that does not match the "
    "printed value, rounded or truncated.",
    "Figs. 1 to 6 of the paper are diagrams and show no result.",
)
HEADER = (
    *("run", "data", "cell", "seed", "epochs", "rate", "test %", "validation %", "training %"),
    *(f"{what} / points" for what, _ in CURVE_METRICS),
)


def runs_table(runs: RunCollection) -> Table:
    """List the runs on recordings one by one, and those on bAbI."""
    lines = [_run_row(group, run) for group in runs.groups for run in group.runs]
    for source, end in runs.babi:
        run = source, f"bAbI QA{end.task}", end.cell, str(end.seed)
        facts = (
            str(end.epochs_done),
            f"{end.lr:g}",
            _percent(end.selected),
            "–",
            _percent(end.train),
        )
        lines.append((*run, *facts, *("–" for _ in CURVE_METRICS)))
    caption = f"{len(lines)} runs; of bAbI the test accuracy is at the epoch best on validation"
    return Table("runs", caption, HEADER, tuple(lines), (0, 1, 2), collapsed=True)


def _run_row(group: RunGroup, run: DvsRun) -> tuple[str, ...]:
    config, result = run.config, run.result
    percents = (_percent(result[f"{part}_accuracy"]) for part in ("test", "validation", "train"))
    measures = (value(run) for _, value in CURVE_METRICS)
    return (
        str(run.folder),
        group.name,
        run.cell,
        str(config["seed"]),
        str(len(run.metrics)),
        f"{config['lr']:g}",
        *percents,
        *("–" if value is None else format_number(value) for value in measures),
    )


def _percent(share: float) -> str:
    return "–" if share != share else f"{100 * share:.1f}"  # noqa: PLR0124 - NaN
