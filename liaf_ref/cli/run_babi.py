"""``liaf-ref run babi``: every cell on every task, then a table and a figure."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from liaf_ref.cli.progress import Progress
from liaf_ref.data.babi import Task
from liaf_ref.errors import InputError, RunError
from liaf_ref.experiments import babi
from liaf_ref.files import remove_leftovers, write_atomic
from liaf_ref.report import table03
from liaf_ref.training.record import RunFolder, versions

Curves = dict[tuple[int, str], list[float]]


def command(args: argparse.Namespace) -> int:
    """Run the experiment; see ``liaf-ref run babi --help``."""
    if args.resume and args.out is None:
        raise InputError("--resume: expected --out with the folder to continue, got none")
    configs = [_config(args, task, cell) for task in args.tasks for cell in args.cells]
    tasks = {n: babi.load(n, args.data, args.edition, args.seed) for n in args.tasks}
    for config in configs:
        babi.check(tasks[config.task], config, args.out and args.out / _name(config), args.resume)
    out = args.out or _new_folder(Path("runs"))
    try:
        results, curves = _run_all(configs, tasks, out, args.resume)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"; to continue, pass --resume --out {out}") from None
    genuine = args.data is not None and args.edition == "en"
    document = {
        "experiment": "babi",
        "data": _describe(args, tasks),
        "versions": versions(),
        "results": results,
    }
    remove_leftovers(out)
    table = table03.markdown(results, genuine)
    write_atomic(out / "results.json", json.dumps(document, indent=2).encode() + b"\n")
    write_atomic(out / "table.md", table.encode() + b"\n")
    write_atomic(out / "figure.png", table03.figure(results, curves, genuine))
    if args.json:
        print(json.dumps(document, indent=2))
    else:
        print(f"\nbAbI, {document['data']}, seed {args.seed}, lr {args.lr}\n\n{table}\n")
        print(f"table: {out / 'table.md'}   figure: {out / 'figure.png'}   runs: {out}")
    return 0


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
) -> tuple[list[dict[str, Any]], Curves]:
    results: list[dict[str, Any]] = []
    curves: Curves = {}
    for config in configs:
        name = _name(config)
        with Progress(name, config.epochs, sys.stderr) as progress:
            for event in babi.run(tasks[config.task], config, out / name, resume):
                if isinstance(event, babi.Finished):
                    results.append(event.result)
                else:
                    progress.show(event)
        rows = RunFolder(out / name, {}).metrics()
        curves[config.task, config.cell] = [row["validation_accuracy"] for row in rows]
    return results, curves


def _name(config: babi.Config) -> str:
    return f"qa{config.task}-{config.cell}"


def _describe(args: argparse.Namespace, tasks: dict[int, Task]) -> str:
    if args.data is None:
        return "generated text"
    digests = ", ".join(f"QA{n} sha256 {task.sha256[:12]}" for n, task in tasks.items())
    return f"published text ({args.edition}; {digests})"


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
