"""The workflows of GitHub run targets of the Makefile, in pinned actions, for what is declared."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
ENVIRONMENTS = re.findall(r"^NAMES \?= (.*)", MAKEFILE, re.MULTILINE)[0].split()
OTHERS = ("gh release create ", "exit 1")  # publish; fail where a wrong backend has passed

pytestmark = pytest.mark.skipif(not FILES, reason="an sdist has no workflows")


def steps() -> Iterator[dict[str, Any]]:
    for file in FILES:
        for job in yaml.safe_load(file.read_text("utf-8"))["jobs"].values():
            yield from job.get("steps", [])


def test_every_command_is_a_target_of_the_makefile() -> None:
    commands = [step["run"] for step in steps() if "run" in step]
    assert len(commands) > len(OTHERS)
    for command in commands:
        if command.startswith(OTHERS):
            continue
        make, *words = command.split()
        targets = {word for word in words if "=" not in word}
        assert (make, bool(targets), targets - TARGETS) == ("make", True, set()), command


def test_every_action_is_pinned_by_its_commit() -> None:
    used = [line for file in FILES for line in re.findall(r"uses: (.*)", file.read_text("utf-8"))]
    strange = [u for u in used if not re.match(r"[\w/-]+@[0-9a-f]{40}  # v\d|\./", u)]
    assert used
    assert strange == []


def test_all_declared_versions_of_python_are_tested() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    tests = yaml.safe_load((ROOT / ".github" / "workflows" / "tests.yml").read_text("utf-8"))
    declared = [
        found[1]
        for each in project["classifiers"]
        if (found := re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", each))
    ]
    assert tests["jobs"]["tests"]["strategy"]["matrix"]["python"] == declared
    assert {name.removesuffix("-floor") for name in ENVIRONMENTS} == set(declared)


def test_environments_that_are_named_exist() -> None:
    names = [n for f in FILES for n in re.findall(r"NAMES=(\S+)", f.read_text("utf-8"))]
    assert names
    assert set(names) <= set(ENVIRONMENTS)
