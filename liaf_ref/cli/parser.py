"""Arguments of all commands, with their help, examples and defaults."""

import argparse
import re
from pathlib import Path
from typing import NoReturn

from liaf_ref import __version__
from liaf_ref.cli import bench, listing, run_babi
from liaf_ref.data.babi import TASK_NAMES
from liaf_ref.experiments.babi import OPTIMISERS, SELECTIONS, Config
from liaf_ref.networks.babi import CELLS


class Parser(argparse.ArgumentParser):
    """Like argparse's, but a wrong option is answered by one message."""

    def error(self, message: str) -> NoReturn:
        """Print the message and exit with 2."""
        self.exit(2, f"{self.prog}: error: {message}; see {self.prog} --help\n")


def build() -> Parser:
    """Build the parser of all commands."""
    parser = Parser(
        prog="liaf-ref",
        description="LIAF-Net in pure NumPy: run the paper's experiments and measure speed.",
        epilog="example: liaf-ref run babi --tasks 1 --cells liaf,lif --epochs 20",
    )
    parser.add_argument("--version", action="version", version=f"liaf-ref {__version__}")
    parser.add_argument(
        "--threads",
        type=positive,
        default=1,
        metavar="N",
        help="BLAS threads; networks of this size are fastest with 1 (default)",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    run = commands.add_parser(
        "run",
        help="run an experiment of the paper",
        description="Run an experiment of the paper.",
        epilog="example: liaf-ref run babi --tasks 1 --cells liaf,lif --epochs 20",
    )
    _add_babi(run.add_subparsers(metavar="EXPERIMENT", required=True))
    _add_list(commands)
    _add_bench(commands)
    return parser


def numbers(text: str) -> list[int]:
    """Read ``1,6,11-13`` as [1, 6, 11, 12, 13]."""
    found: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"([0-9]{1,3})(?:-([0-9]{1,3}))?", part)
        if not match:
            raise argparse.ArgumentTypeError(f"expected numbers like 1,6,11-13, got {text!r}")
        first, last = int(match[1]), int(match[2] or match[1])
        if not 1 <= first <= last <= len(TASK_NAMES):
            raise argparse.ArgumentTypeError(
                f"expected bAbI tasks 1 to {len(TASK_NAMES)}, ranges upwards, got {text!r}"
            )
        found += range(first, last + 1)
    return list(dict.fromkeys(found))


def positive(text: str) -> int:
    """Read a whole number of at least 1."""
    if not re.fullmatch(r"0*[1-9][0-9]{0,5}", text):
        raise argparse.ArgumentTypeError(f"expected a whole number >= 1, got {text!r}")
    return int(text)


def cells(text: str) -> list[str]:
    """Read ``liaf,lif`` as ["liaf", "lif"]."""
    found = text.split(",")
    for cell in found:
        if cell not in CELLS:
            raise argparse.ArgumentTypeError(
                f"expected cells out of {','.join(CELLS)}, got {cell!r}"
            )
    return list(dict.fromkeys(found))


def _add_babi(experiments: "argparse._SubParsersAction[Parser]") -> None:
    parser = experiments.add_parser(
        "babi",
        help="bAbI question answering, Section VI-A, Table III",
        description="Train the network of Fig. 5 with each temporal layer on bAbI tasks.",
        epilog=(
            "example: liaf-ref run babi --tasks 1 --cells liaf,lif,rnn,lstm,gru "
            "--data tasks_1-20_v1-2 --epochs 60"
        ),
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--tasks", type=numbers, default=[1], metavar="LIST", help="tasks, such as 1,6,11-13")
    add("--cells", type=cells, default=list(CELLS), metavar="LIST", help=",".join(CELLS))
    add(
        "--data",
        type=Path,
        metavar="DIR",
        help="the published folder tasks_1-20_v1-2; "
        "without it text is generated (tasks 1, 6, 11, 12, 13)",
    )
    add("--edition", default="en", help="folder below --data: en, en-10k, ...")
    add("--epochs", type=int, default=Config.epochs, metavar="N", help="passes over the data")
    add("--lr", type=float, default=Config.lr, metavar="X", help="learning rate")
    add("--batch-size", type=int, default=Config.batch_size, metavar="N", help="per step")
    add("--optimiser", choices=OPTIMISERS, default=Config.optimiser, help="update rule")
    add(
        "--weight-decay",
        type=float,
        default=Config.weight_decay,
        metavar="X",
        help="L2 in the gradient; decoupled with adamw",
    )
    add("--clip", type=float, metavar="X", help="largest joint norm of the gradients; off")
    add(
        "--validation",
        type=float,
        default=Config.validation,
        metavar="X",
        help="share of the training questions set aside to choose the epoch",
    )
    add(
        "--select",
        choices=SELECTIONS,
        default=Config.select,
        help="which epoch the test questions see",
    )
    add("--seed", type=int, default=Config.seed, metavar="S", help="seeds all that is drawn")
    add(
        "--out",
        type=Path,
        metavar="DIR",
        help="folder for table, figure and runs; a new runs/babi-N without it",
    )
    add("--resume", action="store_true", help="continue the runs found in --out")
    add("--json", action="store_true", help="print one JSON document instead of the table")
    parser.set_defaults(command=run_babi.command)


def _add_list(commands: "argparse._SubParsersAction[Parser]") -> None:
    parser = commands.add_parser(
        "list",
        help="what there is to run, and what it costs",
        description="List experiments and cells, with weights and the time a step takes here.",
        epilog="example: liaf-ref list --json",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(command=listing.command)


def _add_bench(commands: "argparse._SubParsersAction[Parser]") -> None:
    parser = commands.add_parser(
        "bench",
        help="measure speed against eager PyTorch and the machine's own limit",
        description="Time forward and backward passes in float32 on one thread, in rounds "
        "that alternate with eager PyTorch where torch is installed.",
        epilog="example: liaf-ref bench babi-liaf neuron-1e5 --rounds 30",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("cases", nargs="*", metavar="CASE", help="all cases if none is named; see liaf-ref list")
    add("--rounds", type=int, default=30, metavar="N", help="interleaved rounds per case")
    add("--seed", type=int, default=0, metavar="S", help="seeds the inputs")
    add("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(command=bench.command)
