"""The notebooks in the browser: a JupyterLite site that serves all it needs.

Python itself (Pyodide), NumPy, SciPy, Matplotlib and liaf_ref come from the site.  If they could
not be downloaded when it was built, the same version of Pyodide comes from its own CDN.
"""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat

import notebooks
from documentation import pyodide
from documentation.excerpt import excerpt

ROOT = Path(__file__).resolve().parents[2]
INSTALL = """# In the browser: install liaf_ref from this site, and let Matplotlib find its fonts.
%pip install -q {packages}
import matplotlib.font_manager"""
INSTALLED = "liaf_ref ipywidgets"
ALSO_INSTALLED = {"12-check-your-backend": "autograd"}
EQUATION_BLOCK = re.compile(r"```\{equation\} (\S+)\n(.*?)\n```", re.DOTALL)
KERNEL = {"display_name": "Python (Pyodide)", "language": "python", "name": "python"}
KEPT = r"https?:|#|(?:neuron|backpropagation|variants|layers|recurrent)\.md"  # of the links
LINK = re.compile(rf"(?<!!)\[([^\]]+)\]\((?!{KEPT})[^)]*\)")
SETTINGS = {
    "@jupyterlab/docmanager-extension:plugin": {"defaultViewers": {"markdown": "Markdown Preview"}}
}
CONFIGURATION = {"appName": "liaf_ref", "exposeAppInBrowser": True}  # the latter for the tests
EXTENSIONS = Path(sys.prefix) / "share" / "jupyter" / "labextensions"
KERNEL_EXTENSION = "@jupyterlite/pyodide-kernel-extension"


def build_site(out: Path, work: Path, downloads: Path) -> str:
    """Build the site.

    Parameters
    ----------
    out : Path
        Folder to write to.
    work : Path
        Folder for what it is built from; what it holds is replaced.
    downloads : Path
        Folder that keeps what was downloaded for it.

    Returns
    -------
    str
        Empty, or why the site does not serve Pyodide itself.

    Raises
    ------
    RuntimeError
        If a program that this calls fails; its own words are in the message.
    """
    check_kernel()
    shutil.rmtree(work, ignore_errors=True)
    write_contents(work / "contents")
    try:
        wheels, reason = pyodide.download(downloads), ""
    except RuntimeError as error:
        wheels, reason = [], str(error)
    write_configuration(work, wheels)
    options = ["--contents", str(work / "contents")]
    for one in (build_wheel(work), *wheels):
        if not one.name.startswith(pyodide.CARRIER):
            options += ["--piplite-wheels", str(one)]
    options += ["--config", str(work / "jupyter_lite_config.json")]
    options += ["--settings-overrides", str(work / "overrides.json")]
    options += ["--output-dir", str(out), "--lite-dir", str(work), "--force"]
    options += ["--no-sourcemaps", "--no-unused-shared-packages"]
    run_module("jupyterlite_core", "build", *options, folder=work)
    return reason


def check_kernel() -> None:
    """Refuse a kernel that was not made for this version of Pyodide."""
    from jupyterlite_pyodide_kernel import __version__, constants  # noqa: PLC0415

    made_for = str(constants.PYODIDE_VERSION)
    if made_for.rpartition(".")[0] != pyodide.VERSION.rpartition(".")[0]:
        raise RuntimeError(
            f"expected jupyterlite-pyodide-kernel for Pyodide {pyodide.VERSION}, got "
            f"{__version__} for {made_for}; run pip install --group docs"
        )


def write_contents(out: Path) -> None:
    """Write the notebooks to fill in, and the pages that they link to."""
    write_pages(out)
    for source in notebooks.sources():
        book = notebooks.build(source, "student", "equations")
        book.metadata["kernelspec"] = KERNEL  # of another name it would be asked for
        packages = f"{INSTALLED} {ALSO_INSTALLED.get(source.stem, '')}".rstrip()
        install = INSTALL.format(packages=packages)
        book.cells.insert(0, nbformat.v4.new_code_cell(install, id=f"{source.stem[:2]}-install"))
        nbformat.write(book, out / f"{source.stem}.ipynb")


def write_configuration(work: Path, wheels: list[Path]) -> None:
    """Write what JupyterLite reads: its settings, its extensions, and which Pyodide is loaded."""
    found = {name: path for path in wheels if (name := path.name.partition("-")[0])}
    plugin: dict[str, Any] = {}
    if pyodide.CARRIER in found:
        pyodide.unpack(found[pyodide.CARRIER], work / "static" / "pyodide")  # is looked for there
    else:
        plugin = {"pyodideUrl": pyodide.URL}
    configuration = CONFIGURATION | {"litePluginSettings": {f"{KERNEL_EXTENSION}:kernel": plugin}}
    widgets = found.get("jupyterlab_widgets", EXTENSIONS / "@jupyter-widgets/jupyterlab-manager")
    extensions = [str(EXTENSIONS / KERNEL_EXTENSION), str(widgets)]
    build = {"ignore_sys_prefix": ["federated_extensions"], "federated_extensions": extensions}
    site = {"jupyter-lite-schema-version": 0, "jupyter-config-data": configuration}
    for name, content in (
        ("overrides.json", SETTINGS),
        ("jupyter-lite.json", site),
        ("jupyter_lite_config.json", {"LiteBuildConfig": build}),
    ):
        (work / name).write_text(json.dumps(content), "utf-8")


def build_wheel(work: Path) -> Path:
    """Build the wheel of this package in a folder of ``work``."""
    run_module("hatchling", "build", "-t", "wheel", "-d", str(work / "wheels"), folder=ROOT)
    (found,) = (work / "wheels").glob("*.whl")
    return found


def write_pages(out: Path) -> None:
    """Write what the notebooks link to and show, for a front end that knows no Sphinx."""
    docs = ROOT / "docs"
    for page in (*sorted(docs.glob("equations/*.md")), docs / "learn" / "why-analog-spikes.md"):
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


def run_module(module: str, *arguments: str, folder: Path) -> None:
    """Run a module of Python; raise with its own words if it fails."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}:\n{done.stdout}{done.stderr}")
