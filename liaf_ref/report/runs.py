"""Read runs from folders and tables; only this module knows how runs are stored."""

import math
import os
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeVar

from liaf_ref._core.declared import not_default
from liaf_ref._core.errors import FormatError, InputError
from liaf_ref._core.safe_load import parse_json
from liaf_ref._core.text import short_repr, short_text
from liaf_ref._core.validation import check_items, check_path
from liaf_ref.experiments.babi import EXPERIMENT, BabiConfig, other_settings
from liaf_ref.experiments.dvs import EXPERIMENT_SPECS, DVSConfig
from liaf_ref.report.babi_runs import (
    EARLY_STOPPED,
    EPOCH_SELECTIONS,
    OVERFLOWED,
    UNKNOWN,
    VARYING_FIELDS,
    BabiRun,
    RunSummary,
    format_settings,
    from_csv,
    keyed_runs,
)
from liaf_ref.report.dvs_runs import DvsResult, DvsRun, RunGroup, group_runs
from liaf_ref.report.run_tables import (
    METRICS,
    checked,
    epochs_path,
    is_run_table,
    parsers_of,
    read_rows,
)
from liaf_ref.training.run_folder import (
    DATA_SHA256,
    METRICS_FILE,
    RUN_FILE,
    STOP_REASON_COLUMN,
    best_epoch_index,
    is_metrics_row,
    read_metrics,
    read_run_json,
)

Run = TypeVar("Run", BabiRun, DvsRun)  # its source is its first field
Metrics = Sequence[Mapping[str, Any]]
EPOCH_PARSERS = dict.fromkeys(("epoch", *METRICS), parse_json) | {"job": str}
RUN_PARSERS = parsers_of(DVSConfig) | dict.fromkeys(DvsResult.__annotations__, parse_json)
RUN_PARSERS |= dict.fromkeys(("job", "data", DATA_SHA256), str)


class RunCollection(NamedTuple):
    """All runs of a report; ``skipped`` lists the unused ones with the reason."""

    groups: tuple[RunGroup, ...] = ()
    babi: tuple[BabiRun, ...] = ()
    skipped: tuple[str, ...] = ()


class StoredRun(NamedTuple):
    """The folder of a run, the content of its run.json, and the configuration in it."""

    folder: Path
    record: Mapping[str, Any]
    config: Mapping[str, Any]

    @property
    def experiment(self) -> object:
        return self.record.get("experiment") or self.config.get("experiment")

    @property
    def is_babi(self) -> bool:
        return self.experiment == EXPERIMENT.name

    @property
    def status(self) -> object:
        return self.record.get("status")

    def read_metrics(self) -> list[dict[str, Any]]:
        return read_metrics(self.folder)


def collect_runs(paths: Iterable[Path]) -> RunCollection:
    """Read all runs below folders, and all lines of tables of runs."""
    given = check_items("runs", paths, Path | str, "a report", "folders of runs or tables")  # type: ignore[arg-type]
    paths = [check_path("runs", path, "a report") for path in given]
    dvs: list[DvsRun] = []
    babi: list[BabiRun] = []
    skipped: list[str] = []
    for path in (path for path in paths if path.is_file()):
        if is_run_table(path):
            dvs += read_run_table(path)
        else:
            babi += [BabiRun(path.as_posix(), line) for line in from_csv(path)]
    for run in iter_stored_runs([path for path in paths if not path.is_file()]):
        if run.is_babi and _is_averaged(run):
            skipped.append(f"{run.folder}: Table III has no column for averaged weights")
        elif run.is_babi and (run.status == "finished" or _overflowed(run)):
            babi.append(_babi_run(run, run.read_metrics()))
        elif run.status != "finished":
            reason = short_text(str(run.record.get("error") or "the run has not ended"))
            skipped.append(f"{run.folder}: {reason}")
        elif str(run.config.get("experiment")) in EXPERIMENT_SPECS:
            dvs.append(_dvs_run(run.folder, run.config, run.record, run.read_metrics()))
        else:
            name = short_repr(run.experiment)
            skipped.append(
                f"{run.folder}: the experiment {name} does not belong to any table or figure"
            )
    keyed = ((run.settings(("data_seed",)), run.data_sha256) for run in dvs)
    groups = group_runs(_unique(zip(keyed, dvs, strict=True), skipped))
    babi = _unique(keyed_runs(babi), skipped)
    return RunCollection(groups, tuple(babi), tuple(skipped))


def read_run_table(path: Path) -> list[DvsRun]:
    """Read a table of runs on recordings, and that of their epochs beside it."""
    if path.stem.endswith("-epochs"):
        raise InputError(f"{path}: expected a table of runs, got one of epochs")
    rows, place = list(read_rows(path, RUN_PARSERS)), epochs_path(path)
    epochs: dict[object, list[dict[str, Any]]] = {}
    for line, row in read_rows(place, EPOCH_PARSERS):
        own = epochs.setdefault(row.pop("job", ""), [])
        own.append(row)
        if not is_metrics_row(row, len(own)):
            reason = f"expected the metrics of epoch {len(own)}, got {short_repr(row)}"
            raise FormatError(place, reason, line=line)
    return [
        _dvs_run(path, row, row | {"result": row}, epochs.get(row.get("job")), line)
        for line, row in rows
    ]


def _unique(runs: Iterable[tuple[Hashable, Run]], skipped: list[str]) -> list[Run]:
    """The first run of each configuration; the others are named as skipped."""
    first: dict[Hashable, Run] = {}
    for key, run in runs:
        other = first.setdefault(key, run)
        if other is not run:
            skipped.append(f"{run[0]}: the same configuration as {other[0]}")
    return list(first.values())


def check_outside(out: Path, runs: Iterable[Path]) -> None:
    """Refuse to write a report into a folder of its runs."""
    if any(out.resolve().is_relative_to(path.resolve()) for path in runs):
        raise InputError(f"--out: expected a folder outside of the runs, got {out}")


def iter_stored_runs(folders: list[Path]) -> Iterator[StoredRun]:
    """All runs below some folders, in the order of their names."""
    seen: set[Path] = set()
    for folder in folders:
        if not folder.is_dir():
            expected = "expected a folder with runs or a table of runs"
            raise InputError(f"{folder}: {expected}, got no such file or folder")
        paths = sorted(_run_files(folder), key=lambda path: path.parts)
        if not paths:
            expected = "expected runs of liaf-ref run or liaf-ref sweep in it"
            raise InputError(f"{folder}: {expected}, got none")
        for path in paths:
            if path.resolve() in seen:
                continue
            seen.add(path.resolve())
            record = read_run_json(path.parent)
            config = record.get("config")
            if not isinstance(config, dict):
                raise FormatError(path, "expected the configuration of a run (config), got none")
            yield StoredRun(path.parent, record, config)


def _run_files(folder: Path) -> Iterator[Path]:
    def fail(error: OSError) -> NoReturn:  # of a folder that may not be read
        raise error

    for place, _, names in os.walk(folder, onerror=fail):
        if RUN_FILE in names:
            yield Path(place, RUN_FILE)


def _is_averaged(run: StoredRun) -> bool:
    """Whether the only test accuracy of a bAbI run is that of averaged weights."""
    return run.config.get("select_epoch") == "average" and not _tracks_test(run.read_metrics())


def _overflowed(run: StoredRun) -> bool:
    """Whether a bAbI run failed with completed epochs that are used."""
    return run.status == "failed" and _tracks_test(run.read_metrics())


def _tracks_test(metrics: Metrics) -> bool:
    return bool(metrics) and "test_accuracy" in metrics[-1]


def _babi_run(run: StoredRun, metrics: Metrics) -> BabiRun:
    """Summarize a bAbI run; without --track-test it has only the accuracy of its result."""
    path = run.folder / RUN_FILE
    config = checked(BabiConfig, run.config, path)
    found, tracked = run.record.get("result"), _tracks_test(metrics)
    result = found if isinstance(found, dict) else {}
    if not metrics or not (tracked or result):
        raise FormatError(path, "expected a run with a result and metrics, got one without")
    scores: dict[str, Any] = dict.fromkeys(EPOCH_SELECTIONS, math.nan)
    epochs: dict[str, Any] = {"selected_epoch": 0, "best_test_epoch": 0}
    if tracked:
        test = [row["test_accuracy"] for row in metrics]
        selected, best = best_epoch_index(metrics), test.index(max(test))
        scores = {"final": test[-1], "selected": test[selected], "best_test": test[best]}
        epochs = {"selected_epoch": selected + 1, "best_test_epoch": best + 1}
    elif config.select_epoch == "final":
        scores["final"] = result.get("test_accuracy")
    else:
        scores["selected"] = result.get("test_accuracy")
        epochs["selected_epoch"] = result.get("selected_epoch")
    stopped = EARLY_STOPPED if STOP_REASON_COLUMN in metrics[-1] else UNKNOWN
    facts = {
        **{name: getattr(config, name) for name in ("task", "cell", "seed", "lr", "epochs")},
        **scores,
        **epochs,
        "epochs_done": len(metrics),
        "majority": result.get("majority_accuracy", math.nan),
        "train": metrics[-1]["train_accuracy"],
        "seconds": run.record.get("seconds", 0),
        "stop_after": config.stop_after or 0,
        "cause": OVERFLOWED if run.status == "failed" else stopped,
        "settings": format_settings(other_settings(config.record())),
    }
    other = {k: value for k, value in not_default(config).items() if k not in VARYING_FIELDS}
    text = str(run.config.get(DATA_SHA256) or "")
    summary = checked(RunSummary, facts, path)
    return BabiRun(run.folder.as_posix(), summary, text, format_settings(other))


def _dvs_run(
    source: Path,
    config: Mapping[str, Any],
    record: Mapping[str, Any],
    metrics: Metrics | None,
    line: int | None = None,
) -> DvsRun:
    """Check and return a finished run on recordings, of a folder or of a line of a table."""
    path, place = source / RUN_FILE, source / METRICS_FILE
    if line is not None:
        path, place = source, epochs_path(source)
    if not metrics:
        raise FormatError(place, "expected a line for each epoch, got none")
    for epoch, row in enumerate(metrics, 1):
        for name in (name for name in METRICS if not math.isfinite(row[name])):
            reason = f"{name}: expected a finite number, got {row[name]}"
            raise FormatError(place, reason, line=epoch)
    own = checked(DVSConfig, config, path, line)
    result = checked(DvsResult, record.get("result"), path, line)
    sha256 = str(config.get(DATA_SHA256) or "") or None
    return DvsRun(source, own, result, metrics, _data_origin(record.get("data")), sha256)


def _data_origin(description: object) -> str:
    """Whether recordings are simulated or published, from the description of the data."""
    if not isinstance(description, str) or not description:
        return "unrecorded"
    return "simulated" if description.endswith(", simulated") else "published"
