"""Run notebooks in the JupyterLite site, in a browser that reaches no other machine.

Each one is opened by its address and all its cells are run: as they are to fill in, then with the
solutions.  In notebook 01 a slider is dragged.

example: python tools/jupyterlite_test.py 01 09 --pictures build/jupyterlite
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import slider_test
from documentation import browser, jupyterlite

import notebooks

ROOT = Path(__file__).resolve().parents[1]
DOWNLOADS = ROOT / "build" / "browser"
SLIDER_NOTEBOOK = "01-one-neuron"
PANEL = "[...jupyterapp.shell.widgets('main')][0]"
READY = f"""Boolean(window.jupyterapp && {PANEL}?.content?.model?.cells?.length) &&
{PANEL}.sessionContext.kernelDisplayStatus === 'idle'"""
RUN_ALL_CELLS = """window.finished = false;
jupyterapp.commands.execute('notebook:run-all-cells').finally(() => { window.finished = true; });
true"""
OUTPUTS = f"""{PANEL}.content.widgets.filter(cell => cell.model.type === 'code')
.flatMap(cell => cell.model.outputs.toJSON())"""
ERRORS = f"""{OUTPUTS}.filter(output => output.output_type === 'error')
.map(output => output.ename + ': ' + output.evalue)"""


class Run(NamedTuple):
    """Seconds from opening a notebook, and the errors in it."""

    kernel: float
    first_output: float
    end: float
    errors: list[str]

    def __str__(self) -> str:
        times = f"kernel {self.kernel:5.1f} s, first output {self.first_output:5.1f} s"
        return f"{times}, all cells {self.end:6.1f} s" + "".join(f"\n  {e}" for e in self.errors)


def main() -> int:
    """Run the notebooks. Exit codes: 0 success, 1 a notebook failed, 2 none could run."""
    parser = argparse.ArgumentParser(
        description="Run notebooks in the JupyterLite site, in Chromium without a network.",
        epilog="example: python tools/jupyterlite_test.py 01 09 --pictures build/jupyterlite",
    )
    what = "numbers of notebooks (default: all)"
    parser.add_argument("numbers", nargs="*", metavar="NN", help=what)
    parser.add_argument("--pictures", type=Path, metavar="DIR", help="folder for screenshots")
    args = parser.parse_args()
    program = browser.find_browser()
    if program is None:
        print("expected Chromium on the PATH, found none; install it", file=sys.stderr)
        return 2
    stems = [source.stem for source in notebooks.sources()]
    if unknown := set(args.numbers) - {stem[:2] for stem in stems}:
        parser.error(f"expected numbers of notebooks, 00 to {stems[-1][:2]}, got {unknown.pop()}")
    stems = [stem for stem in stems if not args.numbers or stem[:2] in args.numbers]
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        site, work = Path(name) / "site", Path(name) / "work"
        if reason := jupyterlite.build_site(site, work, DOWNLOADS, notebooks.build_run):
            print(reason, file=sys.stderr)
            return 2
        with browser.serve(site) as address:
            for stem in stems:
                with browser.open_browser(program) as tab:
                    failed += not _run(tab, address, stem, args.pictures)
    return 1 if failed else 0


def _run(tab: Any, address: str, stem: str, pictures: Path | None) -> bool:
    tab.set_window(1280, 900)
    run = run_notebook(tab, f"{address}/{jupyterlite.notebook_address(stem)}")
    print(f"{stem:26} {run}", flush=True)
    moved = stem != SLIDER_NOTEBOOK or slider_test.move_slider(tab, print, pictures)
    if pictures:
        tab.save_screenshot(pictures / f"{stem}.png")
    return moved and not run.errors


def run_notebook(tab: Any, url: str) -> Run:
    """Open a notebook of the site and run all its cells once the kernel is there.

    Parameters
    ----------
    tab : Browser
        The browser's tab.
    url : str
        Where its button leads.

    Returns
    -------
    Run
        What was seen.
    """
    started = time.monotonic()

    def seconds() -> float:
        return time.monotonic() - started

    tab.events.clear()
    tab.call("Page.navigate", url=url)
    tab.wait_until(READY, slider_test.TIMEOUT_SECONDS)
    kernel = seconds()
    tab.evaluate(RUN_ALL_CELLS)
    tab.wait_until(f"window.finished || {OUTPUTS}.length > 0", slider_test.TIMEOUT_SECONDS)
    first_output = seconds()
    tab.wait_until("window.finished", 1800)
    end = seconds()
    errors = json.loads(tab.evaluate(f"JSON.stringify({ERRORS})"))
    asked = [text for event in tab.events if "asks for" in (text := browser.error_of_event(event))]
    return Run(kernel, first_output, end, errors + asked)


if __name__ == "__main__":
    sys.exit(main())
