"""What ``liaf-ref oracle check`` does, once its options are read; the cases that others draw."""

import argparse
import contextlib
import fnmatch
import functools
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from liaf_ref._core.atomic import make_folder, write_atomic
from liaf_ref._core.errors import InputError
from liaf_ref._core.imports import load_callable, progress_bar
from liaf_ref.cli.options import Answer, refuse
from liaf_ref.cli.oracle_case_options import check_draw_options, draws
from liaf_ref.oracle.case import BPTT
from liaf_ref.oracle.checker import Backend, Report, backend_name, check_is_backend
from liaf_ref.oracle.checker import run as checking
from liaf_ref.oracle.checker.program import ProgramBackend, keep_only
from liaf_ref.oracle.checker.report import junit_xml
from liaf_ref.oracle.checker.selection import DEFAULT_COUNT, Selection, select_cases
from liaf_ref.oracle.chunks import chunked
from liaf_ref.oracle.declaration import PAPER, Declaration, declare
from liaf_ref.oracle.draw import RandomCases
from liaf_ref.oracle.golden import GoldenCase, golden_cases, load, save
from liaf_ref.oracle.shrinking import shrink_failures
from liaf_ref.oracle.specification import badge_json

PROGRESS = "{desc}{n_fmt}/{total_fmt} {unit} |{bar}| {elapsed} elapsed, {remaining} left{postfix}"


def run(args: argparse.Namespace) -> Answer:
    """Check a backend, make its failures smaller, and write what the options ask for."""
    _check_options(args)
    with opener(args)() as backend:  # for the reduced cases, which are not kept
        report = _check(args, backend)
        if args.junit is not None:
            write_atomic(args.junit, junit_xml(report))
        if args.badge is not None:
            write_atomic(args.badge, badge_json(report.profiles))
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
    if args.exec is None:
        refuse(args, ("loop", "keep"), "expected --exec COMMAND with it")
    check_draw_options(args)


def opener(args: argparse.Namespace, keep: Path | None = None) -> checking.OpenBackend:
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
    selection = select(args)
    if args.badge is not None and (args.fail_fast or not selection.is_published):
        raise InputError("--badge: expected a check of all published cases, got another")
    if args.keep is not None:
        make_folder(args.keep)
    open_backend = opener(args, args.keep)
    with contextlib.ExitStack() as stack:
        answering = stack.enter_context(checking.answering(open_backend, selection, args.jobs))
        on_step = stack.enter_context(show_check_progress(args.json))
        report = checking.run_check(
            backend_name(backend), selection, answering, args.fail_fast, on_step
        )
    if args.max_declined is not None and len(report.declined) > args.max_declined:
        problem = f"{len(report.declined)} cases declined, more than --max-declined"
        report = replace(report, problems=(*report.problems, problem))
    if args.keep is not None:
        keep_only(args.keep, {verdict.name for verdict in report.failed})
    return report


def select(args: argparse.Namespace) -> Selection:
    """The cases that the options choose or draw."""
    declaration = None if args.declare is None else declare(args.declare)
    cases: Iterable[GoldenCase] | None = None
    if draws(args):
        cases = draw_cases(args, declaration or PAPER, args.gate_forced, args.chunks)
    elif args.set is not None:
        cases = load(args.set)
    elif args.stored and declaration is None:
        cases = golden_cases()
    if args.chunks is not None and not draws(args):
        given = golden_cases() if cases is None else cases
        cases = chunked((g for g in given if _matches_in_chunks(g.name, args)), args.chunks)
    return select_cases(args.dtype, args.level, args.case, args.waive, cases, declaration)


def _matches_in_chunks(name: str, args: argparse.Namespace) -> bool:
    names = (f"{name}_chunks{args.chunks}_{bptt}" for bptt in BPTT)
    return any(fnmatch.fnmatchcase(each, args.case) for each in names)


@contextlib.contextmanager
def show_check_progress(is_json: bool) -> Iterator[Callable[[checking.Step], None]]:
    """Show a bar on standard error, unless JSON goes into a pipe; it is removed at the end."""
    shown = sys.stderr.isatty() and (sys.stdout.isatty() or not is_json)
    bar: Any = progress_bar(
        file=sys.stderr, bar_format=PROGRESS, leave=False, miniters=1, disable=not shown
    )

    def update(step: checking.Step) -> None:
        if bar.total != step.total or step.done < bar.n:
            bar.unit = step.unit
            bar.set_description_str(f"{step.phase}: " if step.phase else "", refresh=False)
            bar.reset(step.total)
        bar.set_postfix_str(f"{step.failed} failed", refresh=False)
        bar.update(step.done - bar.n)

    with bar:
        yield update if shown else lambda step: None


def draw_cases(
    args: argparse.Namespace,
    declaration: Declaration,
    gates: bool = False,
    chunks: int | None = None,
) -> RandomCases:
    """The random cases that the options ask for."""
    ops = None if args.op is None else args.op.split(",")
    given: dict[str, Any] = {"seed": args.seed, "max_size": args.max_size, "ops": ops}
    given |= {"dtype": args.dtype, "declaration": declaration, "gates": gates, "chunks": chunks}
    named = {name: value for name, value in given.items() if value is not None}
    return RandomCases(DEFAULT_COUNT if args.random is None else args.random, **named)
