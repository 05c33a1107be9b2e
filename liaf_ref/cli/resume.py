"""``liaf-ref resume``: go on with whatever a folder holds, without being told anything else."""

import argparse
import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from liaf_ref._core.atomic import remove_temp_files
from liaf_ref._core.errors import RunError
from liaf_ref._core.locks import LOCK_FILE, directory_lock, file_lock
from liaf_ref.cli import (
    ablations,
    manifest,
    options,
    plugins,
    resume_sweep,
    run_study,
    write_results,
)
from liaf_ref.cli.interrupt import with_resume_hint
from liaf_ref.cli.resume_data import CachedDataLoader, data_source
from liaf_ref.cli.sequential import partition_results, run_sequential
from liaf_ref.experiments import run_record
from liaf_ref.experiments.data_source import DataSource
from liaf_ref.experiments.dvs import experiment_spec
from liaf_ref.experiments.dvs.frame_data import describe_source
from liaf_ref.experiments.runner import RunFinished
from liaf_ref.training.state import Event

if TYPE_CHECKING:
    from liaf_ref.cli.options import Commands

OPTION_NAMES = {
    "fraction": "--validation-fraction",
    "data_sha256": "the data (--data)",
    "validation_by": options.VALIDATION_BY,
}


def add(commands: "Commands") -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "resume",
        help="resume interrupted runs or sweeps",
        description="Resume what a folder holds: one run, the runs or the study of a\n"
        "`liaf-ref run`, or a sweep. Configuration and data location are read from the\n"
        "records. Finished runs are skipped; runs that had not started are run too.",
        epilog="example: liaf-ref resume runs/babi-1",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    option(
        "folder",
        type=options.dir_path,
        metavar="DIR",
        help="output folder (--out) of the runs, or one run in it",
    )
    moved = "new location of the data, if they were moved (the content must be identical)"
    option("--data", type=options.dir_path, metavar="DIR", help=moved)
    option("--json", action="store_true", help="print one JSON document instead of the table")
    plugins.add_option(parser)
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Go on; see ``liaf-ref resume --help``."""
    folder: Path = args.folder
    if resume_sweep.is_sweep_dir(folder):
        return resume_sweep.resume(folder, args.data, args.json)
    runs = manifest.read_manifest(folder) if (folder / manifest.FILENAME).exists() else None
    if (folder / run_record.RUN_FILE).exists() and not (runs and runs.study):
        run = run_record.load_run_record(folder)
        found = manifest.RunManifest(
            run.experiment, run.source, {folder.resolve().name: run.config}
        )
        with _job_lock(folder):
            return _resume_runs(found, folder, folder.resolve().parent, None, args)
    runs = runs or manifest.read_manifest(folder)
    if runs is None:
        raise RunError(
            f"{folder}: nothing to resume: expected a run, a folder of runs or a sweep, found no "
            f"{run_record.RUN_FILE}, {manifest.FILENAME} or {resume_sweep.SPEC}"
        )
    with directory_lock(folder):
        if runs.study:
            return _resume_study(runs, runs.study, folder, args)
        return _resume_runs(runs, folder, folder, folder, args)


def _resume_study(
    runs: manifest.RunManifest, name: str, folder: Path, args: argparse.Namespace
) -> int:
    """Run the networks that are left, and then what is measured of them."""
    began = time.perf_counter()
    if run_study.print_if_finished(folder, args.json):
        print(f"{name}: already finished, skipped", file=sys.stderr)
        return 0
    source = data_source(runs, folder, args.data)
    data = CachedDataLoader(runs.experiment, source, folder)
    with with_resume_hint(folder):
        _, failed = _run_unfinished(runs, data, folder, folder)
        if failed:
            return 1
        found = data.load(next(iter(runs.configs.values())))
        return run_study.measure_trained(name, runs.configs, found, folder, began, args.json)


def _resume_runs(
    runs: manifest.RunManifest,
    hint_dir: Path,
    parent: Path,
    out: Path | None,
    args: argparse.Namespace,
) -> int:
    """Run what is left; ``parent`` has the runs' folders, ``out`` what is written of them all."""
    source = data_source(runs, parent, args.data)
    with with_resume_hint(hint_dir):
        done, failed = _run_unfinished(
            runs, CachedDataLoader(runs.experiment, source, hint_dir), parent, out
        )
        if out:
            remove_temp_files(out)
        rows = {name: done[name] for name in runs.configs if name in done}
        if not rows:
            return 1
        _write_results(runs, rows, source, parent, out, args.json)
    return 1 if failed else 0


def _run_unfinished(
    runs: manifest.RunManifest, data: CachedDataLoader, parent: Path, out: Path | None
) -> tuple[write_results.Rows, bool]:
    """Rows of all runs that end, and whether one failed."""
    found = {
        name: run_record.finished_result(parent / name, config)
        for name, config in runs.configs.items()
    }
    done = {name: row for name, row in found.items() if row is not None}
    for name in done:
        print(f"{name}: already finished, skipped", file=sys.stderr)
    left = {name: config for name, config in runs.configs.items() if name not in done}
    if not left:
        return done, False
    if out:
        manifest.add_runs(out, runs.experiment.name, data.description, runs.configs, runs.study)
    with options.errors_as_options(**OPTION_NAMES):
        for name, config in left.items():
            runs.experiment.check(data.load(config), config, parent / name)
            data.check_same_data(config, parent, runs.configs)

    def begin(config: Any, where: Path) -> Iterator[Event | RunFinished]:
        return runs.experiment.run(data.load(config), config, where, data.description)

    ended, failed = partition_results(run_sequential(left, begin, parent))
    return done | ended, failed


def _write_results(
    runs: manifest.RunManifest,
    rows: write_results.Rows,
    source: DataSource,
    parent: Path,
    out: Path | None,
    as_json: bool,
) -> None:
    configs = {name: runs.configs[name] for name in rows}
    shas = {name: run_record.load_run_record(parent / name).data_sha256 for name in rows}
    if runs.experiment.name == "babi":
        digests = {config.task: str(shas[name]) for name, config in configs.items()}
        rates = {config.lr for config in configs.values()}
        write_results.write_babi(rows, digests, source.folder, rates, out, as_json)
    else:
        title = describe_source(experiment_spec(runs.experiment.name).title, source.folder)
        parts = {config.fold: str(shas[name]) for name, config in configs.items()}
        digest = parts[None] if None in parts else list(parts.values())
        otherwise = ablations.describe_ablations(next(iter(configs.values())))
        write_results.write_dvs(rows, title, digest, out, as_json, otherwise)


@contextlib.contextmanager
def _job_lock(folder: Path) -> Iterator[None]:
    """Hold a run of a sweep, so that the sweep does not run it at the same time."""
    if not (folder / LOCK_FILE).exists():
        yield
        return
    with file_lock(folder / LOCK_FILE, blocking=False):
        yield
