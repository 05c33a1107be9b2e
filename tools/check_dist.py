"""Wheel and sdist: built, checked, installed where there is no compiler, and looked into.

``python tools/check_dist.py --out dist``
"""

import argparse
import json
import os
import re
import shutil
import statistics
import sys
import tarfile
import tempfile
import time
import venv
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from command import output

ROOT = Path(__file__).resolve().parents[1]
MEGABYTES = 6.0  # of each file
SECONDS = 0.150  # to import the package
WANTED = (
    "liaf_ref/py.typed",
    "liaf_ref/experiments/paper.toml",
    "liaf_ref/data/simulator/digits.licence.txt",
)
# What a wheel may hold, and what an sdist may hold below its one folder.
WHEEL = re.compile(r"liaf_ref/|liaf_ref-[^/]+\.dist-info/")
SDIST = re.compile(
    r"(liaf_ref|tests|docs|notebooks|tools)/|\.gitignore$|(CHANGELOG|CONTRIBUTING|README)\.md$|"
    r"(CITATION\.cff|LICENSE|Makefile|PKG-INFO|pyproject\.toml)$"
)
NEVER = re.compile(r"__pycache__|\.py[co]$|\.ipynb_checkpoints|/\.(?!gitignore)")


class Files(NamedTuple):
    """What was built."""

    wheel: Path
    sdist: Path


def build(out: Path) -> Files:
    """Build both; hatchling must be installed."""
    shutil.rmtree(out, ignore_errors=True)
    output(sys.executable, "-m", "hatchling", "build", "-d", str(out.resolve()), cwd=ROOT)
    (wheel,), (sdist,) = out.glob("*.whl"), out.glob("*.tar.gz")
    return Files(wheel, sdist)


def faults(files: Files) -> list[str]:
    """Say what is in a file and should not be, or should be and is not."""
    with zipfile.ZipFile(files.wheel) as archive:
        inside = archive.namelist()
    with tarfile.open(files.sdist) as tar:
        beside = [name.partition("/")[2] for name in tar.getnames()]
    found = [f"{files.wheel.name}: {name}" for name in _strange(inside, WHEEL)]
    found += [f"{files.sdist.name}: {name}" for name in _strange(beside, SDIST)]
    sources = set(_sources())
    found += [f"{files.wheel.name}: lacks {name}" for name in sorted(sources - set(inside))]
    found += [f"{files.sdist.name}: lacks {name}" for name in sorted(sources - set(beside))]
    found += [f"{files.wheel.name}: lacks {name}" for name in WANTED if name not in inside]
    for file in files:
        if (size := file.stat().st_size / 1e6) >= MEGABYTES:
            found.append(f"{file.name}: expected less than {MEGABYTES} MB, got {size:.1f} MB")
    return found


def _strange(names: Iterable[str], allowed: re.Pattern[str]) -> list[str]:
    return [name for name in names if not allowed.match(name) or NEVER.search(name)]


def _sources() -> Iterable[str]:
    """What git keeps of the package."""
    return filter(None, output("git", "ls-files", "-z", "liaf_ref", cwd=ROOT).split("\0"))


def seconds_to_import(python: Path, times: int = 11) -> float:
    """Median time of ``import liaf_ref`` in a new interpreter, without the interpreter's own."""
    code = "import time; t = time.perf_counter(); import liaf_ref; print(time.perf_counter() - t)"
    return statistics.median(float(output(str(python), "-c", code)) for _ in range(times))


def installed(wheel: Path, folder: Path) -> Path:
    """Install a wheel and what it needs in a new environment, from wheels alone."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    bare = {"PATH": str(folder / "bin"), "CC": "none", "CXX": "none", "HOME": os.environ["HOME"]}
    pip = [str(python), "-m", "pip", "install", "--quiet", "--only-binary", ":all:", str(wheel)]
    output(*pip, env=bare)
    return python


def main(argv: Sequence[str] | None = None) -> int:
    """Do all of it, and say what was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("dist"), help="folder (dist)")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(argv)
    began = time.perf_counter()
    files = build(args.out)
    output(sys.executable, "-m", "twine", "check", "--strict", *map(str, files))
    found = faults(files)
    with tempfile.TemporaryDirectory() as folder:
        python = installed(files.wheel.resolve(), Path(folder) / "venv")
        output(str(python), "-m", "liaf_ref", "oracle", "verify", cwd=Path(folder))
        importing = seconds_to_import(python)
    if importing > SECONDS:
        found.append(
            f"import liaf_ref: expected {1000 * SECONDS:.0f} ms, got {1000 * importing:.0f}"
        )
    facts = {
        "wheel_mb": round(files.wheel.stat().st_size / 1e6, 2),
        "sdist_mb": round(files.sdist.stat().st_size / 1e6, 2),
        "import_ms": round(1000 * importing, 1),
        "seconds": round(time.perf_counter() - began),
        "faults": found,
    }
    print(
        json.dumps(facts, indent=2)
        if args.json
        else "\n".join(f"{k}: {v}" for k, v in facts.items())
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
