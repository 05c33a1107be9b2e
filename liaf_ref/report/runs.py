"""Read runs from folders and tables; only this module knows how runs are stored."""

import math
import os
from collections.abc import Hashable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeVar, cast

from liaf_ref._core.errors import FormatError, InputError
from liaf_ref._core.safe_load import is_number, read_json
from liaf_ref._core.text import short_repr, short_text
from liaf_ref._core.validation import check_items, check_path
from liaf_ref.experiments.babi import EXPERIMENT, other_settings
from liaf_ref.experiments.dvs import EXPERIMENT_SPECS
from liaf_ref.report.babi_runs import (
    EARLY_STOPPED,
    OVERFLOWED,
    UNKNOWN,
    VARYING_FIELDS,
    BabiRun,
    RunSummary,
    format_settings,
    from_csv,
    keyed_runs,
    validate_summary,
)
from liaf_ref.report.dvs_runs import DvsRun, RunGroup, group_runs, keyed_dvs_runs
from liaf_ref.report.run_tables import epochs_path, is_run_table, read_run_table
from liaf_ref.training.run_folder import (
    DATA_SHA256,
    RUN_FILE,
    STOP_REASON_COLUMN,
    best_epoch_index,
    read_metrics,
    read_run_json,
)

BABI = EXPERIMENT.name
Run = TypeVar("Run", BabiRun, DvsRun)  # its source is its first field
BABI_CONFIG_FIELDS = ("task", "cell", "seed", "lr", "epochs")
DVS_RESULT_FIELDS = (
    *("train_accuracy", "validation_accuracy", "test_accuracy", "majority_accuracy"),
    *("weights", "muls", "adds", "seconds"),
)


class RunCollection(NamedTuple):
    """All runs of a report; ``skipped`` lists the unused ones with the reason."""

    groups: tuple[RunGroup, ...] = ()
    babi: tuple[BabiRun, ...] = ()
    data_descriptions: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()


class StoredRun(NamedTuple):
    """A run.json, or a table with the line of a run; the content, and the configuration in it."""

    path: Path
    record: Mapping[str, Any]
    config: Mapping[str, Any]

    @property
    def folder(self) -> Path:
        """The folder of the run, or the table."""
        return self.path.parent if self.path.name == RUN_FILE else self.path

    @property
    def metrics_path(self) -> Path:
        is_table = self.folder == self.path
        return epochs_path(self.path) if is_table else self.folder / "metrics.jsonl"

    @property
    def experiment(self) -> object:
        return self.record.get("experiment") or self.config.get("experiment")

    @property
    def is_babi(self) -> bool:
        # Early runs do not name their experiment.
        return self.experiment in (BABI, None) and "task" in self.config

    @property
    def status(self) -> object:
        return self.record.get("status")

    def read_metrics(self) -> list[dict[str, Any]]:
        return read_metrics(self.folder)

    def read_data_description(self) -> str:
        """The description of the data in results.json beside the run; empty for sweeps."""
        path = self.folder.parent / "results.json"
        document = read_json(path, "a JSON object") if path.exists() else {}
        found = document.get("data") if isinstance(document, dict) else None
        return found if isinstance(found, str) else ""

    def error(self, reason: str) -> FormatError:
        return FormatError(self.path, reason)


def collect_runs(paths: Iterable[Path]) -> RunCollection:
    """Read all runs below folders, and all lines of tables of runs."""
    given = check_items("runs", paths, Path | str, "a report", "folders of runs or tables")  # type: ignore[arg-type]
    paths = [check_path("runs", path, "a report") for path in given]
    dvs: list[DvsRun] = []
    babi: list[BabiRun] = []
    descriptions: list[str] = []
    skipped: list[str] = []
    for path in (path for path in paths if path.is_file()):
        if is_run_table(path):
            for record, config, metrics in read_run_table(path):
                dvs.append(_dvs_run(StoredRun(path, record, config), metrics))
        else:
            babi += [BabiRun(path.as_posix(), line) for line in from_csv(path)]
    for run in iter_stored_runs([path for path in paths if not path.is_file()]):
        if run.is_babi and _is_averaged(run):
            skipped.append(f"{run.folder}: Table III has no column for averaged weights")
        elif run.is_babi and (run.status == "finished" or _overflowed(run)):
            babi.append(_babi_run(run, run.read_metrics()))
            descriptions.append(run.read_data_description())
        elif run.status != "finished":
            reason = short_text(str(run.record.get("error") or "the run has not ended"))
            skipped.append(f"{run.folder}: {reason}")
        elif str(run.config.get("experiment")) in EXPERIMENT_SPECS:
            dvs.append(_dvs_run(run, run.read_metrics()))
        else:
            name = short_repr(run.experiment)
            skipped.append(
                f"{run.folder}: the experiment {name} does not belong to any table or figure"
            )
    groups = group_runs(_unique(keyed_dvs_runs(dvs), skipped))
    babi = _unique(keyed_runs(babi), skipped)
    texts = tuple(filter(None, dict.fromkeys(descriptions)))
    return RunCollection(groups, tuple(babi), texts, tuple(skipped))


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
            yield StoredRun(path, record, config)


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


def _tracks_test(metrics: list[dict[str, Any]]) -> bool:
    return bool(metrics) and "test_accuracy" in metrics[-1]


def _babi_run(run: StoredRun, metrics: list[dict[str, Any]]) -> BabiRun:
    summary, text = _summarize(run, metrics), run.config.get(DATA_SHA256)
    other = {
        name: value
        for name, value in run.config.items()
        if name not in VARYING_FIELDS
        and value not in (None, getattr(EXPERIMENT.config_class, name, None))
    }
    return BabiRun(run.folder.as_posix(), summary, str(text or ""), format_settings(other))


def _summarize(run: StoredRun, metrics: list[dict[str, Any]]) -> RunSummary:
    """Summarize a bAbI run; without --track-test it has only the accuracy of its result."""
    found, tracked = run.record.get("result"), _tracks_test(metrics)
    result = found if isinstance(found, dict) else {}
    if not metrics or not (tracked or result):
        raise run.error("expected a run with a result and metrics, got one without")
    scores: dict[str, Any]
    epochs: dict[str, Any]
    if tracked:
        test = [row["test_accuracy"] for row in metrics]
        selected, best = best_epoch_index(metrics), test.index(max(test))
        scores = {"final": test[-1], "selected": test[selected], "best_test": test[best]}
        epochs = {"selected_epoch": selected + 1, "best_test_epoch": best + 1}
    else:
        at_end = run.config.get("select_epoch") == "final"
        scores = dict.fromkeys(("final", "selected", "best_test"), math.nan)
        scores["final" if at_end else "selected"] = result.get("test_accuracy")
        epoch = 0 if at_end else result.get("selected_epoch")
        epochs = {"selected_epoch": epoch, "best_test_epoch": 0}
    stopped = EARLY_STOPPED if STOP_REASON_COLUMN in metrics[-1] else UNKNOWN
    config = {name: run.config.get(name) for name in BABI_CONFIG_FIELDS}
    other = {
        "epochs_done": len(metrics),
        "majority": result.get("majority_accuracy", math.nan),
        "train": metrics[-1]["train_accuracy"],
        "seconds": run.record.get("seconds", 0),
        "stop_after": run.config.get("stop_after") or 0,
        "cause": OVERFLOWED if run.status == "failed" else stopped,
        "settings": format_settings(other_settings(run.config)),
    }
    return validate_summary(run.path, config | scores | epochs | other)


def _dvs_run(run: StoredRun, metrics: list[dict[str, Any]]) -> DvsRun:
    """Check and return a finished run on recordings."""
    config, result = run.config, run.record.get("result")
    spec = EXPERIMENT_SPECS[config["experiment"]]
    cell, scale, seed, fold = (config.get(name) for name in ("cell", "scale", "seed", "fold"))
    rate, sha = config.get("lr"), config.get("data_sha256")
    if str(cell) not in spec.cells or str(scale) not in spec.scales or type(seed) is not int:
        expected = f"expected cell, scale and seed of a run of {spec.title}"
        got = f"{short_repr(cell)}, {short_repr(scale)} and {short_repr(seed)}"
        raise run.error(f"{expected}, got {got}")
    if type(fold) not in (int, type(None)):
        raise run.error(f"expected a fold's number, got {short_repr(fold)}")
    if not (_is_finite(rate) and isinstance(sha, str | None)):
        expected = "expected a learning rate and a hash of the data"
        raise run.error(f"{expected}, got {short_repr(rate)} and {short_repr(sha)}")
    if not isinstance(result, dict) or not _is_whole(result):
        raise run.error(f"expected a result with {', '.join(DVS_RESULT_FIELDS)}, got another")
    path = run.metrics_path
    if not metrics:
        raise FormatError(path, "expected a line for each epoch, got none")
    for epoch, row in enumerate(metrics, 1):
        for name, value in row.items():
            if is_number(value) and not math.isfinite(value):
                reason = f"{name}: expected a finite number, got {value}"
                raise FormatError(path, reason, line=epoch)
    config = {**config, "experiment": spec.same_data_as or config["experiment"]}
    return DvsRun(run.folder, config, result, metrics, _data_origin(run.record.get("data")))


def _is_whole(result: Mapping[str, Any]) -> bool:
    """Whether a result has all numbers, and valid numbers of recordings if any."""
    counts = result.get("samples", [1, 1, 1])
    return (
        all(_is_finite(result.get(name)) for name in DVS_RESULT_FIELDS)
        and isinstance(counts, list)
        and len(counts) == 3
        and all(type(n) is int and 0 < n < 2**31 for n in counts)
    )


def _is_finite(value: object) -> bool:
    return is_number(value) and math.isfinite(cast(float, value))


def _data_origin(description: object) -> str:
    """Whether recordings are simulated or published, from the description of the data."""
    if not isinstance(description, str) or not description:
        return "unrecorded"
    return "simulated" if description.endswith(", simulated") else "published"
