"""Run a manifest: check its first data, run the unfinished jobs, update the tables."""

import contextlib
import json
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from liaf_ref._core.atomic import write_atomic
from liaf_ref._core.errors import WriteError
from liaf_ref._core.provenance import library_versions
from liaf_ref._core.text import csv_text
from liaf_ref._core.validation import check_bool, check_path
from liaf_ref.experiments.experiment import DataSource
from liaf_ref.experiments.registry import find_experiment
from liaf_ref.experiments.runner import manifest as manifests
from liaf_ref.experiments.runner.execute import Run
from liaf_ref.experiments.runner.jobs import DISK, FINISHED, Ended, Job, OnEvent, Order
from liaf_ref.experiments.runner.manifest import RUN, THIS_FOLDER, Manifest

TIME_COLUMNS = ("seconds",)  # kept in run.json only, so that equal sweeps have equal tables
REWRITE_GROWTH = 1.1  # tables are rewritten at 10 % more rows: 11 times their size in total


def check_first_data(manifest: Manifest, jobs: Iterable[Job], out: Path | None) -> None:
    """Load the data of the next run, and refuse runs on these data that cannot start."""
    experiment = manifest.experiment
    pending = [job for job in jobs if job.state != FINISHED]
    for job in pending:
        if manifest.data_key(job.name) == manifest.data_key(pending[0].name):
            data = experiment.load_shared(job.config, manifest.source)
            experiment.check(data, job.config, out and out / job.name, resume=out is not None)


def run_jobs(
    manifest: Manifest,
    jobs: Mapping[str, Job],
    pending: Iterable[Job],
    out: Path,
    run: Run,
    on_event: OnEvent,
    restart_failed: bool = False,
) -> Ended:
    """Run pending jobs of a manifest in an open folder; update the tables of all."""
    order = Order(
        manifest.experiment.name,
        manifest.source.to_record(),
        str(out.resolve()),
        restart_failed,
        manifest.plugins,
        library_versions(),
    )
    with contextlib.closing(run(list(pending), order, on_event)) as running:
        # Workers end before the final message.
        yield from running if THIS_FOLDER in manifest.configs else with_tables(out, jobs, running)


def with_tables(out: Path, jobs: Mapping[str, Job], ended: Iterable[Job]) -> Ended:
    """Yield jobs that have ended, and update the tables of finished runs."""
    rows = {name: _row(job) for name, job in jobs.items() if job.result}
    written = 0
    try:
        for job in ended:
            if job.blame == DISK:
                raise WriteError(job.error)
            if job.result is not None:
                rows[job.name] = _row(job)
                if len(rows) >= REWRITE_GROWTH * written:
                    write_tables(out, [rows[name] for name in jobs if name in rows])
                    written = len(rows)
            yield job
    finally:
        if rows:
            write_tables(out, [rows[name] for name in jobs if name in rows])


def write_tables(out: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write both tables, each atomically."""
    lines = "".join(json.dumps(row, default=float) + "\n" for row in rows)
    write_atomic(out / manifests.TABLE_FILES[0], lines.encode())
    write_atomic(out / manifests.TABLE_FILES[1], rows_to_csv(rows).encode())


def rows_to_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Format rows as CSV, with a column for each name in any of them."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    lines = ([_csv_field(row.get(name)) for name in columns] for row in rows)
    return csv_text([columns, *lines])


def _csv_field(value: object) -> object:
    return json.dumps(value) if isinstance(value, list | dict | bool) else value


def _row(job: Job) -> dict[str, Any]:
    columns = {k: value for k, value in (job.result or {}).items() if k not in TIME_COLUMNS}
    return {"job": Path(job.name).name, **asdict(job.config), **columns}


def run_experiment(
    name: str,
    folder: Path | str | None = None,
    *,
    data: Path | str | None = None,
    edition: str | None = None,
    partial: bool = False,
    cache: Path | str | None = None,
    **config: Any,
) -> dict[str, Any]:
    """Run one of the paper's experiments to its end.

    Parameters
    ----------
    name : str
        ``babi``, ``mnist-dvs``, ``cifar10-dvs``, ``gesture`` and so on: the names of
        ``liaf-ref run``.
    folder : Path or str, optional
        Folder of the run: ``run.json``, ``metrics.jsonl`` and a checkpoint. A run that was
        interrupted there continues. Nothing is written without a folder.
    data : Path or str, optional
        Folder of the published data; without it data are generated.
    edition : str, optional
        Published edition of bAbI, such as ``"en-10k"``.
    partial : bool
        Whether to use a data folder from which recordings are missing.
    cache : Path or str, optional
        Folder in which prepared frames are kept for later runs.
    **config
        Fields of the experiment's configuration, such as ``task``, ``cell``, ``epochs`` and
        ``seed``; those of ``liaf-ref run NAME --help``.

    Returns
    -------
    dict
        The result: sizes, epochs, accuracies on training, validation and test data, seconds.

    Raises
    ------
    InputError
        If there is no such experiment or field, or a value is invalid.
    DataError
        If data are missing.
    RunError
        If the folder cannot be used.
    TrainingError
        If a loss, gradient or parameter becomes NaN or infinite.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> result = lr.run_experiment("babi", task=1, cell="gru", epochs=1)
    >>> result["cell"], result["epochs"]
    ('gru', 1)
    >>> 0 <= result["test_accuracy"] <= 1
    True
    """
    experiment = find_experiment(name)
    path = None if folder is None else check_path("folder", folder, "run_experiment")
    source = DataSource(
        None if data is None else check_path("data", data, "run_experiment"),
        edition,
        check_bool("partial", partial, "run_experiment") or None,
        None if cache is None else check_path("cache", cache, "run_experiment"),
    )
    experiment.check_source(source)
    made = experiment.make_config(config)
    loaded = experiment.load_shared(made, source)
    with contextlib.ExitStack() as locked:
        if path is not None:
            known = Manifest(RUN, experiment, source, {THIS_FOLDER: made})
            manifest = manifests.merge_manifest(path, known, extend=True)
            experiment.check(loaded, made, path, resume=True)
            locked.enter_context(manifests.open_folder(path, manifest))
        events = experiment.run(loaded, made, path, resume=path is not None)
        last: Any = deque(events, maxlen=1).pop()
    result: dict[str, Any] = last.result
    return result
