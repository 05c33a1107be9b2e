"""``liaf-ref run STUDY``, such as degradation: train or load networks, then measure them."""

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from liaf_ref._core.atomic import remove_temp_files, write_atomic
from liaf_ref._core.declared import add_options
from liaf_ref._core.errors import FormatError, InputError
from liaf_ref._core.locks import directory_lock
from liaf_ref._core.safe_load import MAX_TEXT_BYTES, read_bytes
from liaf_ref.cli import options, run_options
from liaf_ref.cli.options import Answer, given_values, option
from liaf_ref.cli.progress import Line
from liaf_ref.cli.run import Estimate, work
from liaf_ref.cli.run_options import make_numbered_dir
from liaf_ref.cli.run_summary import print_errors
from liaf_ref.experiments.dvs import DVSConfig
from liaf_ref.experiments.registry import EXPERIMENTS, find_experiment, find_study
from liaf_ref.experiments.runner.jobs import SMALLER, Job
from liaf_ref.experiments.runner.manifest import MANIFEST_FILE, STUDY, Manifest, read_manifest
from liaf_ref.experiments.study import Study, StudyConfig, load_trained_network
from liaf_ref.report.studies import STUDY_REPORTS
from liaf_ref.training.run_folder import RunFolder, read_run_json

OUTPUT_FILES = ("table.md", "figure.png", "run.json")
PRINTED_KEYS = ("config", "versions", "result")


def add(experiments: Any, study: Study) -> None:
    """Add the command of one study to the parser."""
    cells = " and ".join(study.cells)
    parser: options.Parser = experiments.add_parser(
        study.name, help=f"{study.section}: train {cells}, then measure"
    )
    add_options(parser, StudyConfig)
    done = f"measure the networks of this folder of a `liaf-ref run` with {cells}, "
    option(parser, "--run DIR", options.any_path, f"{done}instead of training new ones")
    run_options.add_data_options(parser, EXPERIMENTS[StudyConfig.on])
    run_options.add_worker_options(parser)
    out = f"output folder (default: a new runs/{study.name}-N)"
    option(parser, "--out DIR", options.any_path, out)
    parser.runs(partial(command, study), SMALLER, **run_options.OPTION_NAMES)
    parser.description = study.description
    parser.epilog = (
        f"example: liaf-ref run {study.name} --scale smoke --out {study.name}\n"
        f"         liaf-ref run {study.name} --run runs/mnist-dvs-1"
    )


def command(study: Study, args: argparse.Namespace) -> int | Answer:
    """Run the study; see ``liaf-ref run NAME --help``."""
    start, given = time.perf_counter(), given_values(args, StudyConfig)
    if args.run:
        configs = _trained_configs(study, args, given)
    else:
        configs = {cell: StudyConfig(**given).training_config(cell) for cell in study.cells}
    experiment = find_experiment(configs[study.cells[0]].experiment)
    manifest = run_options.make_manifest(
        STUDY, experiment, dict(configs), args, extend=False, study=study.name
    )
    if args.run:
        return _measure_and_write(manifest, args.run, args.out, start)
    return work(manifest, args.out, args, partial(_measure_trained, manifest, start))


def resume(manifest: Manifest, out: Path, args: argparse.Namespace) -> int | Answer:
    """Train the remaining networks, and measure."""
    study = find_study(manifest.study)
    if set(manifest.configs) != set(study.cells):
        expected = f"expected runs of {' and '.join(study.cells)} for {study.name}"
        raise FormatError(out, f"{expected}, got {', '.join(manifest.configs)}")
    if all((out / name).exists() for name in OUTPUT_FILES):
        print(f"{study.name}: already finished, skipped", file=sys.stderr)
        return read_answer(out)
    finish = partial(_measure_trained, manifest, time.perf_counter())
    return work(manifest, out, args, finish, resumed=out)


def _measure_trained(
    manifest: Manifest, start: float, out: Path, jobs: Sequence[Job], _: Estimate
) -> int | Answer:
    return print_errors(jobs) or _measure_and_write(manifest, out, out, start)


def read_answer(out: Path) -> Answer:
    """The results of a study that has finished."""
    record = read_run_json(out)
    config = record.get("config")
    if not isinstance(config, dict) or not config.keys() >= {"data", "scale", "seed"}:
        reason = "expected the record of a study, with data, scale and seed, got another"
        raise FormatError(out / "run.json", reason)
    content = read_bytes(out / "table.md", "a study's table", MAX_TEXT_BYTES)
    table = content.decode("utf-8", "replace").rstrip("\n")
    heading = f"{config['data']}, scale {config['scale']}, seed {config['seed']}"
    places = f"table: {out / 'table.md'}   figure: {out / 'figure.png'}   run: {out / 'run.json'}"
    document = {name: record.get(name) for name in PRINTED_KEYS}
    return Answer(document, f"\n{heading}\n\n{table}\n\n{places}")


def _measure_and_write(manifest: Manifest, folder: Path, out: Path | None, start: float) -> Answer:
    """Measure the trained networks in a folder, and write the results."""
    study, configs = find_study(manifest.study), manifest.configs
    first = next(iter(configs.values()))
    data = manifest.experiment.load_shared(first, manifest.source)
    trained = {
        cell: load_trained_network(config, data, folder / cell) for cell, config in configs.items()
    }
    out = out or make_numbered_dir(study.name)  # now that the networks could be read
    # Everything that determines the results.
    record = {
        "experiment": study.name,
        "seed": first.seed,
        "scale": first.scale,
        "networks": {cell: asdict(config) for cell, config in configs.items()},
        "data": data.description,
        "data_sha256": data.sha256,
        "run": None if folder == out else str(folder),
    }
    report = STUDY_REPORTS[study.name]
    with directory_lock(out):
        with closing(Line(study.name)) as line:
            result = report.with_printed(study.measure(trained, line.report))
        write_atomic(out / "table.md", report.to_markdown(result).encode() + b"\n")
        write_atomic(out / "figure.png", report.plot_png(result))
        seconds = round(time.perf_counter() - start, 3)
        RunFolder(out, record, study.name, data.description).write_run_json(
            status="finished", seconds=seconds, result=result
        )
        remove_temp_files(out)
    return read_answer(out)


def _trained_configs(
    study: Study, args: argparse.Namespace, given: Mapping[str, Any]
) -> dict[str, DVSConfig]:
    """Configurations of the trained networks of ``--run``."""
    for name, value in given.items():
        reason = "cannot be combined with --run, whose records define it"
        raise InputError(f"--{name}: {reason}, got {value}")
    has_runs = (args.run / MANIFEST_FILE).exists()
    configs = read_manifest(args.run, args.plugins).configs if has_runs else {}
    if absent := [cell for cell in study.cells if cell not in configs]:
        expected = f"expected a folder with runs of {' and '.join(study.cells)}"
        raise InputError(f"--run: {expected}, got no {' and no '.join(absent)} in {args.run}")
    return {cell: configs[cell] for cell in study.cells}
