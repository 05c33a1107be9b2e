"""What runs in a browser needs no threads, no processes, no network and no file but its own.

A Python that refuses them, by an audit hook, imports the core and runs some notebooks of the
JupyterLite site.  Widgets are left out, so that sliders are the still figures they fall
back on; where Matplotlib looks for fonts is read by the test itself before.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUARD = """
import os, site, sys

HOME = os.getcwd()
READ = [HOME, sys.prefix, sys.base_prefix, *site.getsitepackages(), *sys.argv[1].split(os.pathsep)]
REFUSED = ("subprocess.", "os.system", "os.fork", "os.exec", "os.spawn", "os.posix_spawn", "pty.",
           "_thread.start", "socket.")
CHANGING = ("os.remove", "os.rename", "os.mkdir", "os.rmdir", "shutil.")

def guard(event, args):
    if event.startswith(REFUSED):
        raise PermissionError(f"refused in a browser: {event}")
    if event.startswith(CHANGING) or (event == "open" and not isinstance(args[0], int)):
        path = os.path.realpath(os.fsdecode(args[0]))
        writes = event != "open" or set(args[1] or "r") & set("wax+") or args[2] & 3
        allowed = [HOME] if writes else READ
        if not path.startswith(tuple(os.path.realpath(p) + os.sep for p in allowed)):
            raise PermissionError(f"refused in a browser: {event} {path}")

def no_thread(*_, **__):
    raise PermissionError("refused in a browser: a thread")

import _thread, threading
_thread.start_new_thread = threading._start_new_thread = no_thread  # not audited before 3.12
sys.dont_write_bytecode = True
sys.modules["ipywidgets"] = None
sys.addaudithook(guard)
"""
CORE_SCRIPT = """
import liaf_ref.analysis.op_count, liaf_ref.kernels.neuron, liaf_ref.layers, liaf_ref.networks
import liaf_ref.plotting, liaf_ref.training.optimizers
import numpy as np
from liaf_ref.layers import ConvLIAF, DenseLIAF
for layer, shape in ((DenseLIAF(5, 4), (2, 3, 5)), (ConvLIAF((6, 6, 2), 3), (2, 3, 6, 6, 2))):
    for dtype in (np.float32, np.float64):
        params = layer.init(np.random.default_rng(0), dtype)
        Y, state, tape = layer.forward(params, np.ones(shape, dtype))
        layer.backward(np.ones_like(Y), tape)
"""


def notebook_code(source: Path) -> str:
    """The cells of a notebook's source that are code, with their solutions."""
    cells = source.read_text("utf-8").split("\n# %%")[1:]
    code = [cell for cell in cells if not cell.startswith(" [markdown]")]
    return "\n".join(cell.partition("\n")[2] for cell in code)


BOOKS = sorted((ROOT / "notebooks").glob("0[17]-*.py"))  # some that train nothing
SCRIPTS = {"core": CORE_SCRIPT, **{source.stem: notebook_code(source) for source in BOOKS}}


def run(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    import matplotlib as mpl
    import matplotlib.font_manager

    script = folder / "script.py"
    script.write_text(GUARD + code, "utf-8")
    readable = os.pathsep.join([str(ROOT / "liaf_ref"), mpl.get_cachedir(), mpl.get_configdir()])
    more = {"MPLBACKEND": "Agg", "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run(  # noqa: S603
        [sys.executable, str(script), readable],
        cwd=folder, env=os.environ | more, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script(name: str, tmp_path: Path) -> None:
    done = run(SCRIPTS[name], tmp_path)
    assert done.returncode == 0, done.stderr
