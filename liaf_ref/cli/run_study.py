"""``liaf-ref run degradation`` and the like: networks trained or found, measured, written."""

import argparse
import json
import shlex
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from liaf_ref._core.atomic import remove_temp_files, write_atomic
from liaf_ref._core.errors import FormatError, InputError, RunError
from liaf_ref._core.locks import directory_lock
from liaf_ref._core.safe_load import MAX_TEXT_BYTES, read_bytes
from liaf_ref.cli import manifest, options
from liaf_ref.cli.default_data import recordings_dir
from liaf_ref.cli.interrupt import with_resume_hint
from liaf_ref.cli.output_dir import make_numbered_dir
from liaf_ref.cli.progress import LINE_INTERVAL
from liaf_ref.cli.run_dvs import reading_progress
from liaf_ref.cli.sequential import partition_results, run_sequential
from liaf_ref.cli.studies import STUDIES, Study
from liaf_ref.experiments import dvs
from liaf_ref.experiments.data_source import DataSource
from liaf_ref.experiments.dvs import EXPERIMENT_SPECS, SCALES, DVSConfig, FrameData
from liaf_ref.experiments.runner import RunFinished
from liaf_ref.experiments.trained_network import TrainedNetwork, load_config, load_trained_network
from liaf_ref.training.run_folder import RunFolder, library_versions
from liaf_ref.training.state import Event

if TYPE_CHECKING:
    from liaf_ref.cli.options import Commands

DEFAULT_EXPERIMENT, DEFAULT_SCALE = "mnist-dvs", "small"
OUTPUT_FILES = ("table.md", "figure.png", "run.json")
PRINTED_KEYS = ("config", "versions", "result")
RECORDED_OPTIONS = (
    "on",
    "scale",
    "epochs",
    "seed",
)  # what the runs of --run have in their own record


def add(experiments: "Commands", name: str) -> None:
    """Add the command of one study to the parser."""
    study = STUDIES[name]
    parser = experiments.add_parser(
        name,
        help=f"{study.section}, trains the networks it needs",
        description=study.description,
        epilog=f"example: liaf-ref run {name} --scale smoke --out {name}\n"
        f"         liaf-ref run {name} --run runs/mnist-dvs-1",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    which = f"experiment whose networks are trained, one of {', '.join(EXPERIMENT_SPECS)} "
    which += f"(default: {DEFAULT_EXPERIMENT})"
    option("--on", choices=EXPERIMENT_SPECS, metavar="NAME", help=which)
    size = f"seconds, minutes, or the paper's own: {', '.join(SCALES)} (default: {DEFAULT_SCALE})"
    option("--scale", choices=SCALES, metavar="SCALE", help=size)
    passes = "number of epochs (default: the scale's)"
    option("--epochs", type=options.positive_int, metavar="N", help=passes)
    seed = f"random seed (default: {DVSConfig.seed})"
    option("--seed", type=options.bounded_int(0), metavar="S", help=seed)
    cells = " and ".join(study.cells)
    done = f"folder of a `liaf-ref run` with {cells}: measure its networks, train none"
    option("--run", type=options.dir_path, metavar="DIR", help=done)
    where = "the published folder, or its parent (default: simulated recordings)"
    option("--data", type=options.dir_path, metavar="DIR", help=where)
    go_on = "use an incomplete data folder as it is"
    option("--partial", action="store_true", help=go_on)
    saved = "cache folder for preprocessed frames"
    option("--cache", type=options.dir_path, metavar="DIR", help=saved)
    out = f"output folder (default: a new runs/{name}-N)"
    option("--out", type=options.dir_path, metavar="DIR", help=out)
    option("--json", action="store_true", help="print one JSON document instead of the table")
    parser.set_defaults(command=partial(command, name))


def command(name: str, args: argparse.Namespace) -> int:
    """Run the study; see ``liaf-ref run NAME --help``."""
    began, study = time.perf_counter(), STUDIES[name]
    configs = _trained_configs(study, args) if args.run else _training_configs(study, args)
    first = configs[study.cells[0]]
    if args.out:
        _check_output_dir(args.out)
    source = DataSource(recordings_dir(first.experiment, args.data), None, args.partial, args.cache)
    with options.errors_as_options(fraction="--validation-fraction", data="--data"):
        data = dvs.load_frames(first, source.folder, args.partial, args.cache, reading_progress)
        if not args.run:
            for config in configs.values():
                dvs.check_run(data, config)
    trained = _load_trained(configs, data, args.run) if args.run else None
    out = args.out or make_numbered_dir(Path("runs"), name)
    with directory_lock(out):
        _check_output_dir(out)  # nobody has come in between
        if trained is not None:
            return _measure_and_write(
                _study_config(name, configs, data, args.run), trained, out, began, args.json
            )
        with with_resume_hint(out):
            manifest.add_runs(out, first.experiment, source, configs, name)

            def begin(config: DVSConfig, where: Path) -> Iterator[Event | RunFinished]:
                return dvs.run(data, config, where, source=source)

            _, failed = partition_results(run_sequential(configs, begin, out))
            if failed:
                return 1
            return measure_trained(name, configs, data, out, began, args.json)


def measure_trained(
    name: str,
    configs: Mapping[str, DVSConfig],
    data: FrameData,
    out: Path,
    start_time: float,
    as_json: bool,
) -> int:
    """Measure the networks that a folder holds; write and print what comes out."""
    trained = _load_trained(configs, data, out)
    return _measure_and_write(_study_config(name, configs, data), trained, out, start_time, as_json)


def print_if_finished(out: Path, as_json: bool) -> bool:
    """Print what a study came to, if it has ended."""
    if not all((out / name).exists() for name in OUTPUT_FILES):
        return False
    record = RunFolder(out, {}).read_run_json()
    text = record.get("config")
    if not isinstance(text, dict) or not text.keys() >= {"data", "scale", "seed"}:
        raise FormatError(out / "run.json", "expected the record of a study")
    content = read_bytes(out / "table.md", "a study's table", MAX_TEXT_BYTES)
    table = content.decode("utf-8", "replace").rstrip("\n")
    _print_results(out, {name: record.get(name) for name in PRINTED_KEYS}, table, as_json)
    return True


def _measure_and_write(
    study_config: dict[str, Any],
    trained: Mapping[str, TrainedNetwork],
    out: Path,
    start_time: float,
    as_json: bool,
) -> int:
    study = STUDIES[study_config["experiment"]]
    with _progress_reporter(study.name) as say:
        result = study.measure(trained, say)
    table = study.to_markdown(result)
    write_atomic(out / "table.md", table.encode() + b"\n")
    write_atomic(out / "figure.png", study.plot_png(result))
    seconds = round(time.perf_counter() - start_time, 3)
    RunFolder(out, study_config).write_run_json(status="finished", seconds=seconds, result=result)
    remove_temp_files(out)
    _print_results(
        out,
        {"config": study_config, "versions": library_versions(), "result": result},
        table,
        as_json,
    )
    return 0


def _print_results(out: Path, document: dict[str, Any], table: str, as_json: bool) -> None:
    if as_json:
        print(json.dumps(document, indent=2))
        return
    text = document["config"]
    print(f"\n{text['data']}, scale {text['scale']}, seed {text['seed']}\n\n{table}\n")
    print(f"table: {out / 'table.md'}   figure: {out / 'figure.png'}   run: {out / 'run.json'}")


def _study_config(
    name: str, configs: Mapping[str, DVSConfig], data: FrameData, run_dir: Path | None = None
) -> dict[str, Any]:
    """All that decides the results, for run.json."""
    first = next(iter(configs.values()))
    return {
        "experiment": name,
        "seed": first.seed,
        "scale": first.scale,
        "networks": {cell: asdict(config) for cell, config in configs.items()},
        "data": data.description,
        "data_sha256": data.sha256,
        "run": run_dir and str(run_dir),
    }


def _training_configs(study: Study, args: argparse.Namespace) -> dict[str, DVSConfig]:
    """Configurations of the networks to train."""
    on, scale = args.on or DEFAULT_EXPERIMENT, args.scale or DEFAULT_SCALE
    usual = {cell: DVSConfig.default(on, cell, scale) for cell in study.cells}
    own: dict[str, Any] = {"seed": DVSConfig.seed if args.seed is None else args.seed}
    own |= {"epochs": args.epochs} if args.epochs else {}
    return {cell: replace(config, **own) for cell, config in usual.items()}


def _trained_configs(study: Study, args: argparse.Namespace) -> dict[str, DVSConfig]:
    """Configurations of the networks that have been trained."""
    for option in RECORDED_OPTIONS:
        if getattr(args, option) is not None:
            reason = "cannot be combined with --run; the runs' records define it"
            raise InputError(f"--{option}: {reason}, got {getattr(args, option)}")
    absent = [cell for cell in study.cells if not (args.run / cell / "run.json").exists()]
    if absent:
        expected = f"expected a folder with runs {' and '.join(study.cells)}"
        raise InputError(f"--run: {expected}, got none of {', '.join(absent)} in {args.run}")
    return {cell: load_config(args.run / cell) for cell in study.cells}


def _check_output_dir(out: Path) -> None:
    held = [name for name in (*reversed(OUTPUT_FILES), manifest.FILENAME) if (out / name).exists()]
    held += [path.parent.name for path in out.glob("*/run.json")]
    if held:
        started = (
            manifest.read_manifest(out)
            if manifest.FILENAME in held and OUTPUT_FILES[-1] not in held
            else None
        )
        again = f"liaf-ref resume {shlex.quote(str(out))} continues it, or "
        go_on = again if started and started.study else ""
        raise RunError(f"{out}: holds {held[0]} already; {go_on}choose another folder with --out")


def _load_trained(
    configs: Mapping[str, DVSConfig], data: FrameData, folder: Path
) -> dict[str, TrainedNetwork]:
    return {
        cell: load_trained_network(config, data, folder / cell) for cell, config in configs.items()
    }


@contextmanager
def _progress_reporter(name: str) -> Iterator[Callable[[str], None]]:
    """Show what is being done: in place in a terminal, a line now and then elsewhere."""
    shown = sys.stderr.isatty()
    last = time.monotonic()
    with tqdm(desc=name, bar_format="{desc}  {elapsed}", disable=not shown, leave=False) as bar:

        def say(what: str) -> None:
            nonlocal last
            bar.set_description_str(f"{name}  {what}")
            if not shown and time.monotonic() - last >= LINE_INTERVAL:
                last = time.monotonic()
                print(f"{name}  {what}", file=sys.stderr, flush=True)

        yield say
