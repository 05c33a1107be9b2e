"""Valid calls of the data: text, event files, data sets, the simulator."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from support import small_task

from liaf_ref.data import babi, batches, events, simulator, split_validation
from liaf_ref.data.babi.reader import check_task
from liaf_ref.data.events import datasets
from liaf_ref.data.events.datasets.verify import dataset_info, verify_datasets
from liaf_ref.data.events.readers import summarize_event_file
from liaf_ref.data.simulator.comparison import compare_with_real

RNG = np.random.default_rng(0)
TEXT = "1 Ida sat.\n2 Where is Ida?\there\t1\n"
TASK = small_task()
EVENTS = np.array([(1, 2, 3, True)], events.EVENT)
SENSOR = {"sensor": simulator.SensorVariation()}
SCENE = simulator.Scene(0, 0, (1, 1), 9.0, np.array([0.0, 9.0]), [np.zeros(1, np.float32)] * 2)

VALID_CALLS: dict[str, Any] = {
    "data.batches.batches": (batches, {"n": 5, "size": 2, "rng": RNG}),
    "data.batches.split_validation": (
        split_validation,
        {"groups": np.arange(9), "fraction": 0.2, "rng": RNG},
    ),
    "data.babi.reader.tokenize": (babi.tokenize, {"text": "a b"}),
    "data.babi.reader.read_stories": (babi.read_stories, {"path": "missing"}),
    "data.babi.reader.parse_stories": (babi.parse_stories, {"text": TEXT, "path": "p"}),
    "data.babi.encode.build_task": (
        babi.build_task,
        {"task": 1, "train_text": TEXT, "test_text": TEXT, "paths": (Path("a"), Path("b"))},
    ),
    "data.babi.encode.load_babi": (
        babi.load_babi,
        {"task": 1, "folder": "missing", "edition": "en", "seed": 0},
    ),
    "data.babi.generate.generate_text": (babi.generate_text, {"task": 1, "stories": 2, "seed": 0}),
    "data.babi.generate.write_task": (
        babi.write_task,
        {"folder": "w", "task": 1, "stories": 2, "seed": 0},
    ),
    "data.babi.generate.write_texts": (
        babi.write_texts,
        {"folder": "w", "texts": {1: (TEXT, TEXT)}},
    ),
    "data.babi.stories.words.vocabulary": (babi.vocabulary, {"task": 1}),
    "data.babi.encode.is_published": (babi.is_published, {"task": TASK}),
    "data.events.array.make_events": (
        events.make_events,
        {"t": np.arange(3), "x": np.arange(3), "y": np.arange(3), "p": np.ones(3, int)},
    ),
    "data.events.array.check_events": (
        partial(events.check_events, "events", where="s"),
        {"value": EVENTS},
    ),
    "data.events.array.slice_by_time": (
        events.slice_by_time,
        {"events": EVENTS, "start": 1, "stop": 9},
    ),
    "data.events.array.crop": (
        events.crop,
        {"events": EVENTS, "top": 0, "left": 0, "size": (4, 4)},
    ),
    "data.events.frames.crop_at_median": (
        events.crop_at_median,
        {"events": EVENTS, "sensor_size": (9, 9), "crop_size": (4, 4)},
    ),
    "data.events.frames.downsample": (events.downsample, {"events": EVENTS, "factor": 2}),
    "data.events.frames.events_to_frames": (
        events.events_to_frames,
        {"events": EVENTS, "size": (9, 9), "time_window": 5, "T": 2, "start": 0, "max_count": 1}
        | {"dtype": np.float32},
    ),
    "data.events.preprocessing.Preprocessing": (
        events.Preprocessing,
        {
            "sensor_size": (9, 9),
            "time_window": 5,
            "T": 2,
            "crop": (4, 4),
            "downsampling": 2,
            "max_count": 1,
        }
        | {"dtype": "uint8"},
    ),
    "data.events.preprocessing.Preprocessing.to_frames": (
        events.MNIST_DVS.to_frames,
        {"events": EVENTS, "start": 1},
    ),
    "data.events.readers.read_events": (events.read_events, {"path": "missing", "format": "auto"}),
    "data.events.readers.stream_events": (
        lambda **arguments: list(events.stream_events(**arguments)),
        {"path": "missing", "format": "npy", "chunk": 9},
    ),
    "data.events.preprocessing.cached_frames": (
        events.cached_frames,
        {"folder": "k", "recording": datasets.Recording(Path("missing"), 0, "a", "npy")}
        | {"preprocessing": events.GESTURE},
    ),
    "data.events.datasets.layout.stratified_split": (
        datasets.stratified_split,
        {"labels": np.zeros(9, int), "fraction": 0.3, "seed": 0},
    ),
    "data.events.datasets.layout.load_n_mnist": (
        datasets.load_n_mnist,
        {"folder": "missing", "partial": True},
    ),
    "data.events.datasets.layout.load_mnist_dvs": (
        datasets.load_mnist_dvs,
        {"folder": "missing", "scale": 8, "fraction": 0.2, "seed": 0, "partial": True},
    ),
    "data.events.datasets.layout.load_cifar10_dvs": (
        datasets.load_cifar10_dvs,
        {"folder": "missing", "fraction": 0.2, "seed": 0, "partial": True},
    ),
    "data.events.datasets.gesture.load_gesture": (
        datasets.load_gesture,
        {"folder": "missing", "partial": True},
    ),
    "data.simulator.camera.record_scene": (
        simulator.record_scene,
        {"scene": SCENE, "sensor": simulator.Sensor(), "rng": RNG},
    ),
    "data.simulator.sources.SimulationSource.events": (
        simulator.DigitSource(0, 9000).events,
        {"label": 1, "number": 2},
    ),
    "data.simulator.datasets.simulate_mnist_dvs": (
        simulator.simulate_mnist_dvs,
        {
            "scale": 8,
            "seed": 0,
            "per_class": 9,
            "fraction": 0.2,
            "duration": 9000,
            "flicker": False,
            "variation": simulator.DigitVariation(),
            **SENSOR,
        },
    ),
    "data.simulator.datasets.simulate_cifar10_dvs": (
        simulator.simulate_cifar10_dvs,
        {"seed": 0, "per_class": 9, "fraction": 0.2, "duration": 9000, "flicker": False}
        | {"variation": simulator.SceneVariation(), **SENSOR},
    ),
    "data.simulator.datasets.simulate_gesture": (
        simulator.simulate_gesture,
        {"seed": 0, "lights": 1, "duration": 9000, "repeats": 1, **SENSOR},
    ),
    "data.simulator.comparison.isolated_events": (
        simulator.isolated_events,
        {"events": EVENTS, "max_interval": 5},
    ),
    "data.simulator.comparison.measure_events": (
        simulator.measure_events,
        {"events": EVENTS, "time_window": 5},
    ),
    "data.simulator.comparison.compare_with_real": (
        lambda **arguments: next(compare_with_real(**arguments)),
        {"folder": None, "per_class": 1, "seed": 0},
    ),
    "data.simulator.camera.draw_thresholds": (
        simulator.draw_thresholds,
        {"sensor": simulator.Sensor(), "P": 9, "rng": RNG},
    ),
    "data.events.datasets.gesture.read_labels": (datasets.read_labels, {"path": "missing"}),
    "data.events.datasets.gesture.read_trials": (datasets.read_trials, {"path": "missing"}),
    "data.events.datasets.verify.verify_datasets": (verify_datasets, {"folder": "."}),
    "data.events.datasets.verify.dataset_info": (dataset_info, {"name": "gesture"}),
    "data.babi.generate.generate_task": (babi.generate_task, {"task": 1, "stories": 2, "seed": 0}),
    "data.babi.reader.find_files": (
        babi.find_files,
        {"folder": "missing", "task": 1, "edition": "en"},
    ),
    "data.babi.reader.read_text": (babi.read_text, {"path": "missing"}),
    "data.babi.reader.check_task": (check_task, {"task": 1}),
    "data.events.readers.summarize_event_file": (
        summarize_event_file,
        {"path": "missing", "format": "npy"},
    ),
    "data.simulator.datasets.simulate_movement_order": (
        simulator.simulate_movement_order,
        {"seed": 0, "per_class": (2, 1), "movement_duration": 5000, "repeats": 1},
    ),
}
