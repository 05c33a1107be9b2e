"""Section VI-A: the network of Fig. 5 on one bAbI task, with one temporal layer."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import numpy as np

from liaf_ref._core.declared import declarations
from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import (
    check_choice,
    check_instance,
    check_number,
    validate_fields,
    validate_optional_fields,
)
from liaf_ref.data.babi import TASK_NAMES, Task, load_babi
from liaf_ref.data.babi.files import SHA256, check_task
from liaf_ref.data.batches import split_validation
from liaf_ref.experiments.choices import GRADIENTS
from liaf_ref.experiments.data_source import DataSource, JobEstimate
from liaf_ref.experiments.experiment import Experiment
from liaf_ref.experiments.run_estimate import RunEstimate, estimate_run
from liaf_ref.experiments.training_config import TrainingConfig, option
from liaf_ref.experiments.training_run import Prepared, Splits, spawn_generators
from liaf_ref.kernels.spike import detached, paper
from liaf_ref.layers import Neuron
from liaf_ref.layers.cells import GATES
from liaf_ref.layers.initializers import EMBEDDING_INITIALIZERS, RECURRENT_INITIALIZERS
from liaf_ref.layers.neurons import MU
from liaf_ref.networks import BabiNetwork, Recurrent
from liaf_ref.networks.babi import PADDINGS
from liaf_ref.networks.base import Network
from liaf_ref.networks.cells import (
    CELL_FACTORIES,
    SPIKING_CELLS,
    cells_with,
    check_cell,
    check_cell_has,
)
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


EQUIVALENT_CONDITION = Condition(1e-3, 60)


def condition_settings(name: str, task: int, cell: str) -> Condition:
    """Learning rate and epochs under a condition, note of Table III."""
    check_choice("condition", name, CONDITIONS, "Table III")
    check_cell(cell)
    epochs = FINE_TUNED_EPOCHS.get(cell, {}).get(check_task(task))
    return (
        EQUIVALENT_CONDITION if name == "ec" or epochs is None else Condition(FINE_TUNED_LR, epochs)
    )


def _unprinted(help: str, default: object, choices: Iterable[str] = ()) -> Any:
    """An option that the paper does not print; None is the default of the layer."""
    metavar = None if choices else "X"
    return option(None, help=help, metavar=metavar, choices=choices, shown_default=str(default))


NEURON_OPTIONS = ("alpha", "beta", "v_th", "v_reset")
RECURRENT_OPTIONS = tuple(each.name for each in declarations(Recurrent))


@dataclass(frozen=True)
class BabiConfig(TrainingConfig):
    """Configuration of a bAbI run; the defaults are the paper's equivalent condition.

    Parameters
    ----------
    task : int
        bAbI task, 1 to 20.
    cell : str
        Temporal layer of Fig. 5.
    padding : str
        ``"unmasked"``, zeros on the left that are tokens as any others, or ``"masked"``.
    alpha, beta, v_th, v_reset : float, optional
        Initial parameters of liaf and lif; 0.3, 0, 0.5 and 0 by default. The paper does not print
        them, nor the following ones.
    recurrent_initializer, recurrent_activation : str, optional
        Initial recurrent weights of rnn, lstm and gru, and gates of lstm and gru.
    forget_bias : float, optional
        Initial bias of lstm's forget gate.
    embedding_initializer : str, optional
        ``"uniform"`` within 0.05, or ``"normal"``, N(0, 1).
    gradient : str, optional
        Of liaf and lif: ``"paper"`` (default), or ``"detached"``, without the gradient through the
        reset.
    seed, data_seed, epochs, lr, batch_size, validation_fraction, select_epoch, average_epochs
        As :class:`liaf_ref.experiments.TrainingConfig`.
    stop_after, optimizer, weight_decay, adam_eps, clip, schedule, patience, track_test
        As there.

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

    task: int = option(help="tasks, such as 1,6,11-13")
    cell: str = option(help="temporal layers of Fig. 5")
    _: KW_ONLY
    epochs: int = option(
        EQUIVALENT_CONDITION.epochs,
        help="number of epochs",
        metavar="N",
        shown_default=f"the condition's, {EQUIVALENT_CONDITION.epochs} for ec",
    )
    lr: float = option(
        EQUIVALENT_CONDITION.lr,
        help="learning rate",
        metavar="X",
        shown_default=f"the condition's, {EQUIVALENT_CONDITION.lr} for ec",
    )
    padding: str = option(
        "unmasked",
        help="zero padding before a story: unmasked (read as tokens) or masked (skipped)",
        choices=PADDINGS,
    )
    alpha: float | None = _unprinted("initial decay α, Eq. (6) (liaf, lif)", Neuron.alpha)
    beta: float | None = _unprinted("initial additive decay β, Eq. (6) (liaf, lif)", Neuron.beta)
    v_th: float | None = _unprinted("initial threshold, Eq. (4) (liaf, lif)", Neuron.v_th)
    v_reset: float | None = _unprinted(
        "initial reset potential, Eq. (5) (liaf, lif)", Neuron.v_reset
    )
    recurrent_initializer: str | None = _unprinted(
        "initial recurrent weights (rnn, lstm, gru)",
        Recurrent.recurrent_initializer,
        RECURRENT_INITIALIZERS,
    )
    recurrent_activation: str | None = _unprinted(
        "activation of the gates (lstm, gru)", Recurrent.recurrent_activation, GATES
    )
    forget_bias: float | None = _unprinted(
        "initial bias of the forget gate (lstm)", Recurrent.forget_bias
    )
    embedding_initializer: str | None = _unprinted(
        "initial embeddings: uniform within 0.05, or normal, N(0, 1)",
        BabiNetwork.embedding_initializer,
        EMBEDDING_INITIALIZERS,
    )
    gradient: str | None = option(
        None,
        help="gradient through the reset; detached: none (liaf, lif)",
        choices=GRADIENTS,
        shown_default="through the reset",
    )

    def __post_init__(self) -> None:
        validate_fields(self, ("task",), lambda _, task: check_task(task))
        check_cell(self.cell)
        super().__post_init__()
        check_choice("padding", self.padding, PADDINGS, self.where)
        if self.gradient is not None:
            check_choice("gradient", self.gradient, GRADIENTS, self.where)
            check_cell_has("gradient", self.gradient, self.cell, SPIKING_CELLS, self.where)
        numbers = *NEURON_OPTIONS, "forget_bias"
        validate_optional_fields(self, numbers, check_number, self.where)
        for name in (*NEURON_OPTIONS, *RECURRENT_OPTIONS):
            if getattr(self, name) is not None:
                check_cell_has(name, getattr(self, name), self.cell, cells_with(name), self.where)
        self.make_network(vocab_size=1)  # which checks the options of cell and embedding

    @property
    def where(self) -> str:
        """How error messages name the owner of a field."""
        return "run babi"

    @property
    def act(self) -> str:
        """LIAF's activation, Section VI-A: the identity, but ReLU on QA8."""
        return "relu" if self.task == 8 and self.cell == "liaf" else "identity"

    def make_network(self, vocab_size: int) -> BabiNetwork:
        """The network for a vocabulary."""
        own = BabiNetwork.embedding_initializer
        embedding = own if self.embedding_initializer is None else self.embedding_initializer
        return BabiNetwork(
            vocab_size,
            self.cell,
            padding=self.padding,
            neuron=Neuron(**self._neuron_options()),
            recurrent=Recurrent(**self._given(RECURRENT_OPTIONS)),
            embedding_initializer=embedding,
        )

    def _neuron_options(self) -> dict[str, Any]:
        options = self._given(NEURON_OPTIONS)
        if self.act != "identity":
            options["act"] = self.act
        if self.gradient == "detached":
            options["spike"] = detached()
            if self.cell == "lif":
                options |= {"act": "spike", "output": paper(MU)}
        return options

    def _given(self, names: Iterable[str]) -> dict[str, Any]:
        values = {name: getattr(self, name) for name in names}
        return {name: value for name, value in values.items() if value is not None}

    @property
    def condition(self) -> str | None:
        """Condition of Table III, ec or fc; None for settings that the table does not have."""
        if self.stop_after is not None or other_settings(self.record()):
            return None
        own = Condition(self.lr, self.epochs)
        known = (
            name for name in CONDITIONS if own == condition_settings(name, self.task, self.cell)
        )
        return next(known, None)


BabiConfig.__init__.__qualname__ = "BabiConfig"  # as errors about the call say it


# The values of Table III, of settings that neither the paper nor a condition states.
UNPRINTED_SETTINGS = MappingProxyType(
    {
        "batch_size": BabiConfig.batch_size,
        "optimizer": BabiConfig.optimizer,
        "weight_decay": BabiConfig.weight_decay,
        "adam_eps": Adam.eps,
        "clip": BabiConfig.clip,
        "schedule": BabiConfig.default_schedule,
        "patience": BabiConfig.patience,
        "padding": BabiConfig.padding,
        **{name: getattr(Neuron, name) for name in NEURON_OPTIONS},
        "recurrent_initializer": Recurrent.recurrent_initializer,
        "recurrent_activation": Recurrent.recurrent_activation,
        "forget_bias": Recurrent.forget_bias,
        "embedding_initializer": BabiNetwork.embedding_initializer,
        "gradient": GRADIENTS[0],
    }
)


def other_settings(record: Mapping[str, Any]) -> dict[str, Any]:
    """The unprinted settings in which a recorded configuration differs from those of Table III."""
    given = {name: record.get(name) for name in UNPRINTED_SETTINGS}
    return {
        name: value
        for name, value in given.items()
        if value is not None and value != UNPRINTED_SETTINGS[name]
    }


@dataclass(frozen=True)
class BabiOptions:
    """The option that sets the epochs and the learning rate."""

    condition: str = option(
        "ec",
        help="training condition of Table III: ec (equivalent) or fc (fine-tuned); sets the "
        "epochs and learning rate of each task and cell",
        choices=CONDITIONS,
    )


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
        return range(1, len(TASK_NAMES) + 1) if field == "task" else tuple(CELL_FACTORIES)

    def list_default(self, field: str) -> Sequence[Any]:
        return (1,) if field == "task" else tuple(CELL_FACTORIES)

    def make_config(self, values: Mapping[str, Any]) -> BabiConfig:
        given = dict(values)
        condition = given.pop("condition", None)
        if condition is not None:
            check_choice("condition", condition, CONDITIONS, "run babi")
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

    def split(self, data: Task, config: BabiConfig) -> Splits[ArrayDataset]:
        """Hold out whole stories of the training questions for validation."""
        check_instance("config", config, BabiConfig, "run babi", "a BabiConfig")
        check_instance("data", data, Task, config.where, "a Task")
        if data.number != config.task:
            reason = f"expected the data of task {config.task}, got those of task {data.number}"
            raise InputError.for_argument("task", config.where, reason)
        everything = ArrayDataset((data.train.story, data.train.query), data.train.answer)
        test = ArrayDataset((data.test.story, data.test.query), data.test.answer)
        _, rng, _ = spawn_generators(config.seed_of_data)
        learn, validate = split_validation(
            data.train.story_index, config.validation_fraction, rng, "stories"
        )
        return Splits(everything.take(learn), everything.take(validate), test)

    def split_key(self, config: BabiConfig) -> Hashable:
        return config.seed_of_data, config.validation_fraction

    def build_network(self, data: Task, config: BabiConfig) -> BabiNetwork:
        return config.make_network(data.vocab_size)

    def result_columns(
        self, data: Task, config: BabiConfig, network: Network, splits: Splits[ArrayDataset]
    ) -> dict[str, Any]:
        assert isinstance(network, BabiNetwork)  # noqa: S101 - as built above
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

    def estimate_jobs(self, configs: list[BabiConfig], source: DataSource) -> Iterator[JobEstimate]:
        task = self.load_shared(configs[0], source)
        for config in configs:
            self.check(task, config)
            passes = config.epochs * len(task.train.answer) * (task.T + task.Q)
            yield JobEstimate(config.cell, float(passes), task.sha256)

    def estimate_run(self, config: BabiConfig, source: DataSource) -> RunEstimate:
        prepared = self.prepare(self.load_shared(config, source), config)
        learn, validate, test = prepared.splits
        spread = np.linspace(0, len(learn) - 1, min(config.batch_size, len(learn)))
        inputs = learn.take(spread.astype(np.int64)).inputs
        sizes = len(learn), len(validate), len(test)
        return estimate_run(prepared.network, config, inputs, sizes)

    def check_memory(self, prepared: Prepared) -> None:
        batch = min(prepared.config.batch_size, len(prepared.splits.train))
        check_memory(prepared.network, batch, prepared.data.T)


EXPERIMENT: BabiExperiment = BabiExperiment()
