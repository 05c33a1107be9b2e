"""Every public callable against every kind of invalid value: rejected in plain words, or taken.

Nothing here says which values are right: other tests do.  Whatever is refused is refused
with one line that names the argument, and never by an error of Python or NumPy.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import Setup, small_task, softmax_params

from liaf_ref import layers
from liaf_ref._core.errors import InputError, LiafError
from liaf_ref.data import babi, batches, events, simulator, split_validation
from liaf_ref.data.babi import load_babi
from liaf_ref.data.events import datasets
from liaf_ref.data.events.datasets.verify import dataset_info, verify_datasets
from liaf_ref.data.simulator.comparison import compare_with_real
from liaf_ref.experiments import babi as experiment
from liaf_ref.experiments import paper
from liaf_ref.experiments.runner import spec
from liaf_ref.kernels import spike
from liaf_ref.kernels.pair import Pair
from liaf_ref.networks import BabiNetwork
from liaf_ref.report.audit import audit
from liaf_ref.training import array_dict, optimizers
from liaf_ref.training.classifier import evaluate, train
from liaf_ref.training.protocols import ArrayDataset
from liaf_ref.training.state import TrainingSettings


class Hostile:
    """Raises whatever is asked of it."""

    def __repr__(self) -> str:
        raise RuntimeError("repr")

    def __array__(self, *_: object, **__: object) -> Any:
        raise RuntimeError("array")


VALUES: dict[str, Any] = {
    "None": None,
    "text": "x",
    "no text": "",
    "null character": "a\0b",
    "bytes": b"x",
    "nan": float("nan"),
    "inf": float("inf"),
    "below 0": -1,
    "beyond": 10**5000,
    "fraction": 1.5,
    "complex": 1j,
    "list": [1.0, 2.0],
    "tuple": (1, 2),
    "mapping": {"q": 1},
    "empty mapping": {},
    "object": object(),
    "hostile": Hostile(),
    "type": int,
    "function": len,
    "0 axes": np.array(1.0),
    "no entries": np.zeros(0),
    "integers": np.zeros(3, int),
    "half": np.zeros((2, 3), np.float16),
    "objects": np.array([None, 1], object),
    "texts": np.array(["a"]),
    "not finite": np.full((2, 3), np.nan),
    "masked": np.ma.masked_array([1.0, 2.0], [True, False]),
    "swapped": np.zeros((2, 3), ">f8"),
    "NumPy number": np.float32(np.nan),
    "seeded": np.random.RandomState(0),
    "pair of nothing": Pair(1, 2),  # type: ignore[arg-type]
    "missing path": Path("missing"),
}
RNG = np.random.default_rng(0)
LAYER, EMBEDDING, NETWORK = layers.LSTM(3, 4), layers.Embedding(5, 3), BabiNetwork(7, "liaf", 3, 4)
P, E = LAYER.init(RNG), EMBEDDING.init(RNG)
N = NETWORK.init(RNG)
NEURON = layers.Neuron(act="relu")
IDS, SETUP, TASK = np.ones((2, 3), int), Setup(), small_task()
CONFIG = experiment.BabiConfig(task=1, cell="liaf", epochs=1, validation_fraction=0.25)
Y, _, TAPE = LAYER.forward(P, np.zeros((2, 5, 3)))
X, TAPE_E = EMBEDDING.forward(E, IDS)
Z, TAPE_N = NETWORK.forward(N, IDS, IDS)
PAIR, TEXT = spike.paper(0.5), "1 Ida sat.\n2 Where is Ida?\there\t1\n"
ADAM = SETUP.optimizer
DENSE, SAMPLES = layers.Dense(3, 2), (np.ones((10, 1, 3)), np.zeros(10, int))


EVENTS = np.array([(1, 2, 3, True)], events.EVENT)
SCENE = simulator.Scene(0, 0, (1, 1), 9.0, np.array([0.0, 9.0]), [np.zeros(1, np.float32)] * 2)


CALLABLES: dict[str, tuple[Callable[..., Any], Mapping[str, Any]]] = {
    "Dense": (layers.Dense, {"K": 3, "L": 4, "bias": True}),
    "DenseLIAF": (
        layers.DenseLIAF,
        {"K": 3, "L": 4, "act": "relu", "mode": "TR", "sharing": "all", "spike": PAIR, "v_th": 1},
    ),
    "DenseLIF": (layers.DenseLIF, {"K": 3, "L": 4, "output": PAIR, "alpha": 1, "bias": True}),
    "DirectLIAF": (layers.DirectLIAF, {"shape": (3,), "act": PAIR, "beta": 0.1}),
    "Conv2D": (
        layers.Conv2D,
        {"shape": (4, 3, 2), "L": 4, "kernel": (3, 2), "stride": (1, 2), "bias": True}
        | {"pad": ((0, 1), (1, 1))},
    ),
    "Conv3D": (layers.Conv3D, {"shape": (4, 3, 2), "L": 4, "kernel": (1, 3, 3)}),
    "ConvLIAF": (
        layers.ConvLIAF,
        {"shape": (4, 3, 2), "L": 4, "kernel": (3, 2), "act": "relu", "mode": "TR", "v_th": 1},
    ),
    "ConvLIF": (layers.ConvLIF, {"shape": (4, 3, 2), "L": 4, "stride": (1, 2), "output": PAIR}),
    "ConvLSTM": (layers.ConvLSTM, {"shape": (4, 3, 2), "L": 4, "kernel": (3, 3), "bias": True}),
    "ConvLSTMCell": (layers.ConvLSTMCell, {"L": 4, "size": (4, 3), "kernel": (3, 3)}),
    "PoolingLIAF": (layers.PoolingLIAF, {"shape": (4, 3, 2), "size": (2, 2), "sharing": "all"}),
    "MaxPool": (layers.MaxPool, {"shape": (4, 3, 2), "size": (2, 2), "stride": (1, 1)}),
    "LayerNorm": (layers.LayerNorm, {"shape": (4, 3, 2), "num_axes": 1, "eps": 0.1}),
    "RNN": (layers.RNN, {"K": 3, "L": 4, "bias": True}),
    "Driven": (
        layers.Driven,
        {"synapse": layers.Dense(3, 4), "dynamics": layers.ElmanCell(4)},
    ),
    "Embedding": (layers.Embedding, {"N": 3, "K": 4}),
    "init": (LAYER.init, {"rng": RNG, "dtype": np.float64}),
    "init of neurons": (layers.DirectLIF((3,)).init, {"rng": RNG, "dtype": np.float64}),
    "init of an embedding": (EMBEDDING.init, {"rng": RNG, "dtype": np.float64}),
    "start": (LAYER.initial_state, {"batch": 2, "dtype": np.float64}),
    "forward": (
        LAYER.forward,
        {
            "params": P,
            "X": np.zeros((2, 5, 3)),
            "state": LAYER.initial_state(2, float),
            "kernel_set": None,
        },
    ),
    "forward on a weight": (lambda W: LAYER.forward(P | {"W": W}, np.zeros((2, 5, 3))), {"W": 0}),
    "backward": (LAYER.backward, {"dY": Y, "tape": TAPE, "d_state": LAYER.initial_state(2, float)}),
    "forward of an embedding": (EMBEDDING.forward, {"params": E, "ids": IDS}),
    "backward of an embedding": (EMBEDDING.backward, {"dX": X, "tape": TAPE_E}),
    "BabiNetwork": (
        BabiNetwork,
        {"vocab_size": 5, "cell": "liaf", "embedding_dim": 3, "units": 4, "neuron": NEURON},
    ),
    "forward of a network": (
        NETWORK.forward,
        {"params": N, "story": IDS, "query": IDS, "kernel_set": None},
    ),
    "backward of a network": (NETWORK.backward, {"dlogits": Z, "tape": TAPE_N}),
    "ArrayDataset": (ArrayDataset, {"inputs": (np.ones((3, 5)),), "labels": np.ones(3, int)}),
    "take": (SETUP.train_data.take, {"indices": np.array([1, 2])}),
    "TrainingSettings": (TrainingSettings, {"epochs": 1, "batch_size": 2, "clip": 1.0}),
    "train": (
        partial(train, epochs=1, progress=False),
        {"network": DENSE, "data": SAMPLES, "batch_size": 5, "optimizer": ADAM, "seed": 0},
    ),
    "evaluate": (
        evaluate,
        {"network": DENSE, "params": DENSE.init(0), "data": SAMPLES, "batch_size": 5},
    ),
    "SGD": (optimizers.SGD, {"lr": 0.1, "momentum": 0.1, "weight_decay": 0.1}),
    "Adam": (optimizers.Adam, {"lr": 0.1, "beta1": 0.1, "beta2": 0.1, "eps": 0.1}),
    "step": (
        ADAM.step,
        {
            "params": softmax_params(),
            "grads": softmax_params(),
            "state": ADAM.initial_state(softmax_params()),
        },
    ),
    "step of a rule": (ADAM.initial_state, {"params": softmax_params()}),
    "clip_grad_norm": (array_dict.clip_grad_norm, {"grads": softmax_params(), "max_norm": 1.0}),
    "batches": (batches, {"n": 5, "size": 2, "rng": RNG}),
    "split": (split_validation, {"groups": np.arange(9), "fraction": 0.2, "rng": RNG}),
    "tokenize": (babi.tokenize, {"text": "a b"}),
    "read_stories": (babi.read_stories, {"path": "missing"}),
    "parse_stories": (babi.parse_stories, {"text": TEXT, "path": "p"}),
    "build_task": (
        babi.build_task,
        {"task": 1, "train_text": TEXT, "test_text": TEXT, "paths": (Path("a"), Path("b"))},
    ),
    "load_babi": (babi.load_babi, {"task": 1, "folder": "missing", "edition": "en"}),
    "generate": (babi.generate_text, {"task": 1, "stories": 2, "seed": 0}),
    "write_task": (babi.write_task, {"folder": "w", "task": 1, "stories": 2, "seed": 0}),
    "write_texts": (babi.write_texts, {"folder": "w", "texts": {1: (TEXT, TEXT)}}),
    "vocabulary": (babi.vocabulary, {"task": 1}),
    "is_published": (babi.is_published, {"task": TASK}),
    "make_events": (
        events.make_events,
        {"t": np.arange(3), "x": np.arange(3), "y": np.arange(3), "p": np.ones(3, int)},
    ),
    "check_events": (partial(events.check_events, "events", where="s"), {"value": EVENTS}),
    "between": (events.slice_by_time, {"events": EVENTS, "start": 1, "stop": 9}),
    "crop": (events.crop, {"events": EVENTS, "top": 0, "left": 0, "size": (4, 4)}),
    "crop_at_median": (
        events.crop_at_median,
        {"events": EVENTS, "sensor_size": (9, 9), "crop_size": (4, 4)},
    ),
    "shrink": (events.downsample, {"events": EVENTS, "factor": 2}),
    "events_to_frames": (
        events.events_to_frames,
        {"events": EVENTS, "size": (9, 9), "time_window": 5, "T": 2, "start": 0}
        | {"max_count": 1}
        | {"dtype": np.float32},
    ),
    "Preprocessing": (
        events.Preprocessing,
        {"sensor_size": (9, 9), "time_window": 5, "T": 2, "crop": (4, 4), "downsampling": 2}
        | {"max_count": 1}
        | {"dtype": "uint8"},
    ),
    "frames of a Preprocessing": (events.MNIST_DVS.to_frames, {"events": EVENTS, "start": 1}),
    "read_events": (events.read_events, {"path": "missing", "format": "auto"}),
    "stream_events": (
        lambda **arguments: list(events.stream_events(**arguments)),
        {"path": "missing", "format": "npy", "chunk": 9},
    ),
    "cached_frames": (
        events.cached_frames,
        {"folder": "k", "recording": datasets.Recording(Path("missing"), 0, "a", "npy")}
        | {"preprocessing": events.GESTURE},
    ),
    "split_stratified": (
        datasets.stratified_split,
        {"labels": np.zeros(9, int), "fraction": 0.3, "seed": 0},
    ),
    "load_n_mnist": (datasets.load_n_mnist, {"folder": "missing", "partial": True}),
    "load_mnist_dvs": (
        datasets.load_mnist_dvs,
        {"folder": "missing", "scale": 8, "fraction": 0.2, "seed": 0, "partial": True},
    ),
    "load_cifar10_dvs": (
        datasets.load_cifar10_dvs,
        {"folder": "missing", "fraction": 0.2, "seed": 0, "partial": True},
    ),
    "load_gesture": (datasets.load_gesture, {"folder": "missing", "partial": True}),
    "record": (
        simulator.record_scene,
        {"scene": SCENE, "sensor": simulator.Sensor(), "rng": RNG},
    ),
    **{
        f"{kind.__name__} of the simulator": (
            kind,
            {"seed": 0, "duration": 9000, "flicker": False},
        )
        for kind in (simulator.SceneSource, simulator.GestureSource)
    },
    "Digits of the simulator": (
        simulator.DigitSource,
        {"seed": 0, "duration": 9000, "flicker": True, "scale": 4},
    ),
    "a simulation": (simulator.DigitSource(0, 9000).events, {"label": 1, "number": 2}),
    "simulate_mnist_dvs": (
        simulator.simulate_mnist_dvs,
        {
            "scale": 8,
            "seed": 0,
            "per_class": 9,
            "fraction": 0.2,
            "duration": 9000,
            "flicker": False,
        },
    ),
    "simulate_cifar10_dvs": (
        simulator.simulate_cifar10_dvs,
        {"seed": 0, "per_class": 9, "fraction": 0.2, "duration": 9000, "flicker": False},
    ),
    "simulate_gesture": (
        simulator.simulate_gesture,
        {"seed": 0, "lights": 1, "duration": 9000},
    ),
    "isolated_events": (simulator.isolated_events, {"events": EVENTS, "max_interval": 5}),
    "measure_events": (simulator.measure_events, {"events": EVENTS, "time_window": 5}),
    "compare_with_real": (
        lambda **arguments: next(compare_with_real(**arguments)),
        {"folder": None, "per_class": 1, "seed": 0},
    ),
    "draw_thresholds": (
        simulator.draw_thresholds,
        {"sensor": simulator.Sensor(), "P": 9, "rng": RNG},
    ),
    "read_labels": (datasets.read_labels, {"path": "missing"}),
    "read_trials": (datasets.read_trials, {"path": "missing"}),
    "verify": (verify_datasets, {"folder": "."}),
    "where": (dataset_info, {"name": "gesture"}),
    "load text": (load_babi, {"task": 1, "folder": None, "edition": None, "seed": 0}),
    "BabiConfig": (
        experiment.BabiConfig,
        {"task": 1, "cell": "lif", "epochs": 1, "lr": 0.1, "seed": 0, "batch_size": 2}
        | {"optimizer": "sgd", "weight_decay": 0.1, "clip": 1, "validation_fraction": 0.1}
        | {"select_epoch": "best"},
    ),
    "check": (
        experiment.EXPERIMENT.check,
        {"data": TASK, "config": CONFIG, "folder": Path("r"), "resume": True},
    ),
    "table03": (paper.table03_accuracy, {"task": 1, "cell": "lif"}),
    "table": (paper.table, {"name": "table04"}),
    "audit": (audit, {"table": "III"}),
    "sweep": (spec.read_spec, {"path": Path("missing")}),
}


def answer(enter: Callable[..., Any], arguments: dict[str, Any]) -> str | None:
    """The message of a callable; None if it takes the arguments."""
    try:
        enter(**arguments)
    except InputError as error:
        return str(error) if WORDS.search(str(error)) else f"in other words: {error}"
    except LiafError as error:
        return str(error)
    return None


WORDS = re.compile(r"expected .*(got|missing|unknown)|resume=True needs a folder")
NEVER = ("object", "hostile", "bytes", "complex", "pair of nothing")


@pytest.mark.parametrize("name", CALLABLES)
def test_no_value_gets_past_a_check_unnoticed(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    enter, right = CALLABLES[name]
    for argument in right:
        reported = {
            kind: answer(enter, {**right, argument: value}) for kind, value in VALUES.items()
        }
        assert not [kind for kind in NEVER if reported[kind] is None], argument
        message = [text for text in reported.values() if text]
        assert not [text for text in message if "\n" in text or text.startswith("in other words")]
