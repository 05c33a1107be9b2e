"""Draw the recordings of a task, and count their events beside those of genuine ones.

``python tools/describe_task.py SWEEP.toml [--figure FILE] [--data DIR]``
"""

import argparse
import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from bench.command import run_command
from matplotlib.figure import Figure

from liaf_ref._core.atomic import write_atomic
from liaf_ref._core.errors import InputError
from liaf_ref._core.png import figure_to_png
from liaf_ref.cli.options import Parser, dir_path, file_path, positive_int
from liaf_ref.data.events.datasets.recordings import DatasetSplits, EventDataset, LabeledRecording
from liaf_ref.data.simulator import DigitSource, GestureSource, SimulatedSplits, measure_events
from liaf_ref.data.simulator.comparison import find_real_recordings
from liaf_ref.experiments.dvs import DVSConfig, DVSExperiment, experiment_spec
from liaf_ref.experiments.runner.spec import read_spec
from liaf_ref.report.event_colors import frame_to_rgb, full_color_count
from liaf_ref.report.formatting import markdown_table
from liaf_ref.report.simulator import STATISTICS_HEAD, statistics_cells

COLUMNS = 6  # classes side by side, at most


def make_parser() -> Parser:
    """Make the parser of the command line."""
    parser = Parser(
        prog="describe_task.py",
        description="Draw a training recording of each class, with the first seed of a sweep, and\n"
        "count the events of several: mean (minimum - maximum). With --data, genuine recordings\n"
        "of MNIST-DVS and DVS128 Gesture are counted too; N-MNIST itself is genuine.",
        epilog="example: python tools/describe_task.py docs/sweeps/decide-scenes.toml "
        "--figure scenes.png",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    option("sweep", type=file_path, metavar="SWEEP.toml", help="specification of a sweep")
    option("--figure", type=file_path, metavar="FILE", help="write the picture as a PNG image")
    option("--data", type=dir_path, metavar="DIR", help="folder of genuine recordings")
    each = "recordings of each class to count (default: 10)"
    option("--each", type=positive_int, default=10, metavar="N", help=each)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Describe the task of a sweep. Exit codes: 0 success, 2 invalid input."""
    return run_command(make_parser(), _describe, argv)


def _training_set(config: DVSConfig, folder: Path | None) -> EventDataset[Any]:
    spec = experiment_spec(config.experiment)
    splits: DatasetSplits | SimulatedSplits
    if spec.simulate is not None:
        splits = spec.simulate(config.seed_of_data, config.scale_settings)
    elif folder is not None and spec.load is not None:
        splits = spec.load(folder, config.seed_of_data, True)
    else:
        raise InputError(f"--data: expected the folder of {spec.title}, got none")
    return splits.train


def _spread(part: EventDataset[Any], label: int, each: int) -> list[LabeledRecording]:
    """List some recordings of a class, spread over all of them."""
    items = [item for item in part.recordings if item.label == label]
    return items[:: max(len(items) // each, 1)][:each]


def draw(config: DVSConfig, recordings: Sequence[LabeledRecording], classes: Sequence[str]) -> Any:
    """Draw the middle frame of each recording, and below it the sum of its frames."""
    settings = config.scale_settings.preprocessing
    frames = np.array([settings.to_frames(item.events(), item.start) for item in recordings])
    pairs = frames[:, settings.T // 2], frames.sum(axis=1)
    columns = -(-len(classes) // -(-len(classes) // COLUMNS))
    rows = 2 * -(-len(classes) // columns)
    figure = Figure(figsize=(1.45 * columns, 1.6 * rows), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False)
    for panel in panels.ravel():
        panel.set(xticks=(), yticks=(), frame_on=False)
    texts = f"{settings.time_window / 1000:g} ms", f"{settings.T} frames"
    for which, (shown, text) in enumerate(zip(pairs, texts, strict=True)):
        full = full_color_count(shown)
        for k, frame in enumerate(shown):
            panel = panels[2 * (k // columns) + which, k % columns]
            panel.imshow(frame_to_rgb(frame, full), interpolation="nearest")
            if which == 0:
                panel.set_title(classes[k].replace(" counter ", "\ncounter "), fontsize=9)
            if k % columns == 0:
                panel.set_ylabel(text, fontsize=9)
    return figure


def _describe(args: argparse.Namespace) -> None:
    experiment, configs = read_spec(args.sweep)
    if not isinstance(experiment, DVSExperiment):
        reason = f"expected a sweep of an experiment on recordings, got {experiment.name}"
        raise InputError(f"{args.sweep}: {reason}")
    config = next(iter(configs.values()))
    part = _training_set(config, args.data)
    by_class = [_spread(part, label, args.each) for label in range(len(part.classes))]
    if args.figure is not None:
        picture = draw(config, [items[0] for items in by_class], part.classes)
        write_atomic(args.figure, figure_to_png(picture, 110))
    groups: dict[str, Sequence[Sequence[LabeledRecording]]]
    groups = {"simulated" if experiment.spec.simulate else "genuine": by_class}
    source = getattr(by_class[0][0], "source", None)
    if args.data is not None and isinstance(source, DigitSource | GestureSource):
        genuine = find_real_recordings(source, range(len(part.classes)), args.data)
        labels = sorted({item.label for item in genuine})
        names = "these classes" if len(labels) > 1 else f"class {part.classes[labels[0]]}"
        groups[f"simulated, {names}"] = [by_class[label] for label in labels]
        groups[f"genuine, {names}"] = [genuine]
    window = config.scale_settings.preprocessing.time_window
    rows = [
        (name, *statistics_cells([measure_events(one.events(), window) for one in chain(*items)]))
        for name, items in groups.items()
    ]
    print(markdown_table(("", *STATISTICS_HEAD), rows))
    print(f"\nmean (minimum - maximum); frames of {window / 1000:g} ms")


if __name__ == "__main__":
    sys.exit(main())
