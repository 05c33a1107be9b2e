"""Everything that the report is made from, read off folders of runs and tables of them."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from liaf_ref.door import check_items, check_path
from liaf_ref.door.values import brief, shown
from liaf_ref.errors import FormatError, InputError, RunError
from liaf_ref.experiments.vision import EXPERIMENT_SPECS
from liaf_ref.reading import read_json
from liaf_ref.report.babi import End, check_alike, check_once, from_csv, read_end
from liaf_ref.report.paper.groups import Group, groups
from liaf_ref.report.paper.vision import VisionRun, as_vision
from liaf_ref.training.record import RunFolder


class Babi(NamedTuple):
    """A finished run on bAbI, or a line of a table of runs.

    Attributes
    ----------
    source : str
        The folder, or the table.
    end : End
        What it came to.
    """

    source: str
    end: End


class Found(NamedTuple):
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

    groups: tuple[Group, ...]
    babi: tuple[Babi, ...]
    texts: tuple[str, ...]
    left_out: tuple[str, ...]


class _Record(NamedTuple):
    folder: Path
    record: dict[str, Any]
    config: dict[str, Any]


def read(paths: Iterable[Path]) -> Found:
    """Read runs.

    Parameters
    ----------
    paths : iterable of Path
        Folders that ``liaf-ref run`` or ``liaf-ref sweep`` has written, or folders around
        such, and tables that ``liaf-ref table03 --csv`` has written.

    Returns
    -------
    Found
        All runs below them.

    Raises
    ------
    InputError
        If a path is neither, or runs on bAbI differ in what no table tells apart.
    FormatError
        If a file cannot be read.
    RunError
        If a folder was given twice, or two runs are of the same.
    """
    vision: list[VisionRun] = []
    babi: list[Babi] = []
    configs: list[_Record] = []
    left: list[str] = []
    given = check_items("runs", paths, Path | str, "a report", "folders of runs or tables")  # type: ignore[arg-type]
    paths = [check_path("runs", path, "a report") for path in given]
    for path in paths:
        if path.is_file():
            babi += (Babi(str(path), end) for end in from_csv(path))
    for found in _records([path for path in paths if not path.is_file()]):
        status, config = found.record.get("status"), found.config
        if "task" in config and (status == "finished" or _overflowed(found)):
            babi.append(Babi(str(found.folder), read_end(found.folder)))
            configs.append(found)
        elif status != "finished":
            why = _words(found.record.get("error")) or "it has not ended"
            left.append(f"{found.folder}: {why}")
        elif str(config.get("experiment")) in EXPERIMENT_SPECS:
            metrics = RunFolder(found.folder, {}).metrics()
            run = as_vision(found.folder, found.record, metrics, _source(found.folder))
            vision.append(run)
        else:
            left.append(f"{found.folder}: of no table or figure: {shown(config.get('experiment'))}")
    check_alike({found.folder: found.config for found in configs})
    check_once(babi)
    texts = dict.fromkeys(_source(found.folder) for found in configs)
    return Found(groups(vision), tuple(babi), tuple(filter(None, texts)), tuple(left))


def _records(folders: list[Path]) -> Iterator[_Record]:
    seen: dict[Path, Path] = {}
    for folder in folders:
        if not folder.is_dir():
            wanted = "expected a folder with runs or a table of them"
            raise InputError(f"{folder}: {wanted}, got nothing")
        records = sorted(folder.rglob("run.json"))
        if not records:
            wanted = "expected runs of liaf-ref run or liaf-ref sweep below it"
            raise InputError(f"{folder}: {wanted}, got none")
        for path in records:
            other = seen.setdefault(path.resolve(), folder)
            if other is not folder:
                raise RunError(f"{path.parent}: expected each run once, got it below {other} too")
            record = RunFolder(path.parent, {}).read()
            config = record.get("config")
            if not isinstance(config, dict):
                raise FormatError(path, "expected the configuration of a run, got none")
            yield _Record(path.parent, record, config)


def _overflowed(found: _Record) -> bool:
    """Whether a run on bAbI failed that counts as far as it came."""
    metrics = RunFolder(found.folder, {}).metrics()
    failed = found.record.get("status") == "failed"
    return failed and bool(metrics) and "test_accuracy" in metrics[-1]


def _words(error: object) -> str:
    return brief(str(error or ""))


def _source(folder: Path) -> str:
    """What the results.json beside a run calls its data; nothing in a sweep."""
    path = folder.parent / "results.json"
    document = read_json(path, "a JSON object") if path.exists() else {}
    found = document.get("data") if isinstance(document, dict) else None
    return found if isinstance(found, str) else ""
