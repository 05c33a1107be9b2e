"""Runs with numbers of our own choice: folders as they are stored, and summaries."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from liaf_ref.experiments import paper
from liaf_ref.report.babi_runs import TABLE_III_CELLS, RunSummary
from liaf_ref.report.dvs_runs import RunGroup
from liaf_ref.report.runs import collect_runs

RISING_ACCURACY = (0.5, 0.7, 0.8)


def vision_run(
    folder: Path,
    cell: str = "liaf",
    seed: int = 0,
    test: float = 0.9,
    validation: Sequence[float] = RISING_ACCURACY,
    train: Sequence[float] = RISING_ACCURACY,
    status: str = "finished",
    data: str = "MNIST-DVS, simulated",
    **changes: Any,
) -> Path:
    """A run on recordings, in a folder of its cell and seed; ``data`` describes those."""
    config = {"experiment": "mnist-dvs", "cell": cell, "scale": "smoke", "lr": 0.002} | {
        "epochs": len(validation),
        "patience": 5,
        "seed": seed,
        "data_sha256": f"of seed {seed}",
    }
    record: dict[str, Any] = {"config": config | changes, "status": status}
    record["data"] = data
    if status == "finished":
        record["result"] = {
            "train_accuracy": train[-1],
            "validation_accuracy": max(validation),
            "test_accuracy": test,
            "majority_accuracy": 0.1,
            "weights": 24_178,
            "muls": 934_420,
            "adds": 1_019_590,
            "seconds": 1.0,
            "samples": [360, 40, 100],
        }
    return _write_run(folder / f"{cell}-{seed}", record, {"train": train, "validation": validation})


def babi_run(
    folder: Path, task: int = 1, seed: int = 0, test: Sequence[float] = (), **changes: Any
) -> Path:
    """A run on bAbI of two epochs, with its test accuracies if the test questions were tracked."""
    config = {"task": task, "cell": "liaf", "seed": seed, "lr": 0.001, "epochs": 2} | {
        "select_epoch": "best",
        "data_sha256": "text",
    }
    result = {"test_accuracy": 0.5, "majority_accuracy": 0.2, "selected_epoch": 1}
    record = {"experiment": "babi", "config": config | changes}
    record |= {"status": "finished", "result": result}
    parts = {"train": (0.4, 0.4), "validation": (0.4, 0.4)} | ({"test": test} if test else {})
    return _write_run(folder / f"qa{task}-liaf-{seed}", record, parts)


def _write_run(path: Path, record: dict[str, Any], parts: dict[str, Sequence[float]]) -> Path:
    path.mkdir(parents=True)
    (path / "run.json").write_text(json.dumps(record))
    lines = []
    for epoch, accuracies in enumerate(zip(*parts.values(), strict=True), 1):
        row: dict[str, float] = {"epoch": epoch}
        for part, accuracy in zip(parts, accuracies, strict=True):
            row |= {f"{part}_loss": 1 - accuracy, f"{part}_accuracy": accuracy}
        lines.append(json.dumps(row) + "\n")
    (path / "metrics.jsonl").write_text("".join(lines))
    return path


def change_record(path: Path, **changes: Any) -> None:
    """Change some of a run.json; what becomes None is removed."""
    record = json.loads((path / "run.json").read_text()) | changes
    record = {name: value for name, value in record.items() if value is not None}
    (path / "run.json").write_text(json.dumps(record))


def liaf_lif_group(
    folder: Path, liaf: Sequence[float], lif: Sequence[float], **changes: Any
) -> RunGroup:
    """One group of LIAF and LIF with these test accuracies, a seed each."""
    for cell, scores in (("liaf", liaf), ("lif", lif)):
        for seed, score in enumerate(scores):
            vision_run(folder, cell, seed, score, **changes)
    (group,) = collect_runs([folder]).groups
    return group


def summary(task: int, cell: str, seed: int = 0, accuracy: float = 0.5) -> RunSummary:
    """A whole run on bAbI with one accuracy at every epoch."""
    scores = accuracy, accuracy, accuracy
    return RunSummary(task, cell, seed, 1e-3, 60, 60, 0.2, *scores, 1, 1, 0.9, 1.5)


def printed_summaries(gains: Iterable[float]) -> list[RunSummary]:
    """All cells on all tasks as printed, but LIAF above LIF by a gain of each seed, up to 1."""
    return [
        summary(task, cell, seed, min(paper.table03_accuracy(task, printed) / 100 + more, 1))
        for seed, gain in enumerate(gains)
        for task in range(1, 21)
        for cell in TABLE_III_CELLS
        for printed, more in [("lif", gain) if cell == "liaf" else (cell, 0.0)]
    ]
