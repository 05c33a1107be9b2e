"""One training run: what it needs, and from its first step or a checkpoint to its result."""

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from types import ModuleType
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import InputError, NonFiniteError, TrainingError
from liaf_ref.experiments.diagnosis import diagnose
from liaf_ref.experiments.training_config import TrainingConfig
from liaf_ref.kernels import loss as softmax_cross_entropy
from liaf_ref.kernels.array import Array
from liaf_ref.layers import BatchNorm
from liaf_ref.networks.base import Network
from liaf_ref.networks.memory import estimate_memory
from liaf_ref.training import loop
from liaf_ref.training import state as states
from liaf_ref.training.checkpoint import check_compatible
from liaf_ref.training.protocols import BufferProvider, Dataset, initial_running_stats
from liaf_ref.training.run_folder import RunFolder

if TYPE_CHECKING:
    from liaf_ref.experiments.experiment import Experiment

LOCK_FILE = ".run.lock"  # not the lock that the runner holds for a job


class RunFinished(NamedTuple):
    """The last event of a run, with its row of the results table.

    Attributes
    ----------
    result : dict
        Accuracies, epochs, seed, seconds and the experiment's own columns.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> experiment = lr.experiments.EXPERIMENTS["babi"]
    >>> data = lr.data.babi.generate_task(1, stories=20, seed=0)
    >>> config = experiment.make_config({"task": 1, "cell": "gru", "epochs": 1})
    >>> *_, finished = experiment.run(data, config)
    >>> finished.result["epochs"]
    1
    """

    result: dict[str, Any]


Samples = TypeVar("Samples", bound=Dataset)


class Splits(NamedTuple, Generic[Samples]):
    """Training, validation and test samples.

    Attributes
    ----------
    train, validation, test : Dataset
        Such as :class:`liaf_ref.training.ArrayDataset`.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> experiment = lr.experiments.EXPERIMENTS["babi"]
    >>> config = experiment.make_config({"task": 1, "cell": "gru"})
    >>> splits = experiment.split(lr.load_babi(1), config)
    >>> len(splits.train), len(splits.validation), len(splits.test)
    (900, 100, 1000)
    """

    train: Samples
    validation: Samples
    test: Samples


def spawn_generators(seed: int) -> list[np.random.Generator]:
    """Make the independent generators of initial parameters, validation split and batch order.

    Parameters
    ----------
    seed : int
        The run's seed.

    Returns
    -------
    list of numpy.random.Generator
        Three, in this order.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> init, split, order = lr.experiments.spawn_generators(0)
    >>> int(init.integers(100)) == int(lr.experiments.spawn_generators(0)[0].integers(100))
    True
    """
    return [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(3)]


def majority_accuracy(known: Array, labels: Array) -> float:
    """Fraction of the labels that are the most frequent of those known."""
    majority = np.bincount(known.astype(np.intp, copy=False)).argmax()
    return float((labels == majority).mean())


def spread(count: int, most: int) -> NDArray[np.int64]:
    """Indices of at most so many samples, spread over all."""
    return np.linspace(0, count - 1, min(most, count)).astype(np.int64)


class Prepared(NamedTuple):
    """What a run consists of, made once: its data, split and network."""

    experiment: "Experiment[Any, Any]"
    data: Any
    config: Any
    splits: Splits[Any]
    network: Any

    @property
    def loss(self) -> Any:
        """The loss of the network."""
        return getattr(self.network, "loss", softmax_cross_entropy)

    def initial_state(self) -> states.TrainingState:
        """The state before the first step."""
        init, _, order = spawn_generators(self.config.seed)
        stats = initial_running_stats(self.network)
        optimizer = self.experiment.make_optimizer(self.config, self.network)
        return states.initial_training_state(self.network.init(init), optimizer, order, stats)

    def train(self, state: states.TrainingState) -> Iterator[states.Event]:
        """Train from a state; the events of the loop."""
        config, network = self.config, self.network
        several: Any = nullcontext()
        if (processes := getattr(config, "processes", 1)) > 1:  # an option that some have
            from liaf_ref.training.data_parallel import DataParallel  # noqa: PLC0415 - slow to import

            several = DataParallel(network, processes)
        with several as parallel:
            try:
                yield from loop.iter_training(
                    parallel or network.passes(),
                    self.loss,
                    self.experiment.make_optimizer(config, network),
                    (self.splits.train, self.splits.validation),
                    config.loop_settings(),
                    state,
                    (parallel or network) if isinstance(network, BufferProvider) else None,
                    config.make_schedule(),
                )
            except NonFiniteError as error:
                found = _locate(error, network, self.loss)
                raise TrainingError(f"{error}; {found}") from error

    def test_score(self, state: states.TrainingState) -> states.Score | None:
        """The test score after an epoch, if it is recorded."""
        if not self.config.track_test:
            return None
        return self._score(state, self.splits.test)

    def select(self, state: states.TrainingState) -> states.EpochWeights:
        """The weights to test."""
        how, size = self.config.select_epoch, self.config.batch_size
        return loop.select_weights(how, state, self.network, self.splits.train, size)

    def result(self, state: states.TrainingState) -> dict[str, Any]:
        """The row of the results."""
        config, chosen = self.config, self.select(state)
        learn, validate, test = (self._score(chosen, part).accuracy for part in self.splits)
        known = np.concatenate([self.splits.train.labels, self.splits.validation.labels])
        stop_reason = loop.early_stopping_reason(state.validation_losses, config.stop_after)
        return {
            **self.experiment.result_columns(self),
            "epochs": state.epoch,
            "selected_epoch": chosen.epoch,
            **({"averaged_epochs": len(state.last_params)} if state.last_params else {}),
            "train_accuracy": learn,
            "validation_accuracy": validate,
            "test_accuracy": test,
            "majority_accuracy": majority_accuracy(known, self.splits.test.labels),
            "seed": config.seed,
            **(diagnose(self, chosen) if getattr(config, "diagnose", None) else {}),
            **({} if stop_reason is None else {"stopped": stop_reason}),
        }

    def _score(
        self, weights: states.EpochWeights | states.TrainingState, examples: Dataset
    ) -> states.Score:
        passes, size = self.network.passes(), self.config.loop_settings().eval_batch_size
        stats = weights.running_stats if isinstance(self.network, BufferProvider) else None
        return loop.compute_score(passes, self.loss, weights.params, examples, size, stats)


def check_prepared(prepared: Prepared) -> None:
    """Refuse a last batch too small to be normalized."""
    network, config, samples = prepared.network, prepared.config, len(prepared.splits.train)
    last = samples % config.batch_size or config.batch_size
    for _, layer in network.sequential.stages if hasattr(network, "sequential") else ():
        if isinstance(layer, BatchNorm):
            steps = network.steps if layer.time_statistics == "joint" else 1
            if last * steps * math.prod(layer.shape[:-1]) < 2:
                reason = "expected batches of at least two samples, for batch normalization"
                actual = (
                    f"got {config.batch_size}, which leaves a last one of 1 of {samples} samples"
                )
                raise InputError.for_argument("batch_size", config.where(), f"{reason}, {actual}")


def train_and_record(
    run: Prepared, run_folder: RunFolder | None, resume: bool
) -> Iterator[states.Event | RunFinished]:
    """Train, and write the record to the folder."""
    # If training is interrupted, or the generator is closed, the state of the last step is saved,
    # so that the run can be resumed from there.
    start = time.perf_counter()
    saved = run_folder.start_or_resume(resume) if run_folder else None
    first = run.initial_state()
    if run_folder and saved:
        check_compatible(run_folder.path / "checkpoint.npz", saved.state, first)
    stored, earlier = saved[:2] if saved else (first, 0.0)
    state, start = stored, start - earlier
    try:
        for event in run.train(state):
            if run_folder and isinstance(event, states.EpochDone):
                seconds = time.perf_counter() - start
                run_folder.record_epoch(event, seconds, run.test_score(event.state))
                stored = event.state
            state = event.state
            yield event
    except TrainingError as error:
        if run_folder:
            run_folder.write_run_json(status="failed", error=str(error))
        raise
    except (KeyboardInterrupt, GeneratorExit):
        if run_folder and state is not stored:
            run_folder.save_checkpoint(state, time.perf_counter() - start)
        raise
    result = run.result(state)
    result["seconds"] = round(time.perf_counter() - start, 3)
    if run_folder:
        run_folder.write_run_json(status="finished", seconds=result["seconds"], result=result)
    yield RunFinished(result)


def _locate(error: NonFiniteError, network: Network, loss: ModuleType) -> str:
    # Imported here, so that it is loaded only after an error.
    from liaf_ref.networks.nonfinite import locate_nonfinite  # noqa: PLC0415

    batches = ((part.inputs, part.labels) for part in error.samples)
    try:
        found = locate_nonfinite(network, loss, error.params, error.buffers, batches)
    except MemoryError:
        return "the first non-finite value could not be located: out of memory"
    if found:
        return f"first non-finite value: {found}"
    return "all values are finite when the step is recomputed"


PROCESS_BYTES = 10**8  # Python with NumPy and this package
PROCESS_SECONDS = 1.0  # to import them, and to draw the figure at the end
LONG_STEP = 0.2  # seconds; a longer step takes as long for each sample of a batch
MAX_BATCH = 16  # samples of the measured step


class JobEstimate(NamedTuple):
    """What is known about a run before it starts."""

    kind: str  # runs of one kind take time in proportion to their cost
    cost: float  # comparable within a kind; between kinds only used to start long runs first
    data_sha256: str | None  # None if that requires reading all data


class RunEstimate(NamedTuple):
    """What a run needs, before it starts."""

    seconds: float  # of one processor core
    memory_bytes: int


def estimate_run(
    network: Network,
    config: TrainingConfig,
    inputs: Sequence[Array],
    sizes: tuple[int, int, int],
    preparing: float = 0.0,
    data_bytes: int = 0,
) -> RunEstimate:
    """Estimate a run from some samples, the sizes of its parts and the seconds to prepare these."""
    learn, validate, test = sizes
    batch = min(config.batch_size, learn)
    forward, training = measure_sample(network, inputs, batch)
    epoch = learn * training + validate * forward
    seconds = config.epochs * epoch + (learn + validate + test) * forward + preparing
    step = estimate_memory(network, batch, inputs[0].shape[1]).peak_bytes
    return RunEstimate(seconds, PROCESS_BYTES + data_bytes + step)


def measure_sample(network: Network, inputs: Sequence[Array], batch: int) -> tuple[float, float]:
    """Seconds of a forward pass and of a training step for one sample."""
    params, batch = network.init(0), min(batch, MAX_BATCH)
    one = _measure(network, params, inputs, 1)
    if one[1] > LONG_STEP:
        return one
    return min((_measure(network, params, inputs, batch) for _ in range(2)), key=sum)


def _measure(
    network: Network, params: Any, inputs: Sequence[Array], batch: int
) -> tuple[float, float]:
    rows = [x[np.arange(batch) % len(x)] for x in inputs]
    if hasattr(network, "draw_masks"):
        rows.append(network.draw_masks(np.random.default_rng(0), batch))
    passes = network.passes()
    start = time.process_time()
    logits, tape = passes.forward(params, *rows)
    middle = time.process_time()
    passes.backward(np.ones_like(logits), tape)
    return (middle - start) / batch, (time.process_time() - start) / batch
