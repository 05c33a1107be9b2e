"""Notes on reading the report, and the list of its runs."""

import math

from liaf_ref.report.babi_runs import BabiRun
from liaf_ref.report.content import NOTHING, Table, format_number, format_percent
from liaf_ref.report.dvs_runs import DvsRun, RunGroup
from liaf_ref.report.figures import CURVE_METRICS
from liaf_ref.report.runs import RunCollection

READING_GUIDE = (
    "A number with ± is a mean over seeds.  The number after ± is half of the 95 % confidence "
    "interval of the mean (Student's t).  A number without ± comes from one seed, or is the same "
    "for all seeds.",
    "A difference between two networks is paired: it is computed for each seed that both networks "
    "have on the same recordings or text, and it has its own interval.",
    "A claim is confirmed if the whole interval is on the paper's side of 0.  It is contradicted "
    "if the interval is on the other side, or ends before the smallest difference that counts: "
    "2 points of accuracy or gap, 0.5 points of roughness.  A claim of similar accuracy is "
    "confirmed if the interval is above −3 points, and contradicted if it is below.",
    "Of twenty intervals, one is expected to exclude 0 by chance.  data/claims.csv also has the "
    "wider intervals of Holm's procedure over all claims.",
    "“Paper” marks a printed number.  “≠” marks a recomputed number that does not match the "
    "printed value, rounded or truncated.",
    "Figs. 1 to 6 of the paper are diagrams and show no result.",
)
HEADER = (
    *("run", "data", "cell", "seed", "epochs", "rate", "test %", "validation %", "training %"),
    *(f"{what} / points" for what, *_ in CURVE_METRICS),
)


def runs_table(runs: RunCollection) -> Table:
    """List the runs on recordings and those on bAbI."""
    rows = [_dvs_row(group, run) for group in runs.groups for run in group.runs]
    rows += map(_babi_row, runs.babi)
    caption = f"{len(rows)} runs; for bAbI, the test accuracy at the best epoch on validation"
    return Table("runs", caption, HEADER, tuple(rows), (0, 1, 2))


def _dvs_row(group: RunGroup, run: DvsRun) -> tuple[str, ...]:
    metrics = (metric(run) for _, metric, _ in CURVE_METRICS)
    return (
        *(run.folder.as_posix(), group.name, run.cell),
        *(str(run.config.seed), str(len(run.metrics)), f"{run.config.lr:g}"),
        *(
            format_percent(getattr(run.result, f"{part}_accuracy"))
            for part in ("test", "validation", "train")
        ),
        *(NOTHING if value is None else format_number(value) for value in metrics),
    )


def _babi_row(run: BabiRun) -> tuple[str, ...]:
    end = run.summary
    return (
        *(run.source, f"bAbI QA{end.task}", end.cell),
        *(str(end.seed), str(end.epochs_done), f"{end.lr:g}"),
        *(format_percent(share) for share in (end.selected, math.nan, end.train)),
        *(NOTHING for _ in CURVE_METRICS),
    )
