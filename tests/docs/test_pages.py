"""The pages are true: links lead somewhere, examples print what the page says."""

import contextlib
import io
import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
EXAMPLE = re.compile(r"```python\n(.*?)```(?:\n\nprints\n\n```\n(.*?)```)?", re.DOTALL)
MODULE = re.compile(r"`(\w+)\.py`:\n\n```python\n(.*?)```", re.DOTALL)  # imported further down
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_inside_the_project_lead_somewhere(page: Path) -> None:
    pending = tomllib.loads((ROOT / "docs" / "map.toml").read_text("utf-8"))["pending"]
    to_come = {ROOT / "notebooks" / f"{name}.py" for name in pending["notebooks"]}
    targets = [t for t in LINK.findall(page.read_text("utf-8")) if "://" not in t]
    missing = {target for target in targets if not (page.parent / target).exists()}
    assert {(page.parent / target).resolve() for target in missing} <= to_come


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_examples_print_what_the_page_says(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text, namespace = page.read_text("utf-8"), dict[str, object]()
    for module, code in MODULE.findall(text):
        monkeypatch.setitem(sys.modules, module, ModuleType(module))
        exec(compile(code, f"{module}.py", "exec"), vars(sys.modules[module]))  # noqa: S102
    for code, printed in EXAMPLE.findall(text):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            exec(compile(code, name(page), "exec"), namespace)  # noqa: S102
        assert not printed or output.getvalue() == printed


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_make_targets_named_on_a_page_exist(page: Path) -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z ]+)`", page.read_text("utf-8")))
    assert {word for words in named for word in words.split()} <= targets


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_files_named_on_a_page_exist(page: Path) -> None:
    named = re.findall(r"`((?:liaf_ref|tests|docs|tools)/[\w./]*)`", page.read_text("utf-8"))
    assert not [path for path in named if not (ROOT / path).exists()]
