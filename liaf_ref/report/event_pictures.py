"""Pictures of an event file: strip of frames, cloud as in Fig. 9, rate over time, animated GIF."""

import io
import math
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import FileWarning, InputError
from liaf_ref._core.palette import EVENT_COLORS, GREY
from liaf_ref._core.png import figure_to_png, new_figure
from liaf_ref.data.events import downsample, events_to_frames, slice_by_time, stream_events
from liaf_ref.data.events.array import EVENT, Events
from liaf_ref.data.events.frames import Frames
from liaf_ref.data.events.readers import EventFileSummary
from liaf_ref.report import pictures

MAX_SIDE = 384  # longest side of a frame in pixels; larger frames are down-sampled
MAX_FRAMES = 300
MAX_POINTS = 20_000  # events of a cloud
MAX_PANELS = 8  # frames of a strip
RATE_BINS = 400  # bins of the event rate
CROP_FRACTION = 0.01  # fraction of the events that a strip may crop on each side
MIN_GIF_SIDE = 320  # least pixels of the longer side
GIF_CAPTION_PIXELS = 22  # pixels of the line of text


class TimeSpan(NamedTuple):
    """A half-open span in μs of the file's clock, in frames of ``window`` μs."""

    start: int
    stop: int
    window: int
    title: str

    @property
    def frames(self) -> int:
        """Number of windows that begin in the span."""
        return -(-(self.stop - self.start) // self.window)


class PlotData(NamedTuple):
    """Data to plot for a span of a file, in memory independent of its size."""

    survey: EventFileSummary
    span: TimeSpan
    frames: Frames  # of the span, shape (T, H, W, 2): counts, darker and brighter
    factor: int  # down-sampling factor of the frames
    points: Events  # an evenly spaced selection of the events in the span
    events: int  # number of events in the span
    rate: NDArray[np.int64]  # of the whole file, shape (2, K): darker and brighter

    def frame_start(self, place: int) -> float:
        """Start of a frame in ms from the first event."""
        return (self.span.start - self.survey.t_first + place * self.span.window) / 1e3


def load_plot_data(survey: EventFileSummary, span: TimeSpan) -> PlotData:
    """Read a file again, for the plots of one span."""
    if span.frames > MAX_FRAMES:
        reason = f"expected at most {MAX_FRAMES} frames, got {span.frames}; choose a longer window"
        raise InputError.for_argument("window", "pictures", reason)
    factor = -(-max(survey.sensor_size) // MAX_SIDE)
    H, W = (-(-side // factor) for side in survey.sensor_size)
    frames = np.zeros((span.frames, H, W, 2), np.uint16)
    counts = np.zeros((2, RATE_BINS), np.int64)
    points, step, count = np.empty(0, EVENT), 1, 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FileWarning)  # the summary has reported it already
        for events in stream_events(survey.path, survey.format):
            counts += _count_bins(events, survey)
            part = slice_by_time(events, span.start, span.stop)
            _add_events(frames, downsample(part, factor), span)
            points = np.concatenate([points, part[-count % step :: step]])
            count += len(part)
            while len(points) > 2 * MAX_POINTS:
                points, step = points[::2], 2 * step
    if not count:
        reason = f"expected events from {span.start} to {span.stop} μs, got none"
        raise InputError.for_argument("start", "pictures", reason)
    points = points[:: math.ceil(len(points) / MAX_POINTS)]
    return PlotData(survey, span, frames, factor, points, count, counts)


def _add_events(frames: Frames, events: Events, span: TimeSpan) -> None:
    """Add events to the frames of their windows; counts saturate at the maximum of uint16."""
    size = frames.shape[1:3]
    for place in np.unique((events["t"] - span.start) // span.window):
        start = span.start + int(place) * span.window
        new = events_to_frames(events, size, span.window, 1, start, dtype=np.int64)[0]
        frames[place] = np.minimum(new + frames[place], 2**16 - 1)


def _count_bins(events: Events, survey: EventFileSummary) -> NDArray[np.int64]:
    place = (events["t"].astype(float) - survey.t_first) * RATE_BINS / max(survey.duration, 1)
    place = np.minimum(place.astype(np.intp), RATE_BINS - 1)
    both = np.bincount(place + RATE_BINS * events["p"], minlength=2 * RATE_BINS)
    return both.reshape(2, RATE_BINS)


def plot_strip(data: PlotData) -> bytes:
    """Plot evenly spaced frames of the span, cropped to the region of nearly all events."""
    count = min(len(data.frames), MAX_PANELS)
    chosen = np.linspace(0, len(data.frames) - 1, count).round().astype(int)
    (top, bottom), (left, right) = (_visible_range(data, axis) for axis in (0, 1))
    columns = min(count, MAX_PANELS // 2)
    rows = -(-count // columns)
    height = 8.4 / columns * (bottom - top) / (right - left)
    figure = new_figure(9, 1.0 + rows * (height + 0.3))
    H, W = (side * data.factor for side in data.frames.shape[1:3])
    titles = [f"{round(data.frame_start(place)):,} ms" for place in chosen.tolist()]
    place: dict[str, Any] = {"extent": (0, W, H, 0), "aspect": "equal", "is_shared": True}
    most = pictures.full_color_count(data.frames)
    for panel in pictures.draw_frames(figure, data.frames[chosen], titles, columns, most, **place):
        panel.tick_params(labelsize=9)
        panel.set(xlim=(left, right), ylim=(bottom, top))
    figure.supxlabel("column / px", fontsize=9)
    figure.supylabel("row / px", fontsize=9)
    window = f"{data.span.window / 1e3:g} ms each"
    chosen_of = f"{count} of {len(data.frames)} frames, {window}; time from the first event"
    figure.suptitle(f"{data.span.title}\n{chosen_of}", fontsize=10)
    pictures.add_color_legend(figure, "outside upper right", 1)
    return figure_to_png(figure, 100, 256)


def _visible_range(data: PlotData, axis: int) -> tuple[int, int]:
    """Range of rows or columns to show."""
    counts: Frames = data.frames.sum(axis=(0, 2 - axis, 3), dtype=np.int64)
    share = np.cumsum(counts) / counts.sum()
    first, last = np.searchsorted(share, [CROP_FRACTION, 1 - CROP_FRACTION])
    margin = max(len(counts) // 20, 2)
    side = data.survey.sensor_size[axis]
    start = max(int(first) - margin, 0) * data.factor
    return start, min((int(last) + 1 + margin) * data.factor, side)


def plot_cloud(data: PlotData) -> bytes:
    """Plot the events as dots; of many events, an evenly spaced selection."""
    points = data.points
    figure = new_figure(9, 5.5)
    axes = figure.add_subplot(projection="3d")
    dot = min(max(30_000 / len(points), 0.6), 12)
    pictures.scatter_events(axes, points, data.survey.t_first, data.survey.sensor_size, dot, 1.2)
    axes.legend(loc="upper left", fontsize=9, markerscale=4)
    every = "all" if len(points) == data.events else f"{len(points):,}, evenly spaced, of"
    figure.suptitle(f"{data.span.title}\n{every} {data.events:,} events", fontsize=10)
    return figure_to_png(figure, 100, 256)


def plot_rate(data: PlotData) -> bytes:
    """Plot the rate over the whole file, and mark the span of the other plots."""
    survey, span = data.survey, data.span
    bins = data.rate.shape[1]
    width = max(survey.duration, 1) / bins / 1e6
    edges = np.linspace(0, max(survey.duration, 1) / 1e3, bins + 1)
    figure = new_figure(9, 3.2)
    axes = figure.subplots()
    first, last = ((t - survey.t_first) / 1e3 for t in (span.start, span.stop))
    last = min(last, edges[-1])
    axes.axvspan(first, last, color=GREY, alpha=0.25, label="span of the other plots")
    for counts, (name, color) in zip(data.rate, EVENT_COLORS.items(), strict=True):
        axes.stairs(counts / width / 1e3, edges, color=color, label=name, lw=1.2)
    axes.set(xlabel="time from the first event / ms", ylabel="1000 events / s")
    axes.set(xlim=(0, edges[-1]), ylim=(0, None))
    axes.set_title(f"{survey.path.name}: windows of {1e3 * width:,.3g} ms", fontsize=10)
    axes.legend(fontsize=9, ncols=3, loc="upper right")
    axes.grid(alpha=0.3)
    return figure_to_png(figure, 100, 256)


def make_gif(data: PlotData) -> bytes:
    """Animate the frames of the span; each is shown for the duration of its window."""
    import matplotlib  # noqa: PLC0415 - slow to import, seldom needed
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415

    font = ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf", 12)
    _, height, width, _ = data.frames.shape
    scale = max(-(-MIN_GIF_SIDE // max(height, width)), 1)
    H, W = data.survey.sensor_size
    maximum = pictures.full_color_count(data.frames)
    images = []
    for place, frame in enumerate(data.frames):
        large = pictures.frame_to_rgb(frame, maximum).repeat(scale, axis=0).repeat(scale, axis=1)
        picture = Image.new("RGB", (width * scale, height * scale + GIF_CAPTION_PIXELS), "white")
        picture.paste(Image.fromarray(large), (0, GIF_CAPTION_PIXELS))
        t = round(data.frame_start(place))
        text = f"{t:,} ms   {W} x {H} px   {data.span.window / 1e3:g} ms per frame"
        ImageDraw.Draw(picture).text((4, 3), text, fill="black", font=font)
        images.append(picture.quantize(64))
    buffer = io.BytesIO()
    shown = max(round(data.span.window / 1e4) * 10, 20)
    first, *rest = images
    first.save(buffer, "GIF", save_all=True, append_images=rest, duration=shown, loop=0)
    return buffer.getvalue()
