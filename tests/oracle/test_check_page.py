"""docs/verify/check-your-backend.md: its adapter, used from outside, gives the printed verdict."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PAGES = Path(__file__).parents[2] / "docs"
TEXT = (PAGES / "verify" / "check-your-backend.md").read_text("utf-8")
BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
BLOCKS = BLOCK.findall(TEXT)
ADAPTER = next(code for language, code in BLOCKS if language == "python")
COMMAND = re.compile(r"```sh\nliaf-ref (oracle [^\n]*)\n```\n\nprints\n\n```\n(.*?)```", re.DOTALL)
WAIVERS = next(code for language, code in BLOCKS if language == "toml")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "my_backend.py").write_text(ADAPTER, "utf-8")
    (tmp_path / "waivers.toml").write_text(WAIVERS, "utf-8")
    return tmp_path


def run(folder: Path, command: str) -> tuple[int, str]:
    words = [word.strip('"') for word in command.split()]
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "liaf_ref", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert not done.stderr
    return done.returncode, done.stdout


def test_the_adapter_is_short() -> None:
    assert len([line for line in ADAPTER.splitlines() if line.strip()]) < 40


def test_its_verdicts_are_those_on_the_page(folder: Path) -> None:
    commands = COMMAND.findall(TEXT)
    assert len(commands) == 3
    for (command, printed), code in zip(commands, (0, 1, 0), strict=True):
        assert run(folder, command) == (code, printed)


def test_readme_prints_the_beginning_of_a_report(folder: Path) -> None:
    text = (PAGES.parent / "README.md").read_text("utf-8")
    pattern = r"\nliaf-ref (oracle check [^\n]*)\n```\n\n```\n(.*?)\n\.\.\.\n(.*?)\n```"
    ((command, start, diagnosis),) = re.findall(pattern, text, re.DOTALL)
    code, printed = run(folder, command)
    assert code == 1
    assert printed.startswith(start)
    assert diagnosis in printed


def test_its_test_with_hypothesis_passes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = (code for language, code in BLOCKS if "liaf_cases" in code)
    monkeypatch.syspath_prepend(folder)
    found: dict[str, Any] = {}
    exec(code.replace("max_examples=30", "max_examples=5"), found)  # noqa: S102
    found["test_random_cases"]()


def test_its_waivers_waive(folder: Path) -> None:
    (command,) = re.findall(r"^liaf-ref (oracle check .*--waive .*)$", TEXT, re.MULTILINE)
    code, out = run(folder, command)
    assert code == 0
    assert " 0 failed" in out
