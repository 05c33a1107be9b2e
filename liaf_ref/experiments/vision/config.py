"""What a run on images is told."""

from dataclasses import dataclass

from liaf_ref.door import check_choice, check_number, check_positive, check_whole
from liaf_ref.experiments.choices import OPTIMISERS, SELECTIONS
from liaf_ref.experiments.vision.catalogue import experiment, sizes
from liaf_ref.experiments.vision.sizes import Sizes
from liaf_ref.networks import VisionNetwork
from liaf_ref.training.loop import Settings
from liaf_ref.training.optimisers import Optimiser
from liaf_ref.training.schedules import Plateau

PATIENCE = {"convlstm": 2}  # Section VI-B5; the others 5


@dataclass(frozen=True)
class Config:
    """All that decides a result but the recordings; see :meth:`usual` for the scales' own.

    Parameters
    ----------
    experiment, scale : str
        As for :func:`liaf_ref.experiments.vision.sizes`.
    cell : str
        What the network is built of.
    epochs, batch_size, clip
        As :class:`liaf_ref.training.loop.Settings`.
    lr, optimiser, weight_decay
        First learning rate; adam, adamw or sgd; and its weight decay.
    patience : int
        Epochs without a lower validation loss after which the rate is divided by 5.
    seed : int
        Seeds the choice of recordings, the initial parameters, the validation split, the
        batch order and the masks.
    validation : float
        Share of the training recordings set aside to choose the epoch and the rate by.
    select : str
        ``"best"`` on the validation recordings, or the ``"final"`` epoch.
    processes : int
        How many share a batch; sums are rounded differently with another number.

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
    optimiser: str = "adam"
    weight_decay: float = 0.0
    clip: float | None = None
    validation: float = 0.1
    select: str = "best"
    processes: int = 1

    def __post_init__(self) -> None:
        source = f"run {self.experiment}"
        check_choice("cell", self.cell, experiment(self.experiment).cells, source)
        sizes(self.experiment, self.scale)
        check_choice("optimiser", self.optimiser, OPTIMISERS, source)
        check_choice("select", self.select, SELECTIONS, source)
        check_whole("seed", self.seed, source, least=0)
        check_positive("processes", self.processes, source)
        share = "a share in (0, 1)"
        check_number("validation", self.validation, source, lambda x: 0 < x < 1, share)
        self.settings()
        self.rule()
        self.schedule()

    @classmethod
    def usual(cls, experiment: str, cell: str, scale: str) -> "Config":
        """Take what the scale and the paper say.

        Parameters
        ----------
        experiment, cell, scale
            As above.

        Returns
        -------
        Config
            To be changed with ``dataclasses.replace``.

        Raises
        ------
        InputError
            If there is none of that name.
        """
        found, patience = sizes(experiment, scale), PATIENCE.get(cell, 5)
        return cls(
            experiment,
            cell,
            scale,
            found.epochs,
            found.lr,
            found.batch_size,
            patience,
            weight_decay=found.weight_decay,
        )

    @property
    def sizes(self) -> Sizes:
        """Frames, network and recordings."""
        return sizes(self.experiment, self.scale)

    def network(self) -> VisionNetwork:
        """The network."""
        return experiment(self.experiment).network(self.cell, self.sizes)

    def settings(self) -> Settings:
        """Epochs and batches for the loop; the scores are taken in batches as large."""
        return Settings(self.epochs, self.batch_size, self.clip, at_once=self.batch_size)

    def rule(self) -> Optimiser:
        """The optimiser."""
        return OPTIMISERS[self.optimiser](self.lr, weight_decay=self.weight_decay)

    def schedule(self) -> Plateau:
        """What becomes of the learning rate."""
        return Plateau(self.patience)
