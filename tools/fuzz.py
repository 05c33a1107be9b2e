"""Let the readers of files read many damaged files, and keep those that they fail on.

``python tools/fuzz.py --count 1000 --only aedat2``

The readers are those of event files, specifications, records, checkpoints, golden sets, waivers,
reports and texts of data sets.  Each runs in a separate process whose memory is limited.  A
reader fails on a file if it raises anything but an error of the package, takes longer than a
second, needs more memory than a small file may take, or ends the process; the file is then kept,
and the command that reads it again is printed.
"""

import argparse
import multiprocessing
import platform
import resource
import signal
import sys
import tempfile
from pathlib import Path

import numpy as np
import scipy.stats  # noqa: F401 - whose import is not to be measured
from tqdm import tqdm

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from fuzzing import damage, harness  # noqa: E402
from fuzzing.targets import TARGETS, damaged_inputs  # noqa: E402

MAX_MEMORY_GROWTH = 2**26  # bytes that reading a small file may take
WARMUP_FILES = 200  # files after which everything is imported
RAM_DISK = Path("/dev/shm")  # noqa: S108 - a disk in memory, where there is one
FILES_PER_ALARM, ALARM_SECONDS = 20, 60  # a process that has not read them by then is ended
ROW_FORMAT = "| {:<13} | {:>9} | {:>8} | {:>8} | {:>11} |"


def save(name: str, path: Path, files: damage.Files) -> str:
    """Keep damaged files; the code that has a reader read them again."""
    for file, content in files.items():
        (path / file).parent.mkdir(parents=True, exist_ok=True)
        (path / file).write_bytes(content)
    start = "import sys; sys.path.insert(0, 'tests'); from pathlib import Path; "
    start += "from fuzzing.targets import TARGETS; "
    return f"{start}TARGETS[{name!r}].read(Path({str(path)!r}))"


def fuzz_reader(name: str, count: int, seed_value: int, work: Path, out: Path) -> None:
    """Judge all files for a reader, in a process of its own."""
    tqdm.monitor_interval = 0  # a thread would take of the memory
    workspace = harness.InputFolder(work)
    saved = read = 0
    bar = tqdm(damaged_inputs(name, count, seed_value), name, count, mininterval=5)
    for place, item in enumerate(bar):
        if place == WARMUP_FILES:
            limit_memory()
        if place % FILES_PER_ALARM == 0:
            signal.alarm(ALARM_SECONDS)
        verdict = harness.run_target(workspace, TARGETS[name], item)
        read += verdict.accepted
        if verdict.problem:
            saved += 1
            report_fault(verdict.problem, save(name, out / f"{name}-{place}", dict(item)))
    signal.alarm(0)
    bar.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(ROW_FORMAT.format(name, f"{count:,}", f"{read:,}", saved, f"{peak:,} MB"), flush=True)
    sys.exit(int(saved > 0))


def limit_memory() -> None:
    """Let the process grow by what is declared, in address space, which is more than memory."""
    used = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MAX_MEMORY_GROWTH, resource.RLIM_INFINITY))


def report_fault(fault: str, code: str) -> None:
    """Say what is wrong, and how it is seen again."""
    text = fault[:200].encode("ascii", "backslashreplace").decode()
    print(f'{text}\n  python -c "{code}"', file=sys.stderr, flush=True)


def save_last_file(name: str, work: Path, out: Path, exitcode: int | None) -> None:
    """Keep what was written last: the process fell over it."""
    paths = sorted((p for p in work.rglob("*") if p.is_file()), key=lambda p: p.stat().st_mtime_ns)
    item = {str(path.relative_to(work)): path.read_bytes() for path in paths}
    report_fault(f"ended with exit code {exitcode}", save(name, out / f"{name}-end", item))


def main() -> int:
    """Run all readers, or those named."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    only = "readers to test (default: all)"
    parser.add_argument(
        "--only", nargs="+", metavar="READER", choices=TARGETS, default=TARGETS, help=only
    )
    parser.add_argument(
        "--count", type=int, default=100_000, help="files per reader (default: 100,000)"
    )
    parser.add_argument("--seed", type=int, default=0, help="random seed (default: 0)")
    parser.add_argument(
        "--keep",
        type=Path,
        default=Path("fuzz"),
        help="folder for the files that fail (default: fuzz)",
    )
    parser.epilog = f"readers: {', '.join(TARGETS)}"
    args = parser.parse_args()
    print(f"CPython {platform.python_version()}, NumPy {np.__version__}, seed {args.seed}")
    print(ROW_FORMAT.format("reader", "files", "read", "kept", "peak memory"))
    print(ROW_FORMAT.format(*(["---"] + ["--:"] * 4)), flush=True)
    failed = False
    for name in args.only:
        with tempfile.TemporaryDirectory(dir=RAM_DISK if RAM_DISK.is_dir() else None) as work:
            arguments = (name, args.count, args.seed, Path(work), args.keep)
            process = multiprocessing.get_context("spawn").Process(
                target=fuzz_reader, args=arguments
            )
            process.start()
            process.join()
            if process.exitcode not in {0, 1}:
                save_last_file(name, Path(work), args.keep, process.exitcode)
            failed |= process.exitcode != 0
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
