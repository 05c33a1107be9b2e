"""``liaf-ref run NAME``: train the networks of an experiment; write a table and a figure."""

import argparse
import dataclasses
from collections.abc import Callable, Collection, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from liaf_ref._core.declared import add_options, declarations
from liaf_ref._core.errors import ConfigError, InputError, RunError
from liaf_ref._core.kinds import parse_whole
from liaf_ref.cli import options, run_options
from liaf_ref.cli.options import Answer, Parser, option
from liaf_ref.cli.output import say
from liaf_ref.cli.progress import RunProgress, SweepProgress, print_skipped
from liaf_ref.cli.run_options import make_numbered_dir, with_resume_hint
from liaf_ref.experiments.experiment import AnyExperiment
from liaf_ref.experiments.runner.execute import open_executor
from liaf_ref.experiments.runner.jobs import SMALLER, Job, pending_jobs, plan_jobs, work_order
from liaf_ref.experiments.runner.manifest import MANIFEST_FILE, RUN, SWEEP, Manifest, open_folder
from liaf_ref.experiments.runner.run_manifest import check_first_data, run_jobs
from liaf_ref.experiments.runner.spec import expand_values
from liaf_ref.training.run_folder import diff_config, read_metrics

Estimate = Mapping[str, Any] | None
Finish = Callable[[Path, list[Job], Estimate], int | Answer]


def add(experiments: Any, experiment: AnyExperiment) -> None:
    """Add the command of one experiment to the parser."""
    help_text = ": ".join(filter(None, (experiment.title, experiment.section)))
    parser: Parser = experiments.add_parser(experiment.name, help=help_text)
    for name, flag in experiment.list_fields.items():
        _add_list_option(parser, experiment, name, flag)
    run_options.add_data_options(parser, experiment)
    training = parser.add_argument_group("configuration")
    if experiment.options_class is not None:
        add_options(training, experiment.options_class)
    skip = {*experiment.list_fields, *experiment.unsupported_fields, "experiment"}
    add_options(training, experiment.config_class, skip, experiment.field_choices)
    run_options.add_worker_options(parser)
    where = f"output folder (default: a new runs/{experiment.name}-N)"
    option(parser, "--out DIR", options.any_path, where)
    option(parser, "--resume", bool, "resume the runs in --out; a larger --epochs extends them")
    parser.runs(partial(command, experiment), SMALLER, **run_options.OPTION_NAMES)
    parser.description = f"Train and test the networks of {experiment.title}."
    needed = " --data DIR" if experiment.data_required else ""
    parser.epilog = f"example: liaf-ref run {experiment.name}{needed} --out {experiment.name}"


def _add_list_option(parser: Parser, experiment: AnyExperiment, name: str, flag: str) -> None:
    """Add an option that takes several values of a field; without a default it is required."""
    field = next(each for each in declarations(experiment.config_class) if each.name == name)
    choices, default = experiment.list_choices(name), experiment.list_default(name)
    is_int = field.kind.parse is parse_whole
    own = f"; {flag} of your own need --plugin FILE.py"
    reader = options.int_list(choices) if is_int else options.text_list(choices, flag, own)
    text = field.about.help + ("" if is_int or not choices else f": {','.join(choices)}")
    text += f" (default: {','.join(map(str, default))})" if default else ""
    more: dict[str, Any] = {"dest": name, "required": not default, "metavar": "LIST"}
    parser.add_argument(f"--{flag}", type=reader, default=list(default), help=text, **more)


def command(experiment: AnyExperiment, args: argparse.Namespace) -> int | Answer:
    """Run the experiment; see ``liaf-ref run NAME --help``."""
    from liaf_ref.cli.run_summary import write_summary  # noqa: PLC0415 - not for the parser

    if args.resume and args.out is None:
        raise InputError("--resume: requires --out, the folder of the runs to resume")
    values = options.given_values(args, experiment.options_class, experiment.config_class)
    configs = {experiment.job_name(config): config for config in expand_values(experiment, values)}
    if args.resume and not (args.out / MANIFEST_FILE).exists():
        reason = f"expected runs to resume in {args.out}, got none; start them without --resume"
        raise RunError(f"--resume: {reason}")
    manifest = run_options.make_manifest(RUN, experiment, configs, args, args.resume)
    _check_others(experiment, values, manifest, configs, args.out)
    return work(manifest, args.out, args, partial(write_summary, manifest), configs)


def work(
    manifest: Manifest,
    out: Path | None,
    args: argparse.Namespace,
    finish: Finish,
    names: Collection[str] | None = None,
    resumed: Path | None = None,
) -> int | Answer:
    """Run the unfinished runs, or those among ``names``, and finish with all that have ended."""
    # ``resumed`` is the folder that the user named, the output folder or that of one run in it.
    jobs = {job.name: job for job in plan_jobs(manifest, out)}
    chosen = [job for name, job in jobs.items() if names is None or name in names]
    workers = run_options.local_workers(args)
    estimate = None if resumed else run_options.show_estimate(manifest, chosen, workers)
    if getattr(args, "dry_run", False):
        return finish(Path(), work_order(manifest, chosen), estimate)
    if workers == 1 and manifest.kind != SWEEP:
        check_first_data(manifest, chosen, out)
    restart = getattr(args, "retry_failed", False)
    pending = pending_jobs(manifest, chosen, restart)
    stem = SWEEP if manifest.kind == SWEEP else manifest.study or manifest.experiment.name
    by_job = manifest.kind == SWEEP and names is None
    with open_executor(args.jobs or 1, args.dask, say) as (run, count):
        out = out or make_numbered_dir(stem)
        with with_resume_hint(resumed or out, args):
            with open_folder(out, manifest):
                print_skipped(chosen, by_job)
                progress = (
                    SweepProgress(chosen, {job.name for job in pending})
                    if count > 1 or by_job
                    else RunProgress({job.name: job.config.epochs for job in chosen})
                )
                running = run_jobs(manifest, jobs, pending, out, run, progress.update, restart)
                with closing(progress), closing(running) as ended:
                    for job in ended:
                        jobs[job.name] = job
                        progress.end(job)
            own = {job.name for job in chosen}
            ends = [job for job in jobs.values() if job.result or (job.error and job.name in own)]
            return finish(out, ends, estimate)


def _check_others(
    experiment: AnyExperiment,
    values: dict[str, Any],
    manifest: Manifest,
    configs: dict[str, Any],
    out: Path,
) -> None:
    """Refuse runs whose options, except for epochs, differ from those of others in the folder."""
    own = {name: value for name, value in values.items() if name not in experiment.list_fields}
    for name, config in manifest.configs.items():
        if name in configs:
            continue
        fields = (*experiment.list_fields, *experiment.run_fields, "epochs")
        other = {field: getattr(config, field) for field in fields}
        expected = experiment.make_config(own | other)
        if changes := diff_config(dataclasses.asdict(config), dataclasses.asdict(expected)):
            raise ConfigError(out / name, changes)
        read_metrics(out / name)  # refused now if the figure could not be drawn later
