"""``liaf-ref resume``: continue the runs of a folder, without further options."""

import argparse
from pathlib import Path

from liaf_ref._core.errors import InputError, RunError
from liaf_ref.cli import options, run, run_options, run_study, sweep
from liaf_ref.cli.interrupt import with_resume_hint
from liaf_ref.cli.options import Answer, option
from liaf_ref.cli.run_summary import print_summary
from liaf_ref.experiments.runner.job import SMALLER
from liaf_ref.experiments.runner.manifest import (
    MANIFEST_FILE,
    STUDY,
    SWEEP,
    THIS_FOLDER,
    Manifest,
    find_manifest,
)
from liaf_ref.experiments.runner.plan import plan_jobs
from liaf_ref.experiments.runner.run_manifest import check_first_data


def add(parser: options.Parser) -> None:
    """Add the options."""
    text = "output folder (--out) of the runs, or one run in it"
    option(parser, "folder DIR", options.dir_path, text)
    moved = "new location of the data if they were moved; their content must be the same"
    option(parser, "--data DIR", options.dir_path, moved)
    option(parser, "--cache DIR", options.output_path, run_options.CACHE_HELP)
    run_options.add_worker_options(parser)
    parser.runs(command, SMALLER, **run_options.OPTION_NAMES)
    parser.set_defaults(retry_failed=False)


def command(args: argparse.Namespace) -> int | Answer:
    """Resume the work in a folder: one run, all runs or the study of a `liaf-ref run`, or a sweep.

    The configuration and the location of the data are read from the manifest of the folder;
    plugins, which are code, are not. Finished runs are skipped; runs that had not started are
    started.

    example: liaf-ref resume runs/babi-1
    """
    found = find_manifest(args.folder, args.plugins)
    if found is None:
        raise RunError(
            f"{args.folder}: nothing to resume: expected a run, a folder of runs or a sweep, "
            f"got no {MANIFEST_FILE}"
        )
    resolved, name, manifest = found
    manifest = manifest._replace(plugins=args.plugins)
    out = args.folder if name is None else _folder_above(args.folder, resolved)
    if args.data is not None:
        manifest = manifest._replace(
            source=manifest.source._replace(folder=args.data.resolve()),
        )
    if args.cache is not None:
        manifest = manifest._replace(source=manifest.source._replace(cache=args.cache.resolve()))
    if args.dask is None and args.jobs is None:
        if manifest.workers is None:
            raise InputError(
                f"{out}: was run on a Dask cluster; pass --dask ADDRESS to continue there, "
                "or --jobs N to continue on this machine"
            )
        args.jobs = run_options.limited_workers(manifest.workers)
    with with_resume_hint(args.folder, args):
        if name is not None:
            return _resume_runs(manifest, out, [name], None, args)
        if manifest.kind == STUDY:
            return run_study.resume(manifest, out, args)
        files = None if THIS_FOLDER in manifest.configs else out
        return _resume_runs(manifest, out, list(manifest.configs), files, args)


def _resume_runs(
    manifest: Manifest,
    out: Path,
    names: list[str],
    files: Path | None,
    args: argparse.Namespace,
) -> int | Answer:
    """Resume the runs ``names``; write the table and the figure to the folder ``files``."""
    jobs = plan_jobs(manifest, out)
    if args.dask is None and args.jobs == 1 and manifest.kind != SWEEP:
        check_first_data(manifest, [job for job in jobs if job.name in names], out)
    if manifest.kind == SWEEP and files is not None:
        args.out = out
        return sweep.run_sweep(manifest, jobs, args)
    results = run.execute(manifest, jobs, out, args, names)
    own = {name: end for name, end in results.items() if name in names}
    return print_summary(manifest, out, own, args.json, files)


def _folder_above(folder: Path, resolved: Path) -> Path:
    """Return the output folder of a run, spelt as the user did where possible."""
    for above in list(folder.parents)[:2]:
        if above.resolve() == resolved:
            return above
    return resolved
