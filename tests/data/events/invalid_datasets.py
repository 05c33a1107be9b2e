"""What is wrong with a folder, a list, a label or an argument of a data set, each as a call."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from liaf_ref.data.events.datasets import (
    load_cifar10_dvs,
    load_gesture,
    load_mnist_dvs,
    load_n_mnist,
    read_labels,
    read_trials,
    stratified_split,
)
from liaf_ref.data.events.datasets.recordings import Recording, check_complete, file_hash
from liaf_ref.data.events.datasets.verify import dataset_info, verify_datasets

from . import dataset_trees
from .test_datasets import BAD_LABELS

Call = Callable[[Path], Any]
LOADERS: dict[str, tuple[Callable[[Path], Path], Callable[..., Any]]] = {
    "n-mnist": (dataset_trees.write_n_mnist, load_n_mnist),
    "mnist-dvs": (dataset_trees.write_mnist_dvs, load_mnist_dvs),
    "cifar10-dvs": (dataset_trees.write_cifar10_dvs, load_cifar10_dvs),
    "gesture": (dataset_trees.write_gesture, load_gesture),
}


def write_trial_lists(folder: Path, *texts: bytes) -> Path:
    for name, text in zip(("trials_to_train.txt", "trials_to_test.txt"), texts, strict=False):
        dataset_trees.write_file(folder / name, text)
    return folder / "trials_to_train.txt"


def load_duplicate_number(folder: Path) -> Any:
    dataset_trees.write_mnist_dvs(folder, per_class=2, merged=True)
    dataset_trees.write_file(folder / "scale8" / "mnist_3_scale08_0002_part.aedat", b"x")
    return load_mnist_dvs(folder, partial=True)


def make_file(folder: Path) -> Path:
    return dataset_trees.write_file(folder / "file", b"")


def make_empty_folder(folder: Path, name: str) -> Path:
    (folder / name).mkdir(parents=True)
    return folder


def read_empty_span(folder: Path) -> Any:
    trial = dataset_trees.write_trial(folder, "user22_led", [(1, 1, 2)])
    return Recording(trial, 0, "a", "aedat3", 1, 2).events()


CALLS: dict[str, Call] = {
    "trial twice": lambda f: read_trials(
        write_trial_lists(f, b"user01_led.aedat\nuser01_led.aedat\n")
    ),
    "no trial": lambda f: read_trials(write_trial_lists(f, b"user1_led.aedat\n")),
    "long trial": lambda f: read_trials(write_trial_lists(f, b"x" * 99)),
    "no list": lambda f: read_trials(f / "missing"),
    "list of nothing": lambda _: read_trials(3),  # type: ignore[arg-type]
    "labels of nothing": lambda _: read_labels(3),  # type: ignore[arg-type]
    "long labels": lambda f: read_labels(dataset_trees.write_file(f / "file", b"x" * 99)),
    "trial in both lists": lambda f: load_gesture(
        write_trial_lists(f, b"user01_led.aedat\n", b"user01_led.aedat\n").parent, partial=True
    ),
    "trials nowhere": lambda f: load_gesture(
        write_trial_lists(f, b"user01_led.aedat\n").parent, partial=True
    ),
    "n-mnist of nothing": lambda f: load_n_mnist(make_empty_folder(f, "Train/0"), partial=True),
    "mnist-dvs of nothing": lambda f: load_mnist_dvs(make_empty_folder(f, "scale8"), partial=True),
    "mnist-dvs of another scale": lambda f: load_mnist_dvs(
        make_empty_folder(f, "scale4"), partial=True
    ),
    "cifar10-dvs of nothing": lambda f: load_cifar10_dvs(
        make_empty_folder(f, "airplane"), partial=True
    ),
    "number twice": load_duplicate_number,
    "no event in a span": read_empty_span,
    "scale": lambda f: load_mnist_dvs(f, scale=5),
    "share": lambda _: stratified_split(np.zeros(9, int), 1, 0),
    "share of nothing": lambda _: stratified_split(np.zeros(9, int), 0.01, 0),
    "seed": lambda _: stratified_split(np.zeros(9, int), 0.5, -1),
    "labels": lambda _: stratified_split(np.zeros(9), 0.5, 0),  # type: ignore[arg-type]
    "index": lambda f: load_mnist_dvs(dataset_trees.write_mnist_dvs(f), partial=True).train[40],
    "entries": lambda f: load_mnist_dvs(dataset_trees.write_mnist_dvs(f), partial=True).train.take(
        np.array([40])
    ),
    "three missing": lambda f: check_complete("A", f, 1, ["a", "b", "c"], False),
    "four missing": lambda f: check_complete("A", f, 1, ["a", "b", "c", "d"], False),
    "neither whole nor partial": lambda f: check_complete("A", f, 1, [], 1),  # type: ignore[arg-type]
    "no file": lambda f: file_hash(f / "missing"),
    "no folder": lambda f: verify_datasets(f / "missing"),
    "a file for a folder": lambda f: verify_datasets(make_file(f)),
    "no name": lambda _: verify_datasets("a\0b"),
    "a long name": lambda f: verify_datasets(f / ("a" * 300)),
    "no path": lambda _: verify_datasets(3),  # type: ignore[arg-type]
    "another folder": verify_datasets,
    "another set": lambda _: dataset_info("mnist"),
}
for _name, (_make, _load) in LOADERS.items():
    CALLS[f"{_name} in part"] = lambda f, make=_make, load=_load: load(make(f))  # type: ignore[misc]
    CALLS[f"{_name} elsewhere"] = lambda f, load=_load: load(f / "a")  # type: ignore[misc]
    CALLS[f"{_name} nowhere"] = lambda _, load=_load: load(None)  # type: ignore[misc]
for _text, *_ in BAD_LABELS:
    CALLS[f"labels {_text!r}"] = lambda f, text=_text: read_labels(  # type: ignore[misc]
        dataset_trees.write_file(f / "labels.csv", text.encode())
    )
