"""What a table or figure of the report says, as a value; how it looks is said elsewhere."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Table(NamedTuple):
    """A table of texts.

    Attributes
    ----------
    name : str
        Of its CSV file.
    caption : str
        What it shows.
    head : tuple of str
        Titles of the columns.
    rows : tuple of tuple of str
        As many texts each.
    words : tuple of int
        Columns that hold words; the others hold numbers.
    folded : bool
        Whether a reader opens it first.
    """

    name: str
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    text_columns: tuple[int, ...] = (0,)
    collapsed: bool = False


class Curve(NamedTuple):
    """A curve over the epochs.

    Attributes
    ----------
    cell : str
        Says the colour and the marker.
    label : str
        Its name.
    dashed : bool
        Whether it is of training beside validation.
    y, half : tuple of float
        Means over the seeds from the first epoch on, and half of each one's 95 % interval;
        infinite with one seed.
    seeds : int
        How many there are.
    """

    cell: str
    label: str
    dashed: bool
    y: tuple[float, ...]
    half_width: tuple[float, ...]
    n: int


class CurvePlot(NamedTuple):
    """Curves in one pair of axes.

    Attributes
    ----------
    name, caption : str
        Of its files, and what it shows.
    y : str
        What is upwards, with its unit.
    top : float or None
        The upper end of the axis where there is one.
    lines : tuple of Line
        In the order of the legend.
    """

    name: str
    caption: str
    y_label: str
    y_max: float | None
    curves: tuple[Curve, ...]


class EventCloud(NamedTuple):
    """Events in time, width and height.

    Attributes
    ----------
    name, caption : str
        Of its files, and what it shows.
    size : tuple of int
        Height and width in pixels.
    events : ndarray of EVENT
        What is drawn.
    """

    name: str
    caption: str
    size: tuple[int, int]
    events: NDArray[Any]


class FrameStrip(NamedTuple):
    """Frames in a row.

    Attributes
    ----------
    name, caption : str
        Of its files, and what it shows.
    counts : ndarray of uint16, shape (N, H, W, 2)
        Events, darker and brighter.
    titles : tuple of str
        One above each.
    """

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
    """A table or figure of the paper beside ours.

    Attributes
    ----------
    name, number, title : str
        Such as table06, Table VI, and what the paper shows there.
    verdict : str
        What comes of it, in one sentence.
    findings : tuple of str
        The same in more sentences, one for each comparison.
    tables : tuple of Table
        Ours and the printed numbers.
    pictures : tuple of Picture
        Ours.
    notes : tuple of str
        What has to be known to read them.
    sources : tuple of str
        Runs that were used.
    missing : tuple of Missing
        What was not there.
    remarks : tuple of str
        Comments of the people who made the runs; not computed.
    """

    name: str
    number: str
    title: str
    verdict: str
    findings: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    missing: tuple[MissingRuns, ...] = ()
    comments: tuple[str, ...] = ()


class Report(NamedTuple):
    """All of it.

    Attributes
    ----------
    sections : tuple of Section
        In the paper's order.
    about : tuple of str
        How to read it.
    runs : Table
        Every run that was used.
    left_out : tuple of str
        Runs that were given and not used, with the reason.
    """

    sections: tuple[Section, ...]
    about: tuple[str, ...]
    runs: Table
    skipped: tuple[str, ...]
