"""What a run on images is told."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from liaf_ref.door import (
    adopt,
    check_choice,
    check_number,
    check_positive,
    check_whole,
    keep,
    keep_given,
)
from liaf_ref.door.values import brief
from liaf_ref.errors import InputError
from liaf_ref.experiments.choices import OPTIMISERS, SELECTIONS
from liaf_ref.experiments.vision import variants
from liaf_ref.experiments.vision.catalogue import EXPERIMENTS, experiment, sizes
from liaf_ref.experiments.vision.folds import check_fold
from liaf_ref.experiments.vision.frames import ORDERS, recut
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
    epochs, batch_size, clip, stop_after
        As :class:`liaf_ref.training.loop.Settings`.
    lr, optimiser, weight_decay
        First learning rate; adam, adamw or sgd; and its weight decay.
    patience : int
        Epochs without a lower validation loss after which the rate is divided by 5.
    seed : int
        Seeds the choice of recordings, the initial parameters, the validation split, the
        batch order and the masks.
    validation : float
        Share of the training recordings set aside to choose the epoch and the rate by; of
        gestures the share of the people, all of whose recordings are set aside.
    select : str
        ``"best"`` on the validation recordings, or the ``"final"`` epoch.
    processes : int
        How many share a batch; sums are rounded differently with another number.
    act, mode, sharing, mu, surrogate, gradient, neurons, block_order
        What neurons are and how they learn, :mod:`liaf_ref.experiments.vision.variants`; of
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
    optimiser: str = "adam"
    weight_decay: float = 0.0
    clip: float | None = None
    validation: float = 0.1
    select: str = "best"
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
        check_choice("cell", self.cell, experiment(self.experiment).cells, source)
        sizes(self.experiment, self.scale)
        check_choice("optimiser", self.optimiser, OPTIMISERS, source)
        check_choice("select", self.select, SELECTIONS, source)
        keep(self, ("seed",), check_whole, source, least=0)
        keep(self, ("processes",), check_positive, source)
        share = "a share in (0, 1)"
        keep(self, ("validation",), check_number, source, lambda x: 0 < x < 1, share)
        self._check_ablations(source)
        adopt(self, self.settings(), self.rule(), self.schedule())

    def _check_ablations(self, source: str) -> None:
        for name, why in experiment(self.experiment).without.items():
            if (value := getattr(self, name)) is not None:
                raise InputError.of(name, source, f"expected none, got {brief(value)}: {why}")
        variants.check(self, source)
        if self.frame_order is not None:
            check_choice("frame_order", self.frame_order, ORDERS, source)
        if self.frames is not None:
            recut(sizes(self.experiment, self.scale), self.frames, source)
        check_fold(self.fold, self.folds, source)
        keep_given(self, ("frames", "fold", "folds"), check_positive, source)

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
        rates = EXPERIMENTS[experiment].rates if scale == "paper" else {}
        own = EXPERIMENTS[experiment].own
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
    def sizes(self) -> Sizes:
        """Frames, network and recordings."""
        own = sizes(self.experiment, self.scale)
        return own if self.frames is None else recut(own, self.frames, f"run {self.experiment}")

    def record(self) -> dict[str, Any]:
        """What run.json says: the fields, and what of the experiment decides a result besides."""
        return asdict(self) | dict(experiment(self.experiment).record)

    def network(self) -> VisionNetwork:
        """The network."""
        known = experiment(self.experiment)
        return known.network(self.cell, self.sizes, variants.makeup(self, known.neurons))

    def settings(self) -> Settings:
        """Epochs and batches for the loop; the scores are taken in batches as large."""
        size = self.batch_size
        return Settings(self.epochs, size, self.clip, at_once=size, stop_after=self.stop_after)

    def rule(self) -> Optimiser:
        """The optimiser."""
        return OPTIMISERS[self.optimiser](self.lr, weight_decay=self.weight_decay)

    def schedule(self) -> Plateau:
        """What becomes of the learning rate."""
        return Plateau(self.patience)
