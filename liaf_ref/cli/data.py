"""``liaf-ref data`` and ``liaf-ref babi generate``: published data, and generated text."""

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.imports import progress_bar
from liaf_ref._core.kinds import whole
from liaf_ref.cli import options
from liaf_ref.cli.options import Answer, Parser, option
from liaf_ref.data.babi import TASK_NAMES, build_task, generate_text, write_texts
from liaf_ref.data.events.datasets import verify
from liaf_ref.report.content import markdown_table

MAX_MISSING_SHOWN = 10  # lines of what is missing


def add(parser: Parser) -> None:
    """Add the options of ``data``."""
    sets = verify.published_datasets()
    option(parser, "folder DIR", options.any_path, "folder of a data set, or of several", nargs="?")
    option(parser, "--verify", bool, "check DIR for missing and changed files")
    option(parser, "--where NAME", str, "show where to download one of the data sets below")
    names = (f"  {name:<13}{facts['title']}" for name, facts in sets.items())
    parser.epilog = "\n".join(("names:", *names))
    parser.runs(data, name="--where")


def data(args: argparse.Namespace) -> Answer:
    """Show where to get a data set and under which licence, or verify a downloaded folder.

    Nothing is downloaded. --verify checks layout, counts and known checksums of a folder.
    Exit code 0: complete; 1: files are missing or wrong.

    example: liaf-ref data --where n-mnist
    example: liaf-ref data downloads/N-MNIST --verify
    """
    if args.where is not None:
        if args.folder is not None or args.verify:
            raise InputError("--where: cannot be combined with DIR or --verify")
        facts = verify.dataset_info(args.where)
        return Answer({"name": args.where, **facts}, "\n".join(_download_lines(facts)))
    if args.folder is None or not args.verify:
        raise InputError("data: expected `DIR --verify` or `--where NAME`, got neither")
    findings = verify.verify_datasets(args.folder)
    rows = [f._asdict() | {"root": str(f.root), "complete": f.complete} for f in findings]
    text = "\n".join(line for finding in findings for line in _format_finding(finding))
    return Answer({"data": rows}, text, 0 if all(f.complete for f in findings) else 1)


def _download_lines(facts: dict[str, Any]) -> list[str]:
    lines = [facts["title"]]
    lines += [f"  {fact:<8}  {facts[fact]}" for fact in ("url", "license", "citation", "layout")]
    for algorithm in ("md5", "sha256"):
        digests = facts.get(algorithm, {}).items()
        lines += [f"  {algorithm:<8}  {digest}  {file}" for file, digest in digests]
    return lines


def _format_finding(finding: Any) -> list[str]:
    state = "complete" if finding.complete else "incomplete"
    count = f"{finding.found_count:,} of {finding.expected_count:,} recordings"
    lines = [f"{finding.title} in {finding.root}: {state}, {count}"]
    lines += [f"  wrong    {text}" for text in finding.errors]
    lines += [f"  missing  {text}" for text in finding.missing[:MAX_MISSING_SHOWN]]
    if (more := len(finding.missing) - MAX_MISSING_SHOWN) > 0:
        lines.append(f"  missing  and {more:,} more; --json lists all")
    return lines


def add_babi(parser: Parser) -> None:
    """Add the commands of ``babi``."""
    parser.description = "Generate stories in the format of the published bAbI tasks."
    parser.epilog = "example: liaf-ref babi generate --tasks 1-20 --seed 0 --out generated"
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    below = commands.add_parser("generate", help="write tasks of generated stories")
    tasks = options.int_list(range(1, len(TASK_NAMES) + 1), "bAbI tasks")
    option(below, "--tasks LIST", tasks, "tasks, such as 1,6,11-13", "1-20")
    option(below, "--stories N", whole(), "stories a file (default: as published)")
    option(below, "--seed S", whole(0), "random seed", 0)
    option(below, "--out DIR", options.output_path, "output folder (required)", required=True)
    below.runs(generate, "generate fewer --tasks or --stories", folder="--out")


def generate(args: argparse.Namespace) -> Answer:
    """Write generated stories in the published layout.

    DIR/en/qaN_NAME_train.txt and _test.txt, which liaf-ref run babi --data DIR and other programs
    read. Words and names differ from the published data. Files with other content are never
    overwritten.

    example: liaf-ref babi generate --tasks 1-20 --seed 0 --out generated
    """
    bar = progress_bar(args.tasks, unit="task", disable=None)
    texts = {number: generate_text(number, args.stories, args.seed) for number in bar}
    paths = write_texts(args.out, texts)
    rows = [_task_summary(number, texts[number], paths[number]) for number in texts]
    document = {"folder": str(args.out), "seed": args.seed, "tasks": rows}
    end = f"{args.out / 'en'}: {2 * len(rows)} files, seed {args.seed}"
    return Answer(document, f"{_table(rows)}\n\n{end}")


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
    lines = []
    for row in rows:
        sums = [" + ".join(map(str, row[name])) for name in ("stories", "questions")]
        sizes = [str(row[name]) for name in ("T", "Q", "vocab_size")]
        majority = f"{100 * row['majority']:.1f}"
        lines.append([f"QA{row['task']}", row["name"], *sums, *sizes, majority])
    return markdown_table(head, lines)
