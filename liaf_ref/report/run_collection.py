"""Everything that the report is made from, read off folders of runs and tables of them."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from liaf_ref._core.errors import FormatError, InputError, RunError
from liaf_ref._core.safe_load import read_json
from liaf_ref._core.validation import check_items, check_path
from liaf_ref._core.validation.scalars import short_repr, short_text
from liaf_ref.experiments.dvs import EXPERIMENT_SPECS
from liaf_ref.report.babi import (
    RunSummary,
    check_comparable,
    check_no_duplicates,
    from_csv,
    read_run_summary,
)
from liaf_ref.report.dvs_runs import DvsRun, parse_dvs_run
from liaf_ref.report.run_groups import RunGroup, group_runs
from liaf_ref.training.run_folder import RunFolder


class BabiRun(NamedTuple):
    """A finished run on bAbI, or a line of a table of runs.

    Attributes
    ----------
    source : str
        The folder, or the table.
    end : End
        What it came to.
    """

    source: str
    summary: RunSummary


class RunCollection(NamedTuple):
    """What was given.

    Attributes
    ----------
    groups : tuple of Group
        Runs on recordings.
    babi : tuple of Babi
        Runs on bAbI.
    texts : tuple of str
        What the runs on bAbI say of their text.
    left_out : tuple of str
        Runs that have not ended, failed, or are of no table, with the reason.
    """

    groups: tuple[RunGroup, ...]
    babi: tuple[BabiRun, ...]
    data_descriptions: tuple[str, ...]
    skipped: tuple[str, ...]


class _Record(NamedTuple):
    folder: Path
    record: dict[str, Any]
    config: dict[str, Any]


def collect_runs(paths: Iterable[Path]) -> RunCollection:
    """Read runs."""
    vision: list[DvsRun] = []
    babi: list[BabiRun] = []
    configs: list[_Record] = []
    left: list[str] = []
    given = check_items("runs", paths, Path | str, "a report", "folders of runs or tables")  # type: ignore[arg-type]
    paths = [check_path("runs", path, "a report") for path in given]
    for path in paths:
        if path.is_file():
            babi += (BabiRun(str(path), end) for end in from_csv(path))
    for found in _iter_records([path for path in paths if not path.is_file()]):
        status, config = found.record.get("status"), found.config
        if "task" in config and (status == "finished" or _overflowed(found)):
            babi.append(BabiRun(str(found.folder), read_run_summary(found.folder)))
            configs.append(found)
        elif status != "finished":
            why = _error_text(found.record.get("error")) or "it has not ended"
            left.append(f"{found.folder}: {why}")
        elif str(config.get("experiment")) in EXPERIMENT_SPECS:
            metrics = RunFolder(found.folder, {}).read_metrics()
            run = parse_dvs_run(
                found.folder, found.record, metrics, _data_description(found.folder)
            )
            vision.append(run)
        else:
            name = short_repr(config.get("experiment"))
            left.append(f"{found.folder}: does not belong to any table or figure: {name}")
    check_comparable({found.folder: found.config for found in configs})
    check_no_duplicates(babi)
    texts = dict.fromkeys(_data_description(found.folder) for found in configs)
    return RunCollection(group_runs(vision), tuple(babi), tuple(filter(None, texts)), tuple(left))


def _iter_records(folders: list[Path]) -> Iterator[_Record]:
    seen: dict[Path, Path] = {}
    for folder in folders:
        if not folder.is_dir():
            expected = "expected a folder with runs or a table of them"
            raise InputError(f"{folder}: {expected}, got nothing")
        records = sorted(folder.rglob("run.json"))
        if not records:
            expected = "expected runs of liaf-ref run or liaf-ref sweep below it"
            raise InputError(f"{folder}: {expected}, got none")
        for path in records:
            other = seen.setdefault(path.resolve(), folder)
            if other is not folder:
                raise RunError(f"{path.parent}: expected each run once, got it below {other} too")
            record = RunFolder(path.parent, {}).read_run_json()
            config = record.get("config")
            if not isinstance(config, dict):
                raise FormatError(path, "expected the configuration of a run, got none")
            yield _Record(path.parent, record, config)


def _overflowed(record: _Record) -> bool:
    """Whether a run on bAbI failed that counts as far as it came."""
    metrics = RunFolder(record.folder, {}).read_metrics()
    failed = record.record.get("status") == "failed"
    return failed and bool(metrics) and "test_accuracy" in metrics[-1]


def _error_text(error: object) -> str:
    return short_text(str(error or ""))


def _data_description(folder: Path) -> str:
    """What the results.json beside a run calls its data; nothing in a sweep."""
    path = folder.parent / "results.json"
    document = read_json(path, "a JSON object") if path.exists() else {}
    found = document.get("data") if isinstance(document, dict) else None
    return found if isinstance(found, str) else ""
