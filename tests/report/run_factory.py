"""Run folders with numbers of our own choice."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from liaf_ref.report.run_collection import collect_runs
from liaf_ref.report.run_groups import RunGroup

RISING_ACCURACY = (0.5, 0.7, 0.8)


def vision_run(
    folder: Path,
    cell: str = "liaf",
    seed: int = 0,
    test: float = 0.9,
    validation: Sequence[float] = RISING_ACCURACY,
    train: Sequence[float] = RISING_ACCURACY,
    status: str = "finished",
    **changes: Any,
) -> Path:
    """A run on recordings, in a folder of its cell and seed."""
    path = folder / f"{cell}-{seed}"
    path.mkdir(parents=True)
    config = {"experiment": "mnist-dvs", "cell": cell, "scale": "smoke", "lr": 0.002} | {
        "epochs": len(validation),
        "patience": 5,
        "seed": seed,
        "data_sha256": f"of seed {seed}",
    }
    result = {
        "train_accuracy": train[-1],
        "validation_accuracy": max(validation),
        "test_accuracy": test,
        "majority_accuracy": 0.1,
        "weights": 24_178,
        "muls": 934_420,
        "adds": 1_019_590,
        "seconds": 1.0,
        "examples": [360, 40, 100],
    }
    record: dict[str, Any] = {"config": config | changes, "status": status}
    if status == "finished":
        record["result"] = result
    (path / "run.json").write_text(json.dumps(record))
    rows = [
        {
            "epoch": k,
            "train_loss": 1 - t,
            "train_accuracy": t,
            "validation_loss": 1 - v,
            "validation_accuracy": v,
        }
        for k, (t, v) in enumerate(zip(train, validation, strict=True), 1)
    ]
    (path / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def write_data_description(folder: Path, source: str = "MNIST-DVS, simulated") -> None:
    """Say beside the runs of a folder where their data are from."""
    (folder / "results.json").write_text(json.dumps({"data": source}))


def babi_run(folder: Path, task: int = 1, seed: int = 0, **changes: Any) -> Path:
    """A run on bAbI whose test questions were looked at once."""
    path = folder / f"qa{task}-liaf-{seed}"
    path.mkdir(parents=True)
    config = {"task": task, "cell": "liaf", "seed": seed, "lr": 0.001, "epochs": 2} | {
        "select_epoch": "best",
        "data_sha256": "text",
    }
    result = {"test_accuracy": 0.5, "majority_accuracy": 0.2, "selected_epoch": 1}
    record = {"config": config | changes, "status": "finished", "result": result}
    (path / "run.json").write_text(json.dumps(record))
    row = {"train_loss": 1.0, "train_accuracy": 0.4}
    row |= {"validation_loss": 1.0, "validation_accuracy": 0.4}
    rows = [{"epoch": k, **row} for k in (1, 2)]
    (path / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def liaf_lif_group(
    folder: Path, liaf: Sequence[float], lif: Sequence[float], **changes: Any
) -> RunGroup:
    """One group of LIAF and LIF with these test accuracies, a seed each."""
    for cell, scores in (("liaf", liaf), ("lif", lif)):
        for seed, score in enumerate(scores):
            vision_run(folder, cell, seed, score, **changes)
    (group,) = collect_runs([folder]).groups
    return group
