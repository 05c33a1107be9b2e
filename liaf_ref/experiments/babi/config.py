"""What a run on bAbI is told; the defaults are the paper's equivalent condition."""

from dataclasses import asdict, dataclass
from typing import Any

from liaf_ref._core.validation import (
    check_bool,
    check_choice,
    check_int,
    check_number,
    copy_fields,
    validate_fields,
)
from liaf_ref.data.babi.tasks import check_task
from liaf_ref.experiments.babi.conditions import (
    CONDITIONS,
    EQUIVALENT_CONDITION,
    Condition,
    condition_settings,
)
from liaf_ref.experiments.choices import EPOCH_SELECTIONS, OPTIMIZERS
from liaf_ref.networks.babi import PADDINGS
from liaf_ref.networks.cells import check_cell
from liaf_ref.training.optimizers import Optimizer
from liaf_ref.training.state import TrainingSettings

# What Table III is run with besides rate and epochs: as it is unless it is said.
TABLE_III_FIELDS = ("batch_size", "optimizer", "weight_decay", "clip", "stop_after")


@dataclass(frozen=True)
class BabiConfig:
    """All that decides a result; the defaults are the paper's equivalent condition.

    Parameters
    ----------
    task : int
        bAbI task, 1 to 20.
    cell : str
        Temporal layer of Fig. 5.
    epochs, batch_size, clip, stop_after
        As :class:`liaf_ref.training.state.TrainingSettings`.
    lr, optimizer, weight_decay
        Learning rate; adam, adamw or sgd; and its weight decay.
    seed : int
        Seeds the initial parameters, the validation split and the batch order.
    validation_fraction : float
        Share of the training stories set aside to choose the epoch.
    select_epoch : str
        ``"best"`` on the validation questions, or the ``"final"`` epoch.
    padding : str
        ``"unmasked"``, zeros on the left that are tokens as any others, or ``"masked"``.
    track_test : bool
        Whether to record how the test questions fare after every epoch.  Nothing is chosen
        by it; without it they are looked at once.

    Raises
    ------
    InputError
        If one of them is not so.
    """

    task: int
    cell: str
    epochs: int = EQUIVALENT_CONDITION.epochs
    lr: float = EQUIVALENT_CONDITION.lr
    seed: int = 0
    batch_size: int = 32
    optimizer: str = "adam"
    weight_decay: float = 0.0
    clip: float | None = None
    validation_fraction: float = 0.1
    select_epoch: str = "best"
    padding: str = "unmasked"
    track_test: bool = False
    stop_after: int | None = None

    def __post_init__(self) -> None:
        validate_fields(self, ("task",), lambda _, task: check_task(task))
        check_cell(self.cell)
        check_choice("optimizer", self.optimizer, OPTIMIZERS, "run babi")
        check_choice("select_epoch", self.select_epoch, EPOCH_SELECTIONS, "run babi")
        check_choice("padding", self.padding, PADDINGS, "run babi")
        validate_fields(self, ("seed",), check_int, "run babi", minimum=0)
        share = "a share in (0, 1)"
        validate_fields(
            self, ("validation_fraction",), check_number, "run babi", lambda x: 0 < x < 1, share
        )
        validate_fields(self, ("track_test",), check_bool, "run babi")
        copy_fields(self, self.loop_settings(), self.make_optimizer())

    def record(self) -> dict[str, Any]:
        """What run.json says: the fields."""
        return asdict(self)

    @property
    def act(self) -> str:
        """LIAF's activation: none, but ReLU on QA8, Section VI-A."""
        return "relu" if self.task == 8 and self.cell == "liaf" else "identity"

    @property
    def condition(self) -> str | None:
        """Of Table III, ec or fc; none of other settings, which it has no number for."""
        if any(getattr(self, name) != getattr(BabiConfig, name) for name in TABLE_III_FIELDS):
            return None
        own = Condition(self.lr, self.epochs)
        known = (
            name for name in CONDITIONS if own == condition_settings(name, self.task, self.cell)
        )
        return next(known, None)

    def loop_settings(self) -> TrainingSettings:
        """Epochs and batches for the loop."""
        return TrainingSettings(self.epochs, self.batch_size, self.clip, stop_after=self.stop_after)

    def make_optimizer(self) -> Optimizer:
        """The optimizer."""
        return OPTIMIZERS[self.optimizer](self.lr, weight_decay=self.weight_decay)
