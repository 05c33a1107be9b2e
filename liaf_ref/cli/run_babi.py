"""``liaf-ref run babi``: every cell on every task, then a table and a figure."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from liaf_ref.cli import options
from liaf_ref.cli.progress import Progress
from liaf_ref.data.babi import EDITIONS, Task, is_published
from liaf_ref.door import check_choice
from liaf_ref.errors import InputError, RunError, TrainingError
from liaf_ref.experiments import babi
from liaf_ref.experiments.babi import OPTIMISERS, SELECTIONS, Config
from liaf_ref.files import remove_leftovers, write_atomic
from liaf_ref.networks.babi import CELLS
from liaf_ref.report import table03
from liaf_ref.training.record import RunFolder, versions

if TYPE_CHECKING:
    from liaf_ref.cli.options import Commands

Curves = dict[tuple[int, str], list[float]]


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
    option("--out", type=Path, metavar="DIR", help=where)
    option("--resume", action="store_true", help="continue the runs found in --out")
    option("--json", action="store_true", help="print one JSON document instead of the table")
    parser.set_defaults(command=command)


def _add_data(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="the published folder tasks_1-20_v1-2, or the folder around it; without it the "
        f"folder named by {babi.DATA_VARIABLE} if that is set, else generated text",
    )
    source.add_argument(
        "--generated", action="store_true", help="generated text (tasks 1, 6, 11, 12, 13)"
    )
    parser.add_argument("--edition", default="en", help="published edition: en, en-10k, ...")


def _add_training(parser: argparse.ArgumentParser) -> None:
    option = parser.add_argument
    option("--epochs", type=int, default=Config.epochs, metavar="N", help="passes over the data")
    option("--lr", type=float, default=Config.lr, metavar="X", help="learning rate")
    option("--batch-size", type=int, default=Config.batch_size, metavar="N", help="per step")
    option("--optimiser", choices=OPTIMISERS, default=Config.optimiser, help="update rule")
    decay = "L2 in the gradient; decoupled with adamw"
    option("--weight-decay", type=float, default=Config.weight_decay, metavar="X", help=decay)
    option("--clip", type=float, metavar="X", help="largest joint norm of the gradients")
    share = "share of the training stories set aside to choose the epoch"
    option("--validation", type=float, default=Config.validation, metavar="X", help=share)
    which = "which epoch the test questions see"
    option("--select", choices=SELECTIONS, default=Config.select, help=which)
    option("--seed", type=int, default=Config.seed, metavar="S", help="seeds all that is drawn")


def command(args: argparse.Namespace) -> int:
    """Run the experiment; see ``liaf-ref run babi --help``."""
    if args.resume and args.out is None:
        raise InputError("--resume: expected --out with the folder to continue, got none")
    configs = [_config(args, task, cell) for task in args.tasks for cell in args.cells]
    folder = None if args.generated else args.data or babi.default_folder()
    if folder is None and check_choice("edition", args.edition, EDITIONS, "bAbI") != "en":
        raise InputError("--edition: expected --data with the published folder, got none")
    tasks = {n: babi.load(n, folder, args.edition, args.seed) for n in args.tasks}
    for config in configs:
        babi.check(tasks[config.task], config, args.out and args.out / _name(config), args.resume)
    out = args.out or _new_folder(Path("runs"))
    try:
        results, curves, failures = _run_all(configs, tasks, out, args.resume)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"; to continue, pass --resume --out {out}") from None
    genuine = all(is_published(task) for task in tasks.values())
    document = {
        "experiment": "babi",
        "data": _describe(folder, genuine, tasks),
        "versions": versions(),
        "results": results,
    }
    remove_leftovers(out)
    for name, error in failures.items():
        print(f"liaf-ref: error: {name}: {error}", file=sys.stderr)
    if not results:
        return 1
    table = table03.markdown(results, genuine)
    write_atomic(out / "results.json", json.dumps(document, indent=2).encode() + b"\n")
    write_atomic(out / "table.md", table.encode() + b"\n")
    write_atomic(out / "figure.png", table03.figure(results, curves, genuine))
    if args.json:
        print(json.dumps(document, indent=2))
    else:
        print(f"\nbAbI, {document['data']}, seed {args.seed}, lr {args.lr}\n\n{table}\n")
        print(f"table: {out / 'table.md'}   figure: {out / 'figure.png'}   runs: {out}")
    return 1 if failures else 0


def _config(args: argparse.Namespace, task: int, cell: str) -> babi.Config:
    return babi.Config(
        task=task,
        cell=cell,
        epochs=args.epochs,
        lr=args.lr,
        seed=args.seed,
        batch_size=args.batch_size,
        optimiser=args.optimiser,
        weight_decay=args.weight_decay,
        clip=args.clip,
        validation=args.validation,
        select=args.select,
    )


def _run_all(
    configs: list[babi.Config], tasks: dict[int, Task], out: Path, resume: bool
) -> tuple[list[dict[str, Any]], Curves, dict[str, TrainingError]]:
    """Results and curves of the runs that ended, and why the others did not."""
    results: list[dict[str, Any]] = []
    curves: Curves = {}
    failures: dict[str, TrainingError] = {}
    for config in configs:
        name = _name(config)
        try:
            with Progress(name, config.epochs, sys.stderr) as progress:
                for event in babi.run(tasks[config.task], config, out / name, resume):
                    if isinstance(event, babi.Finished):
                        results.append(event.result)
                    else:
                        progress.show(event)
        except TrainingError as error:
            failures[name] = error
            continue
        rows = RunFolder(out / name, {}).metrics()
        curves[config.task, config.cell] = [row["validation_accuracy"] for row in rows]
    return results, curves, failures


def _name(config: babi.Config) -> str:
    return f"qa{config.task}-{config.cell}"


def _describe(folder: Path | None, genuine: bool, tasks: dict[int, Task]) -> str:
    if folder is None:
        return "generated text"
    digests = ", ".join(f"QA{n} sha256 {task.sha256[:12]}" for n, task in tasks.items())
    return f"published text ({digests})" if genuine else f"text of {folder} ({digests})"


def _new_folder(parent: Path) -> Path:
    for number in range(1, 10_000):
        folder = parent / f"babi-{number}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise RunError(f"{folder}: cannot be made: {error.strerror}") from error
        return folder
    raise RunError(f"{parent}: holds 9,999 runs already; choose a folder with --out")
