"""Which random case first catches each wrong backend of tests/oracle/wrong_backends/limited.py.

    python tools/oracle_mutants.py [--random 2000] [--seed 0] [--dtype float32] [--only TEXT]

Exit code 1 if one passes all cases, or is caught only after the first 500.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from oracle.wrong_backends.limited import LATER_LIMITS, LIMITS, PASS_EVERY_STORED_CASE

from liaf_ref.oracle import golden_cases, random_cases, run
from liaf_ref.oracle.checker.verdict import judge

EXPECTED_WITHIN = 500  # cases
FAMILIES = {
    "passes every stored case": PASS_EVERY_STORED_CASE,
    "limits of size, range, options and precision": LIMITS,
    "further limits": LATER_LIMITS,
}


def main() -> int:
    """Run all wrong backends on the same cases, until each has failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--random", type=int, default=2000, metavar="N")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--dtype", default="float32", choices=("float32", "float64"))
    parser.add_argument("--only", default="", help="wrong backends whose name has this text")
    parser.add_argument(
        "--stored", action="store_true", help="run the stored cases: the first group passes them"
    )
    args = parser.parse_args()
    left = {
        name: wrong
        for family in FAMILIES.values()
        for name, wrong in family.items()
        if args.only in name
    }
    cases = golden_cases() if args.stored else random_cases(args.random, seed=args.seed)
    caught: dict[str, tuple[int, str]] = {}
    start = time.monotonic()
    for i, golden in enumerate(cases):
        with np.errstate(all="ignore"):
            right = judge(run, golden, args.dtype)
        if right.status != "passed":
            print(f"the reference itself fails: {right}")
            return 2
        for name in [n for n in left if n not in caught]:
            with np.errstate(all="ignore"):
                verdict = judge(left[name], golden, args.dtype)
            if verdict.status == "failed":
                caught[name] = i, verdict.summary()
                seconds = time.monotonic() - start
                print(f"{i:5} {seconds:5.0f} s  {name}: {verdict.summary()[:90]}", flush=True)
        if len(caught) == len(left):
            break
    missed = [name for name in left if name not in caught]
    late = [name for name, (i, _) in caught.items() if i >= EXPECTED_WITHIN]
    for title, family in FAMILIES.items():
        by = [caught[name][0] for name in family if name in caught]
        number = sum(name in left for name in family)
        if number:
            print(f"{title}: {len(by)} of {number} caught, the last by case {max(by, default=0)}")
    for name in missed:
        print(f"not caught: {name}")
    return 1 if missed or late else 0


if __name__ == "__main__":
    sys.exit(main())
