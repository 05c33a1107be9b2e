"""``liaf-ref run babi``: every cell on every task, then a table and a figure."""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from liaf_ref.cli import options, outcome
from liaf_ref.cli.outcome import Run
from liaf_ref.cli.progress import Progress
from liaf_ref.data.babi import EDITIONS, Task, is_published
from liaf_ref.errors import InputError, TrainingError
from liaf_ref.experiments import babi
from liaf_ref.experiments.babi import CONDITIONS, OPTIMISERS, SELECTIONS, Config, condition
from liaf_ref.files import remove_leftovers
from liaf_ref.networks.babi import PADDINGS
from liaf_ref.networks.cells import CELLS
from liaf_ref.training.record import RunFolder, versions

if TYPE_CHECKING:
    from liaf_ref.cli.options import Commands

# What else than an option of its name an argument or a fact of a run came from.
NAMES = {"fraction": "--validation", "data_sha256": "the text (--data, --edition, --generated)"}


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
        formatter_class=options.Defaults,
    )
    option = parser.add_argument
    which = "tasks, such as 1,6,11-13"
    option("--tasks", type=options.numbers, default="1", metavar="LIST", help=which)
    layers = "temporal layers of Fig. 5"
    option("--cells", type=options.cells, default=",".join(CELLS), metavar="LIST", help=layers)
    _add_data(parser)
    _add_training(parser)
    where = "folder for table, figure and runs; a new runs/babi-N without it"
    option("--out", type=options.folder, metavar="DIR", help=where)
    further = "continue the runs found in --out; with more --epochs, lengthen them"
    option("--resume", action="store_true", help=further)
    option("--json", action="store_true", help="print one JSON document instead of the table")
    parser.set_defaults(command=command)


def _add_data(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--data",
        type=options.folder,
        metavar="DIR",
        help="the published folder tasks_1-20_v1-2, or the folder around it; without it the "
        f"folder named by {babi.DATA_VARIABLE} if that is set, else generated text",
    )
    source.add_argument(
        "--generated", action="store_true", help="generated text, the same for a seed"
    )
    which = f"published edition, one of {', '.join(EDITIONS)}; en unless --data is another"
    parser.add_argument("--edition", metavar="NAME", help=which)


def _add_training(parser: argparse.ArgumentParser) -> None:
    option, number, positive = parser.add_argument, options.number, options.positive
    which = "Table III's equivalent or fine-tuned one; says epochs and rate of task and cell"
    option("--condition", choices=CONDITIONS, default="ec", help=which)
    passes = f"passes over the data (default: the condition's, {Config.epochs} under ec)"
    option("--epochs", type=positive, metavar="N", help=passes)
    rate = f"learning rate (default: the condition's, {Config.lr} under ec)"
    option("--lr", type=number, metavar="X", help=rate)
    size = "questions per step"
    option("--batch-size", type=positive, default=Config.batch_size, metavar="N", help=size)
    option("--optimiser", choices=OPTIMISERS, default=Config.optimiser, help="update rule")
    decay = "L2 in the gradient; decoupled with adamw"
    option("--weight-decay", type=number, default=Config.weight_decay, metavar="X", help=decay)
    option("--clip", type=number, metavar="X", help="largest joint norm of the gradients")
    share = "share of the training stories set aside to choose the epoch"
    option("--validation", type=number, default=Config.validation, metavar="X", help=share)
    which = "which epoch the test questions see"
    option("--select", choices=SELECTIONS, default=Config.select, help=which)
    zeros = "whether zeros before a story are tokens as any others, or a story begins behind them"
    option("--padding", choices=PADDINGS, default=Config.padding, help=zeros)
    watch = "record how the test questions fare after every epoch; nothing is chosen by it"
    option("--watch-test", action="store_true", help=watch)
    seeds = "seeds all that is drawn"
    option("--seed", type=options.whole(0), default=Config.seed, metavar="S", help=seeds)


def command(args: argparse.Namespace) -> int:
    """Run the experiment; see ``liaf-ref run babi --help``."""
    if args.resume and args.out is None:
        raise InputError("--resume: expected --out with the folder to continue, got none")
    asked = [Run(task, cell) for task in args.tasks for cell in args.cells]
    folder = None if args.generated else args.data or babi.default_folder()
    with options.named(**NAMES):
        configs = [_config(args, run) for run in asked]
        tasks = {n: babi.load(n, folder, args.edition, args.seed) for n in args.tasks}
        for run, config in zip(asked, configs, strict=True):
            babi.check(tasks[run.task], config, args.out and args.out / run.name, args.resume)
        before = outcome.others(args.out, asked, args.resume) if args.out else []
        for run in before:
            if run.task not in tasks:
                tasks[run.task] = babi.load(run.task, folder, args.edition, args.seed)
            _check_kept(args, run, tasks[run.task])
    out = args.out or outcome.new_folder(Path("runs"), "babi")
    try:
        results, failures = _run_all(configs, tasks, out, args.resume)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"; to continue, pass --resume --out {out}") from None
    remove_leftovers(out)
    for name, error in failures.items():
        print(f"liaf-ref: error: {name}: {error}", file=sys.stderr)
    if not results:
        return 1
    results += outcome.kept(out, before, results[0])
    genuine = all(is_published(task) for task in tasks.values())
    document = {
        "experiment": "babi",
        "data": _describe(folder, genuine, tasks),
        "versions": versions(),
        "results": results,
    }
    table = outcome.write(out, document, genuine)
    if args.json:
        print(json.dumps(document, indent=2))
    else:
        rates = ", ".join(map(str, sorted({config.lr for config in configs})))
        print(f"\nbAbI, {document['data']}, seed {args.seed}, lr {rates}\n\n{table}\n")
        print(f"table: {out / 'table.md'}   figure: {out / 'figure.png'}   runs: {out}")
    return 1 if failures else 0


def _config(args: argparse.Namespace, run: Run) -> Config:
    usual = condition(args.condition, run.task, run.cell)
    return Config(
        task=run.task,
        cell=run.cell,
        epochs=usual.epochs if args.epochs is None else args.epochs,
        lr=usual.lr if args.lr is None else args.lr,
        seed=args.seed,
        batch_size=args.batch_size,
        optimiser=args.optimiser,
        weight_decay=args.weight_decay,
        clip=args.clip,
        validation=args.validation,
        select=args.select,
        padding=args.padding,
        watch_test=args.watch_test,
    )


def _check_kept(args: argparse.Namespace, run: Run, task: Task) -> None:
    """Refuse a run that would stand in one table with others, but differs in more than epochs."""
    folder = args.out / run.name
    before = RunFolder(folder, {}).read().get("config")
    epochs = before.get("epochs") if isinstance(before, dict) else None
    config = _config(args, run)
    if isinstance(epochs, int):
        config = replace(config, epochs=epochs)
    babi.check(task, config, folder, resume=True)
    RunFolder(folder, {}).metrics()


def _run_all(
    configs: list[Config], tasks: dict[int, Task], out: Path, resume: bool
) -> tuple[list[dict[str, Any]], dict[str, TrainingError]]:
    """Results of the runs that ended, and why the others did not."""
    results: list[dict[str, Any]] = []
    failures: dict[str, TrainingError] = {}
    for config in configs:
        name = Run(config.task, config.cell).name
        try:
            with Progress(name, config.epochs, sys.stderr) as progress:
                for event in babi.run(tasks[config.task], config, out / name, resume):
                    if isinstance(event, babi.Finished):
                        results.append(event.result)
                    else:
                        progress.show(event)
        except TrainingError as error:
            failures[name] = error
    return results, failures


def _describe(folder: Path | None, genuine: bool, tasks: dict[int, Task]) -> str:
    if folder is None:
        return "generated text"
    digests = ", ".join(f"QA{n} sha256 {task.sha256[:12]}" for n, task in tasks.items())
    return f"published text ({digests})" if genuine else f"text of {folder} ({digests})"
