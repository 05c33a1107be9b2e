"""``liaf-ref events``: summarize and plot an event-camera recording."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from liaf_ref._core.atomic import is_incomplete, write_files_transactionally
from liaf_ref._core.errors import InputError, RunError
from liaf_ref._core.locks import directory_lock
from liaf_ref._core.validation import check_number
from liaf_ref.cli.options import dir_path, float_value, output_dir, positive_int
from liaf_ref.data.events.datasets.gesture import CLASSES, read_labels
from liaf_ref.data.events.readers import FORMATS, EventFileSummary, summarize_event_file

if TYPE_CHECKING:
    from liaf_ref.cli.options import Commands
    from liaf_ref.report.event_pictures import TimeSpan

DEFAULT_WINDOW_MS, MAX_DURATION_MS = (
    30.0,
    2000.0,
)  # ms: length of a frame; longest plotted span if --duration is not given
PICTURE_NAMES = ("strip.png", "cloud.png", "rate.png", "events.gif")
PLOT_OPTIONS = ("window", "start", "duration", "labels", "clip")


def add(commands: "Commands") -> None:
    """Add the command to the parser."""
    formats = "\n".join(f"  {name:<15}{kind.description}" for name, kind in FORMATS.items())
    parser = commands.add_parser(
        "events",
        description="Print a summary of an event-camera file. With --out, also write four plots:\n"
        "a strip of frames, a 3-D cloud of the events as in Fig. 9, the event rate over\n"
        "time, and an animated GIF of the frames.",
        epilog=f"formats:\n  {'auto':<15}chosen by suffix and first line of the file\n{formats}\n\n"
        "example: liaf-ref events mnist_0_scale08_0001.aedat --out zero\n"
        "         liaf-ref events user01_led.aedat --labels user01_led_labels.csv --clip 3 \\\n"
        "             --out waving",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    option("file", type=dir_path, metavar="FILE", help="a recording")
    option("--format", default="auto", metavar="F", help="one of the formats below (default: auto)")
    option("--out", type=output_dir, metavar="DIR", help=f"write {', '.join(PICTURE_NAMES)} there")
    option(
        "--window",
        type=float_value,
        metavar="MS",
        help=f"length of a frame (default: {DEFAULT_WINDOW_MS:g})",
    )
    start = "start of the plotted span, relative to the first event (default: 0)"
    option("--start", type=float_value, metavar="MS", help=start)
    length = f"length of the plotted span (default: to the end, at most {MAX_DURATION_MS:g})"
    option("--duration", type=float_value, metavar="MS", help=length)
    labels = "labels file of a DVS128 Gesture trial; requires --clip (default: that beside FILE)"
    option("--labels", type=dir_path, metavar="CSV", help=labels)
    clip = "plot the gesture in row N of the labels file, counted from 1"
    option("--clip", type=positive_int, metavar="N", help=clip)
    option("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(command=command, smaller="plot a shorter --duration or longer --window")


def command(args: argparse.Namespace) -> int:
    """Summarize and plot; see ``liaf-ref events --help``."""
    unused = [name for name in PLOT_OPTIONS if getattr(args, name) is not None]
    if args.out is None and unused:
        raise InputError(f"--{unused[0]}: requires --out, the folder for the plots")
    if args.labels is not None and args.clip is None:
        raise InputError("--labels: requires --clip, the row of the gesture")
    _check_no_pictures(args.out)
    found = summarize_event_file(args.file, args.format)
    figures = [] if args.out is None else _draw(found, args)
    if args.json:
        print(json.dumps(_as_json(found) | ({"figures": figures} if figures else {}), indent=2))
    else:
        print("\n".join([*_format_summary(found), *(f"  picture     {path}" for path in figures)]))
    return 0


def _check_no_pictures(out: Path | None) -> None:
    held = [name for name in PICTURE_NAMES if out is not None and (out / name).exists()]
    if out is not None and held and not is_incomplete(out):
        raise RunError(f"{out}: already contains {held[0]}; choose another folder with --out")


def _draw(recording: EventFileSummary, args: argparse.Namespace) -> list[str]:
    from liaf_ref.report import event_pictures as events  # noqa: PLC0415 - loads Matplotlib

    gathered = events.load_plot_data(recording, _time_span(recording, args))
    draw = (events.plot_strip, events.plot_cloud, events.plot_rate, events.make_gif)
    contents = [each(gathered) for each in draw]
    with directory_lock(args.out):
        _check_no_pictures(args.out)  # another process may have written it since
        write_files_transactionally(args.out, dict(zip(PICTURE_NAMES, contents, strict=True)))
    return [str(args.out / name) for name in PICTURE_NAMES]


def _time_span(recording: EventFileSummary, args: argparse.Namespace) -> "TimeSpan":
    """Return the span to plot, in μs of the file's clock."""
    from liaf_ref.report.event_pictures import TimeSpan  # noqa: PLC0415

    window = _to_microseconds(
        "window", DEFAULT_WINDOW_MS if args.window is None else args.window, 1
    )
    first, stop, title = recording.t_first, recording.t_last + 1, recording.path.name
    if args.clip is not None:
        first, stop, title = _gesture_span(recording.path, args)
    start = first + _to_microseconds("start", args.start or 0.0, 0)
    longest = (
        stop - start if args.clip is not None else _to_microseconds("duration", MAX_DURATION_MS, 1)
    )
    if args.duration is not None:
        longest = _to_microseconds("duration", args.duration, 1)
    return TimeSpan(start, max(min(stop, start + longest), start + 1), window, title)


def _gesture_span(path: Path, args: argparse.Namespace) -> tuple[int, int, str]:
    labels = args.labels or path.with_name(f"{path.stem}_labels.csv")
    rows = read_labels(labels)
    if args.clip > len(rows):
        raise InputError(
            f"--clip: expected a row from 1 to {len(rows)} of {labels}, got {args.clip}"
        )
    label, start, stop = rows[args.clip - 1]
    return start, stop, f"{path.name}, gesture {args.clip}: {CLASSES[label]}"


def _to_microseconds(name: str, value: float, minimum: int) -> int:
    expected = f"a number of ms from {minimum / 1e3:g} to 1e9"
    found = check_number(name, value, "pictures", lambda ms: minimum <= 1e3 * ms <= 1e12, expected)
    return round(1e3 * found)


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
    rate = (
        "undefined (one timestamp)"
        if recording.rate is None
        else f"{recording.rate:,.0f} events / s"
    )
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
