"""The pages that add a neuron and an experiment from outside the package: all on them runs."""

import contextlib
import csv
import json
import re
import shlex
import sys
from pathlib import Path
from types import ModuleType

import pytest
from cli.commands import run_cli
from support import CommandResult, start_python, wait_for

from liaf_ref import LiafError

USE = Path(__file__).parents[2] / "docs" / "use"
NEURON = (USE / "add-a-neuron.md").read_text("utf-8")
EXPERIMENT = (USE / "add-an-experiment.md").read_text("utf-8")


def run(folder: Path, command: str) -> CommandResult:
    return wait_for(start_python("-m", "liaf_ref", *shlex.split(command), cwd=folder))


@pytest.fixture(scope="module")
def alif(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the page of a neuron."""
    folder = tmp_path_factory.mktemp("alif")
    (folder / "moved").mkdir()
    texts = re.findall(r"^```py\n(.*?)^```$", NEURON, re.M | re.S)
    for name, text in zip(("alif", "check", "use"), texts, strict=True):
        (folder / f"{name}.py").write_text(text, "utf-8")
    return folder


MISSING = [
    '        da = da - p["gain"] * dx\n',
    '        da = p["rho"] * da\n',
    '        dF = dF + (p["v_reset"] - U) * dR\n',
    '        grads["gain"] -= dx * a\n',
]


@pytest.mark.parametrize("line", ["", *MISSING], ids=["right", "gain", "rho", "reset", "parameter"])
def test_its_gradient_is_right_and_a_missing_line_is_noticed(
    line: str, alif: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (alif / "alif.py").read_text("utf-8").partition("\nlr.register_cell")[0]
    assert not line or text.count(line) == 1
    monkeypatch.setitem(sys.modules, "alif", ModuleType("alif"))
    exec(text.replace(line, ""), vars(sys.modules["alif"]))  # noqa: S102
    noticed = pytest.raises(LiafError) if line else contextlib.nullcontext()
    with noticed:
        exec((alif / "check.py").read_text("utf-8"), {})  # noqa: S102
    shown = capsys.readouterr().out
    assert line or shown.count("complex") == shown.count("relaxed") == 1


def test_the_network_trains_with_it(alif: Path) -> None:
    code, out, err = wait_for(start_python("use.py", cwd=alif))
    assert (code, err) == (0, "")
    assert "TrainingResult" in out


def test_the_command_line_runs_it_and_resumes_it(alif: Path) -> None:
    (command,) = re.findall(r"^liaf-ref (run babi .*)$", NEURON, re.M)
    code, out, _ = run(alif, command)
    assert code == 0
    assert re.search(r"QA1 \| +ALIF", out)
    code, _, err = run(alif, "resume runs/alif")
    assert code == 2
    assert f"if you trust them, pass --plugin {alif / 'alif.py'}" in err
    (alif / "alif.py").rename(alif / "moved" / "alif.py")
    assert run(alif, "resume runs/alif --plugin moved/alif.py").returncode == 0
    (alif / "moved" / "alif.py").rename(alif / "alif.py")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.py", "--plugin: expected a Python file, got "),
        ("json.py", "its name is that of the imported module json; rename the file"),
    ],
)
def test_a_file_that_is_no_plugin_is_refused(
    name: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "json.py").touch()
    ended = run_cli(capsys, "run", "babi", "--plugin", tmp_path / name)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert message in ended.stderr
    assert ended.stderr.count("\n") == 1


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the page of an experiment."""
    folder = tmp_path_factory.mktemp("tiny")
    own, use = re.findall(r"^```py\n(.*?)^```$", EXPERIMENT, re.M | re.S)
    (sweep,) = re.findall(r"^```toml\n(.*?)^```$", EXPERIMENT, re.M | re.S)
    for name, text in (("tiny.py", own), ("use.py", use), ("sweep.toml", sweep)):
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def outputs(tiny: Path) -> dict[str, str]:
    """What the commands of the page print, in their order."""
    pytest.importorskip("distributed")
    commands = re.findall(r"^liaf-ref (.*)$", EXPERIMENT, re.M)
    assert [command.split()[0] for command in commands] == ["run", "resume", "run", "sweep"]
    found = {}
    for command in commands:
        code, out, err = run(tiny, command)
        assert code == 0, err
        found[command.partition(" --plugin")[0] + " --resume" * ("--resume" in command)] = out
    return found


def test_runs_resume_and_sweeps_work(tiny: Path, outputs: dict[str, str]) -> None:
    assert "10" in outputs["run tiny"]
    assert outputs["resume one"] == outputs["run tiny"]
    assert "of 15" in outputs["run tiny --resume"]
    assert outputs["sweep sweep.toml"].startswith("6 jobs, 6 finished, 0 failed\n")
    with (tiny / "out" / "results.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["units"], row["seed"]) for row in rows] == [
        (units, seed) for units in ("4", "16") for seed in "012"
    ]
    assert min(float(row["test_accuracy"]) for row in rows) > 0.7  # chance is a half


@pytest.mark.usefixtures("outputs")
def test_help_has_an_option_for_each_field(tiny: Path) -> None:
    code, out, _ = run(tiny, "run tiny --plugin tiny.py --help")
    assert code == 0
    assert re.search(r"--units N +LIAF neurons \(default: 16\)", out)
    assert re.search(r"--lr X +initial learning rate \(default: 0.01\)", out)


@pytest.mark.usefixtures("outputs")
def test_one_run_is_what_its_job_in_the_sweep_is(tiny: Path) -> None:
    """And what run_experiment returns."""
    code, _, _ = run(tiny, "run tiny --plugin tiny.py --epochs 10 --units 4 --out same")
    assert code == 0
    (own,) = json.loads((tiny / "same" / "results.json").read_text("utf-8"))["results"]
    with (tiny / "out" / "results.csv").open(encoding="utf-8") as file:
        job = next(csv.DictReader(file))
    assert own["test_accuracy"] == float(job["test_accuracy"])
    code, out, err = wait_for(start_python("use.py", cwd=tiny))
    assert (code, err) == (0, "")
    assert re.fullmatch(r"\d\d % of the test samples\n", out)
