"""Runs one after the other, each with its progress; one that fails does not stop the others."""

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from liaf_ref._core.errors import RunError, TrainingError, WriteError
from liaf_ref.cli.progress import Progress
from liaf_ref.experiments.runner import RunFinished
from liaf_ref.training.state import Event

Row = dict[str, Any]
StartRun = Callable[[Any, Path], Iterator[Event | RunFinished]]


def run_sequential(
    configs: Mapping[str, Any], start_run: StartRun, out: Path
) -> dict[str, Row | TrainingError]:
    """Run what a folder is to hold."""
    return {name: _run(name, config, start_run, out / name) for name, config in configs.items()}


def partition_results(outcomes: Mapping[str, Row | TrainingError]) -> tuple[dict[str, Row], bool]:
    """Tell results from failures, which are named on stderr."""
    rows = {name: end for name, end in outcomes.items() if isinstance(end, dict)}
    for name, end in outcomes.items():
        if isinstance(end, TrainingError):
            print(f"liaf-ref: error: {name}: {end}", file=sys.stderr)
    return rows, len(rows) < len(outcomes)


def _run(name: str, config: Any, start_run: StartRun, folder: Path) -> Row | TrainingError:
    if not folder.parent.exists():
        raise WriteError(f"{folder.parent}: was deleted during the run; its files are lost")
    try:
        events: Any = start_run(config, folder)
        # A run that is closed keeps the step it has reached.
        with Progress(name, config.epochs, sys.stderr) as progress, contextlib.closing(events):
            for event in events:
                if isinstance(event, RunFinished):
                    return event.result
                progress.update(event)
    except TrainingError as error:
        return TrainingError(str(error))  # this one's traceback holds the data
    raise RunError(f"{folder}: expected a result, got none")
