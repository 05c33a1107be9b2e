"""Read runs from folders and tables; only this module knows how runs are stored.

A table is CSV with a line for each run.  Beside a table of runs on recordings stands one with a
line for each epoch.  A column that no run has is left out.
"""

import csv
import io
import os
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeVar

from liaf_ref._core.declared import Declared, declarations, not_default
from liaf_ref._core.errors import FormatError, InputError
from liaf_ref._core.provenance import machine_of
from liaf_ref._core.safe_load import MAX_TEXT_BYTES, parse_json, read_bytes
from liaf_ref._core.text import short_repr, short_text
from liaf_ref._core.validation import check_items, check_path
from liaf_ref.experiments.babi import EXPERIMENT, BabiConfig, other_settings
from liaf_ref.experiments.dvs import EXPERIMENT_SPECS, DVSConfig
from liaf_ref.report import babi_runs
from liaf_ref.report.babi_runs import EPOCH_SELECTIONS, BabiRun, RunSummary
from liaf_ref.report.dvs_runs import DvsResult, DvsRun, RunGroup, group_runs
from liaf_ref.training import run_folder
from liaf_ref.training.run_folder import DATA_SHA256, read_metrics

METRICS = "train_accuracy", "train_loss", "validation_accuracy", "validation_loss"
Row = dict[str, Any]
UNKNOWN: Row = dict.fromkeys((*EPOCH_SELECTIONS, "majority", "train"))
Metrics = Sequence[Mapping[str, Any]]
Parsers = Mapping[str, Callable[[str], Any]]
Run = TypeVar("Run", BabiRun, DvsRun)  # its source is its first field
D = TypeVar("D", bound=Declared)


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

    def read_metrics(self) -> list[Row]:
        return read_metrics(self.folder)


def collect_runs(paths: Iterable[Path]) -> RunCollection:
    """Read all runs below folders, and all lines of tables of runs."""
    given = check_items("runs", paths, Path | str, "a report", "folders of runs or tables")  # type: ignore[arg-type]
    paths = [check_path("runs", path, "a report") for path in given]
    dvs: list[DvsRun] = []
    babi: list[BabiRun] = []
    skipped: list[str] = []
    for path in (path for path in paths if path.is_file()):
        if _read_text(path).startswith("job,"):
            dvs += read_run_table(path)
        else:
            babi += [BabiRun(path.as_posix(), line) for line in from_csv(path)]
    for run in iter_stored_runs([path for path in paths if not path.is_file()]):
        metrics = run.read_metrics()
        if reason := _reason_to_skip(run, _tracks_test(metrics)):
            skipped.append(f"{run.folder}: {reason}")
        elif run.is_babi:
            babi.append(_babi_run(run, metrics))
        else:
            dvs.append(_dvs_run(run.folder, run.config, run.record, metrics))
    keyed = ((run.settings(("data_seed",)), run.data_sha256) for run in dvs)
    groups = group_runs(_unique(zip(keyed, dvs, strict=True), skipped))
    babi = _unique(babi_runs.keyed_runs(babi), skipped)
    return RunCollection(groups, tuple(babi), tuple(skipped))


def _reason_to_skip(run: StoredRun, tracks_test: bool) -> str:
    """Why the report does not use a run; empty if it does."""
    if run.is_babi and not tracks_test and run.config.get("select_epoch") == "average":
        return "Table III has no column for averaged weights"
    status = run.record.get("status")
    overflowed = run.is_babi and tracks_test and status == "failed"  # its epochs are used
    if status != "finished" and not overflowed:
        return short_text(str(run.record.get("error") or "the run has not ended"))
    if run.is_babi or str(run.config.get("experiment")) in EXPERIMENT_SPECS:
        return ""
    name = short_repr(run.experiment)
    return f"the experiment {name} does not belong to any table or figure"


def _tracks_test(metrics: Metrics) -> bool:
    return bool(metrics) and "test_accuracy" in metrics[-1]


def _unique(runs: Iterable[tuple[Hashable, Run]], skipped: list[str]) -> list[Run]:
    """The first run of each configuration; the others are named as skipped."""
    first: dict[Hashable, Run] = {}
    for key, run in runs:
        other = first.setdefault(key, run)
        if other is not run:
            skipped.append(f"{run[0]}: the same configuration as {other[0]}")
    return list(first.values())


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
            record = run_folder.read_run_json(path.parent)
            config = record.get("config")
            if not isinstance(config, dict):
                raise FormatError(path, "expected the configuration of a run (config), got none")
            yield StoredRun(path.parent, record, config)


def _run_files(folder: Path) -> Iterator[Path]:
    def fail(error: OSError) -> NoReturn:  # of a folder that may not be read
        raise error

    for place, _, names in os.walk(folder, onerror=fail):
        if run_folder.RUN_FILE in names:
            yield Path(place, run_folder.RUN_FILE)


def _babi_run(run: StoredRun, metrics: Metrics) -> BabiRun:
    """Summarize a bAbI run; without --track-test it has only the accuracy of its result."""
    path = run.folder / run_folder.RUN_FILE
    config = _checked(BabiConfig, run.config, path)
    found, tracked = run.record.get("result"), _tracks_test(metrics)
    result = found if isinstance(found, dict) else {}
    if not metrics or not (tracked or result):
        raise FormatError(path, "expected a run with a result and metrics, got one without")
    facts = dict(UNKNOWN)
    facts |= {"selected_epoch": 0, "best_test_epoch": 0}
    if tracked:
        test = [row["test_accuracy"] for row in metrics]
        selected, best = run_folder.best_epoch_index(metrics), test.index(max(test))
        facts |= {"final": test[-1], "selected": test[selected], "best_test": test[best]}
        facts |= {"selected_epoch": selected + 1, "best_test_epoch": best + 1}
    elif config.select_epoch == "final":
        facts["final"] = result.get("test_accuracy")
    else:
        facts["selected"] = result.get("test_accuracy")
        facts["selected_epoch"] = result.get("selected_epoch")
    stopped = "stopped" if run_folder.STOP_REASON_COLUMN in metrics[-1] else None
    facts |= {name: getattr(config, name) for name in ("task", "cell", "seed", "lr", "epochs")}
    facts |= {
        "epochs_done": len(metrics),
        "majority": result.get("majority_accuracy"),
        "train": metrics[-1]["train_accuracy"],
        "seconds": run.record.get("seconds", 0),
        "stop_after": config.stop_after or 0,
        "cause": "overflow" if run.record.get("status") == "failed" else stopped,
        "settings": babi_runs.format_settings(other_settings(config.record())),
        "machine": machine_of(run.record),
    }
    options = not_default(config).items()
    other = {k: v for k, v in options if k not in babi_runs.VARYING_FIELDS}
    text = str(run.config.get(DATA_SHA256) or "")
    summary = _checked(RunSummary, facts, path)
    return BabiRun(run.folder.as_posix(), summary, text, babi_runs.format_settings(other))


def _dvs_run(
    source: Path,
    config: Mapping[str, Any],
    record: Mapping[str, Any],
    metrics: Metrics | None,
    line: int | None = None,
) -> DvsRun:
    """Check and return a finished run on recordings, of a folder or of a line of a table."""
    path, place = source / run_folder.RUN_FILE, source / run_folder.METRICS_FILE
    if line is not None:
        path, place = source, epochs_path(source)
    if not metrics:
        raise FormatError(place, "expected a line for each epoch, got none")
    own = _checked(DVSConfig, config, path, line)
    result = _checked(DvsResult, record.get("result"), path, line)
    sha256 = str(config.get(DATA_SHA256) or "") or None
    data = str(record.get("data") or "")
    known = "simulated" if data.endswith(", simulated") else "published"
    return DvsRun(source, own, result, metrics, known if data else "unrecorded", sha256)


def _checked(cls: type[D], values: Any, path: Path, line: int | None = None) -> D:
    """A declared value of what a file holds, beside other things."""
    if isinstance(values, Mapping):
        known = {each.name for each in declarations(cls)}
        values = {name: value for name, value in values.items() if name in known}
    try:
        return cls.from_record(values, "run")
    except InputError as error:
        raise FormatError(path, str(error), line=line) from error


def from_csv(path: Path) -> list[RunSummary]:
    """Read a table of bAbI runs, which :func:`~liaf_ref.report.babi_runs.to_csv` wrote."""
    rows = _read_rows(path, _parsers_of(RunSummary))
    return [_checked(RunSummary, UNKNOWN | row, path, line) for line, row in rows]


def read_run_table(path: Path) -> list[DvsRun]:
    """Read a table of runs on recordings, and that of their epochs beside it."""
    if path.stem.endswith("-epochs"):
        raise InputError(f"{path}: expected a table of runs, got one of epochs")
    numbers = dict.fromkeys(DvsResult.__annotations__, parse_json)
    texts = dict.fromkeys(("job", "data", DATA_SHA256), str)
    rows = list(_read_rows(path, {**_parsers_of(DVSConfig), **numbers, **texts}))
    epochs: dict[object, list[Row]] = {}
    place, columns = epochs_path(path), dict.fromkeys(("epoch", *METRICS), parse_json)
    for line, row in _read_rows(place, columns | {"job": str}):
        own = epochs.setdefault(row.pop("job", ""), [])
        own.append(row)
        if not run_folder.is_metrics_row(row, len(own)):
            reason = f"expected the metrics of epoch {len(own)}, got {short_repr(row)}"
            raise FormatError(place, reason, line=line)
    return [
        _dvs_run(path, row, row | {"result": row}, epochs.get(row.get("job")), line)
        for line, row in rows
    ]


def run_row(job: str, record: Mapping[str, Any]) -> Row:
    """A line of the table of runs: configuration and result, without what is not set."""
    data = str(record.get("data") or "").partition(", in ")[0]  # without the folder
    row = {"job": job, "experiment": record.get("experiment"), "data": data}
    row |= record["config"] | record["result"] | {"machine": machine_of(record)}
    return {name: value for name, value in row.items() if value not in (None, "")}


def epoch_rows(job: str, metrics: Metrics) -> Iterator[Row]:
    """The lines of the table of epochs, with six digits."""
    for row in metrics:
        yield {"job": job, "epoch": row["epoch"]} | {x: f"{row[x]:.6g}" for x in METRICS}


def epochs_path(path: Path) -> Path:
    """The table of epochs beside a table of runs."""
    return path.with_name(f"{path.stem}-epochs.csv")


def _parsers_of(cls: type[Declared]) -> Parsers:
    """How the fields of a declared class are read from a table."""
    return {each.name: each.kind.parse or parse_json for each in declarations(cls)}


def _read_rows(path: Path, parsers: Parsers) -> Iterator[tuple[int, Row]]:
    """The rows of a table with their lines: the columns with a parser, without empty fields."""
    reader = csv.reader(io.StringIO(_read_text(path), newline=""), strict=True)
    try:
        names = next(reader, [])
        for fields in reader:
            pairs = [pair for pair in zip(names, fields, strict=True) if pair[0] in parsers]
            yield reader.line_num, {name: parsers[name](text) for name, text in pairs if text}
    except (ValueError, csv.Error) as error:
        reason = f"expected a table of runs (CSV), got an error: {short_repr(error)}"
        raise FormatError(path, reason) from error


def _read_text(path: Path) -> str:
    try:
        return read_bytes(path, "a table of runs", MAX_TEXT_BYTES).decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError(path, f"expected UTF-8 text, got an error: {error}") from error
