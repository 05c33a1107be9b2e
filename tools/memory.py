"""Whether the memory of a run grows with its epochs: ``python tools/memory.py --epochs 1000``."""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from statistics import median

from faults import SHARED
from tqdm import tqdm

from liaf_ref.data.babi import generate_task
from liaf_ref.experiments import babi
from liaf_ref.fast.memory import keep_freed
from liaf_ref.networks.cells import CELLS
from liaf_ref.training.loop import EpochDone

PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
PART = 0.1  # of the epochs; in the first, everything is used once


def resident() -> int:
    """Bytes of memory that this process has at the moment."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * PAGE


def measure(cell: str, epochs: int, folder: Path) -> list[int]:
    """Bytes after each epoch of a run that keeps its record."""
    config = babi.Config(task=1, cell=cell, epochs=epochs, lr=0.001, validation=0.25)
    events = babi.run(generate_task(1, stories=8, seed=1), config, folder)
    bar = tqdm(events, cell, disable=not sys.stderr.isatty(), leave=False)
    return [resident() for event in bar if isinstance(event, EpochDone)]


def main() -> int:
    """Measure, and say by how much it has grown; 1 if that is 1 % or more."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cell", choices=CELLS, default="liaf")
    parser.add_argument("--epochs", type=int, default=1000)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    args = parser.parse_args()
    if args.epochs < 10:
        parser.error("expected 10 epochs or more")
    keep_freed()  # as the command line does
    with tempfile.TemporaryDirectory(dir=SHARED if SHARED.is_dir() else None) as folder:
        sizes = measure(args.cell, args.epochs, Path(folder))
    part = round(PART * args.epochs)  # at one moment, a buffer of 1 MB is there or is not
    before, after = median(sizes[part : 2 * part]), median(sizes[-part:])
    growth = after / before - 1
    if args.json:
        facts = {"cell": args.cell, "growth": growth, "bytes": sizes}
        print(json.dumps(facts))
    else:
        told = f"{before:,.0f} in the second tenth of the epochs, {after:,.0f} in the last"
        print(f"{args.cell}: bytes, median, {told}; {100 * growth:+.2f} %")
    return int(growth >= 0.01)


if __name__ == "__main__":
    sys.exit(main())
