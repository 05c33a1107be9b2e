"""``liaf-ref simulate``: simulate event-camera recordings, or compare them with real ones."""

import argparse
import sys
import time
from typing import Any

import numpy as np

from liaf_ref._core.atomic import atomic_open, write_atomic
from liaf_ref._core.errors import InputError
from liaf_ref._core.kinds import whole
from liaf_ref._core.validation import check_choice
from liaf_ref.cli import options
from liaf_ref.cli.options import Answer, Parser, option
from liaf_ref.data.simulator import DigitSource, GestureSource, SceneSource, measure_events
from liaf_ref.data.simulator.comparison import compare_with_real
from liaf_ref.data.simulator.sources import SimulationSource
from liaf_ref.report.simulator import as_json, plot_png, to_markdown

SIMULATORS: dict[str, type[SimulationSource]] = {
    kind.name: kind for kind in (DigitSource, SceneSource, GestureSource)
}
DEFAULT_DURATIONS_MS = {"mnist-dvs": 2200, "cifar10-dvs": 1200, "gesture": 1500}  # ms
DEFAULT_PER_CLASS = 4
SINGLE_RECORDING_OPTIONS = ("label", "number", "scale", "duration", "flicker", "out")  # of one KIND
WINDOWS_US = {"mnist-dvs": 5000, "cifar10-dvs": 5000, "gesture": 25_000}  # μs, Section VI


def add(parser: Parser) -> None:
    """Add the options."""
    option(parser, "kind KIND", str, "mnist-dvs, cifar10-dvs or gesture", nargs="?")
    option(parser, "--class C", str, "name of the class (default: the first)", dest="label")
    number, count = whole(0, 10**9), whole()
    option(parser, "--number N", number, "number of the image or person (default: 0)")
    option(parser, "--seed S", whole(0), "random seed", 0)
    option(parser, "--scale K", count, "size of digits: 4, 8 or 16; mnist-dvs only (default: 8)")
    lengths = ", ".join(f"{ms} for {kind}" for kind, ms in DEFAULT_DURATIONS_MS.items())
    length = f"length of the recording (default: {lengths})"
    option(parser, "--duration MS", whole(50, 600_000), length)
    option(parser, "--flicker", bool, "simulate a flickering monitor (75 or 60 Hz)")
    option(parser, "--out FILE", options.new_file, "write the events to a .npz file")
    option(parser, "--compare", bool, "compare all kinds with real recordings")
    option(parser, "--data DIR", options.any_path, "with --compare: folder around real data sets")
    option(parser, "--each N", count, "with --compare: recordings of a class (default: 4)")
    option(parser, "--figure FILE", options.new_file, "with --compare: write a PNG image")
    classes = (f"  {name:<13}{', '.join(kind.classes)}" for name, kind in SIMULATORS.items())
    parser.epilog = "\n".join(("kinds and their classes:", *classes))
    parser.runs(simulate, "use a shorter --duration", label="--class", folder="--data")


def simulate(args: argparse.Namespace) -> Answer:
    """Simulate an event camera that records moving digits, drawn scenes or gestures.

    The camera has 128 x 128 pixels. Print statistics and, with --out, write the events as .npz.
    With --compare, compare simulated recordings with real ones, or with published statistics.

    example: liaf-ref simulate mnist-dvs --class 3 --seed 1 --out three.npz
    example: liaf-ref simulate --compare --data downloads --figure simulator.png
    """
    if not args.compare:
        if args.kind is None:
            raise InputError("simulate: expected a KIND or --compare, got neither")
        options.refuse(args, ("data", "each", "figure"), "requires --compare")
        return _simulate(args)
    if args.kind is not None:
        raise InputError("--compare: cannot be combined with KIND, as it compares all kinds")
    options.refuse(args, SINGLE_RECORDING_OPTIONS, "cannot be combined with --compare")
    return _compare(args)


def _simulate(args: argparse.Namespace) -> Answer:
    source = _source(args)
    names = source.classes
    label = names[0] if args.label is None else args.label
    number = args.number or 0
    check_choice("label", label, names, source.name)
    if args.out is not None and args.out.suffix != ".npz":
        reason = f"expected a file name ending in .npz, got {args.out}"
        raise InputError.for_argument("out", source.name, reason)
    source.events(0, 0)  # loads files of the package, which is not to be timed
    start = time.process_time()
    events = source.events(names.index(label), number)
    seconds = time.process_time() - start
    if args.out is not None:
        columns: dict[str, Any] = {name: events[name] for name in "txyp"}
        with atomic_open(args.out) as file:
            np.savez_compressed(file, **columns)
    found = measure_events(events, min(WINDOWS_US[args.kind], source.duration // 2))
    speed = source.duration * 1e-6 / seconds
    facts: dict[str, Any] = {**source.to_json(), "class": label, "number": number}
    facts |= found._asdict() | {"seconds_taken": seconds, "real_time_factor": speed}
    lines = {
        "rate": f"{found.event_rate:,.0f} events/s, {found.events_per_frame:,.1f} per frame",
        "ON fraction": f"{100 * found.on_fraction:.1f} %",
        "isolated": f"{100 * found.isolated_fraction:.1f} %",
        "times real time": f"{speed:.0f}",
    }
    length = f"{found.event_count:,} events in {source.duration / 1000:.0f} ms"
    text = "".join(f"\n  {name:<18}{value}" for name, value in lines.items())
    out = args.out and str(args.out)
    return Answer(facts | {"out": out}, f"{source.title}: {label}, {length}{text}")


def _source(args: argparse.Namespace) -> SimulationSource:
    kind = SIMULATORS[check_choice("kind", args.kind, SIMULATORS, "the simulator")]
    duration = 1000 * (args.duration or DEFAULT_DURATIONS_MS[kind.name])
    if kind is DigitSource:
        return DigitSource(args.seed, duration, args.flicker, args.scale or 8)
    if args.scale is not None:
        reason = f"only mnist-dvs has scales, got {kind.name}"
        raise InputError.for_argument("scale", kind.name, reason)
    return kind(args.seed, duration, args.flicker)


def _compare(args: argparse.Namespace) -> Answer:
    rows = []
    for row in compare_with_real(args.data, args.each or DEFAULT_PER_CLASS, args.seed):
        rows.append(row)
        speed = f"{row.setting.name}: {row.real_time_factor:.0f} times real time"
        print(speed, file=sys.stderr, flush=True)
    if args.figure is not None:
        write_atomic(args.figure, plot_png(rows))
    return Answer({"compared": as_json(rows)}, to_markdown(rows))
