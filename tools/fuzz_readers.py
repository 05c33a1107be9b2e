"""Have every reader of event files read many damaged ones, and keep those it does not survive.

Each reader runs in a process of its own, whose address space may grow by what is declared for
a small file and no further.  A file that makes it raise anything but a FormatError, take longer
than a second or all of that memory, or end the process, is kept with the line that reads it
again.  One in ten is drawn by hypothesis, the others by a seed.
"""

import argparse
import multiprocessing
import platform
import resource
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from tqdm import tqdm

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from data.events.fuzzing.files import PLANS, damaged  # noqa: E402
from data.events.fuzzing.judge import BASE, READERS, inputs, judge  # noqa: E402
from data.events.fuzzing.recipes import recipes  # noqa: E402

WARM = 200  # files after which everything is imported
SHARED = Path("/dev/shm")  # noqa: S108 - a disk in memory, where there is one
HANG = 30  # seconds after which a process that does not return is ended
TABLE = "| {:<13} | {:>9} | {:>8} | {:>8} | {:>11} |"


def drawn(reader: str, count: int, number: int) -> list[tuple[str, str, bytes]]:
    """Files by hypothesis."""
    found: list[tuple[str, str, bytes]] = []
    kinds = list(PLANS) if reader == "auto" else [reader]
    strategy = st.sampled_from(kinds).flatmap(lambda k: st.tuples(st.just(k), recipes(k)))

    @seed(number)
    @settings(
        max_examples=count, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(strategy)
    def collect(example: tuple[str, object]) -> None:
        kind, recipe = example
        found.append((reader, PLANS[kind][0], damaged(kind, recipe)))  # type: ignore[arg-type]

    collect()
    return found[:count]


def files(reader: str, count: int, number: int) -> Iterator[tuple[str, str, bytes]]:
    """All files for a reader."""
    share, step = count // 10, 1000
    made = 0
    for first in range(0, share, step):
        some = drawn(reader, min(step, share - first), number + first)
        made += len(some)
        yield from some
    yield from inputs(reader, count - made, number)


def run(reader: str, count: int, number: int, work: Path, keep: Path) -> None:
    """Judge all files for a reader, in a process of its own."""
    tqdm.monitor_interval = 0  # a thread would take of the memory
    kept = read = 0
    bar = tqdm(files(reader, count, number), reader, count, mininterval=5)
    for place, (form, suffix, content) in enumerate(bar):
        if place == WARM:
            limit_memory()
        signal.alarm(HANG)
        verdict = judge(work / f"a{suffix}", form, content)
        signal.alarm(0)
        read += verdict.read
        if verdict.fault:
            kept += 1
            save(keep / f"{reader}-{place}{suffix}", content, form, verdict.fault)
    bar.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(TABLE.format(reader, f"{count:,}", f"{read:,}", kept, f"{peak:,} MB"), flush=True)
    sys.exit(int(kept > 0))


def limit_memory() -> None:
    """Let the process grow by what is declared, in address space, which is more than memory."""
    used = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + BASE, resource.RLIM_INFINITY))


def save(path: Path, content: bytes, form: str, fault: str) -> None:
    """Keep a file, and say how it is read again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    code = f"from liaf_ref.data import read_events; read_events({str(path)!r}, {form!r})"
    print(f'{fault[:200]}\n  python -c "{code}"', file=sys.stderr, flush=True)


def main() -> int:
    """Run all readers, or those named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("readers", nargs="*", metavar="READER", help=", ".join(READERS))
    parser.add_argument("--count", type=int, default=100_000, help="files for each reader")
    parser.add_argument("--seed", type=int, default=0, help="seeds all of them")
    parser.add_argument("--keep", type=Path, default=Path("fuzz"), help="folder of what fails")
    args = parser.parse_args()
    print(f"CPython {platform.python_version()}, NumPy {np.__version__}, seed {args.seed}")
    print(TABLE.format("reader", "files", "read", "kept", "peak memory"))
    print(TABLE.format(*(["---"] + ["--:"] * 4)), flush=True)
    failed = False
    for reader in args.readers or READERS:
        with tempfile.TemporaryDirectory(dir=SHARED if SHARED.is_dir() else None) as work:
            arguments = (reader, args.count, args.seed, Path(work), args.keep)
            process = multiprocessing.get_context("spawn").Process(target=run, args=arguments)
            process.start()
            process.join()
            if process.exitcode not in {0, 1}:  # it fell over the file written last
                last = max(Path(work).iterdir(), key=lambda path: path.stat().st_mtime_ns)
                what = f"the process ended with {process.exitcode}"
                save(args.keep / f"{reader}-end{last.suffix}", last.read_bytes(), reader, what)
            failed |= process.exitcode != 0
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
