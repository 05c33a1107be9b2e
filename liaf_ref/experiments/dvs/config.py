"""What a run on images is told."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import (
    check_choice,
    check_int,
    check_number,
    check_positive_int,
    copy_fields,
    validate_fields,
    validate_optional_fields,
)
from liaf_ref._core.validation.scalars import short_text
from liaf_ref.experiments.choices import EPOCH_SELECTIONS, OPTIMIZERS
from liaf_ref.experiments.dvs import ablations
from liaf_ref.experiments.dvs.catalog import EXPERIMENT_SPECS, experiment_spec, scale_settings
from liaf_ref.experiments.dvs.folds import check_fold
from liaf_ref.experiments.dvs.frames import FRAME_ORDERS, rebin_frames
from liaf_ref.experiments.dvs.scales import ScaleSettings
from liaf_ref.networks import DVSNetwork
from liaf_ref.training.optimizers import Optimizer
from liaf_ref.training.schedules import ReduceLROnPlateau
from liaf_ref.training.state import TrainingSettings

PATIENCE_BY_CELL = {"convlstm": 2}  # Section VI-B5; the others 5


@dataclass(frozen=True)
class DVSConfig:
    """All that decides a result but the recordings; see :meth:`default` for the scales' own.

    Parameters
    ----------
    experiment, scale : str
        As for :func:`liaf_ref.experiments.dvs.scales`.
    cell : str
        What the network is built of.
    epochs, batch_size, clip, stop_after
        As :class:`liaf_ref.training.state.TrainingSettings`.
    lr, optimizer, weight_decay
        First learning rate; adam, adamw or sgd; and its weight decay.
    patience : int
        Epochs without a lower validation loss after which the rate is divided by 5.
    seed : int
        Seeds the choice of recordings, the initial parameters, the validation split, the
        batch order and the masks.
    validation_fraction : float
        Share of the training recordings set aside to choose the epoch and the rate by; of
        gestures the share of the people, all of whose recordings are set aside.
    select_epoch : str
        ``"best"`` on the validation recordings, or the ``"final"`` epoch.
    processes : int
        How many share a batch; sums are rounded differently with another number.
    act, mode, sharing, mu, surrogate, gradient, neurons, block_order
        What neurons are and how they learn, :mod:`liaf_ref.experiments.dvs.ablations`; of
        these and the following, None is the paper's own.
    dropout : float, optional
        Share that each dropout of Fig. 6 drops.
    frames : int, optional
        Into how many frames the scale's span of time is cut.
    frame_order : str, optional
        ``"recorded"``, or ``"shuffled"``: each recording's frames in a random order, drawn by
        the seed, in both parts.
    fold, folds : int, optional
        Cross-validation: which fold of all recordings of both parts is the test part, counted
        from 1, and of how many; of 5 if that is left out.

    Raises
    ------
    InputError
        If one of them is not so.
    """

    experiment: str
    cell: str
    scale: str
    epochs: int
    lr: float
    batch_size: int
    patience: int = 5
    seed: int = 0
    optimizer: str = "adam"
    weight_decay: float = 0.0
    clip: float | None = None
    validation_fraction: float = 0.1
    select_epoch: str = "best"
    processes: int = 1
    act: str | None = None
    mode: str | None = None
    sharing: str | None = None
    mu: float | None = None
    surrogate: str | None = None
    gradient: str | None = None
    neurons: str | None = None
    block_order: str | None = None
    dropout: float | None = None
    frames: int | None = None
    frame_order: str | None = None
    fold: int | None = None
    folds: int | None = None
    stop_after: int | None = None

    def __post_init__(self) -> None:
        source = f"run {self.experiment}"
        check_choice("cell", self.cell, experiment_spec(self.experiment).cells, source)
        scale_settings(self.experiment, self.scale)
        check_choice("optimizer", self.optimizer, OPTIMIZERS, source)
        check_choice("select_epoch", self.select_epoch, EPOCH_SELECTIONS, source)
        validate_fields(self, ("seed",), check_int, source, minimum=0)
        validate_fields(self, ("processes",), check_positive_int, source)
        share = "a share in (0, 1)"
        validate_fields(
            self, ("validation_fraction",), check_number, source, lambda x: 0 < x < 1, share
        )
        self._check_ablations(source)
        copy_fields(self, self.loop_settings(), self.make_optimizer(), self.make_schedule())

    def _check_ablations(self, where: str) -> None:
        for name, why in experiment_spec(self.experiment).unsupported_options.items():
            if (value := getattr(self, name)) is not None:
                raise InputError.for_argument(
                    name, where, f"expected none, got {short_text(value)}: {why}"
                )
        ablations.check_ablations(self, where)
        if self.frame_order is not None:
            check_choice("frame_order", self.frame_order, FRAME_ORDERS, where)
        if self.frames is not None:
            rebin_frames(scale_settings(self.experiment, self.scale), self.frames, where)
        check_fold(self.fold, self.folds, where)
        validate_optional_fields(self, ("frames", "fold", "folds"), check_positive_int, where)

    @classmethod
    def default(cls, experiment: str, cell: str, scale: str) -> "DVSConfig":
        """Take what the scale and the paper say.

        Parameters
        ----------
        experiment, cell, scale
            As above.

        Returns
        -------
        DVSConfig
            To be changed with ``dataclasses.replace``.

        Raises
        ------
        InputError
            If there is none of that name.
        """
        found, patience = scale_settings(experiment, scale), PATIENCE_BY_CELL.get(cell, 5)
        rates = EXPERIMENT_SPECS[experiment].learning_rates if scale == "paper" else {}
        own = EXPERIMENT_SPECS[experiment].config_overrides
        config = cls(
            experiment,
            cell,
            scale,
            found.epochs,
            rates.get(cell, found.lr),
            found.batch_size,
            patience,
            weight_decay=found.weight_decay,
        )
        return replace(config, **own)

    @property
    def scale_settings(self) -> ScaleSettings:
        """Frames, network and recordings."""
        own = scale_settings(self.experiment, self.scale)
        return (
            own if self.frames is None else rebin_frames(own, self.frames, f"run {self.experiment}")
        )

    def record(self) -> dict[str, Any]:
        """What run.json says: the fields, and what of the experiment decides a result besides."""
        return asdict(self) | dict(experiment_spec(self.experiment).record)

    def build_network(self) -> DVSNetwork:
        """The network."""
        known = experiment_spec(self.experiment)
        return known.build_network(
            self.cell, self.scale_settings, ablations.build_options(self, known.neuron_config)
        )

    def loop_settings(self) -> TrainingSettings:
        """Epochs and batches for the loop; the scores are taken in batches as large."""
        size = self.batch_size
        return TrainingSettings(
            self.epochs, size, self.clip, eval_batch_size=size, stop_after=self.stop_after
        )

    def make_optimizer(self) -> Optimizer:
        """The optimizer."""
        return OPTIMIZERS[self.optimizer](self.lr, weight_decay=self.weight_decay)

    def make_schedule(self) -> ReduceLROnPlateau:
        """What becomes of the learning rate."""
        return ReduceLROnPlateau(self.patience)
