"""``liaf-ref oracle check``: check a backend against the golden set."""

import argparse

from liaf_ref._core.kinds import whole
from liaf_ref.cli import options, oracle_case_options
from liaf_ref.cli.options import Answer, Parser, any_path, option
from liaf_ref.oracle.case import LEVELS


def add(parser: Parser) -> None:
    """Add the options."""
    parser.epilog = "levels:\n" + "\n".join(f"  {level}  {s}" for level, s in LEVELS.items())
    backend = parser.add_argument_group("backend")
    who = backend.add_mutually_exclusive_group(required=True)
    option(who, "--backend MODULE:NAME", str, "a callable, package.module:callable")
    option(who, "--exec COMMAND", str, "a program; it is called with a case folder as argument")
    once = "start the program once; it reads case folders as lines (default: once for each)"
    option(backend, "--loop", bool, once)
    option(backend, "--timeout S", whole(1, 86_400), "seconds that --exec has for a case", 60)
    keep = "with --exec: keep the folders of failed cases in a new or empty one (default: none)"
    option(backend, "--keep DIR", options.new_dir, keep)
    _add_case_options(parser.add_argument_group("cases"))
    run = parser.add_argument_group("run")
    option(run, "--jobs N", whole(1, 1024), "worker processes that share the cases", 1)
    option(run, "--fail-fast", bool, "stop at the first failed case (default: run all cases)")
    option(run, "--max-declined N", whole(0), "fail if more cases are declined (default: if all)")
    smallest = "reduce N different failures to the smallest that fail so (default: 1; 0: none)"
    run.add_argument("--shrink", type=whole(0, 1_000).read, default=1, metavar="N", help=smallest)
    report = parser.add_argument_group("report")
    option(report, "--json", bool, "print one JSON document (with the tracebacks)")
    traceback = "print the tracebacks of a backend that raises exceptions before the report"
    option(report, "--traceback", bool, traceback)
    option(report, "--junit FILE", options.new_file, "write the report as JUnit XML")
    badge = "write the profiles passed as JSON for shields.io; needs all published cases"
    option(report, "--badge FILE", options.new_file, badge)
    option(report, "--save DIR", options.output_path, "write the reduced cases as a golden set")
    names = oracle_case_options.OPTION_NAMES | {"pattern": "--case", "cases": "--set"}
    parser.runs(check, "check fewer cases (--case, --level)", **names)


def _add_case_options(group: argparse._ArgumentGroup) -> None:
    oracle_case_options.add_draw_options(group)
    oracle_case_options.add_level_option(group)
    pattern = "only cases whose name matches this pattern, with * and ? (default: all)"
    group.add_argument("--case", default="*", metavar="NAME", help=pattern)
    which = group.add_mutually_exclusive_group()
    exported = "an exported set (default: the stored cases and, without --declare, 500 drawn ones)"
    option(which, "--set DIR", any_path, exported)
    option(which, "--stored", bool, "only the stored cases of the package, without the drawn ones")
    random = "draw N fresh random cases instead (100 by default of few bits and of fixed point)"
    oracle_case_options.add_random_option(which, random)
    gates = "draw also cases whose spikes rounding could change, and give their decisions (gate/)"
    option(group, "--gate-forced", bool, gates)
    chunks = "cut sequences into chunks of so many steps, for full and for truncated BPTT"
    option(group, "--chunks STEPS", whole(1, 64), chunks)
    waivers = "TOML file of waivers: known deviations that do not fail the check (default: none)"
    option(group, "--waive FILE", any_path, waivers)


def check(args: argparse.Namespace) -> Answer:
    """Run a backend on the golden cases and report which gradients deviate, and why.

    The backend is a callable, fn(case) -> {name: array}, or, with --exec, a program that reads
    a case folder and writes its answer there: docs/verify/check-your-backend.md and
    docs/verify/program-backend.md have an example of each.

    exit codes: 0 every case passed, was declined or is waived; 1 a case failed, a waiver
    is unused, or every case or more than --max-declined were declined; 2 wrong options or files.

    example: liaf-ref oracle check --backend my_package.my_module:answer
    example: liaf-ref oracle check --backend my_module:answer --random 1000 --seed 7
    example: liaf-ref oracle check --backend my_module:answer --declare liaf.toml
    example: liaf-ref oracle check --backend my_module:answer --jobs 4 --fail-fast
    example: liaf-ref oracle check --backend my_module:answer --dtype bfloat16
    example: liaf-ref oracle check --backend my_module:answer --dtype q4.12 --declare words.toml
    example: liaf-ref oracle check --exec ./my_program --loop --dtype float64 --level L0,L1 --json
    example: liaf-ref oracle check --backend backend:answer --waive waivers.toml --junit report.xml
    """
    from liaf_ref.cli.oracle_run import run  # noqa: PLC0415 - loads the oracle

    return run(args)
