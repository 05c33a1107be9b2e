"""What run, sweep and resume have in common: data, workers, plugins, output folders."""

import argparse
import contextlib
import itertools
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from liaf_ref._core.atomic import check_writable
from liaf_ref._core.declared import declarations
from liaf_ref._core.errors import DataError, LiafError, SweepError, path_error
from liaf_ref._core.kinds import whole
from liaf_ref._core.system import available_cores, caused_by_interrupt, quote
from liaf_ref._core.text import count
from liaf_ref.cli import options
from liaf_ref.cli.options import option
from liaf_ref.cli.output import say
from liaf_ref.data.babi import EDITIONS
from liaf_ref.experiments.experiment import DATA_ENV_VAR, AnyExperiment, DataSource
from liaf_ref.experiments.runner.jobs import FINISHED, Job, estimate_total
from liaf_ref.experiments.runner.manifest import Manifest, merge_manifest

# How messages name values that have no option of the same name.
OPTION_NAMES = {
    "fraction": "--validation-fraction",
    "groups": "training data",
    "data_sha256": "the data (--data, --edition, --generated)",
    "validation_by": "validation_by of run.json (the groups of the validation split)",
}
SOURCE_FIELDS = tuple(each.name for each in declarations(DataSource))
CACHE_HELP = "cache folder for preprocessed frames"
RUNS = Path("runs")  # where numbered output folders are made
PLUGIN_HELP = "Python file to import first, with an experiment or a cell of your own; repeatable"


def add_data_options(parser: options.Parser, experiment: AnyExperiment | None = None) -> None:
    """Add the options for the data: all, or those that one experiment uses."""
    used = SOURCE_FIELDS if experiment is None else experiment.source_fields
    if "folder" in used:
        where = parser.add_mutually_exclusive_group()
        read = experiment is None or experiment.uses_data_dir
        usual = f"that of {DATA_ENV_VAR}, if set" if read else "simulated recordings"
        text = f"folder of the published data, or its parent (default: {usual})"
        option(where, "--data DIR", options.any_path, text)
        option(where, "--generated", bool, f"use no published data, whatever {DATA_ENV_VAR} is")
    if "edition" in used:
        option(
            parser, "--edition NAME", str, f"edition of bAbI: {', '.join(EDITIONS)} (default: en)"
        )
    if "partial" in used:
        text = "use the existing recordings of an incomplete data folder"
        parser.add_argument("--partial", action="store_const", const=True, help=text)
    if "cache" in used:
        option(parser, "--cache DIR", options.output_path, CACHE_HELP)


def add_worker_options(parser: options.Parser) -> None:
    """Add the options for the workers that run the jobs, and for the code that they import."""
    where = parser.add_mutually_exclusive_group()
    option(where, "--jobs N", whole(1, 1024), "local worker processes (default: 1)")
    option(where, "--dask ADDRESS", str, "a Dask scheduler, tcp://127.0.0.1:8786, or its file")
    # For the help text: the command line has imported the plugins already.
    option(parser, "--plugin FILE.py", str, PLUGIN_HELP, action="append")


def data_source(args: argparse.Namespace, experiment: AnyExperiment) -> DataSource:
    """Return the data source for the given options."""
    given = {name: getattr(args, name, None) for name in ("edition", "partial", "cache")}
    folder = getattr(args, "data", None)
    reads_env = experiment.uses_data_dir and "folder" in experiment.source_fields
    named = os.environ.get(DATA_ENV_VAR)
    if named and folder is None and not getattr(args, "generated", False) and reads_env:
        folder = Path(named)
        if not folder.exists():
            reason = f"expected a folder of data sets, got {folder}, which does not exist"
            raise DataError(f"{DATA_ENV_VAR}: {reason}; correct or unset the variable")
    source = DataSource(folder and folder.resolve(), **given)
    experiment.check_source(source)
    return replace(source, cache=source.cache and source.cache.resolve())


def make_manifest(
    kind: str,
    experiment: AnyExperiment,
    configs: dict[str, Any],
    args: argparse.Namespace,
    extend: bool,
    study: str | None = None,
) -> Manifest:
    """The manifest for the given options, with the runs of a folder that it extends."""
    if not getattr(args, "dry_run", False):
        check_writable(args.out or RUNS)
    source, workers = data_source(args, experiment), local_workers(args)
    manifest = Manifest(kind, experiment, source, configs, study, workers, args.plugins)
    return merge_manifest(args.out, manifest, extend) if args.out else manifest


def local_workers(args: argparse.Namespace) -> int | None:
    """How many processes of this machine share the runs; None on a Dask cluster."""
    return args.jobs or 1 if args.dask is None else None


def show_estimate(
    manifest: Manifest, jobs: Sequence[Job], workers: int | None
) -> dict[str, Any] | None:
    """Print what the unfinished runs need on this machine; return it for a JSON document."""
    found = None if workers is None else estimate_total(manifest, jobs, workers)
    if workers is None or found is None:
        return None
    pending = sum(job.state != FINISHED for job in jobs)
    cores = min(workers, available_cores(), pending)
    seconds, memory = found.seconds / cores, found.memory_bytes
    time = f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.1f} h"
    time = f"{max(seconds, 1):.0f} s" if seconds < 90 else time
    size = f"{memory / 1e9:.1f} GB" if memory >= 1e9 else f"{max(memory / 1e6, 1):.0f} MB"
    place = f"{time} on {'one core' if cores == 1 else f'{cores} cores'}"
    say(f"estimate for {count(pending, 'run')}: about {place}, {size} of memory")
    return found._asdict()


def make_numbered_dir(stem: str) -> Path:
    """Create ``runs/stem-N`` with the first number N that is not taken."""
    for number in itertools.count(1):
        folder = RUNS / f"{stem}-{number}"
        with contextlib.suppress(FileExistsError):
            try:
                folder.mkdir(parents=True)
            except PermissionError as error:
                raise path_error(folder, "created", error) from error
            return folder
    raise AssertionError("the numbers have no end")


@contextlib.contextmanager
def with_resume_hint(folder: Path, args: argparse.Namespace) -> Iterator[None]:
    """Add the command that resumes the work if it is interrupted or loses its workers."""
    try:
        yield
    except SweepError as error:
        raise SweepError(f"{error}{_resume_hint(folder, args)}") from error
    except BaseException as error:
        if isinstance(error, LiafError) or not caused_by_interrupt(error):
            raise
        raise KeyboardInterrupt(_resume_hint(folder, args)) from None


def _resume_hint(folder: Path, args: argparse.Namespace) -> str:
    """Return the end of a message: the command that resumes the work in a folder."""
    words = ["resume", str(folder), *(word for name in args.plugins for word in ("--plugin", name))]
    if getattr(args, "cache", None) is not None:
        words += ["--cache", str(args.cache)]
    return f"; to continue: liaf-ref {' '.join(map(quote, words))}"
