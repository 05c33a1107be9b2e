"""Build a release and check it, or rehearse it: nothing is published, no tag is set.

Builds wheel and sdist, compares them with what git keeps, installs both without a compiler, and
runs from the wheel what `make demo` runs; with ``--dist`` nothing else.  Says where the version,
the address or the authors differ.  Then runs each make target in a fresh clone with an environment
of its own, as a newcomer would.

``python tools/check_release.py --out dist [--dist | --tag v0.1.0]``
"""

import argparse
import os
import re
import shlex
import shutil
import sys
import tarfile
import tempfile
import time
import tomllib
import venv
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from subprocesses import ROOT, check_output

MAX_MEGABYTES = 15.0  # of each file: the drawn cases are 9
DEMO = re.compile(r"^demo:.*\n(?:\t@.*\n)*\t\$\(BIN\)/(.*)$", re.MULTILINE)
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
WHEEL_NAME = re.compile(r"liaf_ref-(\d[\w.]*?)-py3")
TARGET = re.compile(r"^([a-z-]+):.*## ", re.MULTILINE)
# Variables that keep a target short.
SHORT = {
    "lab": {"ARGS": "--version"},
    "test": {"PYTEST_ADDOPTS": "tests/kernels"},
    "coverage": {"PYTEST_ADDOPTS": "tests/kernels", "COVERED": "0"},
    "shuffled": {"PYTEST_ADDOPTS": "tests/kernels", "RUNS": "1"},
    "mutants": {"PART": "training", "SAMPLE": "1"},
    "fuzz": {"N": "100", "ONLY": "aedat2"},
    "bench": {"ARGS": "babi-liaf --rounds 1"},
    "matrix": {"NAMES": "3.11", "PYTEST_ADDOPTS": "tests/kernels"},
}
LEFT_OUT = {"help", "clean", "record", "release-check"}  # need no environment, or a folder


def project_file(root: Path = ROOT) -> dict[str, Any]:
    """What pyproject.toml says."""
    return tomllib.loads((root / "pyproject.toml").read_text("utf-8"))


def build(out: Path) -> tuple[Path, Path]:
    """Build wheel and sdist; hatchling must be installed."""
    shutil.rmtree(out, ignore_errors=True)
    check_output(sys.executable, "-m", "hatchling", "build", "-d", str(out.resolve()), cwd=ROOT)
    (wheel,), (sdist,) = out.glob("*.whl"), out.glob("*.tar.gz")
    return wheel, sdist


def find_problems(wheel: Path, sdist: Path) -> list[str]:
    """Say what is in a file and should not be, or should be and is not."""
    with zipfile.ZipFile(wheel) as archive:
        in_wheel = {name for name in archive.namelist() if ".dist-info/" not in name}
    with tarfile.open(sdist) as tar:
        in_sdist = {member.name.partition("/")[2] for member in tar if member.isfile()}
    given = project_file()["tool"]["hatch"]["build"]["targets"]
    also = "pyproject.toml", ".gitignore"  # which hatchling adds
    found = [f"{wheel.name}: {what}" for what in differences(in_wheel, given["wheel"]["packages"])]
    paths = [*given["sdist"]["include"], *also]
    found += [f"{sdist.name}: {what}" for what in differences(in_sdist - {"PKG-INFO"}, paths)]
    for file in (wheel, sdist):
        if (size := file.stat().st_size / 1e6) >= MAX_MEGABYTES:
            found.append(f"{file.name}: expected less than {MAX_MEGABYTES} MB, got {size:.1f} MB")
    return found


def differences(names: set[str], paths: Iterable[str]) -> list[str]:
    """Say which names are too many and which are missing of what git keeps there."""
    kept = {*check_output("git", "ls-files", "-z", *paths, cwd=ROOT).split("\0")} - {""}
    wrong = "contains {}, which does not belong there or is not yet in git"
    found = [wrong.format(name) for name in sorted(names - kept)]
    return found + [f"lacks {name}" for name in sorted(kept - names)]


def run_alone(folder: Path, program: str, *args: str) -> str:
    """Run a program of an environment that compiles nothing and does not see this repository."""
    path = folder / "bin"
    env = {"PATH": str(path), "CC": "none", "CXX": "none", "HOME": os.environ["HOME"]}
    return check_output(str(path / program), *args, cwd=folder, env=env)


def distribution_problems(out: Path) -> list[str]:
    """Build, check and install both files, run the demo, and say what is wrong with them."""
    files = build(out)
    check_output(sys.executable, "-m", "twine", "check", "--strict", *map(str, files))
    (demo,) = DEMO.findall((ROOT / "Makefile").read_text("utf-8"))
    for file in files:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name).resolve() / "venv"
            venv.create(folder, with_pip=True)
            wheels_alone = ("--quiet", "--only-binary", ":all:", str(file.resolve()))
            run_alone(folder, "python", "-m", "pip", "install", *wheels_alone)
            run_alone(folder, "python", "-m", "liaf_ref", "oracle", "verify")
            if file is files[0]:
                print(run_alone(folder, *shlex.split(demo)))
        print(f"{file.name}: {file.stat().st_size / 1e6:.2f} MB")
    return find_problems(*files)


def text_problems(version: str, tag: str = "", root: Path = ROOT) -> list[str]:
    """Say what the texts beside the package state otherwise than it; ``tag``: of a real release."""
    citation: dict[str, Any] = yaml.safe_load((root / "CITATION.cff").read_text("utf-8"))
    project = project_file(root)["project"]
    changes = (root / "CHANGELOG.md").read_text("utf-8")
    urls, names = project["urls"], [each["name"] for each in project["authors"]]
    pairs = [
        ("CITATION.cff: version", citation["version"], version),
        ("CITATION.cff: repository-code", citation["repository-code"], urls["Source"]),
        ("CITATION.cff: url", citation["url"], urls["Documentation"]),
        ("CITATION.cff: authors", [each["name"] for each in citation["authors"]], names),
        ("CHANGELOG.md: first heading", *headings(changes, version, tag)),
        ("tag", tag or f"v{version}", f"v{version}"),
    ]
    for page in (root / "README.md", *sorted((root / "docs").rglob("*.md"))):
        named = WHEEL_NAME.findall(page.read_text("utf-8"))
        pairs += [(f"{page.relative_to(root)}: wheel", each, version) for each in named]
    return [
        f"{what}: expected {right!r}, got {got!r}" for what, got, right in pairs if got != right
    ]


def headings(changelog: str, version: str, tag: str = "") -> tuple[str, str]:
    """The first heading of a changelog and the expected one, which has a date in a real release."""
    first = next((line for line in changelog.splitlines() if line.startswith("## ")), "")
    when = first.partition("(")[2].rstrip(")")
    date = when if when and (DATE.fullmatch(when) or not tag) else "YYYY-MM-DD"
    return first, f"## {version} ({date})"


def failed_targets() -> list[str]:
    """Run each target, a line each, in a clone and an environment that are then deleted."""
    failed, named = [], TARGET.findall((ROOT / "Makefile").read_text("utf-8"))
    for name in (name for name in named if name not in LEFT_OUT):
        began, verdict = time.perf_counter(), "works"
        env = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
        with tempfile.TemporaryDirectory() as folder:
            check_output("git", "clone", "--quiet", str(ROOT), folder)
            try:
                check_output("make", name, cwd=Path(folder), env=env | SHORT.get(name, {}))
            except SystemExit as error:
                verdict = f"failed: {str(error)[-2000:]}"
                failed.append(f"make {name}")
        print(f"make {name} ({time.perf_counter() - began:.0f} s): {verdict}", flush=True)
    return failed


def main() -> int:
    """Do all of it, and say what was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    option, out = parser.add_argument, "folder to write to (default: dist)"
    option("--out", type=Path, default=Path("dist"), help=out)
    option("--dist", action="store_true", help="check wheel and sdist, nothing else")
    option("--tag", default="", help="tag of a real release, such as v0.1.0")
    args = parser.parse_args()
    found = distribution_problems(args.out)
    (wheel,) = args.out.glob("*.whl")
    version = wheel.name.split("-")[1]
    if not args.dist:
        found += text_problems(version, args.tag)
        if check_output("git", "tag", "--no-contains=HEAD", "--list", f"v{version}", cwd=ROOT):
            found.append(f"tag v{version}: already at another commit")
        found += failed_targets()
    for problem in found:
        print(f"error: {problem}", file=sys.stderr)
    print(f"version {version}: {'not ready' if found else 'ready'}")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
