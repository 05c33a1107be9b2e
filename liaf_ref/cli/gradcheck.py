"""``liaf-ref gradcheck``: check a backward pass against a reference gradient."""

import argparse
import sys
from collections.abc import Callable

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.imports import load_callable
from liaf_ref._core.kinds import real, whole
from liaf_ref._core.validation import check_instance
from liaf_ref.cli.options import Answer, Parser, option
from liaf_ref.oracle.gradcheck import check_away_from_kinks
from liaf_ref.oracle.gradcheck.modes import MODES, ModeNotApplicableError
from liaf_ref.oracle.gradcheck.target import GradcheckTarget


def add(parser: Parser) -> None:
    """Add the options."""
    yours = "package.module:function, which takes a numpy.random.Generator and returns a target"
    option(parser, "target M:F", str, yours)
    ways = [*MODES, "all"]
    option(parser, "--mode", ways, "method of the reference gradient", "all", dest="way")
    option(parser, "--mu X", real(), "half-width of the window, Eq. (13)", 0.5)
    option(parser, "--seed S", whole(0), "random seed of the sample", 0)
    parser.runs(gradcheck)


def gradcheck(args: argparse.Namespace) -> Answer:
    """Compare every derivative of a liaf_ref.oracle.GradcheckTarget with a reference gradient.

    Entry by entry, in float64. Exit code 0: passed; 1: failed.

    example: liaf-ref gradcheck mypackage.checks:target --mode relaxed
    """
    make = _target_factory(args.target)
    checks, texts = [], []
    use_all = args.way == "all"
    for mode in MODES if use_all else (args.way,):
        try:
            report, seed = check_away_from_kinks(make, mode, args.mu, args.seed)
        except ModeNotApplicableError as error:
            if not use_all:
                raise
            print(f"mode {mode} skipped: {error}\n", file=sys.stderr)
            continue
        checks.append({"seed": seed, **report.to_dict()})
        note = f"; seed {seed}, the first sample without a kink nearby"
        texts.append(f"{report}{'' if seed == args.seed else note}\n")
    passed = all(check["passed"] for check in checks)
    document = {"target": args.target, "mu": args.mu, "passed": passed, "checks": checks}
    return Answer(document, "\n".join(texts), 0 if passed else 1)


def _target_factory(name: str) -> Callable[[np.random.Generator], GradcheckTarget]:
    make = load_callable(name, "M:F")

    def checked(rng: np.random.Generator) -> GradcheckTarget:
        try:
            target = make(rng)
        except (Exception, SystemExit) as error:
            raised = f"the function raised {type(error).__name__}: {error}"
            raise InputError(f"M:F {name}: {raised}") from error
        return check_instance("M:F", target, GradcheckTarget, name, "a GradcheckTarget")

    return checked
