"""Measure how the memory of a run grows with its epochs.

``python tools/memory_growth.py --epochs 1000``
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
from crash_test import RAM_DISK
from tqdm import tqdm

from liaf_ref._core.system import tune_malloc
from liaf_ref.data.babi import generate_task
from liaf_ref.experiments import babi, dvs
from liaf_ref.experiments.dvs.frame_data import FrameDataset
from liaf_ref.experiments.training_run import RunFinished
from liaf_ref.networks.cells import CELL_FACTORIES
from liaf_ref.training.state import EpochDone, Event

PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
WINDOW_FRACTION = 0.1  # of the epochs; in the first, everything is used once


def resident_bytes() -> int:
    """Bytes of memory that this process has at the moment."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * PAGE


RunFunction = Callable[[str, int, Path], Iterator[Event | RunFinished]]


def run_babi(cell: str, epochs: int, folder: Path) -> Iterator[Event | RunFinished]:
    """Run the network of Fig. 5 on 30 generated questions."""
    config = babi.BabiConfig(task=1, cell=cell, epochs=epochs, lr=0.001, validation_fraction=0.25)
    return babi.EXPERIMENT.run(generate_task(1, stories=8, seed=1), config, folder)


def run_frames(cell: str, epochs: int, folder: Path) -> Iterator[Event | RunFinished]:
    """Run the smallest network of Fig. 6 on 30 recordings of frames that show nothing."""
    usual = dvs.DVSConfig("n-mnist", cell, "smoke")
    config = replace(usual, epochs=epochs, validation_fraction=0.25)
    train, test = (_random_frames(config, count, seed) for seed, count in enumerate((40, 10)))
    classes = tuple("0123456789")
    data = dvs.FrameData(train, test, classes, "0" * 64, "frames of counts drawn at random")
    return dvs.DVSExperiment(config.experiment).run(data, config, folder)


def _random_frames(config: dvs.DVSConfig, count: int, seed: int) -> FrameDataset:
    drawn = np.random.default_rng(seed).poisson(
        0.3, (count, *config.scale_settings.preprocessing.shape)
    )
    return FrameDataset(drawn.astype(np.uint16), np.arange(count) % 10)


class MeasuredNetwork(NamedTuple):
    """What is run, and the cells that it can be built of."""

    run: RunFunction
    cells: tuple[str, ...]


NETWORKS = {
    "babi": MeasuredNetwork(run_babi, tuple(CELL_FACTORIES)),
    "n-mnist": MeasuredNetwork(run_frames, dvs.experiment_spec("n-mnist").cells),
}


def measure(network: str, cell: str, epochs: int, folder: Path) -> list[int]:
    """Bytes after each epoch of a run that keeps its record."""
    events = NETWORKS[network].run(cell, epochs, folder)
    bar = tqdm(events, cell, disable=not sys.stderr.isatty(), leave=False)
    return [resident_bytes() for event in bar if isinstance(event, EpochDone)]


def main() -> int:
    """Measure, and say by how much it has grown; 1 if that is 1 % or more."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--network", choices=NETWORKS, default="babi", help="network to train (default: babi)"
    )
    parser.add_argument("--cell", default="liaf", help="cell type of the network (default: liaf)")
    epochs = "epochs of the run, at least 10 (default: 1000)"
    parser.add_argument("--epochs", type=int, default=1000, help=epochs)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    args = parser.parse_args()
    if args.epochs < 10:
        parser.error(f"--epochs: expected at least 10, got {args.epochs}")
    if args.cell not in NETWORKS[args.network].cells:
        cells = ", ".join(NETWORKS[args.network].cells)
        parser.error(f"--cell: expected one of {cells} for {args.network}, got {args.cell}")
    tune_malloc()  # as the command line does
    with tempfile.TemporaryDirectory(dir=RAM_DISK if RAM_DISK.is_dir() else None) as folder:
        sizes = measure(args.network, args.cell, args.epochs, Path(folder))
    part = round(
        WINDOW_FRACTION * args.epochs
    )  # at one moment, a buffer of 1 MB is there or is not
    before, after = median(sizes[part : 2 * part]), median(sizes[-part:])
    growth = after / before - 1
    if args.json:
        facts = {"network": args.network, "cell": args.cell, "growth": growth, "bytes": sizes}
        print(json.dumps(facts))
    else:
        text = f"{before:,.0f} bytes in the second tenth of the epochs, {after:,.0f} in the last"
        print(f"{args.network}, {args.cell}: median memory {text}: {100 * growth:+.2f} %")
    return int(growth >= 0.01)


if __name__ == "__main__":
    sys.exit(main())
