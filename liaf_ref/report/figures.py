"""Figs. 7 to 9: curves over the epochs with measures of them, and the events of a hand clap."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from liaf_ref._core.palette import CELL_NAMES
from liaf_ref.data.events import events_to_frames, slice_by_time
from liaf_ref.data.events.records import SENSOR_SIZE
from liaf_ref.data.simulator import simulate_gesture
from liaf_ref.report.content import (
    MissingRuns,
    Section,
    Table,
    format_mean,
)
from liaf_ref.report.dvs_runs import (
    DvsRun,
    RunGroup,
    RunMetric,
    claim_about,
    mean_over_runs,
    paired,
    with_claims,
)
from liaf_ref.report.missing_runs import missing_runs, run_dirs
from liaf_ref.report.pictures import Curve, CurvePlot, EventCloud, FrameStrip
from liaf_ref.report.runs import RunCollection
from liaf_ref.report.statistics import HIGHER, LOWER, SMOOTHER, Criterion, mean_ci

DEFINITIONS = (
    "Roughness is the mean absolute second difference of the validation accuracy over the "
    "epochs, in points: 0 for a straight line, 2 d for a curve that jumps up and down by d.",
    "The gap (generalization gap) is training accuracy minus validation accuracy after the same "
    "epoch, in points.  The training accuracy is measured during training, with dropout, so it can "
    "be lower than the validation accuracy.",
)
PART_NAMES = {"validation": "validation", "train": "training"}
BOTH_PARTS = tuple(PART_NAMES)
CurveClaim = tuple[str, str, RunMetric, Criterion]  # of LIAF and a cell in a quantity


def roughness(run: DvsRun) -> float | None:
    """Mean absolute second difference of the validation accuracy, in points."""
    y = 100 * np.array([row["validation_accuracy"] for row in run.metrics])
    return float(np.abs(np.diff(y, 2)).mean()) if len(y) > 2 else None


def final_gap(run: DvsRun) -> float:
    """Training less validation accuracy after the last epoch, in points."""
    row = run.metrics[-1]
    return 100 * (row["train_accuracy"] - row["validation_accuracy"])


def final_validation_accuracy(run: DvsRun) -> float:
    """Validation accuracy after the last epoch, in percent."""
    return 100 * run.metrics[-1]["validation_accuracy"]


# In the paper, LIAF's are smaller.
CURVE_METRICS: tuple[tuple[str, RunMetric, Criterion], ...] = (
    ("roughness", roughness, SMOOTHER),
    ("gap at the end", final_gap, LOWER),
)


class CurveSpec(NamedTuple):
    """Curves of a figure, and the claims of the paper about them."""

    claim: str
    experiments: tuple[str, ...]
    cells: tuple[str, ...]
    baselines: tuple[str, ...]
    claims: tuple[CurveClaim, ...]
    plots: tuple[Sequence[str], ...]  # the parts of the data that are in one plot

    def fill(self, section: Section, runs: RunCollection) -> Section:
        """Plot curves, measure them, and test the claims of the paper about them."""
        shown = self.cells if len(self.baselines) == 1 else self.baselines
        groups = [g for g in runs.groups if g.experiment in self.experiments]
        own = [group for group in groups if any(map(group.runs_of, shown))]
        made = [
            claim_about(section, group, baseline, quantity, metric, criterion)
            for group in own
            for baseline, quantity, metric, criterion in self.claims
            if group.runs_of("liaf") and group.runs_of(baseline)
        ]
        cells, name = self.cells, section.name
        return with_claims(section, made, self.claim)._replace(
            tables=tuple(curve_metrics_table(group, cells, self.baselines, name) for group in own),
            pictures=tuple(
                p for g in own for parts in self.plots for p in curve_plots(g, cells, parts, name)
            ),
            notes=curve_notes(own),
            sources=run_dirs(own, cells),
            missing=tuple(m for e in self.experiments for m in missing_runs(groups, e, cells)),
        )


FIG_7 = CurveSpec(
    "LIAF's curves are smoother than LIF's and overfit less",
    ("mnist-dvs", "cifar10-dvs"),
    ("liaf", "lif"),
    ("lif",),
    tuple(("lif", *metric) for metric in CURVE_METRICS),
    (BOTH_PARTS,),
)
FIG_8 = CurveSpec(
    "LIAF overfits less than Conv3D and ConvLSTM, and ends more accurate than Conv2D",
    ("cifar10-dvs",),
    ("liaf", "conv2d", "conv3d", "convlstm"),
    ("conv2d", "conv3d", "convlstm"),
    (  # Section VI-B5
        ("conv3d", "gap at the end", final_gap, LOWER),
        ("convlstm", "gap at the end", final_gap, LOWER),
        ("conv2d", "validation accuracy at the end", final_validation_accuracy, HIGHER),
    ),
    (("validation",), ("train",)),
)


def curve_metrics_table(
    group: RunGroup, cells: Sequence[str], baselines: Sequence[str], name: str
) -> Table:
    """Table of roughness and gaps of cells, and of the differences LIAF minus baseline."""
    rows = []
    for cell in (cell for cell in cells if group.runs_of(cell)):
        runs = group.runs_of(cell)
        means = (format_mean(mean_over_runs(runs, metric)) for _, metric, _ in CURVE_METRICS)
        rows.append((CELL_NAMES[cell], str(len(runs)), *means))
    for baseline in (b for b in baselines if group.runs_of(b) and group.runs_of("liaf")):
        found = [paired(group, baseline, metric) for _, metric, _ in CURVE_METRICS]
        if pairs := [difference.n for difference in found if difference is not None]:
            differences = (format_mean(difference, "+") for difference in found)
            label = f"{CELL_NAMES['liaf']} − {CELL_NAMES[baseline]}"
            rows.append((label, str(max(pairs)), *differences))
    head = ("", f"{group.averaged_over}s", *(f"{what} / points" for what, *_ in CURVE_METRICS))
    return Table(f"{name}-{group.name}", f"{group.label}: roughness and gap", head, tuple(rows))


def curve_notes(groups: Sequence[RunGroup]) -> tuple[str, ...]:
    """Definitions of the metrics, and the resolution of the validation accuracy."""
    notes = list(DEFINITIONS) if groups else []
    for group in groups:
        sizes = [run.result.samples[1] for run in group.runs if run.result.samples]
        if sizes:
            step = 100 / min(sizes)
            text = f"one of {min(sizes)} validation recordings is worth {step:.1f} points"
            notes.append(f"{group.label}: {text} of accuracy.")
    return tuple(notes)


def curve_plots(
    group: RunGroup, cells: Sequence[str], parts: Sequence[str], name: str
) -> tuple[CurvePlot, ...]:
    """Plots of accuracy and loss over the epochs, averaged over the seeds."""
    found = []
    for metric, y_label, scale, y_max in (
        ("accuracy", "accuracy / %", 100.0, 102.0),
        ("loss", "loss / nat", 1.0, None),
    ):
        curves = tuple(
            _mean_curve(group.runs_of(cell), part, metric, scale, len(parts) > 1)
            for part in parts
            for cell in cells
            if group.runs_of(cell)
        )
        caption = f"{group.label}: {' and '.join(PART_NAMES[part] for part in parts)} {metric}"
        file = "-".join((name, group.name, *(parts if len(parts) == 1 else ()), metric))
        found.append(CurvePlot(file, caption, y_label, y_max, curves))
    return tuple(found)


def _mean_curve(
    runs: Sequence[DvsRun], part: str, metric: str, scale: float, both_parts: bool
) -> Curve:
    epochs = min(len(run.metrics) for run in runs)
    means = [
        mean_ci(scale * run.metrics[k][f"{part}_{metric}"] for run in runs) for k in range(epochs)
    ]
    y, half_width, *_ = zip(*means, strict=True)
    cell = runs[0].cell
    label = f"{CELL_NAMES[cell]}, {PART_NAMES[part]}" if both_parts else CELL_NAMES[cell]
    return Curve(cell, label, both_parts and part == "train", y, half_width, len(runs))


GESTURE, SEED = "hand clapping", 0
DURATION_US, WINDOW_US, N_FRAMES = 1_500_000, 25_000, 4  # μs, μs, frames
MAX_POINTS = 2_500


def fig09(section: Section) -> Section:
    """Simulate a hand clap, and plot it as in Fig. 9."""
    part = simulate_gesture(SEED, lights=1, duration=DURATION_US).train
    item = next(item for item in part.recordings if part.classes[item.label] == GESTURE)
    events = item.events()
    starts = [round((k + 0.5) * DURATION_US / N_FRAMES) for k in range(N_FRAMES)]
    frames = np.concatenate(
        [
            events_to_frames(events, SENSOR_SIZE, WINDOW_US, 1, start, dtype=np.uint16)
            for start in starts
        ]
    )
    titles = tuple(f"{start / 1000:.0f} ms" for start in starts)
    some = events[:: math.ceil(len(events) / MAX_POINTS)]
    counts = [len(slice_by_time(events, start, start + WINDOW_US)) for start in starts]
    few, many = min(counts), max(counts)
    verdict = (
        f"The simulated hand clap has {len(events):,} events in {DURATION_US / 1e6:g} s, "
        f"{100 * events['p'].mean():.0f} % of them brighter; "
        f"each frame has {few:,} to {many:,} events."
    )
    command = "liaf-ref events user01_led.aedat --labels user01_led_labels.csv --clip 1 --out clap"
    return section._replace(
        verdict=verdict,
        pictures=(
            EventCloud(
                "fig09-cloud", f"{len(some):,} of the events, evenly selected", SENSOR_SIZE, some
            ),
            FrameStrip(
                "fig09-frames",
                f"Frames of {WINDOW_US // 1000} ms; orange is brighter, blue is darker",
                frames,
                titles,
            ),
        ),
        notes=("The paper shows a recording of DVS128 Gesture; this one is simulated.",),
        missing=(MissingRuns("a recorded hand clap, from a trial of DVS128 Gesture", command),),
    )
