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
from typing import Any

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
WHEEL_GENERATED = (
    *("METADATA", "RECORD", "WHEEL", "entry_points.txt"),
    *("licenses/LICENSE", "licenses/liaf_ref/data/simulator/digits.license.txt"),
)
IMPORT = "import time; t = time.process_time(); import liaf_ref; print(time.process_time() - t)"
DEMO = re.compile(r"^demo:.*\n(?:\t@.*\n)*\t\$\(BIN\)/(.*)$", re.MULTILINE)
HEADING = re.compile(r"^## (\S+) \((.*)\)$", re.MULTILINE)
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
LEFT_OUT = {"help", "clean", "record", "release-check"}  # need no environment, or a folder


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
    info = f"{wheel.name.partition('-py3')[0]}.dist-info"
    also = {f"{info}/{name}" for name in WHEEL_GENERATED}
    found = {
        wheel: compare_names(in_wheel, tracked_files("liaf_ref") | also),
        sdist: compare_names(in_sdist, tracked_files(*SDIST_CONTENTS) | {"PKG-INFO"}),
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


def run_alone(folder: Path, program: str, *args: str) -> str:
    """Run a program of an environment that compiles nothing and does not see this repository."""
    path = folder / "bin"
    env = {"PATH": str(path), "CC": "none", "CXX": "none", "HOME": os.environ["HOME"]}
    return check_output(str(path / program), *args, cwd=folder, env=env)


def install(file: Path, folder: Path) -> None:
    """Make an environment with a file and its needs, from wheels alone, and check it there."""
    venv.create(folder, with_pip=True)
    options = ("--quiet", "--only-binary", ":all:", str(file.resolve()))
    run_alone(folder, "python", "-m", "pip", "install", *options)
    run_alone(folder, "python", "-m", "liaf_ref", "oracle", "verify")


def distribution_problems(out: Path) -> list[str]:
    """Build, check and install both files, run the demo, and say what is wrong with them."""
    files = build(out)
    check_output(sys.executable, "-m", "twine", "check", "--strict", *map(str, files))
    found = find_problems(*files)
    (demo,) = DEMO.findall((ROOT / "Makefile").read_text("utf-8"))
    for file in files:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name).resolve() / "venv"
            install(file, folder)
            times = [float(run_alone(folder, "python", "-c", IMPORT)) for _ in range(11)]
            if file is files[0]:
                print(run_alone(folder, *shlex.split(demo)))
        took = 1000 * statistics.median(times)
        print(f"{file.name}: {file.stat().st_size / 1e6:.2f} MB, imported in {took:.1f} ms")
        if took > MAX_IMPORT_MS:
            found.append(f"import: expected at most {MAX_IMPORT_MS} ms, got {took:.0f} ms")
    return found


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
        ("tag", tag or f"v{version}", f"v{version}"),
    ]
    for page in (root / "README.md", *sorted((root / "docs").rglob("*.md"))):
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
    if tag and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", when):
        return [f"CHANGELOG.md: expected the date of {version} as YYYY-MM-DD, got '{when}'"]
    return []


def tag_problems(version: str) -> list[str]:
    """Say whether the version's tag is taken by another commit."""
    if not check_output("git", "tag", "--list", f"v{version}", cwd=ROOT).strip():
        return []
    names = (f"refs/tags/v{version}^{{commit}}", "HEAD")
    tagged, here = check_output("git", "rev-parse", *names, cwd=ROOT).split()
    return [] if tagged == here else [f"tag v{version}: already at commit {tagged[:8]}"]


def failed_targets(names: Sequence[str]) -> list[str]:
    """Run targets, a line each, in a clone and an environment that are then deleted."""
    failed = []
    for name in names:
        began, printed = time.perf_counter(), ""
        words = shlex.split(SHORT.get(name, ""))
        env = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
        env |= dict(word.split("=", 1) for word in words if word.startswith("PYTEST_"))
        options = [word for word in words if not word.startswith("PYTEST_")]
        with tempfile.TemporaryDirectory() as folder:
            clone = Path(folder) / "clone"
            check_output("git", "clone", "--quiet", str(ROOT), str(clone))
            try:
                check_output("make", name, *options, cwd=clone, env=env)
            except SystemExit as error:
                failed.append(f"make {name}")
                printed = str(error)[-2000:]
        verdict = "failed" if printed else "works"
        print(f"make {name}: {verdict} ({time.perf_counter() - began:.0f} s)", printed, flush=True)
    return failed


def main() -> int:
    """Do all of it, and say what was found."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = [name for name in TARGET.findall(makefile) if name not in LEFT_OUT]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    option, out = parser.add_argument, "folder to write to (default: dist)"
    option("--out", type=Path, default=Path("dist"), help=out)
    option("--dist", action="store_true", help="check wheel and sdist, nothing else")
    option("--tag", default="", help="tag of a real release, such as v0.1.0")
    only = "run these make targets, and nothing else"
    option("--only", nargs="+", default=[], metavar="TARGET", choices=targets, help=only)
    args = parser.parse_args()
    if args.only:
        return bool(failed_targets(args.only))
    found = distribution_problems(args.out)
    (wheel,) = args.out.glob("*.whl")
    version = wheel.name.split("-")[1]
    if not args.dist:
        found += text_problems(version, args.tag) + tag_problems(version) + failed_targets(targets)
    for problem in found:
        print(f"error: {problem}", file=sys.stderr)
    print(f"version {version}: {'not ready' if found else 'ready'}")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
