"""Measure how often ``liaf-ref oracle explain`` finds the conventions of a simulated neuron.

``python tools/measure_explain.py [PLATFORM ...] [--seeds N] [--record WHAT] [--json]``
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from oracle.platforms import SIMULATORS, Neuron, wrong_parts

from liaf_ref._core.errors import InputError
from liaf_ref.cli.options import Parser, bounded_int, positive_int
from liaf_ref.oracle import explain_trace

RECORDS = {
    "both": ("input", "potential", "spikes"),
    "spikes": ("input", "spikes"),
    "potential": ("input", "potential"),
}
MIN_STEPS = 20
VERDICTS = ("right", "unexplained", "wrong")


class Outcome(NamedTuple):
    """What came of one trace."""

    record: str
    platform: str
    seed: int
    verdict: str
    wrong: list[str]  # parts that are asserted although the platform has another choice


def make_parser() -> Parser:
    """Make the parser of the command line."""
    parser = Parser(
        prog="measure_explain.py",
        description="Simulate neurons in the words of several platforms, with random parameters.\n"
        "Count the traces that are explained rightly, not explained, and wrongly: a\n"
        "convention is asserted that the platform does not have.",
        epilog="example: python tools/measure_explain.py sinabs rockpool --seeds 2 --record both\n"
        "exit codes: 0 no wrong assertion, 1 a wrong assertion, 2 invalid input",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    option("platforms", nargs="*", metavar="PLATFORM", help=f"among {', '.join(SIMULATORS)}")
    count = "neurons of each platform (default: 1)"
    option("--seeds", type=positive_int, default=1, metavar="N", help=count)
    first = "random seed of the first neuron (default: 0)"
    option("--first-seed", type=bounded_int(0), default=0, metavar="S", help=first)
    steps = "steps of a trace (default: 80)"
    option("--steps", type=bounded_int(MIN_STEPS), default=80, metavar="T", help=steps)
    what = f"what a trace records: {', '.join(RECORDS)} (default: each of them)"
    option("--record", choices=tuple(RECORDS), metavar="WHAT", help=what)
    option("--json", action="store_true", help="print one JSON document")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Measure. Exit codes: 0 no wrong assertion, 1 a wrong assertion, 2 invalid input."""
    parser = make_parser()
    args = parser.parse_args(argv)
    for name in args.platforms:
        if name not in SIMULATORS:
            parser.error(f"PLATFORM: expected one of {', '.join(SIMULATORS)}, got {name!r}")
    found = []
    for outcome in _measure(args):
        print(_line(outcome), file=sys.stderr, flush=True)
        found.append(outcome)
    if args.json:
        print(json.dumps([outcome._asdict() for outcome in found], indent=2))
    else:
        print("\n".join(_table(found)))
    return int(any(outcome.wrong for outcome in found))


def _measure(args: argparse.Namespace) -> Iterator[Outcome]:
    for record in [args.record] if args.record else RECORDS:
        for seed in range(args.first_seed, args.first_seed + args.seeds):
            for name in args.platforms or SIMULATORS:
                yield _explain(record, name, seed, args.steps)


def _explain(record: str, name: str, seed: int, steps: int) -> Outcome:
    recorded = SIMULATORS[name](Neuron(seed, steps, single=True))
    trace = {column: recorded.trace[column] for column in RECORDS[record]}
    try:
        found = explain_trace(trace, recorded.params)
    except InputError:  # too few steps without a spike
        return Outcome(record, name, seed, "unexplained", [])
    wrong = list(wrong_parts(found, recorded.truth)) if found.explained else []
    verdict = "wrong" if wrong else "right" if found.explained else "unexplained"
    return Outcome(record, name, seed, verdict, wrong)


def _line(outcome: Outcome) -> str:
    text = f"{outcome.record}, {outcome.platform}, seed {outcome.seed}: {outcome.verdict}"
    return f"{text}: {'; '.join(outcome.wrong)}" if outcome.wrong else text


def _table(found: list[Outcome]) -> Iterator[str]:
    yield f"| recorded | traces | {' | '.join(VERDICTS)} |"
    yield "|---|---|---|---|---|"
    for record in dict.fromkeys(outcome.record for outcome in found):
        counts = Counter(outcome.verdict for outcome in found if outcome.record == record)
        numbers = " | ".join(str(counts[verdict]) for verdict in VERDICTS)
        yield f"| {record} | {counts.total()} | {numbers} |"


if __name__ == "__main__":
    sys.exit(main())
