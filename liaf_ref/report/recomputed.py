"""Sections that need no run: counts, settings and layers of networks, and a simulated hand clap."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from liaf_ref._core.palette import CELL_NAMES
from liaf_ref.analysis.op_count import count_ops
from liaf_ref.data.events import events_to_frames, slice_by_time
from liaf_ref.data.events.records import SENSOR_SIZE
from liaf_ref.data.simulator import simulate_gesture
from liaf_ref.experiments.dvs import EXPERIMENT_SPECS
from liaf_ref.networks.registry import create_network
from liaf_ref.report.audit import Finding, audit
from liaf_ref.report.audit.counts import MISMATCH, NOT_RECOMPUTED, ROUNDED, TRUNCATED
from liaf_ref.report.content import NOTHING, TEXTS, MissingRuns, Section, Table
from liaf_ref.report.pictures import event_cloud, frame_strip

SAVINGS_PARAGRAPH = "VI-B5, paragraph 3"


def audited_section(
    section: Section, kind: str, noun: str, caption: str, experiments: Sequence[str] = ()
) -> Section:
    """Compare the printed numbers of a table with ours; list networks layer by layer below."""
    findings = recomputed_findings(section, kind)
    count = Counter(f.agreement for f in findings)
    same, other = count[ROUNDED] + count[TRUNCATED], count[MISMATCH]
    verb = "is" if other == 1 else "are"
    rest = f"; the other {other if other > 1 else 'one'} {verb} marked ≠" if other else ""
    mismatches = (f for f in findings if f.agreement == MISMATCH)
    return section._replace(
        verdict=f"{same} of {len(findings)} {noun} match our layers{rest}.",
        tables=(
            comparison_table(section.name, caption, findings),
            *map(_layer_table, experiments),
        ),
        notes=tuple(
            f"{CELL_NAMES.get(f.printed.inputs[0], f.printed.inputs[0])} {f.printed.inputs[1]}: "
            f"printed {f.printed.value}, ours {f.formatted} ({f.explanation})."
            for f in mismatches
        ),
    )


def counts_section(section: Section) -> Section:
    """Put the counts of the networks beside their accuracies."""
    caption = "Counts of the convolutions at the paper's sizes"
    counts = audited_section(section, "count", "printed counts", caption)
    return section._replace(
        verdict=f"{section.verdict}  {counts.verdict}",
        tables=(*counts.tables, *section.tables),
        notes=(*section.notes, *counts.notes),
    )


def recomputed_findings(section: Section, kind: str) -> list[Finding]:
    """The recomputed findings of one kind in the table of a section."""
    found = audit(section.number.removeprefix("Table "))
    return [f for f in found if f.agreement != NOT_RECOMPUTED and f.printed.kind == kind]


def savings() -> Iterator[str]:
    """Sentences on how much smaller LIAF is than the baselines, ours and the paper's."""
    for finding in audit("text"):
        printed = finding.printed
        if printed.location == SAVINGS_PARAGRAPH:
            what = printed.quantity.removesuffix(", %")
            ours = f"{finding.formatted} % {what}"
            yield f"At the paper's sizes LIAF has {ours} (paper: {printed.value} %)."


def comparison_table(name: str, caption: str, findings: Sequence[Finding]) -> Table:
    """Format findings in the rows and columns of the paper, ours after each printed one."""
    by_place = {f.printed.inputs: f for f in findings}
    rows, columns = (list(dict.fromkeys(names)) for names in zip(*by_place, strict=True))
    body = []
    for row in rows:
        cells = [CELL_NAMES.get(row, row)]
        for found in (by_place.get((row, column)) for column in columns):
            mark = " ≠" if found and found.agreement == MISMATCH else ""
            cells += [found.printed.value, found.formatted + mark] if found else [NOTHING] * 2
        body.append(tuple(cells))
    head = ("", *(title for column in columns for title in (f"{column}, paper", "ours")))
    return Table(name, caption, head, tuple(body))


def _layer_table(experiment: str) -> Table:
    """List the layers of an experiment's LIAF network."""
    name = f"{experiment}-liaf"
    net = create_network(name)
    frames, *_ = net.example_inputs(net.steps)
    counts = count_ops(net, net.steps)
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
    caption = f"{title}: the layers of the LIAF network, for input of shape {shape}"
    head = ("part", "layer", "output of a step", "weights")
    return Table(f"{name}-layers", caption, head, tuple(rows), (0, 1, 2))


def _format_shape(shape: Sequence[int]) -> str:
    return " × ".join(map(str, shape))


GESTURE, SEED = "hand clapping", 0
DURATION_US, WINDOW_US, N_FRAMES = 1_500_000, 25_000, 4  # μs, μs, frames
MAX_POINTS = 2_500


def hand_clap(section: Section) -> Section:
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
    some = events[:: math.ceil(len(events) / MAX_POINTS)]
    counts = [len(slice_by_time(events, start, start + WINDOW_US)) for start in starts]
    cloud = f"{len(some):,} of the events, evenly selected"
    strip = f"Frames of {WINDOW_US // 1000} ms; orange is brighter, blue is darker"
    titles = [f"{start / 1000:.0f} ms" for start in starts]
    command = "liaf-ref events user01_led.aedat --labels user01_led_labels.csv --clip 1 --out clap"
    return section._replace(
        verdict=(
            f"The simulated hand clap has {len(events):,} events in {DURATION_US / 1e6:g} s, "
            f"{100 * events['p'].mean():.0f} % of them brighter; "
            f"each frame has {min(counts):,} to {max(counts):,} events."
        ),
        pictures=(
            event_cloud("fig09-cloud", cloud, SENSOR_SIZE, some),
            frame_strip("fig09-frames", strip, frames, titles),
        ),
        notes=(TEXTS["hand_clap"],),
        missing=(MissingRuns("a recorded hand clap, from a trial of DVS128 Gesture", command),),
    )
