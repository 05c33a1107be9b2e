"""Run the core and the notebooks 01 to 07 in Pyodide, the Python of a browser, under Node.

``DIR`` holds a release of Pyodide: what ``npm pack pyodide@VERSION`` unpacks to, and beside it the
files of NumPy, SciPy, Matplotlib and what these need, from the archive of the same release.  The
hashes of its ``pyodide-lock.json`` say whether they are.

example: python tools/in_pyodide.py downloads/pyodide
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from documentation import lite, scripts

ROOT = Path(__file__).resolve().parents[1]
WANTED = ("numpy", "scipy", "matplotlib", "threadpoolctl")
RUNNER = ROOT / "tools" / "in_pyodide.mjs"


def wrong(folder: Path) -> list[str]:
    """Name the files of a release that are missing, or are not the ones that its lock lists."""
    packages = json.loads((folder / "pyodide-lock.json").read_text("utf-8"))["packages"]
    found, queue = [], list(WANTED)
    for name in queue:
        package = packages[name]
        queue += [other for other in package["depends"] if other not in queue]
        file = folder / package["file_name"]
        if not file.is_file():
            found.append(f"{file.name}: missing")
        elif hashlib.sha256(file.read_bytes()).hexdigest() != package["sha256"]:
            found.append(f"{file.name}: not the file that pyodide-lock.json lists")
    return found


def main() -> int:
    """Run every script; 1 if one failed, 2 if none could run."""
    parser = argparse.ArgumentParser(
        description="Run the core and the notebooks 01 to 07 in Pyodide, under Node.",
        epilog="example: python tools/in_pyodide.py downloads/pyodide",
    )
    parser.add_argument("pyodide", type=Path, metavar="DIR", help="a release of Pyodide, unpacked")
    folder = parser.parse_args().pyodide.resolve()
    node = shutil.which("node")
    needed = [] if node else ["node: not on this machine's PATH"]
    needed += wrong(folder) if (folder / "pyodide-lock.json").is_file() else [f"{folder}: no lock"]
    if node is None or needed:
        print("\n".join(needed), file=sys.stderr)
        return 2
    info = json.loads((folder / "pyodide-lock.json").read_text("utf-8"))["info"]
    version = info.get("version", info["abi_version"])
    print(f"Pyodide {version}, Python {info['python']}", flush=True)
    with tempfile.TemporaryDirectory() as name:
        return _run(node, folder, Path(name))


def _run(node: str, folder: Path, work: Path) -> int:
    paths = []
    for name, code in scripts.scripts().items():
        paths.append(work / f"{name}.py")
        paths[-1].write_text(code, "utf-8")
    command = [node, str(RUNNER), str(folder), str(lite.wheel(work)), ",".join(WANTED)]
    return subprocess.run([*command, *map(str, paths)], check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
