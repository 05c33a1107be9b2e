"""Counts of Tables I, II, VII and IX, and the operations that zeros could save."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from liaf_ref.analysis import op_count
from liaf_ref.experiments import dvs
from liaf_ref.experiments.study import Study, TrainedNetwork
from liaf_ref.networks.registry import NETWORKS, create_network

TABLE_PREFIXES = {"VII": "cifar10-dvs-", "IX": "gesture-"}
MAX_RECORDINGS = 100  # test recordings on which zeros are counted


def measure_efficiency(
    networks: Mapping[str, TrainedNetwork], on_progress: Callable[[str], None]
) -> dict[str, Any]:
    """Count operations exactly, and, on recordings, without operations on zeros."""
    on_progress("counting the paper's networks")
    exact: dict[str, dict[str, Any]] = {table: {} for table in TABLE_PREFIXES}
    for table, stem in TABLE_PREFIXES.items():
        for name in NETWORKS:
            if name.startswith(stem):
                known = create_network(name)
                counts = op_count.count_total(known, known.steps)
                exact[table][name.removeprefix(stem)] = vars(counts)
    on_progress("measuring sparsity")
    found = [_network_sparsity(cell, one) for cell, one in networks.items()]
    first = next(iter(networks.values()))
    return {"exact": exact, "at_scale": _counts_at_scale(first), "trained": found}


def _counts_at_scale(trained: TrainedNetwork) -> dict[str, Any]:
    """Counts of the networks of all cells at the scale of a trained one."""
    name, scale = trained.config.experiment, trained.config.scale
    cells = dvs.experiment_spec(name).cells
    networks = {cell: dvs.DVSConfig(name, cell, scale).network for cell in cells}
    return {cell: vars(op_count.count_total(net, net.steps)) for cell, net in networks.items()}


def _network_sparsity(cell: str, trained: TrainedNetwork) -> dict[str, Any]:
    spread = np.linspace(0, len(trained.test) - 1, min(MAX_RECORDINGS, len(trained.test)))
    frames = trained.test.take(spread.astype(np.int64)).inputs[0]
    chain = trained.network.sequential
    stages = op_count.measure_sparsity(chain, trained.params_and_stats, frames)
    return {
        "cell": cell,
        "accuracy": trained.test_score().accuracy,
        "dense": vars(op_count.total(row.dense for row in stages)),
        "effective": vars(op_count.total(row.effective for row in stages)),
        "stages": [
            row._asdict() | {"dense": vars(row.dense), "effective": vars(row.effective)}
            for row in stages
        ],
    }


EFFICIENCY = Study(
    "efficiency",
    "Section V, Tables I, II, VII, IX",
    "Count weights and operations of layers and networks next to the printed numbers, and,\n"
    "for trained networks, the operations that remain when zeros are skipped.",
    ("liaf", "lif"),
    measure_efficiency,
)
