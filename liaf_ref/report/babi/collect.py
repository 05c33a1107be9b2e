"""What each run came to, read off its metrics."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from liaf_ref._core.errors import FormatError, RunError
from liaf_ref.report.babi.comparability import check_comparable, check_no_duplicates
from liaf_ref.report.babi.run_summary import (
    EARLY_STOPPED,
    OVERFLOWED,
    UNKNOWN,
    RunSummary,
    validate_summary,
)
from liaf_ref.training import run_metrics
from liaf_ref.training.run_folder import RunFolder

_CONFIG_KEYS = ("task", "cell", "seed", "lr", "epochs")
_RESULT_KEYS = ("test_accuracy", "majority_accuracy", "selected_epoch")


def collect_summaries(folders: Iterable[Path]) -> list[RunSummary]:
    """Read all runs below some folders that have ended, by themselves or by overflow."""
    paths = [path.parent for folder in folders for path in sorted(Path(folder).rglob("run.json"))]
    found, configs = [], {}
    for path in paths:
        record = RunFolder(path, {}).read_run_json()
        found.append((path, _summarize(path, record)))
        configs[path] = record["config"]
    if not found:
        raise RunError("expected folders with runs of liaf-ref run babi, got none")
    check_no_duplicates((str(path), end) for path, end in found)
    check_comparable(configs)
    majority = {end.task: end.majority for _, end in found if not np.isnan(end.majority)}
    ends = sorted((end for _, end in found), key=RunSummary.sort_key)
    return [
        replace(end, majority=majority.get(end.task, np.nan)) if np.isnan(end.majority) else end
        for end in ends
    ]


def _summarize(folder: Path, record: Mapping[str, Any]) -> RunSummary:
    metrics = RunFolder(folder, {}).read_metrics()
    config = record.get("config")
    if not isinstance(config, dict) or not metrics or "test_accuracy" not in metrics[-1]:
        reason = "expected a run with --track-test"
        raise FormatError(folder / "run.json", reason)
    if record.get("status") not in ("finished", "failed"):
        raise RunError(f"{folder}: expected a run that has ended; pass --resume to go on with it")
    test = [row["test_accuracy"] for row in metrics]
    selected = run_metrics.best_epoch_index(metrics)
    best = max(range(len(test)), key=lambda k: (test[k], -k))
    result = record.get("result")
    return _make_summary(
        folder,
        config,
        epochs_done=len(metrics),
        majority=result.get("majority_accuracy", np.nan) if isinstance(result, dict) else np.nan,
        final=test[-1],
        selected=test[selected],
        best_test=test[best],
        selected_epoch=selected + 1,
        best_test_epoch=best + 1,
        train=metrics[-1]["train_accuracy"],
        seconds=record.get("seconds", 0),
        cause=_stop_cause(record, metrics[-1]),
    )


def _stop_cause(record: Mapping[str, Any], last: Mapping[str, Any]) -> str:
    if record.get("status") == "failed":
        return OVERFLOWED
    return EARLY_STOPPED if run_metrics.STOP_REASON_COLUMN in last else UNKNOWN


def read_run_summary(folder: Path) -> RunSummary:
    """Read a run of ``liaf-ref run babi`` that has ended, by itself or by overflow."""
    record, metrics = RunFolder(folder, {}).read_run_json(), RunFolder(folder, {}).read_metrics()
    config, result = record.get("config"), record.get("result")
    if metrics and "test_accuracy" in metrics[-1]:
        return _summarize(folder, record)
    if not (isinstance(config, dict) and isinstance(result, dict) and metrics):
        raise FormatError(folder / "run.json", "expected a run with a result, got none")
    absent = [name for name in _CONFIG_KEYS if name not in config]
    absent += [name for name in _RESULT_KEYS if name not in result]
    if absent:
        raise FormatError(folder / "run.json", f"expected a run on bAbI, got none with {absent[0]}")
    last = config.get("select_epoch") == "final"
    score, nan = result["test_accuracy"], float("nan")
    return _make_summary(
        folder,
        config,
        epochs_done=len(metrics),
        majority=result["majority_accuracy"],
        final=score if last else nan,
        selected=nan if last else score,
        best_test=nan,
        selected_epoch=0 if last else result["selected_epoch"],
        best_test_epoch=0,
        train=metrics[-1]["train_accuracy"],
        seconds=record.get("seconds", 0),
        cause=_stop_cause(record, metrics[-1]),
    )


def _make_summary(folder: Path, config: Mapping[str, Any], **fields: Any) -> RunSummary:
    text = {name: config.get(name) for name in _CONFIG_KEYS}
    text["stop_after"] = config.get("stop_after") or 0
    return validate_summary(folder / "run.json", text | fields)
