"""Test networks that were trained on simulated events on genuine recordings.

``python tools/transfer_test.py RUN_FOLDER ... --data DIR [--json]``
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import finished_runs
import numpy as np
from bench.command import run_command
from finished_runs import Group, Run
from numpy.typing import NDArray

from liaf_ref._core.errors import InputError
from liaf_ref.cli.options import Parser, dir_path
from liaf_ref.data.events import Preprocessing
from liaf_ref.data.events.array import Events
from liaf_ref.data.simulator import DigitSource, GestureSource
from liaf_ref.data.simulator.comparison import find_real_recordings
from liaf_ref.experiments.dvs import DVSConfig
from liaf_ref.experiments.study import TrainedNetwork
from liaf_ref.report.confidence_interval import mean_ci
from liaf_ref.report.formatting import format_mean, markdown_table

FIGURES = "simulated", "simulated_same_classes", "genuine"
SOURCES = {"mnist-dvs": DigitSource(0, 1000), "gesture": GestureSource(0, 1000)}
CAVEAT = (
    "% of the recordings or windows; mean over seeds ± half of the 95 % interval (Student's t),\n"
    "over the draws of networks and simulated data, not over the choice of genuine recordings."
)


def make_parser() -> Parser:
    """Make the parser of the command line."""
    parser = Parser(
        prog="transfer_test.py",
        description="Test networks of finished runs on simulated recordings (mnist-dvs, gesture)\n"
        "on genuine recordings. A window of the length of a training recording begins at\n"
        "each frame of a genuine one; its frames are made as for training.",
        epilog="example: python tools/transfer_test.py OUT_OF_SWEEP --data DIR",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    finished_runs.add_options(parser)
    option = parser.add_argument
    data = "folder of genuine recordings: MNIST-DVS, DVS128 Gesture, or the folder around both"
    option("--data", type=dir_path, required=True, metavar="DIR", help=data)
    option("--json", action="store_true", help="print one JSON document")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Test the networks of some runs. Exit codes: 0 success, 2 invalid input."""
    return run_command(make_parser(), _measure, argv)


def check_experiments(runs: Sequence[Run]) -> None:
    """Refuse runs that there is no genuine recording for."""
    for folder, config in runs:
        if config.experiment not in SOURCES or config.frame_order == "shuffled":
            expected = "expected a run of mnist-dvs or gesture on frames in their order"
            raise InputError(f"{folder}: {expected}, got {config.experiment}")


def cut_windows(
    events: Events, start: int | None, stop: int | None, settings: Preprocessing
) -> Iterator[NDArray[Any]]:
    """Yield the frames of each window that fits; a window begins at each frame."""
    first = int(events["t"][0]) if start is None else start
    end = int(events["t"][-1]) + 1 if stop is None else stop
    length = settings.T * settings.time_window
    for begin in range(first, end - length + 1, settings.time_window):
        yield settings.to_frames(events, begin)


def predict(trained: TrainedNetwork, frames: NDArray[Any]) -> NDArray[np.int64]:
    """Predict the class of each sample, in batches of the size used in training."""
    passes, size = trained.network.unchecked_functions(), trained.config.batch_size
    inputs = frames.astype(np.float32)
    parts = [
        passes.forward(trained.params, inputs[k : k + size], trained.running_stats)[0]
        for k in range(0, len(inputs), size)
    ]
    answers: NDArray[np.int64] = np.concatenate(parts).argmax(axis=-1)
    return answers


def confusion_matrix(
    labels: NDArray[np.int64], predicted: NDArray[np.int64], classes: int
) -> NDArray[np.int64]:
    """Count the predictions: a row for each true class, a column for each predicted one."""
    cells = labels * classes + predicted
    return np.bincount(cells, minlength=classes**2).reshape(classes, classes)


class Windows(NamedTuple):
    """Windows of genuine recordings."""

    frames: NDArray[Any]  # (N, T, H, W, 2)
    labels: NDArray[np.int64]
    recordings: int


def read_windows(config: DVSConfig, folder: Path) -> Windows:
    """Cut the genuine recordings of a folder into windows as long as those of a run."""
    settings = replace(config.scale_settings.preprocessing, dtype="uint16")
    source = SOURCES[config.experiment]
    items = find_real_recordings(source, range(len(source.classes)), folder)
    cut = [list(cut_windows(item.events(), item.start, item.stop, settings)) for item in items]
    labels = [item.label for item, frames in zip(items, cut, strict=True) for _ in frames]
    if not labels:
        span = settings.T * settings.time_window
        raise InputError(f"--data: expected recordings of at least {span} μs in {folder}, got none")
    return Windows(np.concatenate(cut), np.array(labels), sum(map(bool, cut)))


def score_run(trained: TrainedNetwork, windows: Windows, classes: Sequence[str]) -> dict[str, Any]:
    """Accuracy on simulated and on genuine recordings, and the confusion of the latter."""
    size = trained.config.batch_size
    answers = [
        (predict(trained, frames), labels) for frames, labels in trained.batches(trained.test, size)
    ]
    predicted, labels = map(np.concatenate, zip(*answers, strict=True))
    same = np.isin(labels, windows.labels)
    genuine = predict(trained, windows.frames)
    return {
        "simulated": float((predicted == labels).mean()),
        "simulated_same_classes": float((predicted == labels)[same].mean()),
        "genuine": float((genuine == windows.labels).mean()),
        "recordings": windows.recordings,
        "windows": len(windows.labels),
        "confusion": confusion_matrix(windows.labels, genuine, len(classes)).tolist(),
    }


def _measure(args: argparse.Namespace) -> None:
    runs = finished_runs.find_runs(args.runs)
    check_experiments(runs)
    documents = [
        _test_experiment(name, [run for run in runs if run.config.experiment == name], args)
        for name in SOURCES
        if any(run.config.experiment == name for run in runs)
    ]
    if args.json:
        print(json.dumps({"experiments": documents}, indent=2))
    else:
        print("\n\n".join(map(_format, documents)) + f"\n\n{CAVEAT}")


def _test_experiment(name: str, runs: Sequence[Run], args: argparse.Namespace) -> dict[str, Any]:
    classes = SOURCES[name].classes
    configs = {run.config.scale_settings.preprocessing: run.config for run in runs}
    cut = {settings: read_windows(config, args.data) for settings, config in configs.items()}

    def score(trained: TrainedNetwork) -> dict[str, Any]:
        return score_run(trained, cut[trained.config.scale_settings.preprocessing], classes)

    groups = finished_runs.measure_networks(runs, args.cache, score)
    return {"experiment": name, "classes": classes, "networks": list(map(_collect, groups))}


def _collect(group: Group) -> dict[str, Any]:
    first, *_ = group.results
    return {
        "name": group.name,
        "seeds": group.seeds,
        "recordings": first["recordings"],
        "windows": first["windows"],
        **{name: [result[name] for result in group.results] for name in FIGURES},
        "confusion": np.sum([result["confusion"] for result in group.results], axis=0).tolist(),
    }


def _format(document: dict[str, Any]) -> str:
    """Format an experiment: its accuracies, and which classes are taken for which."""
    head = "networks", "seeds", "simulated", "same classes", "genuine", "windows", "recordings"
    rows = []
    for network in document["networks"]:
        means = (format_mean(mean_ci(network[name]).in_percent()) for name in FIGURES)
        sizes = str(network["windows"]), str(network["recordings"])
        rows.append((network["name"], str(len(network["seeds"])), *means, *sizes))
    tables = [
        document["experiment"],
        markdown_table(head, rows),
        *(
            f"{network['name']}, predicted class (columns) of the genuine windows:\n\n"
            + _format_confusion(network["confusion"], document["classes"])
            for network in document["networks"]
        ),
    ]
    return "\n\n".join(tables)


def _format_confusion(confusion: Sequence[Sequence[int]], classes: Sequence[str]) -> str:
    """Format the rows that are not empty; long names of the columns are numbers."""
    long = max(map(len, classes)) > 2
    names = [f"{k} {name}" if long else name for k, name in enumerate(classes, 1)]
    head = "", *(str(k) if long else name for k, name in enumerate(classes, 1))
    rows = [
        (name, *(str(cell) if cell else "" for cell in row))
        for name, row in zip(names, confusion, strict=True)
        if any(row)
    ]
    return markdown_table(head, rows)


if __name__ == "__main__":
    sys.exit(main())
