"""``liaf-ref gradcheck``: a backward pass held against a way around it."""

import argparse
import importlib
import json
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from liaf_ref.cli.options import number, whole
from liaf_ref.errors import InputError
from liaf_ref.kernels.activation import ACTIVATIONS
from liaf_ref.layers.liaf import MODES as NEURON_MODES
from liaf_ref.layers.liaf import SHARINGS
from liaf_ref.oracle.gradcheck import MODES, Subject
from liaf_ref.oracle.gradcheck.catalogue import (
    LAYERS,
    NETWORKS,
    Choices,
    build,
    check_away_from_kinks,
)

if TYPE_CHECKING:
    from liaf_ref.cli.options import Commands


def add(commands: "Commands") -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "gradcheck",
        help="check a backward pass against a way around it",
        description="Check every derivative of a layer or network, entry by entry, in float64.\n"
        "Exit code 0: right; 1: wrong.",
        epilog=f"layers: {', '.join(LAYERS)}\nnetworks: {', '.join(NETWORKS)}\n"
        "or package.module:function, which takes a numpy Generator and returns a\n"
        "liaf_ref.oracle.gradcheck.Subject of your own\n\n"
        "example: liaf-ref gradcheck liaf --act selu --sharing all --mode relaxed",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    option("subject", metavar="LAYER|NETWORK", help="one of those below")
    option("--mode", choices=[*MODES, "all"], default="all", help="the way around (default: all)")
    option("--mu", type=number, default=0.5, metavar="X", help="half width of (13) (default: 0.5)")
    option("--act", choices=ACTIVATIONS, default="identity", help="Act of (8), LIAF layers only")
    option("--neuron-mode", choices=NEURON_MODES, default="TR", help="(8), LIAF layers only")
    option("--sharing", choices=SHARINGS, default="channel", help="layers of neurons only")
    option("--seed", type=whole(0), default=0, metavar="S", help="of the sample (default: 0)")
    option("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Check; see ``liaf-ref gradcheck --help``."""
    make = _maker(args)
    checks = []
    for mode in MODES if args.mode == "all" else (args.mode,):
        report, seed = check_away_from_kinks(make, mode, args.mu, args.seed)
        checks.append({"seed": seed, **report.as_json()})
        if not args.json:
            note = "" if seed == args.seed else f"; seed {seed}, the first away from every kink"
            print(f"{report}{note}\n")
    passed = all(check["passed"] for check in checks)
    if args.json:
        document = {"subject": args.subject, "mu": args.mu, "passed": passed, "checks": checks}
        print(json.dumps(document, indent=2))
    return 0 if passed else 1


def _maker(args: argparse.Namespace) -> Callable[[np.random.Generator], Subject]:
    if args.subject in LAYERS or args.subject in NETWORKS:
        choices = Choices(args.act, args.neuron_mode, args.sharing)
        return partial(build, args.subject, choices)
    module, _, function = args.subject.partition(":")
    if not function:
        known = ", ".join((*LAYERS, *NETWORKS))
        raise InputError(
            f"LAYER|NETWORK: expected one of {known} or package.module:function, "
            f"got {args.subject!r}"
        )
    return _outside(module, function)


def _outside(module: str, function: str) -> Callable[[np.random.Generator], Subject]:
    try:
        make = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise InputError(f"LAYER|NETWORK: {module}:{function} cannot be had: {error}") from error

    def checked(rng: np.random.Generator) -> Subject:
        subject = make(rng)
        if not isinstance(subject, Subject):
            raise InputError(
                f"{module}:{function}: expected a liaf_ref.oracle.gradcheck.Subject, "
                f"got {type(subject).__name__}"
            )
        return subject

    return checked
