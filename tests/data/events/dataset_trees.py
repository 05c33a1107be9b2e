"""Small data sets in the published layouts, of made events."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from liaf_ref.data.events.datasets.gesture import LABELS_HEADER
from liaf_ref.data.events.datasets.layout import IMAGE_SETS

from . import writers
from .writers import make_event_array

LIGHTS = ("fluorescent", "fluorescent_led", "lab", "led", "natural")


def random_events(seed: int, size: int, count: int = 50, span: int = 10**5) -> Any:
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, size, (2, count))
    return make_event_array(np.sort(rng.integers(0, span, count)), x, y, rng.integers(0, 2, count))


def publish_fewer(monkeypatch: pytest.MonkeyPatch, **counts: int | tuple[int, int]) -> None:
    """As if the image sets had so many files of a class; of N-MNIST, to train and to test."""
    for key, count in counts.items():
        name = key.replace("_", "-")
        parts = IMAGE_SETS[name].counts
        numbers = count if isinstance(count, tuple) else (count,) * len(parts)
        fewer = {part: [number] * 10 for part, number in zip(parts, numbers, strict=True)}
        monkeypatch.setitem(IMAGE_SETS, name, IMAGE_SETS[name]._replace(counts=fewer))


def write_file(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def write_n_mnist(folder: Path, train: int = 3, test: int = 2) -> Path:
    for part, each in (("Train", train), ("Test", test)):
        for digit in range(10):
            for i in range(each):
                number = 10 * i + digit + 1
                content = writers.nmnist(random_events(number, 34))
                write_file(folder / part / str(digit) / f"{number:05}.bin", content)
    return folder


def write_mnist_dvs(folder: Path, per_class: int = 5, merged: bool = False) -> Path:
    for digit in range(10):
        for scale in (4, 8, 16):
            place = folder if merged else folder / f"grabbed_data{digit}"
            for number in range(1, per_class + 1):
                content = writers.aedat2(
                    random_events(100 * number + digit + scale, 128), rotated=True
                )
                name = f"mnist_{digit}_scale{scale:02}_{number:04}.aedat"
                write_file(place / f"scale{scale}" / name, content)
    return folder


def write_cifar10_dvs(folder: Path, per_class: int = 5) -> Path:
    for label, name in enumerate(IMAGE_SETS["cifar10-dvs"].classes):
        for number in range(per_class):
            content = writers.aedat2(random_events(100 * number + label, 128), rotated=True)
            write_file(folder / name / f"cifar10_{name}_{number}.aedat", content)
    return folder


def write_trial(folder: Path, name: str, rows: list[tuple[int, int, int]], seed: int = 0) -> Path:
    """A trial of 1.2 s that starts at 5 s, and its labels."""
    events = random_events(seed, 128, 600, 1_200_000)
    events["t"] += 5_000_000
    text = "\n".join([LABELS_HEADER, *(",".join(map(str, row)) for row in rows), ""])
    write_file(folder / f"{name}_labels.csv", text.encode())
    return write_file(folder / f"{name}.aedat", writers.aedat3(events, tuple(range(0, 600, 64))))


LABEL_ROWS = [
    (number, 4_900_000 + number * 10**5, 5_000_000 + number * 10**5) for number in range(1, 12)
]


def write_gesture(folder: Path) -> Path:
    """As many trials as were published: two of each list with all their files."""
    names = [f"user{user:02}_{light}" for user in range(1, 30) for light in LIGHTS][:122]
    lists = {"trials_to_train.txt": names[:98], "trials_to_test.txt": names[98:]}
    for file, listed in lists.items():
        write_file(
            folder / file, "".join(f"{name}.aedat\r\n" for name in listed).encode() + b"\n\n"
        )
        for seed, name in enumerate(listed[:2]):
            write_trial(folder, name, [*LABEL_ROWS, (8, 5_000_000, 5_100_000)], seed)
    return folder
