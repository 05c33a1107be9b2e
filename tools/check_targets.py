"""Run each make target in a fresh clone with an environment of its own, as a newcomer would.

``python tools/check_targets.py [TARGET ...]``; long targets get a small task.
"""

import argparse
import os
import shlex
import sys
import tempfile
import time
from pathlib import Path

from subprocesses import ROOT, check_output

# Target: variables that keep it short.  One left out needs no environment, or runs this program.
TARGETS = {
    "demo": "",
    "notebooks": "",
    "handout": "",
    "slides": "",
    "report": "",
    "docs": "",
    "docs-check": "",
    "lab": "ARGS=--version",
    "test": "PYTEST_ADDOPTS=tests/kernels",
    "coverage": "PYTEST_ADDOPTS=tests/kernels COVERED=0",
    "shuffled": "PYTEST_ADDOPTS=tests/kernels RUNS=1",
    "peers": "",
    "frameworks": "",
    "size": "",
    "lint": "",
    "types": "",
    "review": "",
    "hooks": "",
    "mutants": "PART=training SAMPLE=1",
    "fuzz": "N=10",
    "bench": "ARGS='babi-liaf --rounds 1'",
    "dist": "",
    "matrix": "NAMES=3.11 PYTEST_ADDOPTS=tests/kernels",
}
LEFT_OUT = {"help", "clean", "release-check"}


def run_target(name: str) -> str:
    """What the target printed last, in a clone and an environment that are then deleted."""
    words = shlex.split(TARGETS[name])
    variables = dict(word.split("=", 1) for word in words if word.startswith("PYTEST_"))
    options = [word for word in words if not word.startswith("PYTEST_")]
    kept = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        check_output("git", "clone", "--quiet", str(ROOT), str(clone))
        return check_output("make", name, *options, cwd=clone, env=kept | variables)


def main() -> int:
    """Run them, a line each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("targets", nargs="*", metavar="TARGET", default=list(TARGETS))
    failed = []
    for name in parser.parse_args().targets:
        began, printed = time.perf_counter(), ""
        try:
            run_target(name)
        except SystemExit as error:
            failed.append(name)
            printed = str(error)[-2000:]
        print(f"make {name}: {'failed' if printed else 'works'}", end=" ")
        print(f"({time.perf_counter() - began:.0f} s)", printed, flush=True)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
