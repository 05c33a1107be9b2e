"""The pages of the check and of declarations: what they print is printed, their tables are true."""

import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
from cli.commands import run_cli

from liaf_ref.oracle.declaration.options import OPTIONS, RESTRICTIONS, SURROGATES
from liaf_ref.oracle.error_bounds.bounded import ULP

Capture = pytest.CaptureFixture[str]
PAGES = Path(__file__).parents[2] / "docs"
TEXT = (PAGES / "verify" / "check-your-backend.md").read_text("utf-8")
BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
BLOCKS = BLOCK.findall(TEXT)
ADAPTER = next(code for language, code in BLOCKS if language == "python")
COMMAND = re.compile(r"```sh\nliaf-ref (oracle [^\n]*)\n```\n\nprints\n\n```\n(.*?)```", re.DOTALL)
DECLARED = (PAGES / "verify" / "declare-your-conventions.md").read_text("utf-8")
WAIVERS = next(code for language, code in BLOCKS if language == "toml")
pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with the page's files."""
    (tmp_path / "my_backend.py").write_text(ADAPTER, "utf-8")
    (tmp_path / "waivers.toml").write_text(WAIVERS, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    sys.modules.pop("my_backend", None)  # of another test's folder
    return tmp_path


def run(capsys: Capture, command: str) -> tuple[int, str]:
    done = run_cli(capsys, *shlex.split(command))
    assert not done.stderr
    return done.returncode, done.stdout


def test_its_verdicts_are_those_on_the_page(capsys: Capture) -> None:
    commands = COMMAND.findall(TEXT)
    assert len(commands) == 3
    for (command, printed), code in zip(commands, (0, 1, 0), strict=True):
        assert run(capsys, command) == (code, printed)


def test_the_adapter_of_a_module_prints_what_the_page_says(capsys: Capture) -> None:
    pytest.importorskip("torch")
    example = r"```py\n(import torch\n\nimport liaf.*?)```\n\nprints\n\n```\n(.*?)```"
    ((code, printed),) = re.findall(example, TEXT, re.DOTALL)
    exec(code, {})  # noqa: S102
    assert capsys.readouterr().out == printed


def test_readme_prints_the_beginning_of_a_report(capsys: Capture) -> None:
    text = (PAGES.parent / "README.md").read_text("utf-8")
    pattern = r"\nliaf-ref (oracle check [^\n]*)\n```\n\n```\n(.*?)\n\.\.\.\n(.*?)\n```"
    ((command, start, diagnosis),) = re.findall(pattern, text, re.DOTALL)
    code, printed = run(capsys, command)
    assert code == 1
    assert printed.startswith(start)
    assert diagnosis in printed


def test_its_test_with_hypothesis_passes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = (code for language, code in BLOCKS if "liaf_cases" in code)
    monkeypatch.syspath_prepend(folder)
    found: dict[str, Any] = {}
    exec(code.replace("max_examples=30", "max_examples=5"), found)  # noqa: S102
    found["test_random_cases"]()


def test_a_backend_without_gradients_passes_with_the_waiver(folder: Path, capsys: Capture) -> None:
    (command,) = re.findall(r"^liaf-ref (oracle check .*--waive .*)$", TEXT, re.MULTILINE)
    outputs = "{name: a for name, a in both(case).items() if name[:4] == 'exp/'}"
    forward = f"{ADAPTER}\nboth = answer\ndef answer(case):\n    return {outputs}\n"
    (folder / "my_backend.py").write_text(forward, "utf-8")
    code, out = run(capsys, command)
    assert code == 0
    assert " 0 failed" in out


def block(language: str, words: str) -> str:
    blocks = re.findall(rf"```{language}\n(.*?)```", DECLARED, re.DOTALL)
    (found,) = (text for text in blocks if words in text)
    return str(found)


def test_a_declared_check_prints_what_its_page_says(folder: Path, capsys: Capture) -> None:
    declared = block("toml", 'sharing = ["all"]')
    (folder / "my_backend.py").write_text(block("python", "def answer"), "utf-8")
    (folder / "liaf.toml").write_text(declared, "utf-8")
    (folder / "first.toml").write_text(declared.replace('fires = ">"', 'fires = ">="'), "utf-8")
    commands = COMMAND.findall(DECLARED)
    assert len(commands) == 2
    for (command, printed), code in zip(commands, (0, 1), strict=True):
        assert run(capsys, command) == (code, printed)


def test_the_tables_of_declarations_are_those_of_the_options() -> None:
    for name, option in OPTIONS.items():
        rows = re.search(rf"\n\| `{name}` (\|.*\n)(\| \|.*\n)*", DECLARED)
        assert rows is not None
        assert re.findall(r'^\|.*?\| `"(.*?)"` \|', rows[0], re.MULTILINE) == [*option]
    lists = {**RESTRICTIONS, "surrogate": SURROGATES, "ulp": ULP}
    for name, each in lists.items():
        row = DECLARED.partition(f"\n| `{name}` | ")[2].partition("\n")[0]
        assert row.endswith(f" | {', '.join(f'`{value}`' for value in each)} |")
