"""Studies measure trained networks; that of efficiency counts operations, Tables I, II, VII, IX."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from liaf_ref._core.declared import Declared, Of
from liaf_ref._core.errors import RunError
from liaf_ref._core.kinds import About, one_of
from liaf_ref.analysis import op_count
from liaf_ref.analysis.neurobench import measure_neurobench
from liaf_ref.experiments import dvs
from liaf_ref.experiments.dvs.frame_data import FrameDataset
from liaf_ref.experiments.training_run import majority_accuracy, spread
from liaf_ref.kernels.array import Array
from liaf_ref.layers import Params
from liaf_ref.networks import SequenceClassifier
from liaf_ref.networks.base import Network
from liaf_ref.networks.registry import NETWORKS, create_network
from liaf_ref.training.loop import compute_score, iter_batches
from liaf_ref.training.protocols import ArrayDataset
from liaf_ref.training.run_folder import DATA_SHA256, load_checkpoint, read_run_json
from liaf_ref.training.state import Score


class TrainedNetwork(NamedTuple):
    """A trained network and its recordings."""

    config: dvs.DVSConfig
    network: SequenceClassifier
    params: Params  # that the run tested
    running_stats: Params
    train: FrameDataset  # for calibration; accuracies are measured on ``test``
    test: FrameDataset

    @property
    def params_and_stats(self) -> Params:
        """Parameters and running statistics by name."""
        return {**self.params, **self.running_stats}

    def test_score(self) -> Score:
        """Accuracy and loss on the test recordings."""
        passes, loss, size = self.network.passes(), self.network.loss, self.config.batch_size
        return compute_score(passes, loss, self.params, self.test, size, self.running_stats)

    def majority_accuracy(self) -> float:
        """Fraction of the test recordings in the most frequent class of the training recordings."""
        return majority_accuracy(self.train.labels, self.test.labels)

    def batches(self, frames: FrameDataset, size: int) -> Iterator[tuple[Array, Array]]:
        """Yield frames and labels in batches of ``size`` recordings."""
        for part in iter_batches(frames, size):
            yield part.inputs[0], part.labels


def load_trained_network(
    config: dvs.DVSConfig, data: dvs.FrameData, folder: Path
) -> TrainedNetwork:
    """Read a trained network."""
    found = read_run_json(folder).get("config")
    recorded = found if isinstance(found, dict) else {}
    digest = recorded.get(DATA_SHA256)
    if digest != data.sha256:
        reason = f"expected a run on data with sha256 {data.sha256}, got {digest}; check --data"
        raise RunError(f"{folder}: {reason}")
    state = load_checkpoint(folder, recorded).state
    if not state.epoch:
        raise RunError(f"{folder}: expected a run with a finished epoch, got none; resume it first")
    run = dvs.DVSExperiment(config.experiment).prepare(data, config)
    chosen = run.select(state)
    weights = chosen.params, chosen.running_stats
    return TrainedNetwork(config, config.network, *weights, data.train, data.test)


ReportProgress = Callable[[str], None]
Measure = Callable[[Mapping[str, TrainedNetwork], ReportProgress], dict[str, Any]]


class StudyConfig(Declared):
    """The networks that a study trains."""

    on: Annotated[str, one_of(*dvs.EXPERIMENT_SPECS), About("experiment to train")] = "mnist-dvs"
    scale: Annotated[str, Of(dvs.DVSConfig)] = "small"
    epochs: Annotated[Any, Of(dvs.DVSConfig)] = None  # of its scale
    seed: Annotated[int, Of(dvs.DVSConfig)] = 0

    def training_config(self, cell: str) -> dvs.DVSConfig:
        """Configuration of one network."""
        return dvs.DVSConfig(self.on, cell, self.scale, seed=self.seed, epochs=self.epochs)


class Study(NamedTuple):
    """A study; its table and figure are in :mod:`liaf_ref.report`."""

    name: str
    section: str
    description: str
    cells: tuple[str, ...]  # the networks it needs
    measure: Measure  # returns the results for networks by cell


TABLE_PREFIXES = {"VII": "cifar10-dvs-", "IX": "gesture-"}
MAX_RECORDINGS = 100  # test recordings on which zeros are counted
PRUNED = (0.0, 0.01, 0.03, 0.1, 0.2, 0.3, 1.0)  # outputs nearer to zero are set to it


def measure_efficiency(
    networks: Mapping[str, TrainedNetwork], on_progress: Callable[[str], None]
) -> dict[str, Any]:
    """Count operations exactly, and, on recordings, without operations on zeros."""
    on_progress("counting the paper's networks")
    exact = {
        table: {n.removeprefix(stem): _count(create_network(n)) for n in NETWORKS if stem in n}
        for table, stem in TABLE_PREFIXES.items()
    }
    on_progress("measuring sparsity")
    found = [_network_sparsity(cell, one) for cell, one in networks.items()]
    known = next(iter(networks.values())).config  # the other cells are counted at its scale
    cells = dvs.experiment_spec(known.experiment).cells
    scaled = {c: _count(dvs.DVSConfig(known.experiment, c, known.scale).network) for c in cells}
    return {"exact": exact, "at_scale": scaled, "trained": found}


def _count(network: Network) -> dict[str, int]:
    return vars(op_count.count_total(network, network.steps))


def _network_sparsity(cell: str, trained: TrainedNetwork) -> dict[str, Any]:
    chosen = trained.test.take(spread(len(trained.test), MAX_RECORDINGS))
    frames = chosen.inputs[0]
    chain = trained.network.sequential
    stages = op_count.measure_sparsity(chain, trained.params_and_stats, frames)
    return {
        "cell": cell,
        "accuracy": trained.test_score().accuracy,
        "dense": vars(op_count.total(row.dense for row in stages)),
        "effective": vars(op_count.total(row.effective for row in stages)),
        "stages": [row.to_dict() for row in stages],
        "neurobench": measure_neurobench(chain, trained.params_and_stats, frames).to_dict(),
        "pruned": [_pruned(trained, chosen, below) for below in PRUNED],
    }


def _pruned(trained: TrainedNetwork, test: ArrayDataset, below: float) -> dict[str, float]:
    """Accuracy and MACs if outputs below a threshold are zero."""
    chain, params = trained.network.sequential, trained.params_and_stats
    found = measure_neurobench(chain, params, test.inputs[0], below=below)
    accuracy = float((found.logits.argmax(axis=-1) == test.labels).mean())
    return {"below": below, "accuracy": accuracy} | found.to_dict()


EFFICIENCY = Study(
    "efficiency",
    "Section V, Tables I, II, VII, IX",
    "Count weights and operations of layers and networks next to the printed numbers, and,\n"
    "for trained networks, the operations that remain when zeros are skipped.",
    ("liaf", "lif"),
    measure_efficiency,
)
