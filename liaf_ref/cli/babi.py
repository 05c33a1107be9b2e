"""``liaf-ref babi generate``: write generated stories in the published format."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from liaf_ref._core.progress_bar import progress_bar
from liaf_ref.cli import options
from liaf_ref.cli.config_options import int_list
from liaf_ref.data.babi import TASK_NAMES, build_task, generate_text, write_texts
from liaf_ref.report.formatting import markdown_table

if TYPE_CHECKING:
    from liaf_ref.cli.options import Commands

EXAMPLE = "example: liaf-ref babi generate --tasks 1-20 --seed 0 --out generated"


def add(commands: "Commands") -> None:
    """Add the commands to the parser."""
    parser = commands.add_parser(
        "babi",
        description="Generate stories in the format of the published bAbI tasks.",
        epilog=EXAMPLE,
    )
    _add_generate(parser.add_subparsers(metavar="COMMAND", required=True))


def _add_generate(commands: "Commands") -> None:
    parser = commands.add_parser(
        "generate",
        help="write tasks of generated stories",
        description="Write generated stories in the published layout: DIR/en/qaN_NAME_train.txt\n"
        "and _test.txt, which liaf-ref run babi --data DIR and other programs read.\n"
        "Words and names differ from the published data. Files with other content are\n"
        "never overwritten.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    which = "tasks, such as 1,6,11-13 (default: 1-20)"
    option(
        "--tasks",
        type=int_list(range(1, len(TASK_NAMES) + 1), "bAbI tasks"),
        default="1-20",
        metavar="LIST",
        help=which,
    )
    many = "stories per file (default: enough for 1,000 questions, as published)"
    option("--stories", type=options.positive_int, metavar="N", help=many)
    decides = "random seed (default: 0)"
    option("--seed", type=options.bounded_int(0), default=0, metavar="S", help=decides)
    option(
        "--out",
        type=options.output_dir,
        required=True,
        metavar="DIR",
        help="output folder (required)",
    )
    option("--json", action="store_true", help="print one JSON document instead of the table")
    parser.set_defaults(
        command=generate,
        smaller="generate fewer --tasks or --stories",
        option_names={"folder": "--out"},
    )


def generate(args: argparse.Namespace) -> int:
    """Generate and write; see ``liaf-ref babi generate --help``."""
    quiet = not sys.stderr.isatty()
    texts = {}
    for number in progress_bar(args.tasks, unit="task", file=sys.stderr, disable=quiet):
        texts[number] = generate_text(number, args.stories, args.seed)
    paths = write_texts(args.out, texts)
    rows = [_task_summary(number, texts[number], paths[number]) for number in texts]
    if args.json:
        document = {"folder": str(args.out), "seed": args.seed, "tasks": rows}
        print(json.dumps(document, indent=2))
        return 0
    print(_table(rows))
    print(f"\n{args.out / 'en'}: {2 * len(rows)} files, seed {args.seed}")
    return 0


def _task_summary(number: int, texts: tuple[str, str], paths: tuple[Path, Path]) -> dict[str, Any]:
    task = build_task(number, *texts, paths)
    answers = np.concatenate([task.train.answer, task.test.answer])
    return {
        "task": number,
        "name": task.name,
        "files": [str(path) for path in paths],
        "stories": [int(part.story_index[-1]) for part in (task.train, task.test)],
        "questions": [len(part) for part in (task.train, task.test)],
        "T": task.T,
        "Q": task.Q,
        "vocab_size": task.vocab_size,
        "majority": float(np.bincount(answers.astype(np.intp, copy=False)).max() / len(answers)),
        "sha256": task.sha256,
    }


def _table(rows: list[dict[str, Any]]) -> str:
    head = ["task", "name", "stories", "questions", "T", "Q", "vocabulary", "majority %"]
    lines = [
        [
            f"QA{row['task']}",
            row["name"],
            " + ".join(map(str, row["stories"])),
            " + ".join(map(str, row["questions"])),
            str(row["T"]),
            str(row["Q"]),
            str(row["vocab_size"]),
            f"{100 * row['majority']:.1f}",
        ]
        for row in rows
    ]
    return markdown_table(head, lines)
