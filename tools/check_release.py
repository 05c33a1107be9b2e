"""Build a release and check it, or rehearse it: nothing is published, no tag is set.

Builds wheel and sdist, checks their contents, and installs them without a compiler; with ``--dist``
nothing else.  Says where the version, the address or the authors differ; installs the wheel in a
new environment and runs what `make demo` runs.  Then runs each make target in a fresh clone with an
environment of its own, as a newcomer would.

``python tools/check_release.py --out dist [--dist | --tag v0.1.0 | --only TARGET ...]``
"""

import argparse
import json
import os
import re
import shlex
import shutil
import statistics
import sys
import tarfile
import tempfile
import time
import tomllib
import venv
import zipfile
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from subprocesses import ROOT, check_output

MAX_MEGABYTES = 15.0  # of each file: the drawn cases are 9
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
IMPORT = "import time; t = time.process_time(); import liaf_ref; print(time.process_time() - t)"
DEMO = re.compile(r"^demo:.*\n(?:\t@.*\n)*\t\$\(BIN\)/(.*)$", re.MULTILINE)
HEADING = re.compile(r"^## (\S+) \((.*)\)$", re.MULTILINE)
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
WHEEL_NAME = re.compile(r"liaf_ref-(\d[\w.]*?)-py3")
TARGET = re.compile(r"^([a-z-]+):.*## ", re.MULTILINE)
# Variables that keep a target short.
SHORT = {
    "lab": "ARGS=--version",
    "test": "PYTEST_ADDOPTS=tests/kernels",
    "coverage": "PYTEST_ADDOPTS=tests/kernels COVERED=0",
    "shuffled": "PYTEST_ADDOPTS=tests/kernels RUNS=1",
    "mutants": "PART=training SAMPLE=1",
    "fuzz": "N=100 ONLY=aedat2",
    "bench": "ARGS='babi-liaf --rounds 1'",
    "matrix": "NAMES=3.11 PYTEST_ADDOPTS=tests/kernels",
}
# They need no environment, or run this program.
LEFT_OUT = {"help", "clean", "release-check"}


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
        in_sdist = [member.name.partition("/")[2] for member in tar if member.isfile()]
    version = wheel.name.partition("-py3")[0]
    also = {f"{version}.dist-info/{name}" for name in WHEEL_GENERATED}
    expected = tracked_files(*SDIST_CONTENTS) | SDIST_GENERATED
    found = {
        wheel: compare_names(in_wheel, tracked_files("liaf_ref") | also),
        sdist: compare_names(in_sdist, expected),
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


def distribution_problems(out: Path) -> list[str]:
    """Build, check and install both files, and say what is wrong with them."""
    files = build(out)
    check_output(sys.executable, "-m", "twine", "check", "--strict", *map(str, files))
    found = find_problems(*files)
    for file in files:
        with tempfile.TemporaryDirectory() as folder:
            wrong, took = check_installed(file, Path(folder).resolve() / "venv")
        print(f"{file.name}: {file.stat().st_size / 1e6:.2f} MB, imported in {took:.1f} ms")
        found += wrong
    return found


def package_version(root: Path = ROOT) -> str:
    """Read the version where it stands, without importing the package."""
    text = (root / "liaf_ref" / "__init__.py").read_text("utf-8")
    (version,) = re.findall(r'^__version__ = "(.*)"$', text, re.MULTILINE)
    return str(version)


def text_problems(version: str, tag: str = "", root: Path = ROOT) -> list[str]:
    """Say what the texts beside the package state otherwise than it; ``tag``: of a real release."""
    citation: dict[str, Any] = yaml.safe_load((root / "CITATION.cff").read_text("utf-8"))
    zenodo: dict[str, Any] = json.loads((root / ".zenodo.json").read_text("utf-8"))
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    urls, names = project["urls"], [each["name"] for each in project["authors"]]
    pairs = [
        ("CITATION.cff: version", citation["version"], version),
        ("CITATION.cff: repository-code", citation["repository-code"], urls["Source"]),
        ("CITATION.cff: url", citation["url"], urls["Documentation"]),
        ("CITATION.cff: authors", [each["name"] for each in citation["authors"]], names),
        (".zenodo.json: creators", [each["name"] for each in zenodo["creators"]], names),
        (".zenodo.json: title", zenodo["title"], citation["title"]),
        (".zenodo.json: keywords", zenodo["keywords"], citation["keywords"]),
    ]
    pairs += [("tag", tag, f"v{version}")] if tag else []
    pages = [root / "README.md", *sorted((root / "docs").rglob("*.md"))]
    for page in pages:
        named = WHEEL_NAME.findall(page.read_text("utf-8"))
        pairs += [(f"{page.relative_to(root)}: wheel", each, version) for each in named]
    found = [
        f"{what}: expected {right!r}, got {got!r}" for what, got, right in pairs if got != right
    ]
    return found + changelog_problems((root / "CHANGELOG.md").read_text("utf-8"), version, tag)


def changelog_problems(text: str, version: str, tag: str = "") -> list[str]:
    """Say what is wrong with the newest heading; a real release has a date."""
    heading = HEADING.search(text)
    name, when = heading.groups() if heading else ("", "")
    if name != version:
        return [f"CHANGELOG.md: expected a first heading '## {version} (...)', got '{name}'"]
    if tag and not DATE.fullmatch(when):
        return [f"CHANGELOG.md: expected the date of {version} as YYYY-MM-DD, got '{when}'"]
    return []


def tag_problems(version: str) -> list[str]:
    """Say whether the version's tag is taken by another commit."""
    tag_name = f"refs/tags/v{version}^{{commit}}"
    known = check_output("git", "tag", "--list", f"v{version}", cwd=ROOT).strip()
    if not known:
        return []
    tagged, here = check_output("git", "rev-parse", tag_name, "HEAD", cwd=ROOT).split()
    return [] if tagged == here else [f"tag v{version}: already at commit {tagged[:8]}"]


def demo_command(makefile: str) -> list[str]:
    """Read the command of `make demo`."""
    recipe = DEMO.search(makefile)
    if recipe is None:
        raise SystemExit("Makefile: expected a command of the target demo, got none")
    return shlex.split(recipe[1])


def run_demo(wheel: Path, folder: Path) -> str:
    """Install the wheel in a new environment; what the demo prints there."""
    place = Environment.create(folder)
    place.run("pip", "install", str(wheel.resolve()))
    name, *options = demo_command((ROOT / "Makefile").read_text("utf-8"))
    return place.run(name, *options)


def run_target(name: str) -> str:
    """What the target printed last, in a clone and an environment that are then deleted."""
    words = shlex.split(SHORT.get(name, ""))
    variables = dict(word.split("=", 1) for word in words if word.startswith("PYTEST_"))
    options = [word for word in words if not word.startswith("PYTEST_")]
    kept = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        check_output("git", "clone", "--quiet", str(ROOT), str(clone))
        return check_output("make", name, *options, cwd=clone, env=kept | variables)


def failed_targets(names: Sequence[str]) -> list[str]:
    """Run targets, a line each."""
    failed = []
    for name in names:
        began, printed = time.perf_counter(), ""
        try:
            run_target(name)
        except SystemExit as error:
            failed.append(f"make {name}")
            printed = str(error)[-2000:]
        verdict = "failed" if printed else "works"
        print(f"make {name}: {verdict} ({time.perf_counter() - began:.0f} s)", printed, flush=True)
    return failed


def main(argv: Sequence[str] | None = None) -> int:
    """Do all of it, and say what was found."""
    targets = [
        t for t in TARGET.findall((ROOT / "Makefile").read_text("utf-8")) if t not in LEFT_OUT
    ]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    out = "folder to write to (default: dist)"
    parser.add_argument("--out", type=Path, default=Path("dist"), help=out)
    parser.add_argument("--dist", action="store_true", help="check wheel and sdist, nothing else")
    parser.add_argument("--tag", default="", help="tag of a real release, such as v0.1.0")
    only = "run these make targets, and nothing else"
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="TARGET", choices=targets, help=only
    )
    args = parser.parse_args(argv)
    if args.only:
        return bool(failed_targets(args.only))
    began, version = time.perf_counter(), package_version()
    found = distribution_problems(args.out)
    if not args.dist:
        found += text_problems(version, args.tag) + tag_problems(version)
        (wheel,) = args.out.glob("*.whl")
        with tempfile.TemporaryDirectory() as folder:
            print(run_demo(wheel, Path(folder).resolve() / "venv"))
        found += failed_targets(targets)
    for problem in found:
        print(f"error: {problem}", file=sys.stderr)
    verdict = "not ready" if found else "ready"
    print(f"version {version}: {verdict} ({time.perf_counter() - began:.0f} s)")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
