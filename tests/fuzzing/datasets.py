"""Texts that come with data sets, damaged: bAbI's stories, gestures' lists and labels."""

import warnings
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

from fuzzing.harness import Files
from fuzzing.texts import mutate_text
from fuzzing.values import mutate_document
from liaf_ref.data.babi import load_babi
from liaf_ref.data.babi.reader import file_name
from liaf_ref.data.events.datasets import load_gesture
from liaf_ref.data.events.datasets.gesture import LABELS_HEADER, TRIAL_LISTS

STORIES: tuple[list[Any], ...] = (
    [
        *(["1 Ida went to the hall."], ["2 Bo took the ball, and the cup."]),
        *(["3 Where is Ida? ", "hall", "1"], ["4 Bo went to the hall."]),
        *(["5 What has Bo?", "ball,cup", "2"], ["6 Where is the cup?", "hall", "2 4"]),
        *(["1 Cy ran."], ["2 Who ran?", "Cy", "1"]),
    ],
    [["1 Bo sat in the garden."], ["2 Where is Bo?", "garden", "1"]],
)
LISTED = (["user01_led", "user02_fluorescent_led"], ["user24_lab"])
LABELS: list[list[int]] = [[1, 4900000, 5000000], [8, 5000000, 5100000], [11, 5050000, 6000000]]


def babi(rng: Random) -> Files:
    """Both texts of a task, one of them damaged."""
    texts = [_lines(rows, "\t") for rows in STORIES]
    one = rng.randrange(2)
    texts[one] = mutate_text(_lines(mutate_document(STORIES[one], rng), "\t"), rng)
    names = (file_name(1, part) for part in ("train", "test"))
    return dict(zip(names, texts, strict=True))


def read_babi(folder: Path) -> object:
    """Read and encode them."""
    return load_babi(1, folder)


def gesture(rng: Random) -> Files:
    """Both lists of trials and the labels of each, one list or the labels of one damaged."""
    listed = [[f"{trial}.aedat" for trial in trials] for trials in LISTED]
    files = {name: _lines(trials, ",") for name, trials in zip(TRIAL_LISTS, listed, strict=True)}
    for trial in chain(*LISTED):
        files |= {f"{trial}.aedat": b"", f"{trial}_labels.csv": _labels(LABELS)}
    if rng.random() < 0.4:
        one = rng.randrange(2)
        text = _lines(mutate_document(listed[one], rng), ",")
        return files | {list(TRIAL_LISTS)[one]: mutate_text(text, rng, probability=0.2)}
    text = _labels(mutate_document(LABELS, rng))
    return files | {f"{LISTED[0][0]}_labels.csv": mutate_text(text, rng, probability=0.2)}


def read_gesture(folder: Path) -> object:
    """List the gestures."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "DVS128 Gesture in .*: these files are not used")
        return load_gesture(folder, partial=True)


def _labels(rows: Any) -> bytes:
    return f"{LABELS_HEADER}\n".encode() + _lines(rows, ",")


def _lines(rows: Any, mark: str) -> bytes:
    """A line for each row, its fields between marks; anything else as it prints."""
    found = rows if isinstance(rows, list) else [rows]
    lines = (mark.join(map(str, row)) if isinstance(row, list) else str(row) for row in found)
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")
