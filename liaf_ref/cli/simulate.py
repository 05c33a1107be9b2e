"""``liaf-ref simulate``: simulate event-camera recordings, or compare them with real ones."""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED

import numpy as np

from liaf_ref._core.atomic import atomic_open, write_atomic
from liaf_ref._core.errors import InputError
from liaf_ref._core.npz import write_npz
from liaf_ref._core.validation import check_choice
from liaf_ref.cli.options import bounded_int, dir_path, new_file, positive_int
from liaf_ref.data.simulator import DigitSource, GestureSource, SceneSource, measure_events
from liaf_ref.data.simulator.sources import SimulationSource

if TYPE_CHECKING:
    from liaf_ref.cli.options import Commands

SIMULATORS: dict[str, type[SimulationSource]] = {
    kind.name: kind for kind in (DigitSource, SceneSource, GestureSource)
}
DEFAULT_DURATIONS_MS = {"mnist-dvs": 2200, "cifar10-dvs": 1200, "gesture": 1500}  # ms
DEFAULT_PER_CLASS = 4
SINGLE_RECORDING_OPTIONS = ("label", "number", "scale", "duration", "flicker", "out")  # of one KIND
WINDOWS_US = {"mnist-dvs": 5000, "cifar10-dvs": 5000, "gesture": 25_000}  # μs, Section VI


def add(commands: "Commands") -> None:
    """Add the command to the parser."""
    classes = "\n".join(
        f"  {name:<13}{', '.join(kind.classes)}" for name, kind in SIMULATORS.items()
    )
    parser = commands.add_parser(
        "simulate",
        description="Simulate an event camera of 128 x 128 pixels that records moving digits,\n"
        "drawn scenes or gestures; print statistics and, with --out, write the events as .npz.\n"
        "With --compare, compare simulated recordings with real ones, or with published\n"
        "statistics.",
        epilog=f"kinds and their classes:\n{classes}\n\n"
        "example: liaf-ref simulate mnist-dvs --class 3 --seed 1 --out three.npz\n"
        "example: liaf-ref simulate --compare --data downloads --figure simulator.png",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    option("kind", nargs="?", metavar="KIND", help="mnist-dvs, cifar10-dvs or gesture")
    option("--class", dest="label", metavar="C", help="name of the class (default: the first)")
    which = "number of the image, of the drawing, or of person and light (default: 0)"
    option("--number", type=bounded_int(0, 10**9), metavar="N", help=which)
    seed = "random seed (default: 0)"
    option("--seed", type=bounded_int(0), default=0, metavar="S", help=seed)
    option(
        "--scale",
        type=positive_int,
        metavar="K",
        help="size of the digits: 4, 8 or 16; mnist-dvs only (default: 8)",
    )
    length = "length of the recording in ms (default: 2200 for mnist-dvs, 1200 for cifar10-dvs, "
    length += "1500 for gesture)"
    option("--duration", type=bounded_int(50, 600_000), metavar="MS", help=length)
    option("--flicker", action="store_true", help="simulate a flickering monitor (75 or 60 Hz)")
    option("--out", type=new_file, metavar="FILE", help="write the events to a .npz file")
    option("--compare", action="store_true", help="compare all kinds with real recordings")
    option(
        "--data",
        type=dir_path,
        metavar="DIR",
        help="parent folder of the real data sets; with --compare",
    )
    few = f"simulated recordings per class; with --compare (default: {DEFAULT_PER_CLASS})"
    option("--each", type=positive_int, metavar="N", help=few)
    option(
        "--figure",
        type=new_file,
        metavar="FILE",
        help="write the comparison as a PNG image; with --compare",
    )
    option("--json", action="store_true", help="print one JSON document")
    names = {"kind": "KIND", "label": "--class", "folder": "--data"}
    parser.set_defaults(command=command, smaller="use a shorter --duration", option_names=names)


def command(args: argparse.Namespace) -> int:
    """Simulate; see ``liaf-ref simulate --help``."""
    if args.compare:
        if args.kind is not None:
            raise InputError("--compare: cannot be combined with KIND, as it compares all kinds")
        for name in SINGLE_RECORDING_OPTIONS:
            value = getattr(args, name)
            if value is not None and value is not False:
                option = "class" if name == "label" else name
                raise InputError(f"--{option}: cannot be combined with --compare")
        return _compare(args)
    if args.kind is None:
        raise InputError("simulate: expected a KIND or --compare, got neither")
    for name in ("data", "each", "figure"):
        if getattr(args, name) is not None:
            raise InputError(f"--{name}: requires --compare")
    return _simulate(args)


def _simulate(args: argparse.Namespace) -> int:
    source = _source(args)
    names = source.classes
    label = names[0] if args.label is None else args.label
    number = args.number or 0
    check_choice("label", label, names, source.name)
    if args.out is not None and args.out.suffix != ".npz":
        raise InputError.for_argument(
            "out", source.name, f"expected a file name ending in .npz, got {args.out}"
        )
    source.events(0, 0)  # loads files of the package, which is not to be timed
    start = time.process_time()
    events = source.events(names.index(label), number)
    seconds = time.process_time() - start
    if args.out is not None:
        _write(args.out, events)
    found = measure_events(events, min(WINDOWS_US[args.kind], source.duration // 2))
    facts: dict[str, Any] = {**source.to_json(), "class": label, "number": number}
    facts |= found._asdict() | {"seconds_taken": seconds}
    facts |= {
        "real_time_factor": source.duration * 1e-6 / seconds,
        "out": args.out and str(args.out),
    }
    if args.json:
        print(json.dumps(facts, indent=2))
        return 0
    print(
        f"{source.title}: {label}, {found.event_count:,} events in {source.duration / 1000:.0f} ms"
    )
    print(
        f"  {'rate':<18}{found.event_rate:,.0f} events/s, {found.events_per_frame:,.1f} per frame"
    )
    print(f"  {'ON fraction':<18}{100 * found.on_fraction:.1f} %")
    print(f"  {'isolated':<18}{100 * found.isolated_fraction:.1f} %")
    print(f"  {'times real time':<18}{facts['real_time_factor']:.0f}")
    return 0


def _source(args: argparse.Namespace) -> SimulationSource:
    kind = SIMULATORS[check_choice("kind", args.kind, SIMULATORS, "the simulator")]
    duration = 1000 * (args.duration or DEFAULT_DURATIONS_MS[kind.name])
    if kind is DigitSource:
        return DigitSource(args.seed, duration, args.flicker, args.scale or 8)
    if args.scale is not None:
        raise InputError.for_argument(
            "scale", kind.name, f"only mnist-dvs has scales, got {kind.name}"
        )
    return kind(args.seed, duration, args.flicker)


def _write(path: Path, events: np.ndarray[Any, Any]) -> None:
    with atomic_open(path) as file:
        write_npz(file, {name: events[name] for name in "txyp"}, ZIP_DEFLATED)


def _compare(args: argparse.Namespace) -> int:
    from liaf_ref.data.simulator.comparison import compare_with_real  # noqa: PLC0415
    from liaf_ref.report.simulator import as_json, plot_png, to_markdown  # noqa: PLC0415

    rows = []
    for row in compare_with_real(args.data, args.each or DEFAULT_PER_CLASS, args.seed):
        rows.append(row)
        print(
            f"{row.setting.name}: {row.real_time_factor:.0f} times real time",
            file=sys.stderr,
            flush=True,
        )
    if args.figure is not None:
        write_atomic(args.figure, plot_png(rows))
    print(json.dumps({"compared": as_json(rows)}, indent=2) if args.json else to_markdown(rows))
    return 0
