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
CHART = tomllib.loads((ROOT / "docs" / "map.toml").read_text("utf-8"))
TARGETS = {*re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)}
WITH_EXAMPLES = [page for page in PAGES if EXAMPLE.search(page.read_text("utf-8"))]


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_files_and_make_targets_exist(page: Path) -> None:
    text, pending = page.read_text("utf-8"), CHART["pending"]["notebooks"]
    missing = {t for t in LINK.findall(text) if "://" not in t and not (page.parent / t).exists()}
    to_come = {ROOT / "notebooks" / f"{name}.py" for name in pending}
    assert {(page.parent / target).resolve() for target in missing} <= to_come
    files = re.findall(r"`((?:liaf_ref|tests|docs|tools)/[\w./]*)`", text)
    assert not [path for path in files if not (ROOT / path).exists()]
    targets = " ".join(re.findall(r"`make ([a-z ]+)`", text)).split()
    assert set(targets) <= TARGETS


@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=name)
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
