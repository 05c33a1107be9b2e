"""The configuration of a training run; each field is also a command-line option."""

import dataclasses
import functools
from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, asdict, dataclass
from types import MappingProxyType
from typing import Any, ClassVar, get_type_hints

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.safe_load import is_number
from liaf_ref._core.text import short_text
from liaf_ref._core.validation import (
    check_bool,
    check_choice,
    check_instance,
    check_int,
    check_items,
    check_number,
    copy_fields,
    validate_fields,
    validate_optional_fields,
)
from liaf_ref.experiments.choices import EPOCH_SELECTIONS, OPTIMIZERS, SCHEDULES
from liaf_ref.training.optimizers import Adam, Optimizer, fits
from liaf_ref.training.schedules import (
    ConstantLR,
    CosineAnnealingLR,
    ReduceLROnPlateau,
    Schedule,
)
from liaf_ref.training.state import TrainingSettings

SCHEDULE_HELP = (
    "learning rate over the epochs: constant, plateau (divided by 5 when the validation loss stops "
    "falling) or cosine (falls to 0 along half a cosine)"
)
PATIENCE_HELP = (
    "of the plateau schedule: divide the learning rate by 5 after N epochs without a lower "
    "validation loss"
)
DEFAULT_AVERAGE_EPOCHS = 5
OPTION_TYPES = (bool, int, float, str, int | None, float | None, str | None)


def option(
    default: Any = dataclasses.MISSING,
    *,
    help: str,
    metavar: str | None = None,
    choices: Iterable[str] = (),
    shown_default: str | None = None,
) -> Any:
    """Declare a field of a configuration: its default, and how ``--help`` describes it.

    Parameters
    ----------
    default : int, float, str, bool or None, optional
        Default; a field without one must be given.
    help : str
        What the value means.
    metavar : str, optional
        What ``--help`` calls the value, such as ``"N"``.
    choices : iterable of str
        Values that the field may have; empty for any.
    shown_default : str, optional
        What ``--help`` shows for a default that depends on other options.

    Returns
    -------
    dataclasses.Field
        For the body of a dataclass.

    Raises
    ------
    InputError
        If a description is no text.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> from liaf_ref.experiments import TrainingConfig, option
    >>> @dataclass(frozen=True)
    ... class Config(TrainingConfig):
    ...     units: int = option(16, help="hidden units", metavar="N")
    >>> Config(epochs=3).units
    16
    """
    metadata = {
        "help": check_instance("help", help, str, "option", "a string"),
        "metavar": metavar,
        "choices": check_items("choices", choices, str, "option", "strings"),
        "shown_default": shown_default,
    }
    for name, text in (("metavar", metavar), ("shown_default", shown_default)):
        if text is not None:
            check_instance(name, text, str, "option", "a string")
    return dataclasses.field(default=default, metadata=MappingProxyType(metadata))


@dataclass(frozen=True)
class TrainingConfig:
    """Configuration of training: all settings of a run except its data.

    Subclasses add fields of their own, each with :func:`option`.

    Parameters
    ----------
    epochs, batch_size : int
        Passes over the training samples, and samples per step.
    lr : float
        Learning rate.
    optimizer : str
        ``"adam"``, ``"adamw"`` or ``"sgd"``.
    weight_decay : float
        L2 penalty; of AdamW the decoupled weight decay.
    adam_eps : float, optional
        The epsilon of Adam and AdamW; 1e-8 by default, Keras has 1e-7.
    clip : float, optional
        Largest norm of the gradient of a step.
    stop_after : int, optional
        Early stopping: the number of epochs without a lower validation loss.
    schedule : str, optional
        Learning rate over the epochs: ``"constant"``, ``"plateau"`` (divided by 5 when the
        validation loss stops falling) or ``"cosine"`` (falls to 0 along half a cosine).  None is
        the experiment's own.
    patience : int, optional
        Of the plateau: epochs without a lower validation loss before a division; 5 by default.
    seed : int
        Seeds the initial parameters, the batch order, dropout and, without ``data_seed``, the data.
    data_seed : int, optional
        Seeds the data: what is generated, simulated or drawn, and the validation split.
    validation_fraction : float
        Fraction of the training samples held out to select the epoch.
    select_epoch : str
        ``"best"`` on the validation samples, the ``"final"`` epoch, or ``"average"``: the mean of
        the weights at the ends of the last epochs, which no single epoch decides (Polyak and
        Juditsky 1992; stochastic weight averaging, Izmailov et al. 2018,
        `arXiv:1803.05407 <https://arxiv.org/abs/1803.05407>`_).
    average_epochs : int, optional
        Of ``"average"``: how many epochs, or all if there are fewer; 5 by default.
    track_test : bool
        Whether to record the test score after every epoch.  Nothing is selected by it;
        without it the test samples are used once.

    Raises
    ------
    InputError
        If a value is invalid.

    Examples
    --------
    >>> from liaf_ref.experiments import TrainingConfig
    >>> TrainingConfig(epochs=3, lr=0.01).epochs
    3
    """

    _: KW_ONLY
    epochs: int = option(10, help="number of epochs", metavar="N")
    lr: float = option(1e-3, help="initial learning rate", metavar="X")
    batch_size: int = option(32, help="batch size, in samples", metavar="N")
    optimizer: str = option("adam", help="optimizer", choices=OPTIMIZERS)
    weight_decay: float = option(
        0.0, help="weight decay (L2 penalty; decoupled for adamw)", metavar="X"
    )
    adam_eps: float | None = option(
        None,
        help="epsilon of adam and adamw",
        metavar="X",
        shown_default=f"{Adam.eps:g}",
    )
    clip: float | None = option(None, help="clip gradients to this global norm", metavar="X")
    validation_fraction: float = option(
        0.1, help="fraction of the training samples held out to select the epoch", metavar="X"
    )
    select_epoch: str = option(
        "best",
        help="weights to test: of the best epoch (on the validation samples), of the final epoch, "
        "or the average of the last epochs",
        choices=EPOCH_SELECTIONS,
    )
    average_epochs: int | None = option(
        None,
        help="number of last epochs whose weights --select-epoch average averages",
        metavar="N",
        shown_default=str(DEFAULT_AVERAGE_EPOCHS),
    )
    track_test: bool = option(
        False, help="record the test accuracy after every epoch (never used for selection)"
    )
    stop_after: int | None = option(
        None,
        help="early stopping: stop after N epochs without a lower validation loss (default: off)",
        metavar="N",
    )
    schedule: str | None = option(
        None,
        help=SCHEDULE_HELP,
        choices=SCHEDULES,
        shown_default="constant",
    )
    patience: int | None = option(
        None,
        help=PATIENCE_HELP,
        metavar="N",
        shown_default="5",
    )
    seed: int = option(0, help="random seed", metavar="S")
    data_seed: int | None = option(
        None,
        help="random seed of the data and of the validation split, separate from that of the "
        "initial weights and the batch order",
        metavar="S",
        shown_default="--seed",
    )

    default_schedule: ClassVar[str] = "constant"

    def __post_init__(self) -> None:
        where = self.where
        validate_optional_fields(self, ("schedule",), check_choice, SCHEDULES, where)
        check_choice("optimizer", self.optimizer, OPTIMIZERS, where)
        check_choice("select_epoch", self.select_epoch, EPOCH_SELECTIONS, where)
        defaults = self._default_values()
        for name, reason in self._unused_fields().items():
            # dataclasses.replace passes on the defaults that were filled in before.
            if getattr(self, name) == defaults.pop(name):
                object.__setattr__(self, name, None)
            check_unused(self, name, reason)
        for name, value in defaults.items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, value)
        if self.optimizer == "sgd":
            check_unused(self, "adam_eps", "only adam and adamw use it")
        validate_optional_fields(self, ("adam_eps",), fits(np.float32).check, where)
        validate_fields(self, ("track_test",), check_bool, where)
        validate_fields(self, ("seed",), check_int, where, minimum=0)
        validate_optional_fields(self, ("data_seed",), check_int, where, minimum=0)
        share = "a number in (0, 1)"
        validate_fields(
            self, ("validation_fraction",), check_number, where, lambda x: 0 < x < 1, share
        )
        copy_fields(self, self.loop_settings(), self.make_optimizer(), self.make_schedule())

    def _default_values(self) -> dict[str, Any]:
        """Defaults that depend on other fields."""
        return {
            "average_epochs": DEFAULT_AVERAGE_EPOCHS,
            "patience": ReduceLROnPlateau.patience,
        }

    def _unused_fields(self) -> dict[str, str]:
        """Fields that have no effect with the values of others, and the reason."""
        unused = {} if self.has_plateau else {"patience": "only the plateau schedule uses it"}
        if self.select_epoch != "average":
            unused["average_epochs"] = "only the average uses it (select_epoch)"
        return unused

    @property
    def where(self) -> str:
        """How error messages name the owner of a field."""
        return "run"

    @property
    def seed_of_data(self) -> int:
        """The seed of the data and of the validation split."""
        return self.seed if self.data_seed is None else self.data_seed

    @property
    def has_plateau(self) -> bool:
        """Whether the learning rate depends on the validation loss."""
        return (self.schedule or self.default_schedule) == "plateau"

    def record(self) -> dict[str, Any]:
        """The content of run.json: the fields."""
        return asdict(self)

    def loop_settings(self) -> TrainingSettings:
        """Epochs and batches for the training loop."""
        return TrainingSettings(
            self.epochs,
            self.batch_size,
            self.clip,
            stop_after=self.stop_after,
            average_epochs=self.average_epochs,
        )

    def make_optimizer(self) -> Optimizer:
        """The optimizer."""
        eps = {} if self.adam_eps is None else {"eps": self.adam_eps}
        return OPTIMIZERS[self.optimizer](self.lr, weight_decay=self.weight_decay, **eps)

    def make_schedule(self) -> Schedule:
        """The schedule of the learning rate."""
        if self.has_plateau:
            return ReduceLROnPlateau(self.patience)  # type: ignore[arg-type] # not None by now
        name = self.schedule or self.default_schedule
        return CosineAnnealingLR(self.epochs) if name == "cosine" else ConstantLR()


def check_unused(config: TrainingConfig, name: str, reason: str) -> None:
    """Refuse a value of an option that has no effect."""
    if (value := getattr(config, name)) is not None:
        actual = f"expected no value, got {short_text(value)}: {reason}"
        raise InputError.for_argument(name, config.where, actual)


@functools.cache
def field_types(config_class: type) -> Mapping[str, Any]:
    """Types of the fields that are declared with :func:`option`."""
    types = get_type_hints(config_class)
    fields = dataclasses.fields(config_class)
    options = {field.name: types[field.name] for field in fields if "help" in field.metadata}
    return MappingProxyType(options)


def coerce_floats(config_class: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Convert integers given for float fields, so that 1 and 1.0 are the same value."""
    types = field_types(config_class)
    real = {name for name, kind in types.items() if kind in (float, float | None)}
    return {
        name: float(value) if name in real and type(value) is int and is_number(value) else value
        for name, value in values.items()
    }
