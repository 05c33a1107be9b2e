"""mutmut in a copy of the repository, of one part: it knows one alone."""

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from mutation.parts import Part

ROOT = Path(__file__).resolve().parents[2]
# Mutants run in forks; one that comes to a library whose threads its parent has started waits
# for them for ever.
ENVIRONMENT = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
# Half a minute to compile mutated source: once, not in each process.
ENVIRONMENT["PYTHONDONTWRITEBYTECODE"] = ""
KILLED = ("killed", "caught by type check", "timeout")  # of mutmut's statuses
MUTMUT_TABLE, SELECTION = "[tool.mutmut]\n", "pytest_add_cli_args_test_selection"


class Change(NamedTuple):
    """A mutant by what it does, for mutmut's numbers move with every edit."""

    function: str
    before: str
    after: str


def run_mutmut(workspace: Path, *arguments: str) -> str:
    """Run mutmut in a copy and return what it prints."""
    command = [sys.executable, "-m", "mutmut", *arguments]
    run = subprocess.run(command, cwd=workspace, check=True, text=True, stdout=subprocess.PIPE)  # noqa: S603
    return run.stdout


def copy_repository(part: Part, workspace: Path) -> None:
    """Copy the repository, and tell mutmut of the part there."""
    shutil.rmtree(workspace, ignore_errors=True)
    skipped = shutil.ignore_patterns("mutants", "build", ".*", "lab", "demo", "dist", "fuzz")
    shutil.copytree(ROOT, workspace, ignore=skipped)
    message = workspace / "pyproject.toml"
    more = f"only_mutate = {json.dumps(part.files)}\n{SELECTION} = {json.dumps(part.tests)}\n"
    more += 'also_copy = ["docs", "tools"]\n'  # tests hold pages to the code, and use tools
    text = message.read_text("utf-8").replace(MUTMUT_TABLE, MUTMUT_TABLE + more)
    message.write_text(text, "utf-8")


def statuses(workspace: Path) -> dict[str, str]:
    """Status of every mutant of the last run, by mutmut's name."""
    lines = run_mutmut(workspace, "results", "--all", "true").splitlines()
    return dict(line.strip().split(": ", 1) for line in lines if "__mutmut_" in line)


def function_of(name: str) -> str:
    """The function a mutant is in: its name without its number."""
    return name.rsplit("__mutmut_", 1)[0]


def file_of(name: str) -> str:
    """The file a mutant is in, relative to the repository."""
    return function_of(name).rsplit(".", 1)[0].replace(".", "/") + ".py"


def change_of(workspace: Path, name: str) -> Change:
    """The lines a mutant takes out and puts in."""
    diff = run_mutmut(workspace, "show", name).splitlines()
    sides = {
        sign: "\n".join(
            line[1:].strip() for line in diff if line[:1] == sign and line[:3] != 3 * sign
        )
        for sign in "-+"
    }
    return Change(function_of(name), sides["-"], sides["+"])


def run_mutants(workspace: Path, jobs: int, names: Iterable[str] = ()) -> int:
    """Have mutmut run, all mutants or those named; its exit code."""
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(jobs), *names]
    environment = os.environ | ENVIRONMENT
    return subprocess.run(command, cwd=workspace, env=environment, check=False).returncode  # noqa: S603


def sample_mutants(workspace: Path, jobs: int, count: int, seed: int) -> list[str]:
    """Have all mutants made and none run, and draw some of them."""
    run_mutants(workspace, jobs, ["none"])  # ends with "nothing matches", when all are made
    names = sorted(statuses(workspace))
    return random.Random(seed).sample(names, min(count, len(names)))  # noqa: S311
