"""Run the reports of docs/verify/upstream.md and the pytest files beside it, and say what holds.

A report holds if its lines print, with the package that is installed, what the page says.

``python tools/upstream.py``
"""

import argparse
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from subprocesses import ROOT

PAGE = ROOT / "docs" / "verify" / "upstream.md"
REPORT = re.compile(
    r"^## ([^\n]*)\n\n`(\w+)==([\d.]+)`\n\n```py\n(.*?)```\n\nprints\n\n```\n(.*?)```", re.M | re.S
)
Report = tuple[str, ...]  # title, package, version, the lines that show the defect, what they print
REPORTS: list[Report] = REPORT.findall(PAGE.read_text("utf-8"))
TESTS = sorted(PAGE.with_suffix("").glob("test_*.py"))


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run this Python."""
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603


def verdict(report: Report) -> str:
    """Whether a defect is still there."""
    _, package, of, code, printed = report
    try:
        here = version(package)
    except PackageNotFoundError:
        return f"not tried: {package} is not installed"
    done = run("-W", "ignore", "-c", code)
    if done.stdout == printed:
        return f"holds in {package} {here}"
    error = "".join(done.stderr.splitlines()[-1:])
    return f"of {package} {of}, does not hold in {here}: {done.stdout.strip() or error}"


def main() -> None:
    """Print a line for each report and for each file."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    for report in REPORTS:
        print(f"{report[0]}: {verdict(report)}", flush=True)
    for path in TESTS:
        if find_spec(package := path.stem.removeprefix("test_")) is None:
            print(f"{path.name}: not tried: {package} is not installed")
            continue
        done = run("-m", "pytest", "-q", "-c", "/dev/null", "-p", "no:cacheprovider", str(path))
        print(f"{path.name}: {done.stdout.splitlines()[-1]}", flush=True)


if __name__ == "__main__":
    main()
