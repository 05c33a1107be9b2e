"""Section VI-A: the network of Fig. 5 on one bAbI task, with one temporal layer."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, NamedTuple

from liaf_ref._core.declared import Declared, Of, declarations, given, part
from liaf_ref._core.errors import InputError
from liaf_ref._core.kinds import About, one_of, text, whole
from liaf_ref._core.validation import check_choice, check_instance
from liaf_ref.data.babi import TASK_NAMES, Task, load_babi
from liaf_ref.data.babi.reader import SHA256, check_task
from liaf_ref.data.batches import split_validation
from liaf_ref.experiments import training_run
from liaf_ref.experiments.experiment import DataSource, Experiment
from liaf_ref.experiments.training_config import SpikingConfig
from liaf_ref.layers import Neuron
from liaf_ref.networks import BabiNetwork, Recurrent, cells
from liaf_ref.networks.babi import PADDINGS
from liaf_ref.networks.memory import check_memory
from liaf_ref.training.optimizers import Adam
from liaf_ref.training.protocols import ArrayDataset

CONDITIONS = ("ec", "fc")
FINE_TUNED_LR = 5e-4  # learning rate of the fine-tuned condition
# Tasks with a fine-tuned result, in brackets in Table III, and their epochs.
FINE_TUNED_EPOCHS = {
    "liaf": {4: 500, 8: 200, 9: 500, 15: 500},
    "lif": {4: 500, 7: 500, 14: 500},
}


class Condition(NamedTuple):
    """Learning rate and number of epochs."""

    lr: float
    epochs: int


EC = Condition(1e-3, 60)  # the equivalent condition


def condition_settings(name: str, task: int, cell: str) -> Condition:
    """Learning rate and epochs under a condition, note of Table III."""
    check_choice("condition", name, CONDITIONS, "Table III")
    cells.check_cell(cell)
    epochs = FINE_TUNED_EPOCHS.get(cell, {}).get(check_task(task))
    if name == "ec" or epochs is None:
        return EC
    return Condition(FINE_TUNED_LR, epochs)


class BabiConfig(SpikingConfig):
    """Configuration of a bAbI run; the defaults are the paper's equivalent condition.

    The paper does not print the options of neurons, recurrent cells and embedding, for which None
    is the layer's default.

    Parameters
    ----------
    @options

    Raises
    ------
    InputError
        If a value is invalid.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> config = lr.experiments.BabiConfig(task=1, cell="gru", seed=3)
    >>> config.epochs, config.lr
    (60, 0.001)
    """

    task: Annotated[int, whole(1, len(TASK_NAMES)), About("tasks, such as 1,6,11-13")]
    cell: Annotated[str, text, About("temporal layers of Fig. 5")]
    _: KW_ONLY
    epochs: Annotated[int, About(default="the condition's, 60 for ec")] = EC.epochs
    lr: Annotated[float, About(default="the condition's, 0.001 for ec")] = EC.lr
    padding: Annotated[
        str, one_of(*PADDINGS), About("zeros before a story: read as tokens, or masked (skipped)")
    ] = "unmasked"
    recurrent_initializer: Annotated[str | None, Of(Recurrent)] = None
    recurrent_activation: Annotated[str | None, Of(Recurrent)] = None
    forget_bias: Annotated[float | None, Of(Recurrent)] = None
    embedding_initializer: Annotated[str | None, Of(BabiNetwork)] = None

    def check_together(self) -> None:
        """Refuse what the cell does not have."""
        cells.check_cell(self.cell)
        super().check_together()
        spiking = dict.fromkeys(("gradient", "diagnose"), cells.SPIKING_CELLS)
        for name, those in (spiking | {"output_levels": ("lif",)}).items():
            if (value := getattr(self, name)) is not None:
                cells.check_cell_has(name, value, self.cell, those, self.where())
        for name, value in (given(self, Neuron) | given(self, Recurrent)).items():
            cells.check_cell_has(name, value, self.cell, cells.cells_with(name), self.where())
        _ = self.neuron

    @property
    def act(self) -> str:
        """LIAF's activation, Section VI-A: the identity, but ReLU on QA8."""
        return "relu" if self.task == 8 and self.cell == "liaf" else "identity"

    @cached_property
    def neuron(self) -> Neuron:
        """The neurons of liaf and lif."""
        paper = Neuron(act=self.act, mode="NTR")
        return self.make_neuron(paper.as_lif() if self.cell == "lif" else paper)

    def make_network(self, vocab_size: int) -> BabiNetwork:
        """The network for a vocabulary."""
        return BabiNetwork(
            vocab_size,
            self.cell,
            padding=self.padding,
            neuron=self.neuron if self.cell in cells.SPIKING_CELLS else None,
            recurrent=part(self, Recurrent()),
            **given(self, BabiNetwork),
        )

    @property
    def condition(self) -> str | None:
        """Condition of Table III, ec or fc; None for settings that the table does not have."""
        if self.stop_after is not None or other_settings(self.record()):
            return None
        known = {condition_settings(name, self.task, self.cell): name for name in ("fc", "ec")}
        return known.get(Condition(self.lr, self.epochs))


# The values of Table III, of settings that neither the paper nor a condition states.
OF_TRAINING = ("batch_size", "optimizer", "weight_decay", "adam_eps", "clip", "schedule")
UNPRINTED_SETTINGS = MappingProxyType(
    {name: getattr(BabiConfig, name) for name in (*OF_TRAINING, "patience", "padding")}
    | {"adam_eps": Adam.eps, "schedule": BabiConfig.default_schedule}
    | {
        each.name: getattr(each.owner, each.name)
        for each in declarations(BabiConfig)
        if each.owner in (Neuron, Recurrent, BabiNetwork)
    }
    | {"gradient": "paper", "output_levels": 1}
)


def other_settings(record: Mapping[str, Any]) -> dict[str, Any]:
    """The unprinted settings in which a recorded configuration differs from those of Table III."""
    given = {name: record.get(name) for name in UNPRINTED_SETTINGS}
    return {k: v for k, v in given.items() if v not in (None, UNPRINTED_SETTINGS[k])}


class BabiOptions(Declared):
    """The option that sets the epochs and the learning rate."""

    condition: Annotated[
        str, one_of(*CONDITIONS), About("epochs and lr of Table III: equivalent or fine-tuned")
    ] = "ec"


@dataclass(frozen=True)
class BabiExperiment(Experiment[BabiConfig, Task]):
    """bAbI question answering, Table III."""

    name: str = "babi"
    title: str = "bAbI question answering"
    section: str = "Section VI-A, Table III"
    config_class: type[BabiConfig] = BabiConfig
    options_class: type | None = BabiOptions
    list_fields: ClassVar[Mapping[str, str]] = {"task": "tasks", "cell": "cells"}
    source_fields: tuple[str, ...] = ("folder", "edition")

    def list_choices(self, field: str) -> Sequence[Any]:
        return range(1, len(TASK_NAMES) + 1) if field == "task" else tuple(cells.CELL_FACTORIES)

    def list_default(self, field: str) -> Sequence[Any]:
        return (1,) if field == "task" else tuple(cells.CELL_FACTORIES)

    def make_config(self, values: Mapping[str, Any]) -> BabiConfig:
        given = dict(values)
        condition = given.pop("condition", None)
        if condition is not None and {"task", "cell"} <= given.keys():
            settings = condition_settings(condition, given["task"], given["cell"])
            given = settings._asdict() | given
        return super().make_config(given)

    def job_name(self, config: BabiConfig) -> str:
        return f"qa{config.task}-{config.cell}"

    def data_key(self, config: BabiConfig, source: DataSource) -> Hashable:
        return config.task, None if source.folder else config.seed_of_data

    def load(self, config: BabiConfig, source: DataSource) -> Task:
        return load_babi(
            config.task, source.folder, edition=source.edition, seed=config.seed_of_data
        )

    def data_sha256(self, data: Task) -> str:
        return data.sha256

    def describe_data(self, data: Task) -> str:
        return "published text" if data.sha256 == SHA256[data.number] else "other text"

    def split(self, data: Task, config: BabiConfig) -> training_run.Splits[ArrayDataset]:
        """Hold out whole stories of the training questions for validation."""
        check_instance("data", data, Task, "run babi", "a Task")
        if data.number != config.task:
            reason = f"expected the data of task {config.task}, got those of task {data.number}"
            raise InputError.for_argument("task", "run babi", reason)
        everything = ArrayDataset((data.train.story, data.train.query), data.train.answer)
        test = ArrayDataset((data.test.story, data.test.query), data.test.answer)
        _, rng, _ = training_run.spawn_generators(config.seed_of_data)
        learn, validate = split_validation(
            data.train.story_index, config.validation_fraction, rng, "stories"
        )
        return training_run.Splits(everything.take(learn), everything.take(validate), test)

    def split_key(self, config: BabiConfig) -> Hashable:
        return config.seed_of_data, config.validation_fraction

    def build_network(self, data: Task, config: BabiConfig) -> BabiNetwork:
        return config.make_network(data.vocab_size)

    def result_columns(self, run: training_run.Prepared) -> dict[str, Any]:
        data, config, network = run.data, run.config, run.network
        return {
            "task": data.number,
            "cell": config.cell,
            "condition": config.condition,
            "vocab_size": data.vocab_size,
            "T": data.T,
            "Q": data.Q,
            "weights_layer": network.temporal_layer.count_params(),
            "weights_network": network.count_params(),
        }

    def estimate_job(self, config: BabiConfig, source: DataSource) -> training_run.JobEstimate:
        task = self.load_shared(config, source)
        self.check(task, config)
        passes = config.epochs * len(task.train.answer) * (task.T + task.Q)
        return training_run.JobEstimate(config.cell, float(passes), task.sha256)

    def estimate_run(self, config: BabiConfig, source: DataSource) -> training_run.RunEstimate:
        prepared = self.prepare(self.load_shared(config, source), config)
        learn, validate, test = prepared.splits
        inputs = learn.take(training_run.spread(len(learn), config.batch_size)).inputs
        sizes = len(learn), len(validate), len(test)
        return training_run.estimate_run(prepared.network, config, inputs, sizes)

    def check_memory(self, prepared: training_run.Prepared) -> None:
        batch = min(prepared.config.batch_size, len(prepared.splits.train))
        check_memory(prepared.network, batch, prepared.data.T)


EXPERIMENT: BabiExperiment = BabiExperiment()
