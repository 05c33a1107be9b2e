"""Build a release and check it, or rehearse it: nothing is published, no tag is set.

Builds wheel and sdist, compares them with what git keeps, installs both without a compiler, and
runs from the wheel what `make demo` runs; with ``--dist`` nothing else.  Says where the version,
the address or the authors differ.  Then runs each make target in a fresh clone with an environment
of its own, as a newcomer would.

``python tools/check_release.py [--dist | --tag v0.1.0]``
"""

import argparse
import hashlib
import os
import re
import shlex
import shutil
import sys
import tempfile
import time
import tomllib
import venv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from subprocesses import ROOT, check_output

MAX_MEGABYTES = 20.0  # of each file: the drawn cases are 13
DEMO = re.compile(r"^demo:.*\n(?:\t@.*\n)*\t\$\(BIN\)/(.*)$", re.MULTILINE)
DATE = r"\d{4}-\d{2}-\d{2}"
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


def build(out: Path) -> tuple[Path, Path]:
    """Build wheel and sdist; hatchling must be installed."""
    shutil.rmtree(out, ignore_errors=True)
    check_output(sys.executable, "-m", "hatchling", "build", "-d", str(out.resolve()))
    (wheel,), (sdist,) = out.glob("*.whl"), out.glob("*.tar.gz")
    return wheel, sdist


def run_alone(folder: Path, program: str, *args: str) -> str:
    """Run a program of an environment that compiles nothing and does not see this repository."""
    path = folder / "bin"
    env = {"PATH": str(path), "CC": "none", "CXX": "none", "HOME": os.environ["HOME"]}
    return check_output(str(path / program), *args, cwd=folder, env=env)


def distribution_problems(out: Path) -> list[str]:
    """Build, check and install both files, run the demo, and say what is wrong with them."""
    files = wheel, _ = build(out)
    for command in (
        ("twine", "check", "--strict", *map(str, files)),
        ("check_wheel_contents", str(wheel)),
        ("check_sdist", "--no-isolation"),
    ):
        check_output(sys.executable, "-m", *command)
    (demo,) = DEMO.findall((ROOT / "Makefile").read_text("utf-8"))
    for file in files:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name).resolve() / "venv"
            venv.create(folder, with_pip=True)
            wheels_alone = ("--quiet", "--only-binary", ":all:", str(file.resolve()))
            run_alone(folder, "python", "-m", "pip", "install", *wheels_alone)
            run_alone(folder, "python", "-m", "liaf_ref", "oracle", "verify")
            if file is wheel:
                print(run_alone(folder, *shlex.split(demo)))
    sizes = {file.name: file.stat().st_size / 1e6 for file in files}
    print(*(f"{name}: {size:.2f} MB" for name, size in sizes.items()), sep="\n")
    large = (name for name, size in sizes.items() if size > MAX_MEGABYTES)
    return [f"{name}: expected at most {MAX_MEGABYTES} MB" for name in large]


def collect_assets(files: Iterable[Path], folder: Path) -> None:
    """What a release on GitHub has too: golden and drawn cases, and the sums of all its files."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path in (ROOT / "liaf_ref" / "oracle" / "data").glob("*.zip"):
        shutil.copy(path, folder)
    listed = sorted([*files, *folder.iterdir()], key=lambda path: path.name)
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in listed]
    (folder / "SHA256SUMS").write_text("".join(sums), "utf-8")


def text_problems(version: str, tag: str = "", root: Path = ROOT) -> list[str]:
    """Say what the texts beside the package state otherwise than it; ``tag``: of a real release."""
    citation: dict[str, Any] = yaml.safe_load((root / "CITATION.cff").read_text("utf-8"))
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    first = (root / "CHANGELOG.md").read_text("utf-8").partition("\n## ")[2].partition("\n")[0]
    heading = re.fullmatch(rf"{re.escape(version)} \({DATE if tag else '.+'}\)", first)
    urls, names = project["urls"], [each["name"] for each in project["authors"]]
    rows = [
        ("CITATION.cff: version", citation["version"], version),
        ("CITATION.cff: repository-code", citation["repository-code"], urls["Source"]),
        ("CITATION.cff: url", citation["url"], urls["Documentation"]),
        ("CITATION.cff: authors", [each["name"] for each in citation["authors"]], names),
        ("CHANGELOG.md: first heading", first, heading[0] if heading else f"{version} (date)"),
        ("tag", tag or f"v{version}", f"v{version}"),
    ]
    return [f"{what}: expected {right!r}, got {got!r}" for what, got, right in rows if got != right]


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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dist", action="store_true", help="check wheel and sdist, nothing else")
    parser.add_argument("--tag", default="", help="tag of a real release, such as v0.1.0")
    args = parser.parse_args()
    found = distribution_problems(out := ROOT / "dist")
    (wheel,) = out.glob("*.whl")
    version = wheel.name.split("-")[1]
    collect_assets(out.iterdir(), ROOT / "build" / "assets")
    if not args.dist:
        found += text_problems(version, args.tag)
        if check_output("git", "tag", "--no-contains=HEAD", "--list", f"v{version}"):
            found.append(f"tag v{version}: already at another commit")
        found += failed_targets()
    for problem in found:
        print(f"error: {problem}", file=sys.stderr)
    print(f"version {version}: {'not ready' if found else 'ready'}")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
