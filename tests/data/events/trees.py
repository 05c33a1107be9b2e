"""Small data sets in the published layouts, of made events."""

from pathlib import Path
from typing import Any

import numpy as np

from liaf_ref.data.events.sets.cifar10_dvs import CLASSES
from liaf_ref.data.events.sets.gesture import HEADER

from . import writers
from .writers import events_of

LIGHTS = ("fluorescent", "fluorescent_led", "lab", "led", "natural")


def some_events(seed: int, size: int, count: int = 50, span: int = 10**5) -> Any:
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, size, (2, count))
    return events_of(np.sort(rng.integers(0, span, count)), x, y, rng.integers(0, 2, count))


def write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def n_mnist(folder: Path, train: int = 3, test: int = 2) -> Path:
    for part, each in (("Train", train), ("Test", test)):
        for digit in range(10):
            for i in range(each):
                number = 10 * i + digit + 1
                content = writers.nmnist(some_events(number, 34))
                write(folder / part / str(digit) / f"{number:05}.bin", content)
    return folder


def mnist_dvs(folder: Path, each: int = 5, merged: bool = False) -> Path:
    for digit in range(10):
        for scale in (4, 8, 16):
            place = folder if merged else folder / f"grabbed_data{digit}"
            for number in range(1, each + 1):
                content = writers.aedat2(
                    some_events(100 * number + digit + scale, 128), turned=True
                )
                name = f"mnist_{digit}_scale{scale:02}_{number:04}.aedat"
                write(place / f"scale{scale}" / name, content)
    return folder


def cifar10_dvs(folder: Path, each: int = 5) -> Path:
    for label, name in enumerate(CLASSES):
        for number in range(each):
            content = writers.aedat2(some_events(100 * number + label, 128), turned=True)
            write(folder / name / f"cifar10_{name}_{number}.aedat", content)
    return folder


def trial(folder: Path, name: str, rows: list[tuple[int, int, int]], seed: int = 0) -> Path:
    """A trial of 1.2 s that starts at 5 s, and its labels."""
    events = some_events(seed, 128, 600, 1_200_000)
    events["t"] += 5_000_000
    text = "\n".join([HEADER, *(",".join(map(str, row)) for row in rows), ""])
    write(folder / f"{name}_labels.csv", text.encode())
    return write(folder / f"{name}.aedat", writers.aedat3(events, tuple(range(0, 600, 64))))


ROWS = [(number, 4_900_000 + number * 10**5, 5_000_000 + number * 10**5) for number in range(1, 12)]


def gesture(folder: Path) -> Path:
    """As many trials as were published: two of each list with all their files."""
    names = [f"user{user:02}_{light}" for user in range(1, 30) for light in LIGHTS][:122]
    lists = {"trials_to_train.txt": names[:98], "trials_to_test.txt": names[98:]}
    for file, listed in lists.items():
        write(folder / file, "".join(f"{name}.aedat\r\n" for name in listed).encode() + b"\n\n")
        for seed, name in enumerate(listed[:2]):
            trial(folder, name, [*ROWS, (8, 5_000_000, 5_100_000)], seed)
    return folder
