"""Only liaf_ref._core.atomic writes files: by the text of the package, and while it works."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import start_python, wait_for, write_small_task

import liaf_ref

ROOT = Path(liaf_ref.__file__).parent
# Who else may write, and what: a file without a name to see whether it can be locked, a case for
# another program, frames in a file without a name, nothing at all
# in place of a stdout that was closed.
ELSE = {
    "_core/locks.py": {"tempfile"},
    "experiments/dvs/frame_data.py": {"tempfile"},
    "oracle/checker/program.py": {"tempfile", "open", "write_bytes"},  # what a program reads
    "_core/system.py": {"os.open"},  # a folder, to flush it
    "cli/output.py": {"open", "os.open"},  # the standard streams and the null device
    "cli/report.py": {"to_csv"},  # a text, not a file
}
METHODS = {"write_text", "write_bytes", "touch", "symlink_to", "hardlink_to", "tofile", "to_csv"}
SAVES = {"savefig", "save", "savez", "savez_compressed", "savetxt", "savemat", "ZipFile", "imsave"}
OURS = "save"  # is a name of functions of the package too, which end in liaf_ref._core.atomic
MODULES = {"shutil": {"copy", "copy2", "copyfile", "copytree", "move"}}
MODULES |= {"os": {"open", "rename", "replace", "link", "symlink", "truncate", "mkfifo"}}
WRITING = set("wax+")


def writes(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Calls that write a file, or could, with their lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names]
            module = node.module if isinstance(node, ast.ImportFrom) else None
            if "tempfile" in (*names, module):
                yield node.lineno, "tempfile"
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Module):
            for call in _calls(node):
                found = _write(call, node)
                if found:
                    yield call.lineno, found


def _calls(scope: ast.AST) -> Iterator[ast.Call]:
    """Calls in a function's own text, not in that of functions within."""
    for child in ast.iter_child_nodes(scope):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(child, ast.Call):
            yield child
        yield from _calls(child)


def _buffers(scope: ast.AST) -> set[str]:
    """Names that a function gives to files in memory."""
    return {
        target.id
        for node in ast.walk(scope)
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and ast.unparse(node.value.func) in ("io.BytesIO", "io.StringIO")
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _write(call: ast.Call, scope: ast.AST) -> str | None:
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    owner = ast.unparse(function.value) if isinstance(function, ast.Attribute) else ""
    if owner in MODULES:
        return f"{owner}.{name}" if name in MODULES[owner] else None
    if name in METHODS:
        return name
    if name == "open":
        return "open" if _mode(call, first=bool(owner)) & WRITING else None
    if name in SAVES:
        where = call.args[0] if call.args else None
        reads = name == "ZipFile" and not _mode(call, first=False) & WRITING
        memory = isinstance(where, ast.Name) and where.id in _buffers(scope)
        return None if reads or memory or (name == OURS and owner != "np") else name
    return None


def _mode(call: ast.Call, first: bool) -> set[str]:
    """Letters of a mode; all there are where it is not a text that stands there."""
    given = [word.value for word in call.keywords if word.arg == "mode"]
    given += call.args[0 if first else 1 :][:1]
    if not given:
        return set("r")
    mode = given[0]
    if isinstance(mode, ast.Constant) and isinstance(mode.value, str):
        return set(mode.value)
    return WRITING


def of(text: str) -> list[str]:
    return [name for _, name in writes(ast.parse(text))]


@pytest.mark.parametrize(
    "text",
    [
        "path.open('wb')",
        "path.open(mode='a')",
        "open(path, 'x')",
        "open(path, mode)",
        "path.write_text('a', 'utf-8')",
        "path.touch()",
        "np.savez(path, a=a)",
        "figure.savefig(path)",
        "zipfile.ZipFile(path, 'w')",
        "shutil.copyfile(a, b)",
        "os.open(path, flags)",
        "import tempfile",
        "def f():\n    content = io.BytesIO()\ndef g(content):\n    np.save(content, a)",
    ],
)
def test_a_write_is_seen(text: str) -> None:
    assert of(text)


@pytest.mark.parametrize(
    "text",
    [
        "path.open()",
        "path.open('rb')",
        "open(path, encoding='ascii')",
        "zipfile.ZipFile(path)",
        "def f():\n    content = io.BytesIO()\n    np.savez(content, a=a)",
    ],
)
def test_what_writes_no_file_is_left_alone(text: str) -> None:
    assert not of(text)


def test_no_other_file_of_the_package_writes_files() -> None:
    strangers = []
    words = re.compile("|".join({*METHODS, *SAVES, "open", "tempfile", *MODULES}))
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        text = path.read_text("utf-8")
        found = list(writes(ast.parse(text))) if words.search(text) else []
        if name == "_core/atomic.py":
            assert [what for _, what in found] == [
                "tempfile",  # a file without a name, to try
                *["ZipFile", "open"],  # to a file of atomic_open
                *["open", "open", "os.open"],
            ]
            continue
        allowed = ELSE.get(name, set())
        strangers += [f"{name}:{line} {what}" for line, what in found if what not in allowed]
    assert strangers == []


WATCHED = """
import os, sys
from pathlib import Path
from liaf_ref.cli import main
import matplotlib.font_manager  # keeps a list of fonts, once

sys.dont_write_bytecode = True  # else Python caches what it compiles, once
seen = []
def watch(event, args):
    if event == "open" and isinstance(args[0], str | bytes | os.PathLike):
        path = Path(os.fsdecode(args[0]))
        writes = args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if writes and str(path) != os.devnull and not path.is_dir():  # a file without a name
            seen.append(path)

sys.addaudithook(watch)
data = sys.argv[1]
for line in sys.argv[2:]:
    assert main([word.replace("@", data) for word in line.split()]) == 0, line
names = {path.name for path in seen}
ours = {name for name in names if name.endswith((".part", ".lock"))}
print(sorted(names - ours), len(ours))
"""


def test_while_commands_work_only_temporary_files_and_locks_are_opened(tmp_path: Path) -> None:
    data = write_small_task(tmp_path / "text")
    lines = (
        "run babi --data @ --cells liaf --validation-fraction 0.25 --epochs 2 --out run",
        "babi generate --tasks 1 --stories 5 --out generated",
        "simulate mnist-dvs --duration 50 --out one.npz",
    )
    answer = wait_for(start_python("-c", WATCHED, data, *lines, cwd=tmp_path))
    assert answer.returncode == 0, answer.stderr
    others, _, ours = answer.stdout.splitlines()[-1].rpartition(" ")
    assert others == "[]"
    assert int(ours) > 10
