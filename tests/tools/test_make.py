"""Targets of the Makefile, the workflows of GitHub that run them, and the scripts of tools/."""

import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from size import code_lines, faults

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
ENVIRONMENTS = re.findall(r"^NAMES \?= (.*)", MAKEFILE, re.MULTILINE)[0].split()
OTHERS = ("gh release create ", "git init ", "exit 1")  # publish; where a wrong backend has passed

needs_workflows = pytest.mark.skipif(not FILES, reason="an sdist has no workflows")
SCRIPTS = sorted({*ROOT.glob("tools/*.py")} - {ROOT / "tools" / "subprocesses.py"})


def steps() -> Iterator[dict[str, Any]]:
    for file in FILES:
        for job in yaml.safe_load(file.read_text("utf-8"))["jobs"].values():
            yield from job.get("steps", [])


@needs_workflows
def test_every_command_is_a_target_of_the_makefile() -> None:
    commands = [step["run"] for step in steps() if "run" in step]
    assert len(commands) > len(OTHERS)
    for command in (each for each in commands if not each.startswith(OTHERS)):
        make, *words = command.split()
        targets = {word for word in words if "=" not in word}
        assert (make, bool(targets), targets - TARGETS) == ("make", True, set()), command


@needs_workflows
def test_all_declared_versions_of_python_are_tested() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    tests = yaml.safe_load((ROOT / ".github" / "workflows" / "tests.yml").read_text("utf-8"))
    declared = re.findall(r":: Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    assert tests["jobs"]["tests"]["strategy"]["matrix"]["python"] == declared
    assert {name.removesuffix("-floor") for name in ENVIRONMENTS} == set(declared)


@pytest.mark.parametrize(
    ("words", "runs"),
    [
        (["shuffled", "RUNS=1", "SEED=316"], r"seq 316 \$\(\(316 \+ 1 - 1\)\)"),
        (["mutants", "SAMPLE=5"], r"mutation_test\.py --part kernels +--sample 5 --seed 0$"),
        (["lab"], r"jupyter lab (--allow-root)? *lab/01-one-neuron\.ipynb *$"),
        (["coverage"], r"--cov-fail-under=95$"),
    ],
)
def test_settings_reach_the_tools(words: list[str], runs: str) -> None:
    make = shutil.which("make")
    if make is None:
        pytest.skip("make is not installed")
    env = {"PATH": os.environ["PATH"]}  # without the settings of a make that runs the tests
    done = subprocess.run(  # noqa: S603
        [make, "--dry-run", *words], cwd=ROOT, env=env, capture_output=True, text=True, check=True
    )
    assert re.search(runs, done.stdout, re.MULTILINE), done.stdout


def test_contributing_lists_every_tool_and_targets_that_exist() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    table = page.partition("| in `tools/` |")[2].partition("\n\n")[0]
    rows = [row.split(" | ") for row in table.splitlines()[2:]]
    tools = [name for row in rows for name in re.findall("`(.*?)/?`", row[0])]
    assert sorted(tools) == sorted(path.name for path in ROOT.glob("tools/[!_]*"))
    assert {name for row in rows for name in re.findall("`(.*?)`", row[-1])} <= TARGETS


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_has_help_with_an_example(path: Path) -> None:
    """Without a parser, --help would run the script, which may write into the repository."""
    text = path.read_text("utf-8")
    assert "Parser(" in text
    assert f"python tools/{path.name}" in text


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ('"""Words."""\n\nx = 1  # why\n# more\n', 1),
        ('def f():\n    """Two\n    lines."""\n    return """\n# text\n"""\n', 3),
        ("", 0),
    ],
)
def test_code_is_counted_without_docstrings_and_comments(source: str, lines: int) -> None:
    assert code_lines(source) == lines


def test_a_ceiling_is_neither_broken_nor_loose() -> None:
    sizes = {"liaf_ref/fast": {"files": 10, "code": 100}}
    assert not [*faults(sizes, {"liaf_ref/fast": {"files": 10, "code": 102}})]
    (above,) = faults(sizes, {"liaf_ref/fast": {"files": 10, "code": 99}})
    assert all(word in above for word in ("liaf_ref/fast", "100", "99"))
    assert len([*faults(sizes, {"liaf_ref/fast": {"files": 10, "code": 103}})]) == 1
