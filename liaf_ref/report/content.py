"""What a table or figure of the report says, as a value; how it looks is said elsewhere."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Table(NamedTuple):
    """A table of texts; the columns that are no text columns hold numbers."""

    name: str  # of its CSV file
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    text_columns: tuple[int, ...] = (0,)
    collapsed: bool = False


class Curve(NamedTuple):
    """A mean over seeds at each epoch, with half the width of its 95 % interval."""

    cell: str
    label: str
    dashed: bool
    y: tuple[float, ...]
    half_width: tuple[float, ...]  # infinite with one seed
    n: int  # seeds


class CurvePlot(NamedTuple):
    """Curves over the epochs in one pair of axes; ``y_max`` is None for an axis as high as they."""

    name: str
    caption: str
    y_label: str
    y_max: float | None
    curves: tuple[Curve, ...]


class EventCloud(NamedTuple):
    """Events in time, width and height; ``size`` is the sensor's height and width in pixels."""

    name: str
    caption: str
    size: tuple[int, int]
    events: NDArray[Any]


class FrameStrip(NamedTuple):
    """Frames in a row, of shape (N, H, W, 2): events that became darker, and brighter."""

    name: str
    caption: str
    counts: NDArray[np.uint16]
    titles: tuple[str, ...]


Picture = CurvePlot | EventCloud | FrameStrip


class MissingRuns(NamedTuple):
    """What no run was given for, and a command that makes one."""

    description: str
    command: str


class Section(NamedTuple):
    """A table or figure of the paper beside ours: table06, Table VI, and what it shows."""

    name: str
    number: str
    title: str
    verdict: str  # what comes of it, in one sentence
    findings: tuple[str, ...] = ()  # the same, a sentence for each comparison
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    missing: tuple[MissingRuns, ...] = ()
    comments: tuple[str, ...] = ()  # of those who made the runs; not computed


class Report(NamedTuple):
    """All sections in the paper's order, how to read them, and the runs they are made from."""

    sections: tuple[Section, ...]
    about: tuple[str, ...]
    runs: Table
    skipped: tuple[str, ...]
