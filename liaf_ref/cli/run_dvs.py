"""``liaf-ref run mnist-dvs`` and the like: networks of frames, then a table and a figure."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from liaf_ref._core.atomic import remove_temp_files
from liaf_ref._core.errors import InputError, RunError
from liaf_ref._core.locks import directory_lock
from liaf_ref.cli import ablations, manifest, options, write_results
from liaf_ref.cli.default_data import recordings_dir
from liaf_ref.cli.interrupt import with_resume_hint
from liaf_ref.cli.output_dir import RESULT_FILES, make_numbered_dir
from liaf_ref.cli.sequential import partition_results, run_sequential
from liaf_ref.experiments import dvs
from liaf_ref.experiments.babi import DATA_ENV_VAR
from liaf_ref.experiments.choices import EPOCH_SELECTIONS, OPTIMIZERS
from liaf_ref.experiments.data_source import DataSource
from liaf_ref.experiments.dvs import DVSConfig
from liaf_ref.experiments.last_value_cache import LastValueCache
from liaf_ref.experiments.runner import RunFinished
from liaf_ref.training.state import Event

if TYPE_CHECKING:
    from liaf_ref.cli.options import Commands

# Options that replace what the scale says.
SCALE_OVERRIDES = (
    *("epochs", "lr", "batch_size", "patience", "optimizer", "weight_decay", "clip"),
    *("validation_fraction", "select_epoch", "seed", "processes", "stop_after"),
)
SCALE_DURATIONS = {"smoke": "seconds", "small": "minutes", "paper": "the paper's own"}
OPTION_NAMES = {
    "fraction": "--validation-fraction",
    "data_sha256": "the recordings (--data)",
    "validation_by": options.VALIDATION_BY,
}


def add(experiments: "Commands", name: str) -> None:
    """Add the command of one experiment to the parser."""
    known = dvs.experiment_spec(name)
    needed = "" if known.simulate else f" --data {known.title}"
    parser = experiments.add_parser(
        name,
        help=f"{known.title}: {known.section}",
        description=f"Train the network on frames of events of {known.title}: {known.section}.",
        epilog=f"example: liaf-ref run {name}{needed} --cells liaf,lif --scale smoke",
        formatter_class=options.DefaultsHelpFormatter,
    )
    option = parser.add_argument
    layers = f"network types, comma-separated: {','.join(known.cells)}"
    one_of = options.comma_separated(known.cells)
    option(
        "--cells", type=one_of, default=",".join(known.default_cells), metavar="LIST", help=layers
    )
    *shorter, longest = (SCALE_DURATIONS[scale] for scale in known.scales)
    long = f"{', '.join(shorter)} or {longest}"
    option("--scale", choices=tuple(known.scales), default="small", help=long)
    if known.load:
        other = "recordings are simulated" if known.simulate else f"that named by {DATA_ENV_VAR}"
        where = f"the published folder, or its parent (default: {other})"
        option("--data", type=options.dir_path, metavar="DIR", help=where)
        go_on = "use an incomplete data folder as it is"
        option("--partial", action="store_true", help=go_on)
    saved = "cache folder for preprocessed frames"
    option("--cache", type=options.dir_path, metavar="DIR", help=saved)
    _add_training(parser, known)
    if "fold" not in known.unsupported_options:
        several = "N-fold cross-validation over the pooled training and test recordings"
        option("--folds", type=options.bounded_int(2, 1000), metavar="N", help=several)
    ablations.add_ablation_options(parser, known)
    out = f"output folder (default: a new runs/{name}-N)"
    option("--out", type=options.dir_path, metavar="DIR", help=out)
    further = "resume the runs in --out; a larger --epochs extends them"
    option("--resume", action="store_true", help=further)
    option("--json", action="store_true", help="print one JSON document instead of the table")
    parser.set_defaults(command=partial(command, name), data=None, partial=False, folds=None)


def _add_training(parser: argparse.ArgumentParser, experiment: dvs.ExperimentSpec) -> None:
    option, number, positive = parser.add_argument, options.float_value, options.positive_int
    option("--epochs", type=positive, metavar="N", help="number of epochs (default: the scale's)")
    option("--lr", type=number, metavar="X", help="initial learning rate (default: the scale's)")
    size = "batch size, in recordings (default: the scale's)"
    option("--batch-size", type=positive, metavar="N", help=size)
    own = experiment.config_overrides.get("patience")
    usual = "5, convlstm 2" if own is None else f"{own}, so that it is constant"
    wait = "divide the learning rate by 5 after N epochs without a lower validation loss "
    wait += f"(default: {usual})"
    option("--patience", type=positive, metavar="N", help=wait)
    option("--optimizer", choices=OPTIMIZERS, default=DVSConfig.optimizer, help="optimizer")
    decay = "weight decay (L2 penalty; decoupled for adamw; default: the scale's)"
    option("--weight-decay", type=number, metavar="X", help=decay)
    option("--clip", type=number, metavar="X", help="clip gradients to this global norm")
    share = (
        f"fraction of the {experiment.unit} of the training part held out to select the epoch "
        "and schedule the learning rate"
    )
    option(
        "--validation-fraction",
        type=number,
        default=DVSConfig.validation_fraction,
        metavar="X",
        help=share,
    )
    option("--stop-after", type=positive, metavar="N", help=options.EARLY_STOPPING_HELP)
    which = "epoch that is tested: best on validation, or the last"
    option("--select-epoch", choices=EPOCH_SELECTIONS, default=DVSConfig.select_epoch, help=which)
    seeds = "random seed"
    option("--seed", type=options.bounded_int(0), default=DVSConfig.seed, metavar="S", help=seeds)
    share = "data-parallel worker processes (at most the number of cores)"
    option("--processes", type=positive, default=DVSConfig.processes, metavar="N", help=share)


def command(name: str, args: argparse.Namespace) -> int:
    """Run the experiment; see ``liaf-ref run NAME --help``."""
    if args.resume and args.out is None:
        raise InputError("--resume: expected --out with the folder to continue, got none")
    folder = recordings_dir(name, args.data)
    if args.out:
        _check_output_dir(args.out, args.resume)
    source = DataSource(folder, None, args.partial, args.cache)
    last = LastValueCache()

    def data(config: DVSConfig) -> dvs.FrameData:
        """The recordings of a run, read again if the run before was of another fold."""
        load = partial(dvs.load_frames, config, folder, args.partial, args.cache, reading_progress)
        found: dvs.FrameData = last.get(config.fold, load)
        return found

    with options.errors_as_options(**OPTION_NAMES):
        folds = range(1, args.folds + 1) if args.folds else (None,)
        configs = [_config(name, cell, fold, args) for cell in args.cells for fold in folds]
        named = {_run_name(config.cell, config.fold): config for config in configs}
        by_fold = dict(sorted(named.items(), key=lambda item: item[1].fold or 0))
        digests = {}
        for label, config in reversed(by_fold.items()):  # the first to run is the last to be read
            dvs.check_run(data(config), config, args.out and args.out / label, args.resume)
            digests[config.fold] = data(config).sha256
        title = data(configs[0]).description
    out = args.out or make_numbered_dir(Path("runs"), name)
    with directory_lock(out), with_resume_hint(out):
        _check_output_dir(out, args.resume)  # nobody has come in between
        manifest.add_runs(out, name, source, named)

        def begin(config: DVSConfig, where: Path) -> Iterator[Event | RunFinished]:
            return dvs.run(data(config), config, where, args.resume, source)

        done, failed = partition_results(run_sequential(by_fold, begin, out))
        remove_temp_files(out)
        if not done:
            return 1
        rows = {label: done[label] for label in named if label in done}
        digest = [digests[fold] for fold in folds] if args.folds else digests[None]
        otherwise = ablations.describe_ablations(configs[0])
        write_results.write_dvs(rows, title, digest, out, args.json, otherwise)
    return 1 if failed else 0


def _config(name: str, cell: str, fold: int | None, args: argparse.Namespace) -> DVSConfig:
    given = {
        option: getattr(args, option) for option in SCALE_OVERRIDES
    } | ablations.ablation_values(args)
    own: dict[str, Any] = {option: value for option, value in given.items() if value is not None}
    usual = DVSConfig.default(name, cell, args.scale)
    return replace(usual, **own, fold=fold, folds=args.folds)


def _run_name(cell: str, fold: int | None) -> str:
    """Name of a run's folder."""
    return cell if fold is None else f"{cell}-fold{fold}"


def reading_progress(numbers: Sequence[int]) -> Iterator[int]:
    """Show how many recordings have been read, in a terminal."""
    shown = sys.stderr.isatty()
    yield from tqdm(numbers, "reading", unit="recording", leave=False, disable=not shown)


def _check_output_dir(out: Path, resume: bool) -> None:
    """Refuse a folder with runs that are not to go on, or without any to go on with."""
    started = [path.parent for path in out.glob("*/run.json")]
    held = [name for name in RESULT_FILES if (out / name).exists()]
    if resume and not started:
        raise RunError(
            f"--resume: expected runs in {out} to continue, got none; start them without --resume"
        )
    if started and not resume:
        raise RunError(
            f"{started[0]}: holds a run already; pass --resume to continue it, "
            "or choose another folder with --out"
        )
    if held and not resume:
        raise RunError(f"{out}: holds {held[0]} already; choose another folder with --out")
