"""Valid calls of the data: text, event files, data sets, the simulator."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from support import small_task

from liaf_ref.data import babi, batches, events, simulator, split_validation
from liaf_ref.data.babi.reader import check_task
from liaf_ref.data.events import datasets
from liaf_ref.data.events.readers import summarize_event_file
from validation.public_callables import call

RNG = np.random.default_rng(0)
TEXT = "1 Ida sat.\n2 Where is Ida?\there\t1\n"
TASK = small_task()
EVENTS = np.array([(1, 2, 3, True)], events.EVENT)
SENSOR: dict[str, Any] = {"sensor": simulator.SensorVariation()}
SHOWN = {"seed": 0, "per_class": 9, "fraction": 0.2, "duration": 9000, "flicker": False, **SENSOR}
SCENE = simulator.Scene(0, 0, (1, 1), 9.0, np.array([0.0, 9.0]), [np.zeros(1, np.float32)] * 2)

VALID_CALLS: dict[str, Any] = dict(
    [
        call(batches, n=5, size=2, rng=RNG),
        call(split_validation, groups=np.arange(9), fraction=0.2, rng=RNG),
        call(babi.tokenize, text="a b"),
        call(babi.read_stories, path="missing"),
        call(babi.parse_stories, text=TEXT, path="p"),
        call(babi.build_task, task=1, train_text=TEXT, test_text=TEXT),
        call(babi.load_babi, task=1, folder="missing", edition="en", seed=0),
        call(babi.generate_text, task=1, stories=2, seed=0),
        call(babi.write_texts, folder="w", texts={1: (TEXT, TEXT)}),
        call(babi.is_published, task=TASK),
        call(events.make_events, t=np.arange(3), x=np.arange(3), y=np.arange(3), p=np.ones(3, int)),
        call(partial(events.check_events, "events", where="s"), value=EVENTS),
        call(events.slice_by_time, events=EVENTS, start=1, stop=9),
        call(events.crop, events=EVENTS, top=0, left=0, size=(4, 4)),
        call(events.crop_at_median, events=EVENTS, sensor_size=(9, 9), crop_size=(4, 4)),
        call(events.downsample, events=EVENTS, factor=2),
        call(
            events.events_to_frames,
            events=EVENTS,
            size=(9, 9),
            time_window=5,
            T=2,
            start=0,
            max_count=1,
            dtype=np.float32,
        ),
        call(events.MNIST_DVS.to_frames, events=EVENTS, start=1),
        call(events.read_events, path="missing", format="auto"),
        call(
            "data.events.readers.stream_events",
            lambda **arguments: list(events.stream_events(**arguments)),
            path="missing",
            format="npy",
            chunk=9,
        ),
        call(
            events.cached_frames,
            folder="k",
            recording=datasets.Recording(Path("missing"), 0, "a", "npy"),
            preprocessing=events.GESTURE,
        ),
        call(datasets.stratified_split, labels=np.zeros(9, int), fraction=0.3, seed=0),
        call(datasets.load_n_mnist, folder="missing", partial=True),
        call(
            datasets.load_mnist_dvs, folder="missing", scale=8, fraction=0.2, seed=0, partial=True
        ),
        call(datasets.load_cifar10_dvs, folder="missing", fraction=0.2, seed=0, partial=True),
        call(datasets.load_gesture, folder="missing", partial=True),
        call(simulator.record_scene, scene=SCENE, sensor=simulator.Sensor(), rng=RNG),
        call(
            simulator.simulate_mnist_dvs,
            scale=8,
            variation=simulator.DigitVariation(),
            **SHOWN,
        ),
        call(
            simulator.simulate_cifar10_dvs,
            variation=simulator.SceneVariation(),
            **SHOWN,
        ),
        call(simulator.simulate_gesture, seed=0, lights=1, duration=9000, repeats=1, **SENSOR),
        call(simulator.isolated_events, events=EVENTS, max_interval=5),
        call(simulator.measure_events, events=EVENTS, time_window=5),
        call(simulator.draw_thresholds, sensor=simulator.Sensor(), P=9, rng=RNG),
        call(datasets.read_labels, path="missing"),
        call(datasets.read_trials, path="missing"),
        call(babi.generate_task, task=1, stories=2, seed=0),
        call(babi.find_files, folder="missing", task=1, edition="en"),
        call(babi.read_text, path="missing"),
        call(check_task, task=1),
        call(summarize_event_file, path="missing", format="npy"),
        call(
            simulator.simulate_movement_order,
            seed=0,
            per_class=(2, 1),
            movement_duration=5000,
            repeats=1,
        ),
    ]
)
