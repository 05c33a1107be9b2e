"""Run the core and the notebooks 00 to 07 in Pyodide, the Python of a browser.

They run under Node, or with ``--browser`` in a worker of a real browser's page.

``DIR`` holds a release of Pyodide: what ``npm pack pyodide@VERSION`` unpacks to, and beside it the
files of NumPy, SciPy, Matplotlib and what these need, from the archive of the same release.  The
hashes of its ``pyodide-lock.json`` say whether they are.

example: python tools/pyodide_test.py downloads/pyodide
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from documentation import browser, browser_scripts, jupyterlite

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("lazy-loader", "numpy", "scipy", "matplotlib", "threadpoolctl")
RUNNER = ROOT / "tools" / "pyodide_node.mjs"
WORKER = ROOT / "tools" / "pyodide_worker.mjs"
PAGE = "<!doctype html><title>Pyodide</title>"
START_WORKER = """(task => {
  window.messages = [];
  const worker = new Worker("worker.mjs", {type: "module"});
  worker.onmessage = ({data}) => messages.push(data);
  worker.onerror = ({message}) => messages.push({done: true, crashed: message});
  worker.postMessage(task);
})"""
TIMEOUT_SECONDS = 1800  # seconds without a word


def check_release(folder: Path) -> list[str]:
    """Name the files of a release that are missing, or are not the ones that its lock lists."""
    packages = json.loads((folder / "pyodide-lock.json").read_text("utf-8"))["packages"]
    found, queue = [], list(PACKAGES)
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
    """Run every script. Exit codes: 0 success, 1 a script failed, 2 none could run."""
    parser = argparse.ArgumentParser(
        description="Run the core and the notebooks 00 to 07 in Pyodide.",
        epilog="example: python tools/pyodide_test.py downloads/pyodide --browser",
    )
    parser.add_argument(
        "pyodide", type=Path, metavar="DIR", help="folder of an unpacked release of Pyodide"
    )
    parser.add_argument("--browser", action="store_true", help="run in Chromium instead of Node")
    args = parser.parse_args()
    folder = args.pyodide.resolve()
    program = browser.find_browser() if args.browser else shutil.which("node")
    what = "Chromium" if args.browser else "node"
    needed = [] if program else [f"{what}: not found on the PATH; install it"]
    needed += (
        check_release(folder)
        if (folder / "pyodide-lock.json").is_file()
        else [f"{folder}: expected an unpacked release of Pyodide, got no pyodide-lock.json"]
    )
    if program is None or needed:
        print("\n".join(needed), file=sys.stderr)
        return 2
    info = json.loads((folder / "pyodide-lock.json").read_text("utf-8"))["info"]
    version = info.get("version", info["abi_version"])
    print(f"Pyodide {version}, Python {info['python']}, in {what}", flush=True)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        paths = []
        for stem, code in browser_scripts.all_scripts().items():
            paths.append(work / f"{stem}.py")
            paths[-1].write_text(code, "utf-8")
        run = run_in_browser if args.browser else run_in_node
        return run(program, folder, jupyterlite.build_wheel(work), paths)


def run_in_node(node: str, folder: Path, wheel: Path, paths: list[Path]) -> int:
    """Run the scripts under Node; 1 if one failed."""
    command = [node, str(RUNNER), str(folder), str(wheel), ",".join(PACKAGES)]
    return subprocess.run([*command, *map(str, paths)], check=False).returncode  # noqa: S603


def run_in_browser(program: str, folder: Path, wheel: Path, paths: list[Path]) -> int:
    """Run the scripts in a worker of a page of a browser; 1 if one failed."""
    work = paths[0].parent
    (work / "pyodide").symlink_to(folder, target_is_directory=True)
    (work / "index.html").write_text(PAGE, "utf-8")
    shutil.copy(WORKER, work / "worker.mjs")
    task = {"wheel": wheel.relative_to(work).as_posix(), "packages": list(PACKAGES)}
    task["scripts"] = [path.name for path in paths]
    failed, seen, heard = 0, 0, time.monotonic()
    with browser.serve(work) as address, browser.open_browser(program) as tab:
        tab.visit(f"{address}/index.html")
        tab.evaluate(f"{START_WORKER}({json.dumps(task)})")
        while True:
            time.sleep(0.5)
            for message in _new_messages(tab, seen):
                seen, heard = seen + 1, time.monotonic()
                if message.get("done"):
                    if "crashed" in message:
                        print(message["crashed"])
                    return 1 if failed or "crashed" in message else 0
                failed += bool(message["error"])
                verdict = f"failed\n{message['error']}" if message["error"] else "passed"
                name = Path(message["script"]).stem
                print(f"{name:24} {message['seconds']:6.1f} s  {verdict}", flush=True)
            if time.monotonic() - heard > TIMEOUT_SECONDS:
                raise TimeoutError(f"no message from the page for {TIMEOUT_SECONDS} s")


def _new_messages(tab: Any, seen: int) -> list[dict[str, Any]]:
    """Ask for the messages of the worker since then."""
    text = tab.evaluate(f"JSON.stringify(messages.slice({seen}))")
    messages: list[dict[str, Any]] = json.loads(text)
    return messages


if __name__ == "__main__":
    sys.exit(main())
