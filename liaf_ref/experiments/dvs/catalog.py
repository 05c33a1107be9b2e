"""The experiments of Sections VI-B and VI-C: networks, scales and sources of recordings."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from liaf_ref._core.declared import declarations, part
from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_choice
from liaf_ref.data import simulator
from liaf_ref.data.events import Preprocessing, datasets
from liaf_ref.data.events.datasets.gesture import user_of
from liaf_ref.data.events.datasets.recordings import DatasetSplits, Recording
from liaf_ref.data.simulator import datasets as simulated
from liaf_ref.data.simulator.gestures import LIGHTS
from liaf_ref.data.simulator.pictures import IMAGES_PER_DIGIT
from liaf_ref.data.simulator.sources import user_and_light
from liaf_ref.layers import Neuron
from liaf_ref.networks import SequenceClassifier, vision
from liaf_ref.networks.cells import SPIKING_CELLS

if TYPE_CHECKING:
    from liaf_ref.experiments.dvs.config import DVSConfig


DEFAULT_FOLDS = 5
SCALES = ("smoke", "small", "paper")
ALL = (None, None)


class ScaleSettings(NamedTuple):
    """Frames, network and length of a run."""

    network_config: vision.NetworkConfig
    preprocessing: Preprocessing
    max_per_class: tuple[int | None, int | None]  # for training and test; None for all
    epochs: int
    lr: float
    batch_size: int
    weight_decay: float = 0.0  # L2 in the gradient

    @property
    def duration(self) -> int:
        """Length of a recording in μs."""
        return self.preprocessing.time_window * self.preprocessing.T


def _blocks(
    *filters: int, first: tuple[int, int] | None = vision.POOL_2X2
) -> tuple[vision.ConvBlock, ...]:
    pools = (first, *(vision.POOL_2X2 for _ in filters[1:]))
    return tuple(map(vision.ConvBlock, filters, pools))


DVS128 = partial(Preprocessing, (128, 128))
DIGIT = partial(DVS128, crop=(40, 40))
# The 300 ms of the three saccades of N-MNIST, the middle 32 x 32 pixels.
SACCADES = partial(Preprocessing, (34, 34), crop=(32, 32))
MOVEMENT_DURATION, REPEATS = 20_000, 2  # μs per movement, which is one frame; repetitions
MOVEMENTS = DIGIT(MOVEMENT_DURATION, 4 * REPEATS, downsampling=4)
SMALL_GESTURE = _blocks(8, 16, 16, first=None)
NUM_CLASSES = {"gesture": 11, "order": len(simulated.MovementOrderSource.classes)}
ROWS = {
    "n-mnist": (
        (SACCADES(60_000, 5, downsampling=2), _blocks(8, 16), (32,), (60, 10), 8, 2e-3, 16),
        (SACCADES(30_000, 10), _blocks(16, 32, 64), (128,), ALL, 25, 1e-3, 32),
        (SACCADES(15_000, 20), vision.MNIST_DVS.blocks, (512, 128), ALL, 50, 5e-5, 32),
    ),
    "mnist-dvs": (
        (DIGIT(20_000, 5, downsampling=2), _blocks(8, 16), (32,), (40, 10), 10, 2e-3, 16),
        (DIGIT(5_000, 10), _blocks(16, 32), (64,), (25, 40), 25, 1e-3, 16),
        (DIGIT(5_000, 20), vision.MNIST_DVS.blocks, (512, 128), ALL, 50, 5e-5, 32),
    ),
    "cifar10-dvs": (
        (DVS128(10_000, 5, downsampling=8), _blocks(8, 16), (32,), (20, 10), 6, 2e-3, 16),
        (DVS128(5_000, 10, downsampling=4), _blocks(16, 32), (64,), (10, 40), 25, 1e-3, 10),
        (DVS128(5_000, 10), vision.CIFAR10_DVS.blocks, (512,), ALL, 50, 5e-5, 32),
    ),
    "gesture": (
        (DVS128(150_000, 10, downsampling=8), SMALL_GESTURE, (32,), (6, 3), 5, 2e-3, 12),
        (DVS128(25_000, 10, downsampling=8), SMALL_GESTURE, (32,), (23, 24), 20, 2e-3, 12),
        (DVS128(25_000, 60, downsampling=4), vision.GESTURE.blocks, (256,), ALL, 50, 1e-4, 36),
    ),
    "order": (
        (MOVEMENTS, _blocks(8, 16), (32,), (40, 10), 40, 3e-3, 16),
        (MOVEMENTS, _blocks(8, 16), (32,), (60, 40), 40, 3e-3, 16),
    ),
}


def _scale(name: str, frames: Preprocessing, *row: Any) -> ScaleSettings:
    blocks, dense, max_per_class, epochs, lr, batch_size = row
    classes, decay = NUM_CLASSES.get(name, 10), 1e-4 if name == "gesture" else 0.0
    network = vision.NetworkConfig(name, frames.shape[1:], frames.T, blocks, dense, classes)
    return ScaleSettings(network, frames, max_per_class, epochs, lr, batch_size, decay)


SCALE_SETTINGS = {
    name: {scale: _scale(name, *row) for scale, row in zip(SCALES, rows, strict=False)}
    for name, rows in ROWS.items()
}


def _fields(*owners: type, of: str) -> dict[str, str]:
    """Every field of some classes, with the reason why an experiment does not have it."""
    return {each.name: of for owner in owners for each in declarations(owner)}


SIMULATED = simulator.SceneVariation, simulator.DigitVariation, simulator.SensorVariation
NO_SCENES = _fields(simulator.SceneVariation, of="only simulated CIFAR10-DVS has drawn scenes")
NO_BLOCKS = _fields(vision.GestureBlocks, of="only the blocks of Table VIII, of gesture, have it")
NO_DIGITS = _fields(simulator.DigitVariation, of="only simulated MNIST-DVS has drawn digits")
TRAIN_USER_COUNT, TEST_USER_COUNT = 23, 6  # each makes each gesture once per light


def _fig6(config: "DVSConfig") -> SequenceClassifier:
    return vision.dvs_network(
        config.scale_settings.network_config,
        config.cell,
        neuron=config.neuron,
        block_order=config.block_order,
        dropout=vision.DROPOUT_RATE if config.dropout is None else config.dropout,
    )


def _table_viii(config: "DVSConfig") -> SequenceClassifier:
    return vision.gesture_network(
        config.cell,
        network_config=config.scale_settings.network_config,
        neuron=config.neuron,
        gesture_blocks=part(config, vision.TABLE_VIII),
    )


class ExperimentSpec(NamedTuple):
    """A data set and the networks trained on it."""

    title: str
    section: str  # of the paper
    # Loads a folder, with a seed and whether an incomplete folder is accepted; None if the data
    # set is only simulated.
    load: Callable[[Path, int, bool], DatasetSplits[Any]] | None
    simulate: "Callable[[DVSConfig], DatasetSplits[Any]] | None"
    scales: dict[str, ScaleSettings]  # "smoke", "small" and, for data sets of the paper, "paper"
    build_network: "Callable[[DVSConfig], SequenceClassifier]" = _fig6
    cells: tuple[str, ...] = vision.FIG6_CELLS
    neuron: Neuron = vision.DVS_NEURON
    default_cells: tuple[str, ...] = SPIKING_CELLS  # if none is given
    unsupported_options: Mapping[str, str] = MappingProxyType({})  # by name, with the reason
    # Cells whose learning rate at scale ``paper`` is not that of the scale.
    learning_rates: Mapping[str, float] = MappingProxyType({})
    # Fields whose default is neither that of the scale nor that of the paper.
    config_overrides: Mapping[str, Any] = MappingProxyType({})
    # Recordings of one group are never split between training and validation.
    group_of: Callable[[Any], int] | None = None
    unit: str = "recordings"  # what a group is, in the plural
    # Further entries of run.json; runs that differ in them cannot be resumed.
    record: Mapping[str, str] = MappingProxyType({})
    same_data_as: str | None = None  # an experiment with the same recordings


def _sizes(config: "DVSConfig", default: int) -> tuple[int, float, int]:
    """Recordings per class, the fraction that is the test set, and their length in μs."""
    train, test = config.scale_settings.max_per_class
    train = train or round(0.8 * default)
    test = test or default - round(0.8 * default)
    return train + test, test / (train + test), config.scale_settings.duration


def _simulate_digits(config: "DVSConfig") -> DatasetSplits[Any]:
    digits = part(config, simulator.DigitVariation())
    images = IMAGES_PER_DIGIT[digits.digits]
    each, share, duration = _sizes(config, images)
    if each > images:
        reason = f"expected at most {images} training and test recordings of a digit"
        actual = f"as there are so many images, got {each}"
        name = "test_per_class" if share > 0.5 else "train_per_class"
        raise InputError.for_argument(name, "run mnist-dvs", f"{reason}, {actual}")
    sensor = part(config, simulator.SensorVariation())
    return simulator.simulate_mnist_dvs(
        8, config.seed_of_data, each, share, duration, variation=digits, sensor=sensor
    )


def _simulate_scenes(config: "DVSConfig") -> DatasetSplits[Any]:
    scenes = part(config, simulator.SceneVariation())
    sensor = part(config, simulator.SensorVariation())
    return simulator.simulate_cifar10_dvs(
        config.seed_of_data, *_sizes(config, 1000), variation=scenes, sensor=sensor
    )


def _simulate_gestures(config: "DVSConfig") -> DatasetSplits[Any]:
    train, test = config.scale_settings.max_per_class
    rounds = max(
        -(-(train or len(LIGHTS) * TRAIN_USER_COUNT) // TRAIN_USER_COUNT),
        -(-(test or 0) // TEST_USER_COUNT),
    )
    lights, repeats = min(rounds, len(LIGHTS)), -(-rounds // len(LIGHTS))
    duration, sensor = config.scale_settings.duration, part(config, simulator.SensorVariation())
    return simulator.simulate_gesture(config.seed_of_data, lights, duration, repeats, sensor)


def _simulate_movements(config: "DVSConfig") -> DatasetSplits[Any]:
    each: Any = config.scale_settings.max_per_class  # numbers at both scales
    return simulated.simulate_movement_order(config.seed_of_data, each, MOVEMENT_DURATION, REPEATS)


def _person(item: Recording | simulated.SimulatedRecording) -> int:
    """The person in a recording, published or simulated."""
    if isinstance(item, simulated.SimulatedRecording):
        return user_and_light(item.number)[0]
    return user_of(item.path)


SCENES = ExperimentSpec(
    "CIFAR10-DVS",
    "Section VI-B, Fig. 6",
    lambda folder, seed, partial: datasets.load_cifar10_dvs(folder, seed=seed, partial=partial),
    _simulate_scenes,
    SCALE_SETTINGS["cifar10-dvs"],
    unsupported_options=NO_DIGITS | NO_BLOCKS,
)
ALL_NETWORKS = ("conv2d", "conv3d", "convlstm", "liaf", "lif")
EXPERIMENT_SPECS = {
    "mnist-dvs": ExperimentSpec(
        "MNIST-DVS",
        "Section VI-B, Fig. 6",
        lambda folder, seed, partial: datasets.load_mnist_dvs(folder, seed=seed, partial=partial),
        _simulate_digits,
        SCALE_SETTINGS["mnist-dvs"],
        unsupported_options=NO_SCENES | NO_BLOCKS,
    ),
    "cifar10-dvs": SCENES,
    "gesture": ExperimentSpec(
        "DVS128 Gesture",
        "Section VI-C, Table VIII",
        lambda folder, seed, partial: datasets.load_gesture(folder, partial),
        _simulate_gestures,
        SCALE_SETTINGS["gesture"],
        _table_viii,
        vision.TABLE_VIII_CELLS,
        vision.GESTURE_NEURON,
        unsupported_options={
            "fold": "its training and test sets have no person in common",
            "block_order": "the blocks of Table VIII have one order only",
            "dropout": "Table VIII has no dropout",
            "validation_per_class": "its validation set has all recordings of some people",
            **NO_SCENES,
            **NO_DIGITS,
        },
        group_of=_person,
        unit="people",
        record=MappingProxyType({"validation_by": "person"}),
    ),
    "n-mnist": ExperimentSpec(
        "N-MNIST",
        "Fig. 6 on real recordings with a free licence",
        lambda folder, seed, partial: datasets.load_n_mnist(folder, partial),
        None,
        SCALE_SETTINGS["n-mnist"],
        unsupported_options={
            **_fields(*SIMULATED, of="its recordings are not simulated"),
            **NO_BLOCKS,
        },
    ),
    "rivals": SCENES._replace(
        title="CIFAR10-DVS, all networks",
        section="Section VI-B5, Table VII and Fig. 8",
        default_cells=ALL_NETWORKS,
        learning_rates={"conv2d": 5e-4},
        same_data_as="cifar10-dvs",
    ),
    "order": ExperimentSpec(
        "Order of movements",
        "control of Fig. 6: only the order of the frames tells the class",
        None,
        _simulate_movements,
        SCALE_SETTINGS["order"],
        default_cells=ALL_NETWORKS,
        unsupported_options={
            "fold": "its training and test sets have no set of frames in common",
            "frames": "a frame is one movement",
            "validation_per_class": "its validation set has all recordings of some sets",
            **_fields(*SIMULATED, of="it has a simulation of its own"),
            **NO_BLOCKS,
        },
        # With a dropout rate of one half, LIAF and LIF learn nothing. Training makes no progress at
        # first; the learning rate must not be reduced during that time.
        config_overrides={"dropout": 0.2, "patience": 1000},
        group_of=lambda item: item.number,
        unit="sets of movements",
    ),
}


def experiment_spec(name: str) -> ExperimentSpec:
    """Return an experiment by name."""
    return EXPERIMENT_SPECS[check_choice("experiment", name, EXPERIMENT_SPECS, "Section VI")]


def scale_settings(name: str, scale: str) -> ScaleSettings:
    """Return the settings of an experiment at a scale."""
    scales = experiment_spec(name).scales
    return scales[check_choice("scale", scale, scales, name)]
