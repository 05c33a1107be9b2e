"""The base class of experiments: configuration, data, network and row of the results."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Generator, Hashable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import MISSING, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from liaf_ref._core.declared import Declared, declarations
from liaf_ref._core.errors import DataError, InputError
from liaf_ref._core.kinds import instance
from liaf_ref._core.locks import directory_lock
from liaf_ref._core.text import did_you_mean, short_repr
from liaf_ref._core.validation import check_bool, check_instance
from liaf_ref.experiments import training_run
from liaf_ref.experiments.training_config import TrainingConfig
from liaf_ref.networks.base import Network
from liaf_ref.networks.memory import check_memory
from liaf_ref.training.optimizers import Optimizer
from liaf_ref.training.run_folder import DATA_SHA256, RunFolder
from liaf_ref.training.state import Event

Config = TypeVar("Config", bound=TrainingConfig)
Data = TypeVar("Data")


DATA_ENV_VAR = "LIAF_REF_DATA"


PLACE = instance(
    Path, "a path", lambda value, path: Path(value) if isinstance(value, str) else value
)


class DataSource(Declared):
    """Where the data come from; fields that an experiment does not use are None.

    Attributes
    ----------
    folder : Path or None
        The published folder, or the one around it; None for generated data.
    edition : str or None
        Which of several published editions.
    partial : bool or None
        Whether to go on with what is there of a folder that is not whole.
    cache : Path or None
        Where prepared data are kept for another time.

    Examples
    --------
    >>> from liaf_ref.experiments import DataSource
    >>> DataSource() == DataSource(folder=None)  # generated data
    True
    """

    folder: Annotated[Path | None, PLACE] = None
    edition: str | None = None
    partial: bool | None = None
    cache: Annotated[Path | None, PLACE] = None

    def to_record(self) -> dict[str, Any]:
        """Return what a manifest holds, so that runs can be resumed without options."""
        known = vars(self).items()
        return {k: str(v.absolute()) if isinstance(v, Path) else v for k, v in known}

    def check_exists(self) -> None:
        """Refuse a folder that is not there."""
        if self.folder is not None and not self.folder.exists():
            reason = "expected the folder of the data, got none; if it was moved, pass --data"
            raise DataError(f"{self.folder}: {reason}")


@dataclass
class Shared:
    """One data set, and what runs on it have in common."""

    key: Hashable
    data: Any
    splits: dict[Hashable, training_run.Splits[Any]] = dataclasses.field(default_factory=dict)
    networks: dict[Hashable, Network] = dataclasses.field(default_factory=dict)


_shared: list[Shared] = []  # of the runs of this process: never two data sets in memory


class Experiment(ABC, Generic[Config, Data]):
    """Base class of experiments: one network trained on one data set for each configuration.

    A subclass names its configuration, a subclass of :class:`TrainingConfig`, and writes the
    four abstract methods. :func:`liaf_ref.register_experiment` then gives it ``liaf-ref run
    NAME``, sweeps, resuming, tables and figures. All methods are pure functions of their
    arguments and of the data. The how-to page "Add an experiment" has a complete example.

    Attributes
    ----------
    name : str
        What ``liaf-ref run NAME`` and specifications of sweeps call it.
    title, section : str
        For people: the data set, and where the paper has it.
    config_class : type
        Its configuration.
    options_class : type or None
        A declared class of further options that decide fields of the configuration.
    list_fields : dict of str to str
        Fields of which one command takes several values, and the option that lists them.
    source_fields : tuple of str
        Fields of :class:`DataSource` that it uses.
    data_required : bool
        Whether it has no data without a folder.
    uses_data_dir : bool
        Whether it reads the folder that the environment variable names.
    run_fields : tuple of str
        Further fields, besides epochs, in which the runs of one command differ.
    fixed_fields : dict
        Fields of the configuration whose value follows from the experiment.
    unsupported_fields : dict of str to str
        Fields that it does not accept, with the reason.
    field_choices : dict
        Fields for which it has fewer choices than its configuration.

    See Also
    --------
    liaf_ref.run_experiment : Run one by its name.
    liaf_ref.networks.SequenceClassifier : Make a network of layers.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> experiment = lr.experiments.EXPERIMENTS["babi"]
    >>> config = experiment.make_config({"task": 1, "cell": "gru", "epochs": 1})
    >>> data = experiment.load(config, lr.experiments.DataSource())
    >>> *events, last = experiment.run(data, config)
    >>> last.result["epochs"]
    1
    """

    name: str
    title: str
    section: str = ""
    config_class: type[Config]
    options_class: type | None = None
    list_fields: ClassVar[Mapping[str, str]] = {}
    source_fields: tuple[str, ...] = ()
    data_required: bool = False
    uses_data_dir: bool = True
    run_fields: tuple[str, ...] = ()
    fixed_fields: Mapping[str, Any] = MappingProxyType({})
    unsupported_fields: Mapping[str, str] = MappingProxyType({})
    field_choices: Mapping[str, Sequence[Any]] = MappingProxyType({})

    # Configuration

    @property
    def config_fields(self) -> tuple[str, ...]:
        """Names of the fields of the configuration, those without a default first."""
        known = [f for f in declarations(self.config_class) if f.name not in self.fixed_fields]
        return tuple(f.name for f in sorted(known, key=lambda f: f.default is not MISSING))

    @property
    def required_fields(self) -> tuple[str, ...]:
        """Names of the fields that have no default."""
        known = declarations(self.config_class)
        return tuple(each.name for each in known if each.default is MISSING)

    def list_choices(self, field: str) -> Sequence[Any]:
        """Values that a list of ``list_fields`` may hold; empty for any."""
        return ()

    def list_default(self, field: str) -> Sequence[Any]:
        """Values of a field of ``list_fields`` that are run by default; empty if it is required."""
        if choices := self.list_choices(field):
            return choices
        return () if field in self.required_fields else (getattr(self.config_class, field),)

    def expand(self, values: Mapping[str, list[Any]]) -> Mapping[str, list[Any]]:
        """Complete the lists of values of a grid, such as all folds for ``folds``."""
        return values

    def make_config(self, values: Mapping[str, Any]) -> Config:
        """Make a configuration, or raise an InputError."""
        known, where = self.config_fields, f"run {self.name}"
        for name in [each for each in values if each not in known]:
            expected = f"expected fields of {self.name} ({', '.join(known)})"
            reason = f"{expected}, got {short_repr(name)}{did_you_mean(name, known)}"
            raise InputError.for_argument("config", where, reason)
        given = {**self.fixed_fields, **values}
        for name in [each for each in self.required_fields if each not in given]:
            reason = f"expected a value, as {self.name} has no default for it; got none"
            raise InputError.for_argument(name, where, reason)
        return self.config_class(**given)

    def job_name(self, config: Config) -> str:
        """Name of the folder of a run, made of the values of ``list_fields``."""
        return "-".join(str(getattr(config, field)) for field in self.list_fields) or self.name

    # Data

    def data_key(self, config: Config, source: DataSource) -> Hashable:
        """Return a value that is equal for runs on the same data; by default its seed."""
        return config.seed_of_data

    @abstractmethod
    def load(self, config: Config, source: DataSource) -> Data:
        """Read or generate the data of a run.

        Parameters
        ----------
        config : TrainingConfig
            The configuration, of this experiment's class.
        source : DataSource
            Folder of the data, where ``source_fields`` has it.

        Returns
        -------
        object
            What the other methods take as ``data``.
        """

    def check_source(self, source: DataSource) -> None:
        """Refuse a source of data that this experiment does not use, and none if it needs one."""
        where = f"run {self.name}"
        for field, value in vars(source).items():
            if value is not None and field not in self.source_fields:
                name = "data" if field == "folder" else field
                reason = f"expected no value for {self.name}, got {value}"
                raise InputError.for_argument(name, where, reason)
        if source.folder is None and self.data_required:
            where_from = f"`liaf-ref data --where {self.name}` shows where to download it"
            reason = f"expected the published folder of {self.title}; {where_from}"
            raise InputError.for_argument("data", where, reason)

    def load_shared(self, config: Config, source: DataSource) -> Data:
        """Load the data of a run; those of the run before are used again if they are the same."""
        source.check_exists()
        key = self.name, source, self.data_key(config, source)
        if not _shared or _shared[0].key != key:
            _shared.clear()
            _shared.append(Shared(key, self.load(config, source)))
        data: Data = _shared[0].data
        return data

    @abstractmethod
    def data_sha256(self, data: Data) -> str:
        """Return a hash of the data; a run is not resumed on other data."""

    def describe_data(self, data: Data) -> str:
        """Describe the data, for reports."""
        return self.title

    @abstractmethod
    def split(self, data: Data, config: Config) -> training_run.Splits[Any]:
        """Split the data into training, validation and test samples.

        Draw with the second generator of ``spawn_generators(config.seed_of_data)``. Of those of
        ``config.seed``, the first draws the initial parameters, the third the batch order.
        """

    def split_key(self, config: Config) -> Hashable:
        """Return a value that is equal for runs with the same split of the same data."""
        return config

    def prepare(self, data: Data, config: Config) -> training_run.Prepared:
        """Split the data and build the network; both are made once for shared data."""
        where = f"run {self.name}"
        expected = f"a {self.config_class.__name__}"
        check_instance("config", config, self.config_class, where, expected)
        known = next((each for each in _shared if each.data is data), Shared(None, data))
        key = self.split_key(config)
        if key not in known.splits:
            known.splits.clear()
            known.splits[key] = self.split(data, config)
        if (self.name, config) not in known.networks:
            known.networks[self.name, config] = self.build_network(data, config)
        network = known.networks[self.name, config]
        return training_run.Prepared(self, data, config, known.splits[key], network)

    # Training

    @abstractmethod
    def build_network(self, data: Data, config: Config) -> Network:
        """Build the network of a run; :class:`SequenceClassifier` makes one of layers."""

    def make_optimizer(self, config: Config, network: Network) -> Optimizer:
        """Make the optimizer of a run."""
        return config.make_optimizer()

    def result_columns(self, run: training_run.Prepared) -> dict[str, Any]:
        """Return the columns of this experiment in a row of the results."""
        return {field: getattr(run.config, field) for field in self.list_fields}

    # What the runner calls

    def estimate_job(self, config: Config, source: DataSource) -> training_run.JobEstimate:
        """Estimate the cost of a run; refuse one that cannot start."""
        kind = " ".join(str(getattr(config, field)) for field in self.list_fields)
        return training_run.JobEstimate(kind, float(config.epochs), None)

    def estimate_run(self, config: Config, source: DataSource) -> training_run.RunEstimate | None:
        """Estimate what one run needs, without reading all data; None if that is unknown."""
        return None

    def check(
        self, data: Data, config: Config, folder: Path | None = None, resume: bool = False
    ) -> tuple[training_run.Prepared, RunFolder | None]:
        """Prepare :meth:`run`, and refuse what it would before its first step; write nothing.

        Parameters
        ----------
        data, config, folder, resume
            As for :meth:`run`.

        Raises
        ------
        InputError
            If an argument is invalid.
        RunError, FormatError or ConfigError
            If the folder cannot be used, or the memory does not suffice.
        """
        prepared = self.prepare(data, config)
        training_run.check_prepared(prepared)
        self.check_memory(prepared)
        if folder is None:
            if check_bool("resume", resume, f"run {self.name}"):
                reason = "expected a folder with resume=True, got none"
                raise InputError.for_argument("resume", f"run {self.name}", reason)
            return prepared, None
        record = config.record() | {DATA_SHA256: self.data_sha256(data)}
        run_folder = RunFolder(folder, record, self.name, self.describe_data(data))
        run_folder.check_can_start(resume)
        return prepared, run_folder

    def check_memory(self, prepared: training_run.Prepared) -> None:
        """Refuse a run whose steps do not fit into memory."""
        network = prepared.network
        check_memory(network, prepared.config.batch_size, network.steps)

    def run(
        self, data: Data, config: Config, folder: Path | None = None, resume: bool = False
    ) -> Generator[Event | training_run.RunFinished, None, None]:
        """Train, and evaluate on the test samples once, at the end.

        Parameters
        ----------
        data : object
            What :meth:`load` returned.
        config : TrainingConfig
            The configuration.
        folder : Path, optional
            Folder of the record, which is locked meanwhile; nothing is written without one.
        resume : bool
            Whether to continue a run that is there.

        Yields
        ------
        StepDone, EpochDone or RunFinished
            Steps and epochs, and at the end the row of the results.

        Raises
        ------
        RunError, FormatError or ConfigError
            If the folder cannot be used; what :meth:`check` refuses is refused here too.
        TrainingError
            If a loss, gradient or parameter becomes NaN or infinite.
        """
        prepared, run_folder = self.check(data, config, folder, resume)
        with (
            directory_lock(run_folder.path, training_run.LOCK_FILE) if run_folder else nullcontext()
        ):
            yield from training_run.train_and_record(prepared, run_folder, resume)


AnyExperiment = Experiment[Any, Any]
