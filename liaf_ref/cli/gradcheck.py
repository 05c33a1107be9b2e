"""``liaf-ref gradcheck``: check a backward pass against a reference gradient."""

import argparse
import json
import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.user_code import load_callable
from liaf_ref._core.validation.scalars import describe_value
from liaf_ref.cli.options import bounded_int, float_value
from liaf_ref.kernels.activation import ACTIVATIONS
from liaf_ref.layers.liaf import MODES as NEURON_MODES
from liaf_ref.layers.liaf import SHARINGS
from liaf_ref.oracle.gradcheck import MODES, GradcheckTarget, ModeNotApplicableError
from liaf_ref.oracle.gradcheck.catalog import (
    KERNELS,
    LAYERS,
    NETWORKS,
    NeuronOptions,
    build_target,
    check_away_from_kinks,
)
from liaf_ref.oracle.gradcheck.check import calls_spike

if TYPE_CHECKING:
    from liaf_ref.cli.options import Commands

LIAF_OPTIONS, LIF_OPTIONS = ("act", "mode", "sharing"), ("sharing",)
LAYER_OPTIONS = {
    "direct-liaf": LIAF_OPTIONS,
    "direct-lif": LIF_OPTIONS,
    "liaf": LIAF_OPTIONS,
    "lif": LIF_OPTIONS,
    "conv-liaf": LIAF_OPTIONS,
    "conv-lif": LIF_OPTIONS,
    "pooling-liaf": LIAF_OPTIONS,
}


def add(commands: "Commands") -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "gradcheck",
        description="Compare every derivative of a layer or network with a reference\n"
        "gradient, entry by entry, in float64.\n"
        "Exit code 0: passed; 1: failed.",
        epilog=f"layers: {', '.join(LAYERS)}\nnetworks: {', '.join(NETWORKS)}\n"
        f"losses and dropout: {', '.join(KERNELS)}\n"
        "your own: package.module:function, which takes a numpy.random.Generator and returns\n"
        "a liaf_ref.oracle.GradcheckTarget\n\n"
        "example: liaf-ref gradcheck liaf --act selu --sharing all --mode relaxed",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    option("target", metavar="LAYER|NETWORK", help="one of the names below")
    option(
        "--mode",
        choices=[*MODES, "all"],
        default="all",
        dest="way",
        help="method of the reference gradient (default: all)",
    )
    option(
        "--mu",
        type=float_value,
        default=0.5,
        metavar="X",
        help="half-width of the window, Eq. (13) (default: 0.5)",
    )
    only = "; LIAF layers only"
    option(
        "--act",
        choices=ACTIVATIONS,
        help=f"activation function Act, Eq. (8) (default: identity{only})",
    )
    neuron_mode = f"TR: Act applies to U - V_th; NTR: to U, Eq. (8) (default: TR{only})"
    option("--neuron-mode", choices=NEURON_MODES, dest="mode", help=neuron_mode)
    sharing = "parameter sharing (default: channel; neuron layers only)"
    option("--sharing", choices=SHARINGS, help=sharing)
    option(
        "--seed",
        type=bounded_int(0),
        default=0,
        metavar="S",
        help="random seed of the sample (default: 0)",
    )
    option("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Check; see ``liaf-ref gradcheck --help``."""
    make = _target_factory(args)
    checks = []
    use_all = args.way == "all"
    for mode in MODES if use_all else (args.way,):
        # The modes before have called the target's functions, so that these raise nothing here.
        if use_all and mode == "hard" and not calls_spike(make(np.random.default_rng(args.seed))):
            print("mode hard skipped: without a spike, it is mode relaxed\n", file=sys.stderr)
            continue
        try:
            report, seed = check_away_from_kinks(make, mode, args.mu, args.seed)
        except ModeNotApplicableError as error:
            if not use_all:
                raise
            print(f"mode {mode} skipped: {error}\n", file=sys.stderr)
            continue
        checks.append({"seed": seed, **report.to_dict()})
        if not args.json:
            note = (
                ""
                if seed == args.seed
                else f"; seed {seed}, the first sample without a kink nearby"
            )
            print(f"{report}{note}\n")
    passed = all(check["passed"] for check in checks)
    if args.json:
        document = {"target": args.target, "mu": args.mu, "passed": passed, "checks": checks}
        print(json.dumps(document, indent=2))
    return 0 if passed else 1


def _target_factory(args: argparse.Namespace) -> Callable[[np.random.Generator], GradcheckTarget]:
    if args.target in {*LAYERS, *NETWORKS, *KERNELS}:
        return partial(build_target, args.target, _choices(args))
    if ":" not in args.target:
        known = ", ".join((*LAYERS, *NETWORKS, *KERNELS))
        raise InputError(
            f"LAYER|NETWORK: expected one of {known} or package.module:function, "
            f"got {args.target!r}"
        )
    _choices(args)
    make = load_callable(args.target, "LAYER|NETWORK")

    def checked(rng: np.random.Generator) -> GradcheckTarget:
        try:
            target = make(rng)
        except (Exception, SystemExit) as error:
            raised = f"{type(error).__name__}: {error}"
            raise InputError(
                f"LAYER|NETWORK {args.target}: the function raised {raised}"
            ) from error
        if not isinstance(target, GradcheckTarget):
            reason = f"expected a GradcheckTarget, got {describe_value(target)}"
            raise InputError(f"LAYER|NETWORK {args.target}: {reason}")
        return target

    return checked


def _choices(args: argparse.Namespace) -> NeuronOptions:
    given = {
        name: value for name in NeuronOptions._fields if (value := getattr(args, name)) is not None
    }
    allowed = LAYER_OPTIONS.get(args.target, ())
    for name in given:
        if name not in allowed:
            option = "--neuron-mode" if name == "mode" else f"--{name}"
            raise InputError(
                f"{option}: expected no value for {args.target}, which has no such option"
            )
    return NeuronOptions(**given)
