"""``liaf-ref oracle check``: check a backend against the golden set."""

import argparse
import contextlib
import fnmatch
import functools
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from liaf_ref._core.atomic import make_folder, write_atomic
from liaf_ref._core.errors import InputError
from liaf_ref._core.imports import load_callable, progress_bar
from liaf_ref.cli.options import (
    Answer,
    Parser,
    any_path,
    bounded_int,
    new_dir,
    new_file,
    option,
    output_path,
)
from liaf_ref.cli.oracle_case_options import (
    OPTION_NAMES,
    add_draw_options,
    add_level_option,
    add_random_option,
    check_draw_options,
    draw_cases,
    draws,
)
from liaf_ref.oracle.case import BPTT, LEVELS
from liaf_ref.oracle.checker import Backend, Report, backend_name, check_is_backend
from liaf_ref.oracle.checker.program import ProgramBackend, keep_only
from liaf_ref.oracle.checker.report import junit_xml
from liaf_ref.oracle.checker.run import (
    OpenBackend,
    Step,
    answering_here,
    answering_in_workers,
    run_check,
)
from liaf_ref.oracle.checker.selection import Selection, select_cases
from liaf_ref.oracle.chunks import chunked
from liaf_ref.oracle.declaration import PAPER, declare
from liaf_ref.oracle.formats import has_own_cases
from liaf_ref.oracle.golden import GoldenCase, golden_cases, load, save
from liaf_ref.oracle.shrinking import shrink_failures
from liaf_ref.oracle.specification import badge_svg

PROGRESS = "{desc}{n_fmt}/{total_fmt} {unit} |{bar}| {elapsed} elapsed, {remaining} left{postfix}"
BADGE_SPEAKS = "a badge speaks of all published cases"


def add(parser: Parser) -> None:
    """Add the options."""
    parser.epilog = "levels:\n" + "\n".join(f"  {level}  {s}" for level, s in LEVELS.items())
    backend = parser.add_argument_group("backend")
    who = backend.add_mutually_exclusive_group(required=True)
    option(who, "--backend MODULE:NAME", str, "a callable, package.module:callable")
    program = "a program; it is called with a case folder as argument"
    option(who, "--exec COMMAND", str, program)
    once = "start the program of --exec once: it reads a case folder from each line of standard "
    once += "input, and answers with a line (default: start it for each case)"
    option(backend, "--loop", bool, once)
    limit = "time limit of --exec for one case, in seconds"
    option(backend, "--timeout S", bounded_int(1, 86_400), limit, 60)
    keep = "with --exec: keep the folders of failed cases, with their answers, in a new or "
    option(backend, "--keep DIR", new_dir, f"{keep}empty folder (default: keep none)")
    _add_case_options(parser.add_argument_group("cases"))
    run = parser.add_argument_group("run")
    workers = "worker processes that each answer a share of the cases"
    option(run, "--jobs N", bounded_int(1, 1024), workers, 1)
    first = "stop at the first failed case (default: run all cases)"
    option(run, "--fail-fast", bool, first)
    smallest = (
        "reduce N different failures to the smallest cases that fail so (default: 1; 0: none)"
    )
    run.add_argument("--shrink", type=bounded_int(0, 1_000), default=1, metavar="N", help=smallest)
    report = parser.add_argument_group("report")
    option(report, "--json", bool, "print one JSON document (with the tracebacks)")
    traceback = "print the tracebacks of a backend that raises exceptions before the report"
    option(report, "--traceback", bool, traceback)
    option(report, "--junit FILE", new_file, "write the report as JUnit XML")
    badge = "write an SVG image that names the profiles passed; needs all published cases"
    option(report, "--badge FILE", new_file, badge)
    option(report, "--save DIR", output_path, "write the reduced cases as a golden set")
    names = OPTION_NAMES | {"pattern": "--case", "cases": "--set"}
    parser.runs(check, "check fewer cases (--case, --level)", **names)


def _add_case_options(group: argparse._ArgumentGroup) -> None:
    add_draw_options(group)
    add_level_option(group)
    pattern = "only cases whose name matches this pattern, with * and ? (default: all)"
    group.add_argument("--case", default="*", metavar="NAME", help=pattern)
    which = group.add_mutually_exclusive_group()
    exported = "an exported golden set (default: the published one)"
    option(which, "--set DIR", any_path, exported)
    random = "draw N random cases instead (100 by default of few bits and of fixed point)"
    add_random_option(which, random)
    gates = "with --random or few bits: draw also cases whose spikes rounding could change, and "
    option(
        group, "--gate-forced", bool, f"{gates}give their decisions (gate/), which the backend uses"
    )
    chunks = "cut sequences into chunks of so many steps, for full and for truncated BPTT"
    option(group, "--chunks STEPS", bounded_int(1, 64), chunks)
    waivers = "TOML file of waivers: known deviations that do not fail the check (default: none)"
    option(group, "--waive FILE", any_path, waivers)


def check(args: argparse.Namespace) -> Answer:
    """Run a backend on the golden cases and report which gradients deviate, and why.

    The backend is a callable, fn(case) -> {name: array}, or, with --exec, a program that reads
    a case folder and writes its answer there: docs/verify/check-your-backend.md and
    docs/verify/program-backend.md have an example of each.

    exit codes: 0 every case passed, was declined or is waived; 1 a case failed, a waiver
    is unused, or every case was declined; 2 wrong options or files.

    Examples
    --------
      liaf-ref oracle check --backend my_package.my_module:answer
      liaf-ref oracle check --backend my_module:answer --random 1000 --seed 7
      liaf-ref oracle check --backend my_module:answer --declare liaf.toml
      liaf-ref oracle check --backend my_module:answer --jobs 4 --fail-fast
      liaf-ref oracle check --backend my_module:answer --dtype bfloat16
      liaf-ref oracle check --backend my_module:answer --dtype q4.12 --declare words.toml
      liaf-ref oracle check --exec ./my_program --loop --dtype float64 --level L0..L2 --json
      liaf-ref oracle check --backend my_module:answer --waive waivers.toml --junit report.xml
    """
    _check_options(args)
    with _opener(args)() as backend:  # for the reduced cases, which are not kept
        report = _check(args, backend)
        if args.junit is not None:
            write_atomic(args.junit, junit_xml(report))
        if args.badge is not None:
            write_atomic(args.badge, badge_svg(report.profiles).encode())
        shrunk = shrink_failures(backend, report, args.shrink)
    if args.save is not None and shrunk:
        save(args.save, [failure.golden for failure in shrunk])
    document = report.to_dict() | {"shrunk": [failure.to_dict() for failure in shrunk]}
    texts = "\n\n".join(map(str, (report, *shrunk)))
    if args.traceback and (tracebacks := report.tracebacks()):
        texts = f"{tracebacks}\n{texts}"
    return Answer(document, texts, 0 if report.ok else 1)


def _check_options(args: argparse.Namespace) -> None:
    """Refuse what does not go together, and files that cannot be written."""
    for name in ("junit", "badge"):
        path = getattr(args, name)
        if path is not None and not path.parent.is_dir():
            raise InputError(f"--{name}: expected a file in an existing folder, got {path}")
    for name in ("loop", "keep"):
        if getattr(args, name) and args.exec is None:
            raise InputError(f"--{name}: expected --exec COMMAND with it")
    check_draw_options(args)
    if args.badge is not None:
        chosen = {
            "--level": args.level != tuple(LEVELS),
            "--case": args.case != "*",
            "--set": args.set is not None,
            "--random": args.random is not None,
            f"--dtype {args.dtype}": has_own_cases(args.dtype),
            "--chunks": args.chunks is not None,
            "--fail-fast": args.fail_fast,
            "--declare": args.declare is not None,
        }
        if refused := [flag for flag, is_given in chosen.items() if is_given]:
            raise InputError(f"--badge: expected no {refused[0]} with it: {BADGE_SPEAKS}")


def _opener(args: argparse.Namespace, keep: Path | None = None) -> OpenBackend:
    """What opens the backend, in this process or in a worker."""
    if args.exec is None:
        return functools.partial(open_callable, args.backend)
    program = ProgramBackend(args.exec, float(args.timeout), keep, args.dtype, args.loop)
    return functools.partial(contextlib.closing, program)


@contextlib.contextmanager
def open_callable(name: str) -> Iterator[Backend]:
    """Import a callable, from the current folder too."""
    yield load_callable(name, "--backend")


def _check(args: argparse.Namespace, backend: Backend) -> Report:
    check_is_backend(backend)
    selection = _select(args)
    if args.keep is not None:
        make_folder(args.keep)
    open_backend = _opener(args, args.keep)
    with contextlib.ExitStack() as stack:
        if args.jobs > 1:
            workers = answering_in_workers(open_backend, selection, args.jobs)
            answering = stack.enter_context(workers)
        else:
            answering = answering_here(stack.enter_context(open_backend()), selection)
        on_step = stack.enter_context(show_check_progress(args.json))
        report = run_check(backend_name(backend), selection, answering, args.fail_fast, on_step)
    if args.keep is not None:
        keep_only(args.keep, {verdict.name for verdict in report.failed})
    return report


def _select(args: argparse.Namespace) -> Selection:
    declaration = None if args.declare is None else declare(args.declare)
    cases: Iterable[GoldenCase] | None = None
    if draws(args):
        cases = draw_cases(args, declaration or PAPER, args.gate_forced, args.chunks)
    elif args.set is not None:
        cases = load(args.set)
    if args.chunks is not None and not draws(args):
        given = golden_cases() if cases is None else cases
        cases = chunked((g for g in given if _matches_in_chunks(g.name, args)), args.chunks)
    return select_cases(
        dtype=args.dtype,
        levels=args.level,
        pattern=args.case,
        waivers=args.waive,
        cases=cases,
        declaration=declaration,
    )


def _matches_in_chunks(name: str, args: argparse.Namespace) -> bool:
    names = (f"{name}_chunks{args.chunks}_{bptt}" for bptt in BPTT)
    return any(fnmatch.fnmatchcase(each, args.case) for each in names)


@contextlib.contextmanager
def show_check_progress(is_json: bool) -> Iterator[Callable[[Step], None]]:
    """Show a bar on standard error, unless JSON goes into a pipe; it is removed at the end."""
    shown = sys.stderr.isatty() and (sys.stdout.isatty() or not is_json)
    bar: Any = progress_bar(
        file=sys.stderr, bar_format=PROGRESS, leave=False, miniters=1, disable=not shown
    )

    def update(step: Step) -> None:
        if bar.total != step.total or step.done < bar.n:
            bar.unit = step.unit
            bar.set_description_str(f"{step.phase}: " if step.phase else "", refresh=False)
            bar.reset(step.total)
        bar.set_postfix_str(f"{step.failed} failed", refresh=False)
        bar.update(step.done - bar.n)

    with bar:
        yield update if shown else lambda step: None
