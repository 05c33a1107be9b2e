"""``liaf-ref oracle export``, ``export-onnx``, ``verify`` and ``coverage``: sets of cases."""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from liaf_ref._core.errors import InputError
from liaf_ref._core.imports import progress_bar
from liaf_ref._core.text import count
from liaf_ref.cli import oracle_case_options
from liaf_ref.cli.options import Answer, Parser, any_path, option, output_path, text_list
from liaf_ref.cli.oracle_run import draw_cases
from liaf_ref.oracle import golden
from liaf_ref.oracle.case import DTYPES
from liaf_ref.oracle.declaration import PAPER, declare
from liaf_ref.oracle.draw import Goal, all_goals, covered_by
from liaf_ref.oracle.golden import GoldenCase
from liaf_ref.oracle.golden.manifest import FORMATS, VERSION, storable_name
from liaf_ref.oracle.golden.store import published_cases

Item = TypeVar("Item")


def add(parser: Parser) -> None:
    """Add the options of ``export``."""
    where = "output folder: new, empty, or a golden set to replace"
    option(parser, "folder DIR", output_path, where)
    formats = text_list(FORMATS, "formats")
    which = f"file formats among {','.join(FORMATS)} (default: all)"
    parser.add_argument("--formats", type=formats, default=FORMATS, metavar="F,F", help=which)
    oracle_case_options.add_level_option(parser)
    oracle_case_options.add_random_option(
        parser, "export N random cases instead of the published ones"
    )
    oracle_case_options.add_draw_options(parser)
    parser.runs(export, **oracle_case_options.OPTION_NAMES)


def export(args: argparse.Namespace) -> Answer:
    """Write the golden set: cases, their answers and error bounds.

    The set is one JSON manifest, the arrays of each case as safetensors, the arrays of exact cases
    in fixed point (hex, for $readmemh of Verilog), and the sha256 of every file.
    docs/verify/golden-format.md describes the files.

    example: liaf-ref oracle export golden --level L0,L1,L2 --formats safetensors
    example: liaf-ref oracle export vectors --dtype q4.12 --random 20 --op neuron --formats hex
    """
    chosen: list[GoldenCase] = []
    golden.save(args.folder, _chosen(args, chosen), args.formats)
    written = [path for path in args.folder.rglob("*") if path.is_file()]
    facts = {
        "folder": str(args.folder),
        "format_version": VERSION,
        "cases": len(chosen),
        "exact": sum(g.exact for g in chosen),
        "formats": list(args.formats),
        "files": len(written),
        "bytes": sum(path.stat().st_size for path in written),
    }
    size = f"{facts['files']:,} files, {facts['bytes']:,} bytes"
    form = f"{facts['exact']} of them exact, as {', '.join(args.formats)}"
    return Answer(facts, f"{args.folder}: {count(len(chosen), 'case')}, {form}; {size}")


def _chosen(args: argparse.Namespace, kept: list[GoldenCase]) -> Iterator[GoldenCase]:
    """The cases of the levels asked for, each drawn when it is written; they are kept too."""
    for given in _with_progress(_cases(args)):
        if given.case.level in args.level:
            name = storable_name(given.name)  # of a random case, one that files can have
            kept.append(replace(given, case=replace(given.case, name=name)))
            yield kept[-1]


def _cases(args: argparse.Namespace) -> Sequence[GoldenCase]:
    oracle_case_options.check_draw_options(args)
    declaration = PAPER if args.declare is None else declare(args.declare)
    if oracle_case_options.draws(args):
        return draw_cases(args, declaration)
    for name in ("dtype", "declare"):
        if getattr(args, name) not in {None, "float32"}:
            raise InputError(f"--{name}: expected --random N with it")
    return golden.golden_cases()


def _with_progress(
    items: Iterable[Item], total: int | None = None, text: str = ""
) -> Iterator[Item]:
    """Iterate, with a progress bar if stderr is a terminal."""
    yield from progress_bar(items, desc=text or None, total=total, unit="case", disable=None)


def add_onnx(parser: Parser) -> None:
    """Add the options of ``export-onnx``."""
    option(parser, "folder DIR", output_path, "output folder: new or empty")
    oracle_case_options.add_level_option(parser)
    precision = "precision of the models (default: float32, which runtimes compute in)"
    parser.add_argument("--dtype", choices=DTYPES, default="float32", help=precision)
    parser.runs(export_onnx)


def export_onnx(args: argparse.Namespace) -> Answer:
    """Write the forward pass of golden cases as ONNX backend tests.

    Each case is a folder test_CASE with model.onnx and, in test_data_set_0, an input_N.pb for each
    input, an output_N.pb for each output and its tolerance_N.pb. The folders are those of ONNX's
    own backend tests, whose runners ignore the tolerances. docs/use/onnx.md describes them.

    example: liaf-ref oracle export-onnx tests/node --level L0,L1
    """
    from liaf_ref.oracle.golden.onnx_cases import nodes_without_loss, save_onnx  # noqa: PLC0415

    chosen = golden.golden_cases(args.level)
    cases = [each for each in chosen if nodes_without_loss(each.case)]
    skipped = [each.name for each in chosen if not nodes_without_loss(each.case)]
    save_onnx(args.folder, _with_progress(cases, len(cases)), args.dtype)
    facts = {"folder": str(args.folder), "dtype": args.dtype, "cases": len(cases)}
    text = f"{args.folder}: {count(len(cases), 'case')} in {args.dtype}"
    if skipped:
        text += f"\nskipped {count(len(skipped), 'case')} that only compute a loss"
    return Answer(facts | {"skipped": skipped}, text)


def add_verify(parser: Parser) -> None:
    """Add the options of ``verify``."""
    option(parser, "folder DIR", any_path, "a golden set (default: the package's)", nargs="?")
    again = "also compute every answer again (takes a minute)"
    option(parser, "--regenerate", bool, again)
    parser.runs(verify)


def verify(args: argparse.Namespace) -> Answer:
    """Verify the hash of every file of a golden set.

    With --regenerate, also compute every answer again and compare. Exit code 0: no problem; 1: a
    file or case differs.

    example: liaf-ref oracle verify golden
    """
    verdicts = list(_with_progress(golden.audit(args.folder), text="files"))
    if args.regenerate and not any(v.problem for v in verdicts):
        goldens = published_cases() if args.folder is None else golden.load(args.folder)
        fresh = golden.verify(goldens)
        verdicts = list(_with_progress(fresh, len(goldens), "recomputed"))
    problems = {v.case: v.problem for v in verdicts if v.problem}
    lines = [f"{case}: {problem}" for case, problem in problems.items()]
    lines.append(f"{count(len(verdicts), 'case')}, {len(problems)} with a problem")
    document = {"cases": len(verdicts), "problems": problems}
    return Answer(document, "\n".join(lines), 1 if problems else 0)


def add_coverage(parser: Parser) -> None:
    """Add no option but --json."""
    parser.runs(coverage)


def coverage(args: argparse.Namespace) -> Answer:
    """Count what the cases of the package cover, of all that the table of operations has.

    Goals are orders of operations, sizes, options and regions of numbers, alone and together.
    With --json, those that no case covers are listed by name.

    example: liaf-ref oracle coverage --json
    """
    goals, covered = all_goals(), set[Goal]()
    for each in _with_progress(published_cases()):
        covered |= covered_by(each)
    document = dict[str, dict[str, Any]]()
    for kind in sorted({goal.kind for goal in goals}):
        every = {goal for goal in goals if goal.kind == kind}
        missing = sorted(map(str, every - covered))
        document[kind] = {"all": len(every), "covered": len(every & covered), "missing": missing}
    rows = [(kind, of["covered"], of["all"]) for kind, of in document.items()]
    rows.append(("all", len(goals & covered), len(goals)))
    return Answer(document, "\n".join(f"{kind:<10}{n:>7,} of {of:>7,}" for kind, n, of in rows))
