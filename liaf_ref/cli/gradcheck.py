"""``liaf-ref gradcheck``: check a backward pass against a reference gradient."""

import argparse
import sys
from collections.abc import Callable
from functools import partial

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.imports import load_callable
from liaf_ref._core.text import describe_value
from liaf_ref.cli.options import Answer, Parser, bounded_int, float_value, option
from liaf_ref.kernels.activation import ACTIVATIONS
from liaf_ref.layers.types import MODES as NEURON_MODES
from liaf_ref.layers.types import SHARINGS
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

LIAF_OPTIONS, LIF_OPTIONS = ("act", "mode", "sharing"), ("sharing",)
LAYER_OPTIONS = {
    **dict.fromkeys(("direct-liaf", "liaf", "conv-liaf", "pooling-liaf"), LIAF_OPTIONS),
    **dict.fromkeys(("direct-lif", "lif", "conv-lif"), LIF_OPTIONS),
}


def add(parser: Parser) -> None:
    """Add the options."""
    option(parser, "target LAYER|NETWORK", str, "one of the names below")
    ways = [*MODES, "all"]
    option(parser, "--mode", ways, "method of the reference gradient", "all", dest="way")
    option(parser, "--mu X", float_value, "half-width of the window, Eq. (13)", 0.5)
    activation = "activation function Act, Eq. (8) (default: identity; LIAF layers only)"
    option(parser, "--act", ACTIVATIONS, activation)
    where = "TR: Act applies to U - V_th; NTR: to U, Eq. (8) (default: TR; LIAF layers only)"
    option(parser, "--neuron-mode", NEURON_MODES, where, dest="mode")
    sharing = "parameter sharing (default: channel; neuron layers only)"
    option(parser, "--sharing", SHARINGS, sharing)
    option(parser, "--seed S", bounded_int(0), "random seed of the sample", 0)
    parser.epilog = (
        f"layers: {', '.join(LAYERS)}\nnetworks: {', '.join(NETWORKS)}\n"
        f"losses and dropout: {', '.join(KERNELS)}\n"
        "your own: package.module:function, which takes a numpy.random.Generator and returns\n"
        "a liaf_ref.oracle.GradcheckTarget"
    )
    parser.runs(gradcheck)


def gradcheck(args: argparse.Namespace) -> Answer:
    """Compare every derivative of a layer or network with a reference gradient.

    Entry by entry, in float64. Exit code 0: passed; 1: failed.

    example: liaf-ref gradcheck liaf --act selu --sharing all --mode relaxed
    """
    make = _target_factory(args)
    checks, texts = [], []
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
        note = f"; seed {seed}, the first sample without a kink nearby"
        texts.append(f"{report}{'' if seed == args.seed else note}\n")
    passed = all(check["passed"] for check in checks)
    document = {"target": args.target, "mu": args.mu, "passed": passed, "checks": checks}
    return Answer(document, "\n".join(texts), 0 if passed else 1)


def _target_factory(args: argparse.Namespace) -> Callable[[np.random.Generator], GradcheckTarget]:
    if args.target in {*LAYERS, *NETWORKS, *KERNELS}:
        return partial(build_target, args.target, _choices(args))
    if ":" not in args.target:
        known = ", ".join((*LAYERS, *NETWORKS, *KERNELS))
        expected = f"expected one of {known} or package.module:function"
        raise InputError(f"LAYER|NETWORK: {expected}, got {args.target!r}")
    _choices(args)
    make = load_callable(args.target, "LAYER|NETWORK")

    def checked(rng: np.random.Generator) -> GradcheckTarget:
        try:
            target = make(rng)
        except (Exception, SystemExit) as error:
            raised = f"the function raised {type(error).__name__}: {error}"
            raise InputError(f"LAYER|NETWORK {args.target}: {raised}") from error
        if not isinstance(target, GradcheckTarget):
            reason = f"expected a GradcheckTarget, got {describe_value(target)}"
            raise InputError(f"LAYER|NETWORK {args.target}: {reason}")
        return target

    return checked


def _choices(args: argparse.Namespace) -> NeuronOptions:
    values = {name: getattr(args, name) for name in NeuronOptions._fields}
    given = {name: value for name, value in values.items() if value is not None}
    for name in given:
        if name not in LAYER_OPTIONS.get(args.target, ()):
            flag = "--neuron-mode" if name == "mode" else f"--{name}"
            reason = f"expected no value for {args.target}, which has no such option"
            raise InputError(f"{flag}: {reason}")
    return NeuronOptions(**given)
