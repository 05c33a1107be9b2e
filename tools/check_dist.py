"""Build wheel and sdist, check their contents, and install them without a compiler.

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
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from subprocesses import check_output

ROOT = Path(__file__).resolve().parents[1]
MAX_MEGABYTES = 6.0  # of each file
MAX_IMPORT_MS = 150  # to import the package
# What an sdist holds of what git keeps: the package, and all that its tests read.
SDIST_CONTENTS = (
    *("liaf_ref", "tests", "docs", "notebooks", "tools"),
    *("CHANGELOG.md", "CONTRIBUTING.md", "CITATION.cff", "README.md", ".zenodo.json"),
    *("LICENSE", "Makefile", "pyproject.toml", ".gitignore", "action.yml"),
)
# What is written while they are built; of the wheel below its .dist-info.
SDIST_GENERATED = {"PKG-INFO"}
LICENCES = ("LICENSE", "liaf_ref/data/simulator/digits.license.txt")
WHEEL_GENERATED = {"METADATA", "RECORD", "WHEEL", "entry_points.txt"} | {
    f"licenses/{name}" for name in LICENCES
}
# The only binary files.
BINARY_FILES = re.compile(
    r"liaf_ref/data/simulator/digits\.npz|liaf_ref/oracle/data/golden-1\.zip|docs/.*\.png"
)
# Texts that tests compare with; recordings and stories they make, or find in a folder of yours.
TEST_FILES = re.compile(
    r"tests/(.*\.py|(public_names|exercise_answers)\.txt|equivalent_mutants\.toml|"
    r"validation/accepted\.toml|oracle/(lif|fixed_point)\.c|oracle/snapshots/\w+\.(json|md|txt|xml)|"
    r"report/stored/(\w+\.jsonl?|tables/[\w-]+\.csv))"
)


class Distributions(NamedTuple):
    """What was built."""

    wheel: Path
    sdist: Path


def build(out: Path) -> Distributions:
    """Build both; hatchling must be installed."""
    shutil.rmtree(out, ignore_errors=True)
    check_output(sys.executable, "-m", "hatchling", "build", "-d", str(out.resolve()), cwd=ROOT)
    (wheel,), (sdist,) = out.glob("*.whl"), out.glob("*.tar.gz")
    return Distributions(wheel, sdist)


def find_problems(files: Distributions) -> list[str]:
    """Say what is in a file and should not be, or should be and is not."""
    with zipfile.ZipFile(files.wheel) as archive:
        wheel = {name: archive.read(name) for name in archive.namelist()}
    with tarfile.open(files.sdist) as tar:
        sdist = {
            member.name.partition("/")[2]: opened.read()
            for member in tar
            if (opened := tar.extractfile(member))
        }
    version = files.wheel.name.partition("-py3")[0]
    also = {f"{version}.dist-info/{name}" for name in WHEEL_GENERATED}
    found = _with_file_name(files.wheel, compare_names(wheel, tracked_files("liaf_ref") | also))
    found += _with_file_name(
        files.sdist, compare_names(sdist, tracked_files(*SDIST_CONTENTS) | SDIST_GENERATED)
    )
    found += _with_file_name(files.sdist, unexpected_files(sdist))
    for file in files:
        if (size := file.stat().st_size / 1e6) >= MAX_MEGABYTES:
            found.append(f"{file.name}: expected less than {MAX_MEGABYTES} MB, got {size:.1f} MB")
    return found


def _with_file_name(file: Path, problems: Iterable[str]) -> list[str]:
    return [f"{file.name}: {what}" for what in problems]


def tracked_files(*paths: str) -> set[str]:
    """Names of what git keeps there."""
    return set(filter(None, check_output("git", "ls-files", "-z", *paths, cwd=ROOT).split("\0")))


def compare_names(actual: Collection[str], expected: Collection[str]) -> list[str]:
    """Say which names are too many, and which are missing."""
    more = sorted(set(actual) - set(expected))
    less = sorted(set(expected) - set(actual))
    found = [f"contains {name}, which does not belong there or is not yet in git" for name in more]
    return found + [f"lacks {name}" for name in less]


def unexpected_files(files: Mapping[str, bytes]) -> list[str]:
    """Say which files are no text and not among the few that may be, or are data of tests."""
    found = [
        f"{name} is not a text file" for name in sorted(files) if not _is_text(name, files[name])
    ]
    tests = sorted(name for name in files if name.startswith("tests/"))
    return found + [
        f"{name} is test data, which is not distributed"
        for name in tests
        if not TEST_FILES.fullmatch(name)
    ]


def _is_text(name: str, content: bytes) -> bool:
    if BINARY_FILES.fullmatch(name):
        return True
    try:
        return "\0" not in content.decode()
    except UnicodeDecodeError:
        return False


class Environment(NamedTuple):
    """An environment in which nothing can be compiled, and nothing of this repository is seen."""

    folder: Path

    @classmethod
    def create(cls, folder: Path) -> "Environment":
        """Make one with pip and nothing else."""
        venv.create(folder, with_pip=True)
        return cls(folder)

    def run(self, program: str, *args: str, **env: str) -> str:
        """Run a program of it, and give what that printed."""
        bin_ = self.folder / "bin"
        env |= {"PATH": str(bin_), "CC": "none", "CXX": "none", "HOME": os.environ["HOME"]}
        return check_output(str(bin_ / program), *args, cwd=self.folder, env=env)

    def run_python(self, *args: str) -> str:
        """Run Python there, and give what it printed."""
        return self.run("python", *args)

    def package_files(self) -> set[str]:
        """Names of the package's files, but for what was compiled of them."""
        (site,) = self.folder.glob("lib/python*/site-packages")
        files = (path for path in (site / "liaf_ref").rglob("*") if path.is_file())
        return {path.relative_to(site).as_posix() for path in files if path.suffix != ".pyc"}


def install(file: Path, folder: Path) -> Environment:
    """Install a wheel or sdist in a new environment, all that it needs from wheels alone.

    What an sdist is built with, hatchling, comes from PyPI as anybody's would.
    """
    place = Environment.create(folder)
    place.run_python(
        "-m", "pip", "install", "--quiet", "--only-binary", ":all:", str(file.resolve())
    )
    return place


def check_installed(file: Path, folder: Path) -> tuple[list[str], float]:
    """Install a file and verify the golden vectors there: what is wrong, and ms to import."""
    place = install(file, folder)
    place.run_python("-m", "liaf_ref", "oracle", "verify")
    wrong = compare_names(place.package_files(), tracked_files("liaf_ref"))
    importing = import_time_ms(place)
    if importing > MAX_IMPORT_MS:
        wrong.append(
            f"import liaf_ref: expected at most {MAX_IMPORT_MS} ms, got {importing:.0f} ms"
        )
    return _with_file_name(file, (f"installed: {what}" for what in wrong)), importing


def import_time_ms(environment: Environment, times: int = 11) -> float:
    """Median CPU time of ``import liaf_ref``, without the interpreter's own."""
    code = "import time; t = time.process_time(); import liaf_ref; print(time.process_time() - t)"
    return 1000 * statistics.median(float(environment.run_python("-c", code)) for _ in range(times))


def main(argv: Sequence[str] | None = None) -> int:
    """Do all of it, and say what was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--out", type=Path, default=Path("dist"), help="folder to write to (default: dist)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    args = parser.parse_args(argv)
    began = time.perf_counter()
    files = build(args.out)
    check_output(sys.executable, "-m", "twine", "check", "--strict", *map(str, files))
    found = find_problems(files)
    importing = []
    for file in files:
        with tempfile.TemporaryDirectory() as folder:
            wrong, milliseconds = check_installed(file, Path(folder).resolve() / "venv")
        found += wrong
        importing.append(milliseconds)
    facts = {
        "wheel_mb": round(files.wheel.stat().st_size / 1e6, 2),
        "sdist_mb": round(files.sdist.stat().st_size / 1e6, 2),
        "import_ms": round(max(importing), 1),
        "seconds": round(time.perf_counter() - began),
        "problems": found,
    }
    print(
        json.dumps(facts, indent=2)
        if args.json
        else "\n".join(f"{k}: {v}" for k, v in facts.items())
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
