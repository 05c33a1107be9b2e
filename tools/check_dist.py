"""Build wheel and sdist, check their contents, and install them without a compiler.

``python tools/check_dist.py --out dist``
"""

import argparse
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
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from subprocesses import ROOT, check_output

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
IMPORT = "import time; t = time.process_time(); import liaf_ref; print(time.process_time() - t)"


def build(out: Path) -> tuple[Path, Path]:
    """Build wheel and sdist; hatchling must be installed."""
    shutil.rmtree(out, ignore_errors=True)
    check_output(sys.executable, "-m", "hatchling", "build", "-d", str(out.resolve()), cwd=ROOT)
    (wheel,), (sdist,) = out.glob("*.whl"), out.glob("*.tar.gz")
    return wheel, sdist


def find_problems(wheel: Path, sdist: Path) -> list[str]:
    """Say what is in a file and should not be, or should be and is not."""
    with zipfile.ZipFile(wheel) as archive:
        in_wheel = archive.namelist()
    with tarfile.open(sdist) as tar:
        in_sdist = {
            member.name.partition("/")[2]: opened.read()
            for member in tar
            if (opened := tar.extractfile(member))
        }
    version = wheel.name.partition("-py3")[0]
    also = {f"{version}.dist-info/{name}" for name in WHEEL_GENERATED}
    expected = tracked_files(*SDIST_CONTENTS) | SDIST_GENERATED
    found = {
        wheel: compare_names(in_wheel, tracked_files("liaf_ref") | also),
        sdist: compare_names(in_sdist, expected) + unexpected_files(in_sdist),
    }
    for file, problems in found.items():
        if (size := file.stat().st_size / 1e6) >= MAX_MEGABYTES:
            problems.append(f"expected less than {MAX_MEGABYTES} MB, got {size:.1f} MB")
    return [f"{file.name}: {what}" for file, problems in found.items() for what in problems]


def tracked_files(*paths: str) -> set[str]:
    """Names of what git keeps there."""
    return set(filter(None, check_output("git", "ls-files", "-z", *paths, cwd=ROOT).split("\0")))


def compare_names(actual: Collection[str], expected: Collection[str]) -> list[str]:
    """Say which names are too many, and which are missing."""
    more, less = sorted({*actual} - {*expected}), sorted({*expected} - {*actual})
    found = [f"contains {name}, which does not belong there or is not yet in git" for name in more]
    return found + [f"lacks {name}" for name in less]


def unexpected_files(files: Mapping[str, bytes]) -> list[str]:
    """Say which files are no text and not among the few that may be, or are data of tests."""
    found = [
        f"{name} is not a text file"
        for name in sorted(files)
        if not BINARY_FILES.fullmatch(name) and not _is_text(files[name])
    ]
    tests = sorted(name for name in files if name.startswith("tests/"))
    return found + [
        f"{name} is test data, which is not distributed"
        for name in tests
        if not TEST_FILES.fullmatch(name)
    ]


def _is_text(content: bytes) -> bool:
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

    def run(self, program: str, *args: str) -> str:
        """Run a program of it, and give what that printed."""
        path = self.folder / "bin"
        env = {"PATH": str(path), "CC": "none", "CXX": "none", "HOME": os.environ["HOME"]}
        return check_output(str(path / program), *args, cwd=self.folder, env=env)


def check_installed(file: Path, folder: Path) -> tuple[list[str], float]:
    """Install a file, its needs from wheels alone, and verify the golden vectors there.

    What an sdist is built with, hatchling, comes from PyPI as anybody's would.  Answers with what
    is wrong, and the milliseconds of processor time that ``import liaf_ref`` takes.
    """
    place = Environment.create(folder)
    from_wheels = "--quiet", "--only-binary", ":all:"
    place.run("python", "-m", "pip", "install", *from_wheels, str(file.resolve()))
    place.run("python", "-m", "liaf_ref", "oracle", "verify")
    (site,) = folder.glob("lib/python*/site-packages")
    files = [path for path in (site / "liaf_ref").rglob("*") if path.is_file()]
    names = [path.relative_to(site).as_posix() for path in files if path.suffix != ".pyc"]
    wrong = compare_names(names, tracked_files("liaf_ref"))
    seconds = statistics.median(float(place.run("python", "-c", IMPORT)) for _ in range(11))
    if (took := 1000 * seconds) > MAX_IMPORT_MS:
        wrong.append(f"import liaf_ref: expected at most {MAX_IMPORT_MS} ms, got {took:.0f} ms")
    return [f"{file.name}: installed: {what}" for what in wrong], took


def main(argv: Sequence[str] | None = None) -> int:
    """Do all of it, and say what was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    out = "folder to write to (default: dist)"
    parser.add_argument("--out", type=Path, default=Path("dist"), help=out)
    args = parser.parse_args(argv)
    began = time.perf_counter()
    files = build(args.out)
    check_output(sys.executable, "-m", "twine", "check", "--strict", *map(str, files))
    found = find_problems(*files)
    for file in files:
        with tempfile.TemporaryDirectory() as folder:
            wrong, took = check_installed(file, Path(folder).resolve() / "venv")
        print(f"{file.name}: {file.stat().st_size / 1e6:.2f} MB, imported in {took:.1f} ms")
        found += wrong
    print(*found, f"{len(found)} problems, {time.perf_counter() - began:.0f} s", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
