"""What runs in a browser needs no threads, no processes and no network.

A Python that refuses them, by an audit hook, runs some notebooks of the JupyterLite site.  Widgets
are left out, so that sliders are the still figures they fall back on.
"""

from pathlib import Path

import pytest
from support import start_python, wait_for

ROOT = Path(__file__).parents[2]
GUARD = """
import _thread, sys, threading
import matplotlib.font_manager  # asks the program fc-list, once

def guard(event, args):
    if event.startswith(("subprocess.", "os.system", "os.fork", "os.exec", "os.spawn",
                         "os.posix_spawn", "pty.", "_thread.start", "socket.")):
        raise PermissionError(f"refused in a browser: {event}")

def no_thread(*_, **__):
    raise PermissionError("refused in a browser: a thread")

_thread.start_new_thread = threading._start_new_thread = no_thread  # not audited before 3.12
sys.modules["ipywidgets"] = None
sys.addaudithook(guard)
"""


def notebook_code(source: Path) -> str:
    """The cells of a notebook's source that are code, with their solutions."""
    cells = source.read_text("utf-8").split("\n# %%")[1:]
    code = [cell for cell in cells if not cell.startswith(" [markdown]")]
    return "\n".join(cell.partition("\n")[2] for cell in code)


BOOKS = sorted((ROOT / "notebooks").glob("0[17]-*.py"))  # some that train nothing


@pytest.mark.parametrize("source", BOOKS, ids=lambda source: source.stem)
def test_a_notebook(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLBACKEND", "Agg")
    done = wait_for(start_python("-c", GUARD + notebook_code(source), cwd=tmp_path))
    assert done.returncode == 0, done.stderr
