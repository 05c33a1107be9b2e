"""``liaf-ref run babi``: every cell on every task, then a table and a figure."""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from liaf_ref._core.atomic import remove_temp_files
from liaf_ref._core.errors import InputError
from liaf_ref._core.locks import directory_lock
from liaf_ref.cli import manifest as runs
from liaf_ref.cli import options, output_dir, plugins, write_results
from liaf_ref.cli.interrupt import with_resume_hint
from liaf_ref.cli.output_dir import RunId
from liaf_ref.cli.sequential import partition_results, run_sequential
from liaf_ref.data.babi import EDITIONS, Task
from liaf_ref.experiments import babi
from liaf_ref.experiments.babi import (
    CONDITIONS,
    EPOCH_SELECTIONS,
    OPTIMIZERS,
    BabiConfig,
    condition_settings,
)
from liaf_ref.experiments.data_source import DataSource
from liaf_ref.experiments.runner import RunFinished
from liaf_ref.networks.babi import PADDINGS
from liaf_ref.networks.cells import CELL_FACTORIES
from liaf_ref.training.run_folder import RunFolder
from liaf_ref.training.state import Event

if TYPE_CHECKING:
    from liaf_ref.cli.options import Commands

# What else than an option of its name an argument or a fact of a run came from.
OPTION_NAMES = {
    "fraction": "--validation-fraction",
    "data_sha256": "the text (--data, --edition, --generated)",
}


def add(experiments: "Commands") -> None:
    """Add the command to the parser."""
    parser = experiments.add_parser(
        "babi",
        help="bAbI question answering, Section VI-A, Table III",
        description="Train the network of Fig. 5 with each temporal layer on bAbI tasks.",
        epilog=(
            "example: liaf-ref run babi --tasks 1 --cells liaf,lif,rnn,lstm,gru "
            "--data tasks_1-20_v1-2 --epochs 60"
        ),
        formatter_class=options.DefaultsHelpFormatter,
    )
    option = parser.add_argument
    which = "tasks, such as 1,6,11-13"
    option("--tasks", type=options.task_list, default="1", metavar="LIST", help=which)
    layers = "temporal layers of Fig. 5"
    option(
        "--cells",
        type=options.cell_list,
        default=",".join(CELL_FACTORIES),
        metavar="LIST",
        help=layers,
    )
    _add_data(parser)
    _add_training(parser)
    plugins.add_option(parser)
    where = "output folder (default: a new runs/babi-N)"
    option("--out", type=options.dir_path, metavar="DIR", help=where)
    further = "resume the runs in --out; a larger --epochs extends them"
    option("--resume", action="store_true", help=further)
    option("--json", action="store_true", help="print one JSON document instead of the table")
    parser.set_defaults(command=command)


def _add_data(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--data",
        type=options.dir_path,
        metavar="DIR",
        help="the published folder tasks_1-20_v1-2, or its parent; by default the "
        f"folder named by {babi.DATA_ENV_VAR} if that is set, else generated text",
    )
    source.add_argument(
        "--generated", action="store_true", help="generated text, the same for a seed"
    )
    which = f"published edition, one of {', '.join(EDITIONS)}; en unless --data is another"
    parser.add_argument("--edition", metavar="NAME", help=which)


def _add_training(parser: argparse.ArgumentParser) -> None:
    option, number, positive = parser.add_argument, options.float_value, options.positive_int
    which = "training condition of Table III: ec (equivalent) or fc (fine-tuned); sets the epochs "
    which += "and learning rate of each task and cell"
    option("--condition", choices=CONDITIONS, default="ec", help=which)
    passes = f"number of epochs (default: the condition's, {BabiConfig.epochs} for ec)"
    option("--epochs", type=positive, metavar="N", help=passes)
    rate = f"learning rate (default: the condition's, {BabiConfig.lr} for ec)"
    option("--lr", type=number, metavar="X", help=rate)
    size = "batch size, in questions"
    option("--batch-size", type=positive, default=BabiConfig.batch_size, metavar="N", help=size)
    option("--optimizer", choices=OPTIMIZERS, default=BabiConfig.optimizer, help="optimizer")
    decay = "weight decay (L2 penalty; decoupled for adamw)"
    option("--weight-decay", type=number, default=BabiConfig.weight_decay, metavar="X", help=decay)
    option("--clip", type=number, metavar="X", help="clip gradients to this global norm")
    share = "fraction of the training stories held out to select the epoch"
    option(
        "--validation-fraction",
        type=number,
        default=BabiConfig.validation_fraction,
        metavar="X",
        help=share,
    )
    which = "epoch that is tested: best on validation, or the last"
    option("--select-epoch", choices=EPOCH_SELECTIONS, default=BabiConfig.select_epoch, help=which)
    zeros = "zero padding before a story: treat as tokens, or skip"
    option("--padding", choices=PADDINGS, default=BabiConfig.padding, help=zeros)
    option("--stop-after", type=positive, metavar="N", help=options.EARLY_STOPPING_HELP)
    watch = "record the test accuracy after every epoch (never used for selection)"
    option("--track-test", action="store_true", help=watch)
    seeds = "random seed"
    option("--seed", type=options.bounded_int(0), default=BabiConfig.seed, metavar="S", help=seeds)


def command(args: argparse.Namespace) -> int:
    """Run the experiment; see ``liaf-ref run babi --help``."""
    if args.resume and args.out is None:
        raise InputError("--resume: expected --out with the folder to continue, got none")
    asked = [RunId(task, cell) for task in args.tasks for cell in args.cells]
    folder = None if args.generated else args.data or babi.data_dir_from_env()
    with options.errors_as_options(**OPTION_NAMES):
        configs = [_config(args, run) for run in asked]
        tasks = {
            n: babi.load_or_generate_task(n, folder, args.edition, args.seed) for n in args.tasks
        }
        for run, config in zip(asked, configs, strict=True):
            babi.check_run(tasks[run.task], config, args.out and args.out / run.name, args.resume)
        before = output_dir.existing_runs(args.out, asked, args.resume) if args.out else []
        for run in before:
            if run.task not in tasks:
                tasks[run.task] = babi.load_or_generate_task(
                    run.task, folder, args.edition, args.seed
                )
            _check_existing_run(args, run, tasks[run.task])
    out = args.out or output_dir.make_numbered_dir(Path("runs"), "babi")
    names = {run.name: config for run, config in zip(asked, configs, strict=True)}
    source = DataSource(folder, args.edition)
    with directory_lock(out), with_resume_hint(out):
        output_dir.existing_runs(out, asked, args.resume)  # nobody has come in between
        runs.add_runs(out, "babi", source, names)

        def begin(config: BabiConfig, where: Path) -> Iterator[Event | RunFinished]:
            return babi.run(tasks[config.task], config, where, args.resume, source)

        rows, failed = partition_results(run_sequential(names, begin, out))
        remove_temp_files(out)
        if not rows:
            return 1
        rows |= output_dir.load_finished_rows(out, before, next(iter(rows.values())))
        digests = {n: task.sha256 for n, task in tasks.items()}
        rates = {config.lr for config in configs}
        write_results.write_babi(rows, digests, folder, rates, out, args.json)
    return 1 if failed else 0


def _config(args: argparse.Namespace, run: RunId) -> BabiConfig:
    usual = condition_settings(args.condition, run.task, run.cell)
    return BabiConfig(
        task=run.task,
        cell=run.cell,
        epochs=usual.epochs if args.epochs is None else args.epochs,
        lr=usual.lr if args.lr is None else args.lr,
        seed=args.seed,
        batch_size=args.batch_size,
        optimizer=args.optimizer,
        weight_decay=args.weight_decay,
        clip=args.clip,
        validation_fraction=args.validation_fraction,
        select_epoch=args.select_epoch,
        padding=args.padding,
        track_test=args.track_test,
        stop_after=args.stop_after,
    )


def _check_existing_run(args: argparse.Namespace, run: RunId, task: Task) -> None:
    """Refuse a run that would stand in one table with others, but differs in more than epochs."""
    folder = args.out / run.name
    before = RunFolder(folder, {}).read_run_json().get("config")
    epochs = before.get("epochs") if isinstance(before, dict) else None
    config = _config(args, run)
    if isinstance(epochs, int):
        config = replace(config, epochs=epochs)
    babi.check_run(task, config, folder, resume=True)
    RunFolder(folder, {}).read_metrics()
