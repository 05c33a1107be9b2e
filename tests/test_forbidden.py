"""What the code never does: unpickle, run text as code, use a shell, open a connection."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import finish, python

import liaf_ref

ROOT = Path(liaf_ref.__file__).parent
CALLS = {"eval", "exec", "compile", "__import__"}
ATTRIBUTES = {"os.system", "os.popen", "os.execv", "os.spawnv"}
MODULES = {"pickle", "shelve", "marshal", "dill", "cloudpickle"}
MODULES |= {"socket", "ssl", "urllib", "http", "ftplib", "smtplib", "requests", "httpx", "aiohttp"}


def faults(tree: ast.AST) -> Iterator[str]:
    """What a file does that it may not."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in CALLS:
                yield node.func.id
            for word in node.keywords:
                given = not (isinstance(word.value, ast.Constant) and word.value.value is False)
                if word.arg in {"allow_pickle", "shell"} and given:
                    yield word.arg
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ATTRIBUTES:
            yield ast.unparse(node)
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        yield from (name for name in names if name.partition(".")[0] in MODULES)


def test_no_file_does_it() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): said
        for path in ROOT.rglob("*.py")
        if (said := list(faults(ast.parse(path.read_text("utf-8")))))
    }
    assert found == {}


CODE = ["eval('1')", "exec('a')", "f(x, allow_pickle=True)", "f(x, shell=y)", "os.system('a')"]
CODE += ["import socket", "from urllib.request import urlopen", "import pickle"]


@pytest.mark.parametrize("code", CODE)
def test_it_would_be_noticed(code: str) -> None:
    assert list(faults(ast.parse(code)))


WITHOUT = """
import sys
def hook(event, args):
    if event.startswith(("socket.", "subprocess.", "os.system", "os.exec", "os.spawn")):
        raise RuntimeError("forbidden: " + event)
sys.addaudithook(hook)
from liaf_ref.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_a_run_needs_no_connection_and_starts_no_program(tmp_path: Path) -> None:
    run = ["run", "babi", "--generated", "--tasks", "1", "--cells", "liaf", "--epochs", "1"]
    code, out, err = finish(python("-c", WITHOUT, *run, "--out", "o", cwd=tmp_path))
    assert (code, "forbidden" in err) == (0, False), err
    assert (tmp_path / "o" / "qa1-liaf" / "run.json").exists()
    assert out
