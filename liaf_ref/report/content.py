"""The content of the report as values; rendering is separate."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref.report.claims import ResultClaim


class Table(NamedTuple):
    """A table of strings; columns not in ``text_columns`` contain numbers."""

    name: str  # of its CSV file
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    text_columns: tuple[int, ...] = (0,)


class Curve(NamedTuple):
    """A mean over seeds at each epoch, with half the width of its 95 % interval."""

    cell: str
    label: str
    dashed: bool
    y: tuple[float, ...]
    half_width: tuple[float, ...]  # infinite with one seed
    n: int  # seeds


class CurvePlot(NamedTuple):
    """Curves over the epochs in one plot; ``y_max`` None scales the axis to the curves."""

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
    """Missing runs, and a command that makes them."""

    description: str
    command: str


class Section(NamedTuple):
    """A section of the report: a table or figure of the paper with our results."""

    name: str
    number: str
    title: str
    verdict: str = ""  # the result in one sentence
    findings: tuple[str, ...] = ()  # a sentence for each comparison
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    missing: tuple[MissingRuns, ...] = ()
    claims: tuple[ResultClaim, ...] = ()
    comments: tuple[str, ...] = ()  # of those who made the runs; not computed


class Report(NamedTuple):
    """All sections in the paper's order, how to read them, and the runs they are made from."""

    sections: tuple[Section, ...]
    about: tuple[str, ...]
    runs: Table
    skipped: tuple[str, ...]
