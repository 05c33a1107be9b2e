"""``liaf-ref events``: summarize and plot an event-camera recording."""

import argparse
from pathlib import Path
from typing import Any

from liaf_ref._core.errors import InputError
from liaf_ref._core.kinds import real, whole
from liaf_ref._core.locks import write_folder
from liaf_ref.cli import options
from liaf_ref.cli.options import Answer, Parser, option
from liaf_ref.data.events.datasets.gesture import CLASSES, read_labels
from liaf_ref.data.events.readers import FORMATS, EventFileSummary, summarize_event_file
from liaf_ref.report import event_pictures as pictures

DEFAULT_WINDOW_MS = 30.0  # length of a frame
MAX_DURATION_MS = 2000.0  # longest plotted span if --duration is not given
PICTURES = {
    "strip.png": pictures.plot_strip,
    "cloud.png": pictures.plot_cloud,
    "rate.png": pictures.plot_rate,
    "events.gif": pictures.make_gif,
}
PLOT_OPTIONS = ("window", "start", "duration", "labels", "clip")


def add(parser: Parser) -> None:
    """Add the options."""
    option(parser, "file FILE", options.any_path, "a recording")
    option(parser, "--format F", str, "one of the formats below", "auto")
    option(parser, "--out DIR", options.new_dir, f"new folder: write {', '.join(PICTURES)} there")
    number, ends = real(), f"to the end, at most {MAX_DURATION_MS:g}"
    option(parser, "--window MS", number, f"length of a frame (default: {DEFAULT_WINDOW_MS:g})")
    option(parser, "--start MS", number, "where plots start, from the first event (default: 0)")
    option(parser, "--duration MS", number, f"length of the plots (default: {ends})")
    option(parser, "--labels CSV", options.any_path, "labels of a trial (default: beside FILE)")
    option(parser, "--clip N", whole(), "plot the gesture in row N of the labels")
    about = {"auto": "chosen by suffix and first line of the file"}
    about |= {name: kind.description for name, kind in FORMATS.items()}
    parser.epilog = "formats:" + "".join(f"\n  {name:<15}{text}" for name, text in about.items())
    parser.runs(events, "plot a shorter --duration or longer --window")


def events(args: argparse.Namespace) -> Answer:
    """Summarize and plot an event-camera recording.

    With --out, also write four plots: a strip of frames, a 3-D cloud of the events as in Fig. 9,
    the event rate over time, and an animated GIF of the frames.

    example: liaf-ref events mnist_0_scale08_0001.aedat --out zero
             liaf-ref events user01_led.aedat --labels user01_led_labels.csv --clip 3 --out waving
    """
    if args.out is None:
        options.refuse(args, PLOT_OPTIONS, "requires --out, the folder for the plots")
    if args.clip is None:
        options.refuse(args, ["labels"], "requires --clip, the row of the gesture")
    found = summarize_event_file(args.file, args.format)
    figures = [] if args.out is None else _draw(found, args)
    lines = [*_format_summary(found), *(f"  picture     {path}" for path in figures)]
    return Answer(_as_json(found) | ({"figures": figures} if figures else {}), "\n".join(lines))


def _draw(recording: EventFileSummary, args: argparse.Namespace) -> list[str]:
    gathered = pictures.load_plot_data(recording, _time_span(recording, args))
    write_folder(args.out, ((name, draw(gathered)) for name, draw in PICTURES.items()))
    return [str(args.out / name) for name in PICTURES]


def _time_span(recording: EventFileSummary, args: argparse.Namespace) -> pictures.TimeSpan:
    """Return the span to plot, in μs of the file's clock."""
    given = DEFAULT_WINDOW_MS if args.window is None else args.window
    window = _to_microseconds("window", given, 1)
    first, stop, title = recording.t_first, recording.t_last + 1, recording.path.name
    if args.clip is not None:
        first, stop, title = _gesture_span(recording.path, args)
    start = first + _to_microseconds("start", args.start or 0.0, 0)
    length = MAX_DURATION_MS if args.duration is None else args.duration
    longest = _to_microseconds("duration", length, 1)
    if args.duration is None and args.clip is not None:
        longest = stop - start
    return pictures.TimeSpan(start, max(min(stop, start + longest), start + 1), window, title)


def _gesture_span(path: Path, args: argparse.Namespace) -> tuple[int, int, str]:
    labels = args.labels or path.with_name(f"{path.stem}_labels.csv")
    rows = read_labels(labels)
    if args.clip > len(rows):
        expected = f"expected a row from 1 to {len(rows)} of {labels}"
        raise InputError(f"--clip: {expected}, got {args.clip}")
    label, start, stop = rows[args.clip - 1]
    return start, stop, f"{path.name}, gesture {args.clip}: {CLASSES[label]}"


def _to_microseconds(name: str, value: float, minimum: int) -> int:
    return round(1e3 * float(real(minimum / 1e3, 1e9).check(name, value, "pictures")))


def _as_json(recording: EventFileSummary) -> dict[str, Any]:
    height, width = recording.sensor_size
    return {
        "format": recording.format,
        "events": recording.event_count,
        "duration_us": recording.duration,
        "t_first": recording.t_first,
        "t_last": recording.t_last,
        "on_fraction": recording.on_count / recording.event_count,
        "width": width,
        "height": height,
        "rate": recording.rate,
        "warnings": list(recording.warnings),
    }


def _format_summary(recording: EventFileSummary) -> list[str]:
    kind = FORMATS[recording.format]
    height, width = recording.sensor_size
    one = "undefined (one timestamp)"
    rate = one if recording.rate is None else f"{recording.rate:,.0f} events / s"
    minimum = "" if kind.sensor_size else ", the smallest that contains all events"
    return [
        str(recording.path),
        f"  format      {recording.format}: {kind.description}",
        f"  events      {recording.event_count:,}",
        f"  duration    {recording.duration / 1e3:,.3f} ms",
        f"  rate        {rate}",
        f"  polarity    {100 * recording.on_count / recording.event_count:.1f} % ON",
        f"  resolution  {width} x {height} px (width x height){minimum}",
        f"  first       {recording.t_first:,} μs",
        f"  last        {recording.t_last:,} μs",
        *(f"  warning     {text}" for text in recording.warnings),
    ]
