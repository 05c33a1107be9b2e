"""``liaf-ref list``: the experiments and cells, with sizes and measured run times."""

import argparse
from collections.abc import Iterator
from typing import Any

import numpy as np

from liaf_ref.cli.options import Answer, Parser
from liaf_ref.data.babi.reader import TASK_NAMES
from liaf_ref.experiments.babi import BabiConfig
from liaf_ref.experiments.registry import EXPERIMENTS, STUDIES
from liaf_ref.experiments.training_run import measure_sample
from liaf_ref.networks import BabiNetwork
from liaf_ref.networks.cells import CELL_FACTORIES

VOCAB, T, Q, N_QUESTIONS = 22, 66, 4, 900  # bAbI QA1 of the published text, 10 % set aside


def add(parser: Parser) -> None:
    """Add no option but --json."""
    parser.runs(list_experiments)


def list_experiments(args: argparse.Namespace) -> Answer:
    """List experiments and cells, with numbers of weights and the measured time per step.

    example: liaf-ref list --json
    """
    rows = [_measure_cell(cell) for cell in CELL_FACTORIES]
    experiments: list[dict[str, Any]] = []
    for name, experiment in EXPERIMENTS.items():
        fields = experiment.list_fields.items()
        lists = {option: list(experiment.list_choices(field)) for field, option in fields}
        scales = experiment.field_choices.get("scale")
        experiments.append({"name": name} | lists | ({"scales": list(scales)} if scales else {}))
    experiments[0] |= {"tasks_generated": list(TASK_NAMES), "cells": rows}
    studies = [{"name": s.name, "cells": list(s.cells)} for s in STUDIES.values()]
    return Answer({"experiments": experiments, "studies": studies}, "\n".join(_lines(rows)))


def _lines(rows: list[dict[str, Any]]) -> Iterator[str]:
    yield "run babi   bAbI question answering, Section VI-A, Table III"
    yield "           tasks 1 to 20 of the published text with --data, or of generated text\n"
    yield "           cell   weights (layer)   weights (network)   ms per step   60 epochs of QA1"
    for row in rows:
        weights = f"{row['weights_layer']:>17,}{row['weights_network']:>20,}"
        times = f"{row['ms_per_step']:>14.1f}{row['seconds_per_run']:>16.0f} s"
        yield f"           {row['cell']:<5}{weights}{times}"
    yield ""
    for name, experiment in list(EXPERIMENTS.items())[1:]:  # bAbI is above
        lists = experiment.list_fields.items()
        facts = [f"--{o} {','.join(map(str, experiment.list_choices(f)))}" for f, o in lists]
        facts += [f"--scale {','.join(own)}" for own in experiment.field_choices.values()]
        data = ["--data DIR"] * ("folder" in experiment.source_fields)
        facts += data if experiment.data_required else [" or ".join(["generated data", *data])]
        about = ", ".join(filter(None, (experiment.title, experiment.section)))
        yield f"run {name:<13}{about}: {'; '.join(facts)}"
    for study in STUDIES.values():
        cells = ",".join(study.cells)
        yield f"run {study.name:<13}{study.section}: trains and measures {cells}"


def _measure_cell(cell: str) -> dict[str, Any]:
    network, config = BabiNetwork(VOCAB, cell), BabiConfig(task=1, cell=cell)
    rng = np.random.default_rng(0)
    inputs = [rng.integers(0, VOCAB, (config.batch_size, n)) for n in (T, Q)]
    _, sample = measure_sample(network, inputs, config.batch_size)
    steps = -(-N_QUESTIONS // config.batch_size) * config.epochs
    return {
        "cell": cell,
        "weights_layer": network.temporal_layer.count_params(),
        "weights_network": network.count_params(),
        "ms_per_step": round(1000 * config.batch_size * sample, 3),
        "seconds_per_run": round(config.batch_size * sample * steps, 1),
    }
