"""Test accuracy of a linear classifier and of the nearest neighbour on the tasks of a sweep.

``python tools/task_baselines.py SWEEP.toml [--seeds S ...] [--data DIR] [--json]``
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any, NamedTuple

import numpy as np
from bench.command import run_command
from config_names import distinguish
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from liaf_ref._core.errors import InputError
from liaf_ref.cli.options import Parser, bounded_int, dir_path, file_path
from liaf_ref.experiments.data_source import DataSource
from liaf_ref.experiments.dvs import DVSConfig, DVSExperiment
from liaf_ref.experiments.dvs.frame_data import Frames
from liaf_ref.experiments.runner.spec import read_spec
from liaf_ref.report.confidence_interval import mean_ci
from liaf_ref.report.formatting import NOTHING, format_mean, markdown_table

INVERSE_PENALTY = 0.1  # C of the logistic regression
MAX_VALUES = 2**28  # of all frames of a part; no figure for the frames one by one above it
COLUMNS = {
    "linear_summed": "linear, summed",
    "neighbour_summed": "1-NN, summed",
    "linear_frames": "linear, frames",
    "neighbour_frames": "1-NN, frames",
}


class Task(NamedTuple):
    """Recordings for training and test, drawn by several seeds."""

    name: str  # in what it differs from the other tasks of the sweep
    configs: dict[int, list[DVSConfig]]  # by seed; several if the task is a cross-validation


def make_parser() -> Parser:
    """Make the parser of the command line."""
    parser = Parser(
        prog="task_baselines.py",
        description="Test accuracy, in percent, of a logistic regression and of the nearest\n"
        "neighbour, on the recordings of a sweep. Features are log(1 + count): of the frames\n"
        "summed over time, or of all frames. Recordings that the runs hold out for\n"
        "validation are left out of the training set.",
        epilog="example: python tools/task_baselines.py docs/sweeps/decide-digits.toml --seeds 4 5",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    option("sweep", type=file_path, metavar="SWEEP.toml", help="specification of a sweep")
    seeds = "seeds of the data (default: those of the sweep)"
    option("--seeds", type=bounded_int(0), nargs="+", metavar="S", help=seeds)
    option("--data", type=dir_path, metavar="DIR", help="folder of genuine recordings")
    option("--partial", action="store_true", help="accept an incomplete folder")
    option("--cache", type=dir_path, metavar="DIR", help="folder that keeps prepared frames")
    option("--json", action="store_true", help="print one JSON document")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Measure the tasks of a sweep. Exit codes: 0 success, 2 invalid input."""
    return run_command(make_parser(), _measure, argv)


def find_tasks(experiment: DVSExperiment, configs: Sequence[DVSConfig]) -> list[Task]:
    """List the tasks of a sweep: configurations that differ only in seed, fold and network."""
    groups: dict[Any, list[DVSConfig]] = {}
    for config in configs:
        held_out = config.validation_per_class, config.validation_fraction
        any_draw = replace(config, data_seed=0, fold=config.fold and 1)
        key = experiment.data_key(any_draw, DataSource()), held_out
        groups.setdefault(key, []).append(config)
    names = distinguish([[asdict(config) for config in group] for group in groups.values()])
    tasks = []
    for name, group in zip(names, groups.values(), strict=True):
        draws: dict[int, dict[int | None, DVSConfig]] = {}
        for config in group:
            draws.setdefault(config.seed_of_data, {}).setdefault(config.fold, config)
        by_seed = {seed: list(folds.values()) for seed, folds in draws.items()}
        tasks.append(Task(name or experiment.title, by_seed))
    return tasks


def measure(
    experiment: DVSExperiment, config: DVSConfig, source: DataSource
) -> tuple[dict[str, float], tuple[int, int]]:
    """Test accuracies on one draw of the data, and the sizes of training and test set."""
    data = experiment.load(config, source)
    train, _, test = experiment.split(data, config)
    found = {}
    for name in ("summed", "frames"):
        if name == "frames" and max(train.counts.size, test.counts.size) > MAX_VALUES:
            continue
        X, X_test = _features(train, name), _features(test, name)
        mean = X.mean(axis=0)
        scale = (X - mean).std() or 1.0  # one factor for all: pixels keep their weights
        X, X_test = (X - mean) / scale, (X_test - mean) / scale
        models = {
            "linear": LogisticRegression(C=INVERSE_PENALTY, max_iter=500),
            "neighbour": KNeighborsClassifier(1),
        }
        for kind, model in models.items():
            model.fit(X, train.labels)
            found[f"{kind}_{name}"] = float(model.score(X_test, test.labels))
    return found, (len(train), len(test))


def _features(part: Frames, name: str) -> NDArray[Any]:
    counts = part.counts.sum(axis=1, dtype=np.uint32) if name == "summed" else part.counts
    return np.log1p(counts, dtype=np.float32).reshape(len(part), -1)


def _measure(args: argparse.Namespace) -> None:
    experiment, configs = read_spec(args.sweep)
    if not isinstance(experiment, DVSExperiment):
        reason = f"expected a sweep of an experiment on recordings, got {experiment.name}"
        raise InputError(f"{args.sweep}: {reason}")
    source = DataSource(folder=args.data, partial=args.partial, cache=args.cache)
    rows = list(_rows(experiment, list(configs.values()), source, args.seeds))
    if args.json:
        print(json.dumps({"experiment": experiment.name, "tasks": rows}, indent=2))
        return
    head = "task", "training", "test", "seeds", *COLUMNS.values()
    print(markdown_table(head, [_format_row(row) for row in rows]))
    print("\n% of the test recordings; mean over seeds ± half of the 95 % interval (Student's t)")


def _rows(
    experiment: DVSExperiment,
    configs: Sequence[DVSConfig],
    source: DataSource,
    seeds: Sequence[int] | None,
) -> Iterator[dict[str, Any]]:
    for task in find_tasks(experiment, configs):
        draws = task.configs
        if seeds:
            own = next(iter(draws.values()))
            draws = {seed: [replace(config, data_seed=seed) for config in own] for seed in seeds}
        accuracies: dict[str, list[float]] = {}
        for seed, parts in draws.items():
            print(f"{task.name}: seed {seed}", file=sys.stderr, flush=True)
            found = [measure(experiment, config, source) for config in parts]
            for name in found[0][0]:
                of_seed = [accuracy[name] for accuracy, _ in found]
                accuracies.setdefault(name, []).append(sum(of_seed) / len(of_seed))
        yield {
            "task": task.name,
            "training": found[0][1][0],
            "test": found[0][1][1],
            "seeds": list(draws),
            "accuracies": accuracies,
        }


def _format_row(row: dict[str, Any]) -> tuple[str, ...]:
    accuracies = row["accuracies"]
    means = (
        format_mean(mean_ci(accuracies[name]).in_percent()) if name in accuracies else NOTHING
        for name in COLUMNS
    )
    sizes = row["training"], row["test"], len(row["seeds"])
    return row["task"], *map(str, sizes), *means


if __name__ == "__main__":
    sys.exit(main())
