"""The page that adds an experiment from outside the package: everything on it runs."""

import csv
import json
import re
import shlex
from pathlib import Path

import pytest
from support import CommandResult, start_python, wait_for

PAGE = (Path(__file__).parents[2] / "docs/use/add-an-experiment.md").read_text("utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the page."""
    folder = tmp_path_factory.mktemp("tiny")
    tiny, use = re.findall(r"^```py\n(.*?)^```$", PAGE, re.M | re.S)
    (sweep,) = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.M | re.S)
    for name, text in (("tiny.py", tiny), ("use.py", use), ("sweep.toml", sweep)):
        (folder / name).write_text(text, "utf-8")
    return folder


def run(folder: Path, command: str) -> CommandResult:
    return wait_for(start_python("-m", "liaf_ref", *shlex.split(command), cwd=folder))


@pytest.fixture(scope="module")
def outputs(folder: Path) -> dict[str, str]:
    """What the commands of the page print, in their order."""
    commands = re.findall(r"^liaf-ref (.*)$", PAGE, re.M)
    assert [command.split()[0] for command in commands] == ["run", "resume", "run", "sweep"]
    found = {}
    for command in commands:
        code, out, err = run(folder, command)
        assert code == 0, err
        found[command.partition(" --plugin")[0] + " --resume" * ("--resume" in command)] = out
    return found


def test_the_file_is_short(folder: Path) -> None:
    assert len((folder / "tiny.py").read_text("utf-8").splitlines()) < 70


def test_runs_resume_and_sweeps_work(folder: Path, outputs: dict[str, str]) -> None:
    assert "10" in outputs["run tiny"]
    assert outputs["resume one"] == outputs["run tiny"]
    assert "of 15" in outputs["run tiny --resume"]
    assert outputs["sweep sweep.toml"].startswith("6 jobs, 6 finished, 0 failed\n")
    with (folder / "out" / "results.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["units"], row["seed"]) for row in rows] == [
        (units, seed) for units in ("4", "16") for seed in "012"
    ]
    assert min(float(row["test_accuracy"]) for row in rows) > 0.7  # chance is a half


@pytest.mark.usefixtures("outputs")
def test_help_has_an_option_for_each_field(folder: Path) -> None:
    code, out, _ = run(folder, "run tiny --plugin tiny.py --help")
    assert code == 0
    assert re.search(r"--units N +LIAF neurons \(default: 16\)", out)
    assert re.search(r"--lr X +initial learning rate \(default: 0.01\)", out)


@pytest.mark.usefixtures("outputs")
def test_one_run_is_what_its_job_in_the_sweep_is(folder: Path) -> None:
    """And what run_experiment returns."""
    code, _, _ = run(folder, "run tiny --plugin tiny.py --epochs 10 --units 4 --out same")
    assert code == 0
    (own,) = json.loads((folder / "same" / "results.json").read_text("utf-8"))["results"]
    with (folder / "out" / "results.csv").open(encoding="utf-8") as file:
        job = next(csv.DictReader(file))
    assert own["test_accuracy"] == float(job["test_accuracy"])
    code, out, err = wait_for(start_python("use.py", cwd=folder))
    assert (code, err) == (0, "")
    assert re.fullmatch(r"\d\d % of the test samples\n", out)
