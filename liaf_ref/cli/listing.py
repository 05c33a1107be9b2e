"""``liaf-ref list``: the experiments and cells, with sizes and measured run times."""

import argparse
import json
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from liaf_ref._core.palette import CELL_NAMES
from liaf_ref.data.babi.stories import FAMILIES
from liaf_ref.experiments.babi import BabiConfig
from liaf_ref.experiments.dvs import SCALES
from liaf_ref.experiments.registry import EXPERIMENTS, STUDIES
from liaf_ref.kernels import loss
from liaf_ref.networks import BabiNetwork
from liaf_ref.networks.cells import CELL_FACTORIES
from liaf_ref.training.loop import iter_training
from liaf_ref.training.state import ArrayDataset, TrainingSettings, initial_training_state

if TYPE_CHECKING:
    from liaf_ref.cli.options import Commands

TIMED_STEPS = 5
VOCAB, T, Q, N_QUESTIONS = 22, 66, 4, 900  # bAbI QA1 of the published text, 10 % set aside


def add(commands: "Commands") -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "list",
        description=(
            "List experiments and cells, with numbers of weights and the measured time per step."
        ),
        epilog="example: liaf-ref list --json",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """List experiments; see ``liaf-ref list --help``."""
    rows = [_measure_cell(cell) for cell in CELL_FACTORIES]
    if args.json:
        experiments: list[dict[str, Any]] = []
        for name, experiment in EXPERIMENTS.items():
            lists = {
                option: list(experiment.list_choices(field))
                for field, option in experiment.list_fields.items()
            }
            scales = experiment.field_choices.get("scale")
            listed = {"scales": list(scales)} if scales else {}
            experiments.append({"name": name} | lists | listed)
        experiments[0] |= {"tasks_generated": list(FAMILIES), "cells": rows}
        studies = [{"name": s.name, "cells": list(s.cells)} for s in STUDIES.values()]
        print(json.dumps({"experiments": experiments, "studies": studies}, indent=2))
        return 0
    print("run babi   bAbI question answering, Section VI-A, Table III")
    print("           tasks 1 to 20 of the published text with --data, or of generated text\n")
    print("           cell   weights (layer)   weights (network)   ms per step   60 epochs of QA1")
    for row in rows:
        print(
            f"           {row['cell']:<5}{row['weights_layer']:>17,}{row['weights_network']:>20,}"
            f"{row['ms_per_step']:>14.1f}{row['seconds_per_run']:>16.0f} s"
        )
    print()
    for name, experiment in EXPERIMENTS.items():
        if name == "babi":
            continue
        cells = ", ".join(map(_cell_name, experiment.list_choices("cell")))
        simulated = "folder" not in experiment.source_fields
        published = "--data" if experiment.data_required else "simulated events, or --data"
        where = "simulated events, no scale `paper`" if simulated else published
        print(f"run {name:<13}{experiment.section}: {cells}; {where}")
    for study in STUDIES.values():
        cells = ", ".join(CELL_NAMES[cell] for cell in study.cells)
        print(f"run {study.name:<13}{study.section}: trains and measures {cells}")
    print(f"                 all but babi take --scale {', '.join(SCALES)}")
    print("\nbabi       generate stories in the published format; liaf-ref babi generate --help")
    print("sweep      run a grid of configurations in parallel; liaf-ref sweep --help")
    print("report     write a report of runs next to the paper's numbers; liaf-ref report --help")
    print("cost       count operations, parameters and memory of a network; liaf-ref cost --help")
    print("audit      recompute the numbers printed in the paper; liaf-ref audit --help")
    return 0


def _cell_name(cell: str) -> str:
    return CELL_NAMES.get(cell, cell)


def _measure_cell(cell: str) -> dict[str, Any]:
    network, config = BabiNetwork(VOCAB, cell), BabiConfig(task=1, cell=cell)
    rng = np.random.default_rng(0)
    count = TIMED_STEPS * config.batch_size
    story, query = (rng.integers(0, VOCAB, (count, n)) for n in (T, Q))
    examples = ArrayDataset((story, query), rng.integers(0, VOCAB, count))
    state = initial_training_state(network.init(rng), config.make_optimizer(), rng)
    settings = TrainingSettings(epochs=1, batch_size=config.batch_size)
    steps = iter_training(
        network.unchecked_functions(),
        loss,
        config.make_optimizer(),
        (examples, examples),
        settings,
        state,
    )
    times = []
    for _ in range(TIMED_STEPS):
        began = time.perf_counter()
        next(steps)
        times.append(time.perf_counter() - began)
    step = sorted(times)[len(times) // 2]
    run = -(-N_QUESTIONS // config.batch_size) * config.epochs
    return {
        "cell": cell,
        "weights_layer": network.temporal_layer.count_params(),
        "weights_network": network.count_params(),
        "ms_per_step": round(1000 * step, 3),
        "seconds_per_run": round(step * run, 1),
    }
