"""The configuration of a run on event frames: its scale, and how it deviates from the paper."""

import re
from dataclasses import KW_ONLY, asdict, replace
from functools import cached_property
from typing import Annotated, Any, ClassVar

from liaf_ref._core.declared import Of, declarations
from liaf_ref._core.kinds import About, one_of, text, whole
from liaf_ref._core.text import short_repr
from liaf_ref._core.validation import check_choice
from liaf_ref.data.simulator import DigitVariation, SceneVariation, SensorVariation
from liaf_ref.experiments.dvs import catalog
from liaf_ref.experiments.training_config import COUNT, FILLED, Number, SpikingConfig
from liaf_ref.kernels.surrogate import SHAPES
from liaf_ref.layers import Neuron, Neurons
from liaf_ref.layers import types as t
from liaf_ref.layers.presets import presets
from liaf_ref.networks import ConvBlock, GestureBlocks, NetworkConfig, SequenceClassifier
from liaf_ref.networks.cells import NOT_OF_LIF, SPIKING_CELLS
from liaf_ref.networks.vision import BLOCK_ORDERS, DEFAULT_ORDERS, DROPOUT_RATE
from liaf_ref.training.state import TrainingSettings

MAX_FOLDS = 1000
DEFAULT_PATIENCE, PATIENCE_BY_CELL = 5, {"convlstm": 2}  # Section VI-B5
SCALE = "the scale's"
THE_SCALES, THE_PAPERS = About(default=SCALE), About(default="the paper's")
BLOCK_ORDERS_TEXT = ", ".join(f"{order} of {cell}" for cell, order in DEFAULT_ORDERS.items())
LIAF_ONLY, LIF_ONLY = ("preset", "act", "mode"), ("output_levels", "output_in")
ALSO_SHOWN = ("dropout", "frames", "frame_order", "events")  # of what deviates from the paper


class DVSConfig(SpikingConfig):
    """Configuration of a run on recordings; fields left out have the scale's value.

    An option that is None has the setting of the paper.

    Parameters
    ----------
    @options

    Raises
    ------
    InputError
        If a value is invalid, or the cell or the data do not have an option.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> config = lr.experiments.DVSConfig("gesture", "liaf", scale="smoke", mode="TR")
    >>> config.epochs, config.mode
    (5, 'TR')
    """

    experiment: Annotated[str, text, About("name of the experiment")]
    cell: Annotated[str, text, About("network types, comma-separated")]
    scale: Annotated[
        str, one_of(*catalog.SCALES), About("size: smoke (seconds), small (minutes) or paper")
    ] = "small"
    _: KW_ONLY
    epochs: Annotated[int, THE_SCALES] = FILLED
    lr: Annotated[float, THE_SCALES] = FILLED
    batch_size: Annotated[int, THE_SCALES] = FILLED
    weight_decay: Annotated[float, THE_SCALES] = FILLED
    schedule: Annotated[str | None, About(default="plateau")] = None
    patience: Annotated[int | None, About(default="5, convlstm 2, order 1000")] = None
    processes: Annotated[int, COUNT, About("data-parallel worker processes")] = 1
    preset: Annotated[
        str | None,
        one_of(*presets),
        About("other people's LIAF, by its options (liaf only)", default="paper"),
    ] = None
    act: Annotated[t.ActName | None, About("activation function Act, Eq. (8) (liaf only)")] = None
    mode: Annotated[str | None, Of(Neuron), THE_PAPERS] = None
    sharing: Annotated[str | None, Of(Neuron), THE_PAPERS] = None
    surrogate: Annotated[
        str | None, one_of(*SHAPES), About("surrogate gradient of the spike", default="window")
    ] = None
    neurons: Annotated[
        str | None,
        one_of("trained", "fixed"),
        About("train or freeze the neurons' own parameters", default="trained"),
    ] = None
    block_order: Annotated[
        str | None,
        one_of(*BLOCK_ORDERS),
        About("position of the neurons in a block", default=BLOCK_ORDERS_TEXT),
    ] = None
    decay: Annotated[str | None, Of(Neuron)] = None
    norm: Annotated[str | None, Of(GestureBlocks)] = None
    after_pooling: Annotated[str | None, Of(GestureBlocks)] = None
    readout: Annotated[str | None, Of(GestureBlocks)] = None
    output_in: Annotated[str | None, Of(GestureBlocks)] = None
    dropout: Annotated[t.Rate | None, About("dropout rate", default=str(DROPOUT_RATE))] = None
    frames: Annotated[Number, About("number of frames per sample", default=SCALE)] = None
    filters: Annotated[
        str | None, text, About("filters of each convolution block, as in 8,16,32", default=SCALE)
    ] = None
    train_per_class: Annotated[
        Number, About("at most N training and validation recordings per class", default=SCALE)
    ] = None
    validation_per_class: Annotated[
        Number, About("hold out N recordings per class for validation, instead of a fraction")
    ] = None
    test_per_class: Annotated[
        Number,
        About("at most N test recordings per class; another N simulates others", default=SCALE),
    ] = None
    grounds: Annotated[str | None, Of(SceneVariation)] = None
    min_size: Annotated[float | None, Of(SceneVariation)] = None
    max_size: Annotated[float | None, Of(SceneVariation)] = None
    shift: Annotated[float | None, Of(SceneVariation)] = None
    texture: Annotated[float | None, Of(SceneVariation)] = None
    drawings: Annotated[str | None, Of(SceneVariation)] = None
    digits: Annotated[str | None, Of(DigitVariation)] = None
    bars: Annotated[int | None, Of(DigitVariation)] = None
    contrast_threshold: Annotated[float | None, Of(SensorVariation)] = None
    noise: Annotated[float | None, Of(SensorVariation)] = None
    events: Annotated[
        str | None,
        one_of("counts", "binary"),
        About("counts of events, or 1 for a pixel with events", default="counts"),
    ] = None
    frame_order: Annotated[
        str | None,
        one_of("recorded", "shuffled"),
        About("shuffle the frames of each recording in time", default="recorded"),
    ] = None
    fold: Annotated[Number, About("test on this fold of a cross-validation")] = None
    folds: Annotated[
        int | None, whole(2, MAX_FOLDS), About("N-fold cross-validation over all recordings")
    ] = None

    default_schedule: ClassVar[str] = "plateau"  # Sections VI-B3 and VI-B5

    def check_together(self) -> None:
        """Refuse what the experiment or the cell does not have, and numbers that do not fit."""
        spec, where = catalog.experiment_spec(self.experiment), self.where()
        check_choice("cell", self.cell, spec.cells, where)
        super().check_together()
        for name, why in spec.unsupported_options.items():
            self.refuse_unused(name, why)
        self._check_cell()
        _ = self.neuron, self.scale_settings  # which check their options
        if self.fold is None:
            self.refuse_unused("folds", "it needs `fold`, the fold to test on")
        elif self.fold > (last := self.folds or catalog.DEFAULT_FOLDS):
            raise self.refuse("fold", f"expected an integer <= {last}, got {self.fold}")
        elif self.scale_settings.max_per_class.count(None) == 1:
            reason = "folds divide train_per_class and test_per_class together"
            for name in ("train_per_class", "test_per_class"):
                self.refuse_unused(name, f"{reason}; give both or neither")

    def _check_cell(self) -> None:
        """Refuse options that the cell, the preset or a detached reset does not use."""
        unused = {"liaf": LIF_ONLY, "lif": LIAF_ONLY}.get(
            self.cell, (*self.neuron_fields(), "diagnose")
        )
        for name in unused:
            spikes = self.cell == "lif" and name in NOT_OF_LIF
            reason = "the activation of LIF is its spike, Section II-C (1)"
            self.refuse_unused(name, reason if spikes else f"{self.cell} does not use it")
        if self.output_levels in (None, 1):
            self.refuse_unused("output_in", "spikes have one level in all blocks")
        if self.preset is not None and presets[self.preset].options:
            for name in ("mu", "surrogate", "gradient"):
                self.refuse_unused(name, f"the preset {self.preset} has a spike of its own")

    @staticmethod
    def neuron_fields() -> tuple[str, ...]:
        """The options of neurons and of their blocks."""
        known, owners = declarations(DVSConfig), (Neuron, GestureBlocks)
        owned = (each.name for each in known if each.owner in owners)
        more = "surrogate", "gradient", "neurons", "block_order", "output_levels"
        return tuple(dict.fromkeys((*LIAF_ONLY, *more, *owned)))

    def _default_values(self) -> dict[str, Any]:
        """Defaults of the fields that depend on scale, cell and experiment."""
        spec, settings = (
            catalog.experiment_spec(self.experiment),
            catalog.scale_settings(self.experiment, self.scale),
        )
        rates = spec.learning_rates if self.scale == "paper" else {}
        return super()._default_values() | {
            "epochs": settings.epochs,
            "lr": rates.get(self.cell, settings.lr),
            "batch_size": settings.batch_size,
            "weight_decay": settings.weight_decay,
            "patience": PATIENCE_BY_CELL.get(self.cell, DEFAULT_PATIENCE),
            **spec.config_overrides,
        }

    @cached_property
    def scale_settings(self) -> catalog.ScaleSettings:
        """Frames, network and number of recordings at this scale."""
        own = catalog.scale_settings(self.experiment, self.scale)
        train, test = own.max_per_class
        most = self.train_per_class or train, self.test_per_class or test
        frames, network = own.preprocessing, own.network_config
        if self.filters is not None:
            network = replace(network, blocks=self._blocks(network))
        if (T := self.frames) is not None:  # which divide the same span of time
            if own.duration % T:
                reason = f"expected a divisor of {own.duration}, the length of a recording in μs"
                raise self.refuse("frames", f"{reason}, got {T}")
            frames = replace(frames, time_window=own.duration // T, T=T)
            network = replace(network, steps=T)
        return own._replace(max_per_class=most, preprocessing=frames, network_config=network)

    def _blocks(self, network: NetworkConfig) -> tuple[ConvBlock, ...]:
        """Convolution blocks of so many filters, such as ``"8,16,32"``, in place of the scale's."""
        if not re.fullmatch(r"[1-9]\d{0,3}(,[1-9]\d{0,3})*", filters := str(self.filters)):
            reason = f"expected numbers of filters such as 8,16,32, got {short_repr(filters)}"
            raise self.refuse("filters", reason)
        counts, blocks, sides = filters.split(","), list[ConvBlock](), network.shape[:2]
        for k, count in enumerate(counts):
            pool = network.blocks[min(k, len(network.blocks) - 1)].pool
            blocks.append(ConvBlock(int(count), pool))
            sides = tuple(side // part for side, part in zip(sides, pool or (1, 1), strict=True))
            if 0 in sides:
                size = " x ".join(map(str, network.shape[:2]))
                reason = f"expected at most {k} blocks, as pooling leaves nothing of frames of"
                raise self.refuse("filters", f"{reason} {size}, got {len(counts)}")
        return tuple(blocks)

    @cached_property
    def neuron(self) -> Neuron:
        """The neurons of liaf and lif; those of the paper for other cells."""
        own = catalog.experiment_spec(self.experiment).neuron
        if self.cell not in SPIKING_CELLS:
            return own
        preset = dict(presets[self.preset].options) if self.preset else {}
        act = {} if self.act is None else {"act": self.act}
        neuron = own.as_lif() if self.cell == "lif" else own
        return self.make_neuron(neuron, self.surrogate, preset | act)

    @cached_property
    def network(self) -> SequenceClassifier:
        """The network."""
        return catalog.experiment_spec(self.experiment).build_network(self)

    @cached_property
    def frozen_parameters(self) -> frozenset[str]:
        """Names of the parameters that are not trained."""
        fixed = presets[self.preset].fixed if self.preset and self.neurons is None else ()
        return frozenset(
            f"{name}.{key}"
            for name, layer in self.network.sequential.stages
            if isinstance(layer, Neurons)
            for key in layer.shapes
            if self.neurons == "fixed" or key in fixed
        )

    def deviations(self) -> dict[str, Any]:
        """How the neurons, blocks and frames deviate from the paper."""
        values = {name: getattr(self, name) for name in (*self.neuron_fields(), *ALSO_SHOWN)}
        return {name: value for name, value in values.items() if value is not None}

    def record(self) -> dict[str, Any]:
        """The content of run.json: the fields, and what else in the experiment affects a result."""
        return asdict(self) | dict(catalog.experiment_spec(self.experiment).record)

    def loop_settings(self) -> TrainingSettings:
        """Settings of the training loop; evaluation uses the same batch size."""
        return replace(super().loop_settings(), eval_batch_size=self.batch_size)
