"""All commands in one parser."""

from liaf_ref import __version__
from liaf_ref.cli import (
    audit,
    babi,
    bench,
    cost,
    data,
    events,
    gradcheck,
    grow,
    listing,
    oracle,
    report,
    resume,
    run_babi,
    run_study,
    run_vision,
    simulate,
    sweep,
    table03,
)
from liaf_ref.cli.options import Parser
from liaf_ref.cli.studies import STUDIES
from liaf_ref.experiments.vision import EXPERIMENTS


def build() -> Parser:
    """Build the parser of all commands."""
    parser = Parser(
        prog="liaf-ref",
        description="LIAF-Net in pure NumPy: run the paper's experiments, check gradients of\n"
        "this package or of your own, count and measure what it takes.",
        epilog="example: liaf-ref run babi --tasks 1 --cells liaf,lif --epochs 20",
    )
    parser.add_argument("--version", action="version", version=f"liaf-ref {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    run = commands.add_parser(
        "run",
        help="run an experiment of the paper",
        description="Run an experiment of the paper.",
        epilog="example: liaf-ref run babi --tasks 1 --cells liaf,lif --epochs 20",
    )
    experiments = run.add_subparsers(metavar="EXPERIMENT", required=True)
    run_babi.add(experiments)
    for name in EXPERIMENTS:
        run_vision.add(experiments, name)
    for name in STUDIES:
        run_study.add(experiments, name)
    resume.add(commands)
    sweep.add(commands)
    table03.add(commands)
    report.add(commands)
    listing.add(commands)
    babi.add(commands)
    data.add(commands)
    simulate.add(commands)
    events.add(commands)
    cost.add(commands)
    audit.add(commands)
    grow.add(commands)
    bench.add(commands)
    oracle.add(commands)
    gradcheck.add(commands)
    return parser
