"""The page that adds a neuron from outside the package: everything on it runs."""

import re
import shlex
from pathlib import Path

import pytest
from support import start_python, wait_for

PAGE = Path(__file__).parents[2] / "docs/use/add-a-neuron.md"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the page."""
    folder = tmp_path_factory.mktemp("alif")
    (folder / "moved").mkdir()
    alif, check, use = re.findall(r"^```py\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)
    for name, text in (("alif", alif), ("check", check), ("use", use)):
        (folder / f"{name}.py").write_text(text, "utf-8")
    return folder


def test_the_neuron_is_a_short_file(folder: Path) -> None:
    assert len((folder / "alif.py").read_text("utf-8").splitlines()) < 120


def test_its_gradient_is_right(folder: Path) -> None:
    code, out, err = wait_for(start_python("check.py", cwd=folder))
    assert (code, err) == (0, "")
    assert out.count("complex") == out.count("relaxed") == 1


@pytest.mark.parametrize(
    "line",
    [
        '        da = da - p["gain"] * dx\n',
        '        da = p["rho"] * da\n',
        '        dF = dF + (p["v_reset"] - U) * dR\n',
        '        grads["gain"] -= dx * a\n',
    ],
    ids=["gain", "rho", "reset", "parameter"],
)
def test_a_missing_line_of_its_backward_pass_is_noticed(
    folder: Path, tmp_path: Path, line: str
) -> None:
    text = (folder / "alif.py").read_text("utf-8")
    assert text.count(line) == 1
    (tmp_path / "alif.py").write_text(text.replace(line, ""), "utf-8")
    (tmp_path / "check.py").write_text((folder / "check.py").read_text("utf-8"), "utf-8")
    code, _, err = wait_for(start_python("check.py", cwd=tmp_path))
    assert code == 1
    assert "LiafError" in err


def test_the_network_trains_with_it(folder: Path) -> None:
    code, out, err = wait_for(start_python("use.py", cwd=folder))
    assert (code, err) == (0, "")
    assert "TrainingResult" in out


def test_the_command_line_runs_it_and_resumes_it(folder: Path) -> None:
    (command,) = re.findall(r"^liaf-ref (run babi .*)$", PAGE.read_text("utf-8"), re.M)
    code, out, _ = wait_for(start_python("-m", "liaf_ref", *shlex.split(command), cwd=folder))
    assert code == 0
    assert re.search(r"QA1 \| +ALIF", out)
    resume = ("-m", "liaf_ref", "resume", "runs/alif")
    code, _, err = wait_for(start_python(*resume, cwd=folder))
    assert code == 2
    assert f"if you trust them, pass --plugin {folder / 'alif.py'}" in err
    (folder / "alif.py").rename(folder / "moved" / "alif.py")
    assert wait_for(start_python(*resume, "--plugin", "moved/alif.py", cwd=folder)).returncode == 0
    (folder / "moved" / "alif.py").rename(folder / "alif.py")


def test_what_is_no_file_is_refused_in_one_line(tmp_path: Path) -> None:
    words = ["-m", "liaf_ref", "run", "babi", "--plugin", "none.py", "--cells", "lif"]
    code, out, err = wait_for(start_python(*words, cwd=tmp_path))
    assert (code, out) == (2, "")
    expected = f"--plugin: expected a Python file, got {tmp_path / 'none.py'}"
    assert err == f"liaf-ref: error: {expected}\n"


def test_a_file_that_has_the_name_of_another_module_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "json.py").write_text("", "utf-8")
    words = ["-m", "liaf_ref", "run", "babi", "--plugin", "mine/json.py"]
    code, out, err = wait_for(start_python(*words, cwd=tmp_path))
    assert (code, out) == (2, "")
    assert "its name is that of the imported module json; rename the file" in err
