"""What few places may do: unpickle, run code or programs, connect."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from data.events.writers import make_event_array, nmnist
from support import start_python, wait_for

import liaf_ref

ROOT = Path(liaf_ref.__file__).parent

# What is looked for, with all that lies below it.
CALLS = ("__import__", "compile", "eval", "exec")
CODE = f"builtins {' '.join(CALLS)} code codeop runpy importlib.util"
PICKLES = "pickle _pickle shelve marshal dill cloudpickle joblib multiprocessing torch.load"
PICKLES += " concurrent.futures.ProcessPoolExecutor concurrent.futures.process"
PROGRAMS = "subprocess _posixsubprocess pty os.* os.system os.popen os.startfile"
STARTS = r"os\.(exec|spawn|posix_spawn|fork)\w*"  # which come in many forms
CONNECTIONS = """
    socket _socket socketserver ssl asyncio select selectors urllib http xmlrpc webbrowser ftplib
    smtplib poplib imaplib telnetlib nntplib requests httpx aiohttp urllib3 websocket websockets
    tornado zmq grpc paramiko distributed dask torch.distributed torch.hub
"""
WORDS = f"{CODE} {PICKLES} {PROGRAMS} {CONNECTIONS}".split()
FORBIDDEN = re.compile(rf"({'|'.join(map(re.escape, WORDS))}|{STARTS})(\.|$)")
IMPORTERS = {"import_optional_dependency", "import_module", "_package"}
UNKNOWN = "UNKNOWN"  # a module whose name is not written there

# Where the package does it all the same, and why.
ALLOWED: Mapping[str, tuple[str, str]] = {
    "training/data_parallel.py": (
        """
        concurrent.futures.ProcessPoolExecutor concurrent.futures.process.BrokenProcessPool
        multiprocessing multiprocessing.get_context multiprocessing.sharedctypes.RawArray
        """,
        "a run with --processes starts more of this program and talks with them through pipes",
    ),
    "_core/system.py": (
        """
        multiprocessing.parent_process multiprocessing.resource_tracker
        multiprocessing.resource_tracker.ensure_running subprocess subprocess.list2cmdline
        """,
        "asks what started this process, and quotes a command line as Windows has it",
    ),
    "_core/child.py": (
        "UNKNOWN subprocess subprocess.DEVNULL subprocess.PIPE subprocess.Popen",
        "files for native code are read by more of this program, to whose end nothing here is lost",
    ),
    "experiments/runner/execute.py": (
        "dask distributed distributed.comm.addressing",
        "--jobs has a Dask cluster on this machine; --dask connects to the scheduler named there",
    ),
    "oracle/checker/program.py": (
        "subprocess subprocess.PIPE subprocess.Popen subprocess.TimeoutExpired",
        "oracle check --exec starts the program that is named there, without a shell",
    ),
    "oracle/checker/run.py": (
        "concurrent.futures.ProcessPoolExecutor "
        "multiprocessing multiprocessing.active_children multiprocessing.get_context",
        "oracle check --jobs starts more of this program and talks with them through pipes",
    ),
    "layers/kernel_set.py": (
        "UNKNOWN importlib.util.find_spec",
        "the kernel of a layer is the module of that name in the package",
    ),
    "_core/imports.py": (
        """
        UNKNOWN importlib.util importlib.util.module_from_spec
        importlib.util.spec_from_file_location
        """,
        "oracle check --backend and --plugin import what is named there, and optional packages are",
    ),
}


def done(tree: ast.AST) -> set[str]:
    """What a file does of what is looked for."""
    nodes = list(ast.walk(tree))
    here = list(imported(nodes))
    known = {name: name for name in CALLS} | dict(here)
    names = {name for _, name in here} | {*used(nodes, known), *asked_for(nodes)}
    return {name for name in names if FORBIDDEN.match(name) or name == UNKNOWN} | set(flags(nodes))


def imported(nodes: list[ast.AST]) -> Iterator[tuple[str, str]]:
    """Names in a file, and what they stand for."""
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                yield alias.asname or alias.name, alias.name
                yield alias.asname or first, alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def used(nodes: list[ast.AST], known: Mapping[str, str]) -> Iterator[str]:
    """Names and attributes that a file reads, in full."""
    for node in nodes:
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            first: ast.expr = node
            while isinstance(first, ast.Attribute):
                first = first.value
            if isinstance(first, ast.Name) and first.id in known:
                yield known[first.id] + ast.unparse(node).removeprefix(first.id)
        elif isinstance(node, ast.Call) and _called(node) == "getattr" and _text(node.args[1]):
            of = ast.unparse(node.args[0])
            yield f"{known.get(of, of)}.{_text(node.args[1])}"


def asked_for(nodes: list[ast.AST]) -> Iterator[str]:
    """Modules that a file imports by calling something, but the package's own."""
    for node in nodes:
        if isinstance(node, ast.Call) and _called(node) in IMPORTERS:
            text = _text(node.args[0])
            if not text.startswith("liaf_ref."):
                yield text or UNKNOWN


def flags(nodes: list[ast.AST]) -> Iterator[str]:
    """Arguments that make harmless calls do it."""
    for node in nodes:
        for word in node.keywords if isinstance(node, ast.Call) else ():
            given = not (isinstance(word.value, ast.Constant) and word.value.value is False)
            if word.arg in {"allow_pickle", "shell"} and given:
                yield word.arg


def _called(node: ast.Call) -> str:
    by = node.func
    return by.attr if isinstance(by, ast.Attribute) else by.id if isinstance(by, ast.Name) else ""


def _text(node: ast.expr) -> str:
    """A text that is written there, or what it begins with."""
    if isinstance(node, ast.JoinedStr):
        first = node.values[0]
        own = isinstance(first, ast.FormattedValue) and ast.unparse(first.value) == "__name__"
        return "liaf_ref." if own else _text(first)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def test_no_file_does_it_but_those_that_say_why() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): text
        for path in ROOT.rglob("*.py")
        if (text := done(ast.parse(path.read_text("utf-8"))))
    }
    assert found == {name: set(words.split()) for name, (words, _) in ALLOWED.items()}


NOTICED = """
import builtins; builtins.eval('1')
from builtins import exec as run
getattr(x, '__import__'); f = __import__
f(x, allow_pickle=True)
f(x, shell=y)
from multiprocessing import Pipe
import concurrent.futures; concurrent.futures.ProcessPoolExecutor()
import os as o; o.popen('a')
import os; os.posix_spawn('a', [], {})
import os; getattr(os, 'system')('a')
from subprocess import run
import urllib.request as request
import_optional_dependency('distributed', 'sweep')
import importlib; importlib.import_module(name)
""".strip().splitlines()


@pytest.mark.parametrize("code", NOTICED)
def test_it_would_be_noticed(code: str) -> None:
    assert done(ast.parse(code))


# Audit events of Python: what is done, by any code.
EVENTS = ["socket.", "subprocess.", "pickle.", "os.system", "os.exec", "os.spawn"]
EVENTS += ["os.posix_spawn", "os.fork", "os.startfile"]
# SciPy loads numpy.testing, which before NumPy 2.1.2 asks lscpu on import whether there is SVE.
LSCPU = ("subprocess.Popen", ["lscpu"])
WATCH = f"""
import sys
def hook(event, args):
    if event.startswith({tuple(EVENTS)}) and (event, *args[1:2]) != {LSCPU}:
        print("forbidden:", event, file=sys.stderr)
        raise RuntimeError(event)
sys.addaudithook(hook)
"""
COMMANDS = f"""
import os, sys
from importlib.util import find_spec
from pathlib import Path
from liaf_ref.cli import main
import matplotlib.font_manager  # asks the program fc-list, and keeps a list of fonts, once
{WATCH}
sys.dont_write_bytecode = True  # else Python caches what it compiles, once
written = []
def watch(event, args):
    if event == "open" and isinstance(args[0], str | bytes | os.PathLike):
        path = Path(os.fsdecode(args[0]))
        writes = args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if writes and str(path) != os.devnull and not path.is_dir():  # a file without a name
            written.append(str(path))

sys.addaudithook(watch)
for line in sys.argv[1:]:
    if line.startswith("report") and not find_spec("jinja2"):
        continue
    assert main(line.split()) == 0, line
ours = [name for name in written if name.endswith((".part", ".lock")) or ".liaf-" in name]
print(sorted({{*written}} - {{*ours}}), len(ours))
"""


def test_commands_connect_to_nothing_start_nothing_unpickle_nothing_and_write_temporary_files(
    tmp_path: Path,
) -> None:
    """Files are opened for writing under temporary names alone, and locks."""
    times = np.arange(30)
    events = make_event_array(times * 1000, times % 34, times, times % 2)
    (tmp_path / "a.bin").write_bytes(nmnist(events))
    lines = (
        "run babi --generated --tasks 1 --cells liaf --out o --epochs 2 --stop-after 1",
        "resume o",
        "report o --out page",
        "events a.bin --out events",
        "babi generate --tasks 1 --stories 5 --out generated",
        "simulate mnist-dvs --duration 50 --out one.npz",
    )
    code, out, err = wait_for(start_python("-c", COMMANDS, *lines, cwd=tmp_path))
    assert (code, "forbidden" in err) == (0, False), err
    others, _, ours = out.splitlines()[-1].rpartition(" ")
    assert others == "[]"
    assert int(ours) > 10
