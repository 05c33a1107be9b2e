"""The notebooks 00 to 07 in the browser: a JupyterLite site with a wheel of this package.

The site is built without a network.  In the reader's browser the Python that runs there,
Pyodide, comes from its own CDN with NumPy, SciPy and Matplotlib; liaf_ref comes from the site.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat

from documentation import notebook_pages
from documentation.browser_scripts import browser_notebooks
from documentation.excerpt import excerpt

ROOT = Path(__file__).resolve().parents[2]
INSTALL = "%pip install -q liaf_ref ipywidgets"
EQUATION_BLOCK = re.compile(r"```\{equation\} (\S+)\n(.*?)\n```", re.DOTALL)
KERNEL = {"display_name": "Python (Pyodide)", "language": "python", "name": "python"}
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?:|eq\d+\.md)[^)]*\)")
SETTINGS = {
    "@jupyterlab/docmanager-extension:plugin": {"defaultViewers": {"markdown": "Markdown Preview"}}
}
# The extension of jupytext, which is installed beside, would look for a server.
CONFIGURATION = {"appName": "liaf_ref", "disabledExtensions": ["jupyterlab-jupytext"]}


def build_site(
    out: Path, work: Path, pyodide: Path | None = None, wheels: Sequence[Path] = (), **more: Any
) -> None:
    """Build the site.

    Parameters
    ----------
    out : Path
        Folder to write to.
    work : Path
        Folder for what it is built from; what it holds is replaced.
    pyodide : Path, optional
        A release of Pyodide, unpacked, to be part of the site; without it the kernel loads its own
        from Pyodide's CDN.
    wheels : sequence of Path
        Wheels to be part of the site beside that of this package.
    **more
        Configuration of JupyterLab.

    Raises
    ------
    RuntimeError
        If a program that this calls fails; its own words are in the message.
    """
    shutil.rmtree(work, ignore_errors=True)
    contents = work / "contents"
    write_pages(contents)
    for source in browser_notebooks():
        book = notebook_pages.load_notebooks_tool().build(source, "student", "equations")
        book.metadata["kernelspec"] = KERNEL  # of another name it would be asked for
        book.cells.insert(0, nbformat.v4.new_code_cell(INSTALL, id=f"{source.stem[:2]}-install"))
        nbformat.write(book, contents / f"{source.stem}.ipynb")
    (work / "overrides.json").write_text(json.dumps(SETTINGS), "utf-8")
    text = {"jupyter-lite-schema-version": 0, "jupyter-config-data": CONFIGURATION | more}
    (work / "jupyter-lite.json").write_text(json.dumps(text), "utf-8")
    if pyodide:  # where JupyterLite looks for one
        (work / "static").mkdir()
        (work / "static" / "pyodide").symlink_to(pyodide.resolve(), target_is_directory=True)
    options = ["--contents", str(contents)]
    for one in (build_wheel(work), *wheels):
        options += ["--piplite-wheels", str(one)]
    options += ["--settings-overrides", str(work / "overrides.json")]
    options += ["--output-dir", str(out), "--lite-dir", str(work), "--force"]
    options += ["--no-sourcemaps", "--no-unused-shared-packages"]
    _run("jupyterlite_core", "build", *options, folder=work)


def build_wheel(work: Path) -> Path:
    """Build the wheel of this package in a folder of ``work``."""
    _run("hatchling", "build", "-t", "wheel", "-d", str(work / "wheels"), folder=ROOT)
    (found,) = (work / "wheels").glob("*.whl")
    return found


def write_pages(out: Path) -> None:
    """Write what the notebooks link to and show, for a front end that knows no Sphinx."""
    docs = ROOT / "docs"
    for page in (*sorted(docs.glob("equations/eq*.md")), docs / "learn" / "why-analog-spikes.md"):
        path = out / page.relative_to(docs)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(plain_markdown(page), "utf-8")
    shutil.copytree(docs / "animations", out / "animations", dirs_exist_ok=True)


def plain_markdown(page: Path) -> str:
    """Write a page without Sphinx: its code in it, links within the equations alone."""

    def code(found: re.Match[str]) -> str:
        options = dict(re.findall(r":(\w+): (\S+)", found[2]))
        text = excerpt(ROOT / found[1], options["function"]).text
        return f"```python\n{text}\n```"

    return LINK.sub(r"\1", EQUATION_BLOCK.sub(code, page.read_text("utf-8")))


def _run(module: str, *arguments: str, folder: Path) -> None:
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}:\n{done.stdout}{done.stderr}")
