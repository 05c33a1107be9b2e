"""Rehearse a release: nothing is published, no tag is set.

Builds wheel and sdist and checks them as `make dist` does; says where the version, the address or
the authors differ; installs the wheel in a new environment and runs what `make demo` runs.  Then
runs each make target in a fresh clone with an environment of its own, as a newcomer would.

``python tools/check_release.py --out dist [--tag v0.1.0] [--only TARGET ...]``
"""

import argparse
import json
import os
import re
import shlex
import sys
import tempfile
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import check_dist
import yaml
from subprocesses import ROOT, check_output

DEMO = re.compile(r"^demo:.*\n(?:\t@.*\n)*\t\$\(BIN\)/(.*)$", re.MULTILINE)
HEADING = re.compile(r"^## (\S+) \((.*)\)$", re.MULTILINE)
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
WHEEL_NAME = re.compile(r"liaf_ref-(\d[\w.]*?)-py3")
# Target: variables that keep it short.  One left out needs no environment, or runs this program.
TARGETS = {
    "demo": "",
    "notebooks": "",
    "handout": "",
    "slides": "",
    "report": "",
    "docs": "",
    "docs-check": "",
    "lab": "ARGS=--version",
    "test": "PYTEST_ADDOPTS=tests/kernels",
    "coverage": "PYTEST_ADDOPTS=tests/kernels COVERED=0",
    "shuffled": "PYTEST_ADDOPTS=tests/kernels RUNS=1",
    "peers": "",
    "frameworks": "",
    "size": "",
    "lint": "",
    "types": "",
    "review": "",
    "hooks": "",
    "mutants": "PART=training SAMPLE=1",
    "fuzz": "N=10",
    "bench": "ARGS='babi-liaf --rounds 1'",
    "dist": "",
    "matrix": "NAMES=3.11 PYTEST_ADDOPTS=tests/kernels",
}
LEFT_OUT = {"help", "clean", "release-check"}


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
    place = check_dist.Environment.create(folder)
    place.run("pip", "install", str(wheel.resolve()))
    name, *options = demo_command((ROOT / "Makefile").read_text("utf-8"))
    return place.run(name, *options)


def run_target(name: str) -> str:
    """What the target printed last, in a clone and an environment that are then deleted."""
    words = shlex.split(TARGETS[name])
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
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    out = "folder to write to (default: dist)"
    parser.add_argument("--out", type=Path, default=Path("dist"), help=out)
    parser.add_argument("--tag", default="", help="tag of a real release, such as v0.1.0")
    only = "run these make targets, and nothing else"
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="TARGET", choices=TARGETS, help=only
    )
    args = parser.parse_args(argv)
    if args.only:
        return bool(failed_targets(args.only))
    began, version = time.perf_counter(), package_version()
    found = text_problems(version, args.tag) + tag_problems(version)
    code = check_dist.main(["--out", str(args.out)])
    (wheel,) = args.out.glob("*.whl")
    with tempfile.TemporaryDirectory() as folder:
        print(run_demo(wheel, Path(folder).resolve() / "venv"))
    found += failed_targets(list(TARGETS))
    for problem in found:
        print(f"error: {problem}", file=sys.stderr)
    verdict = "not ready" if found or code else "ready"
    print(f"version {version}: {verdict} ({time.perf_counter() - began:.0f} s)")
    return int(bool(found or code))


if __name__ == "__main__":
    sys.exit(main())
