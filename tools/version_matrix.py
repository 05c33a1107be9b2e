"""Run the tests with every supported Python, with the oldest and the newest dependencies.

Each environment runs them in a random order of its own.

``python tools/version_matrix.py [NAME ...] [--tests tests/kernels ...] [--json]``
"""

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from subprocesses import ROOT, check_output, run_tests_in_order


class Environment(NamedTuple):
    """Where the tests run.

    Attributes
    ----------
    python : str
        Its version.
    resolution : str
        ``highest``, or ``lowest-direct``: the lowest versions that pyproject.toml admits of what
        the package itself needs.
    """

    run_python: str
    resolution: str


ENVIRONMENTS = {
    "3.11-floor": Environment("3.11", "lowest-direct"),
    "3.11": Environment("3.11", "highest"),
    "3.12": Environment("3.12", "highest"),
    "3.13": Environment("3.13", "highest"),
    "3.14": Environment("3.14", "highest"),
}


def create_environment(name: str, folder: Path, uv: str) -> Path:
    """Make an environment with the package and its tests' packages; give its interpreter."""
    place, home = ENVIRONMENTS[name], folder / name
    shutil.rmtree(home, ignore_errors=True)
    check_output(uv, "venv", "--quiet", "--python", _interpreter(place.run_python), str(home))
    python = home / "bin" / "python"
    install = [uv, "pip", "install", "--quiet", "--python", str(python)]
    check_output(*install, "--group", "thorough", cwd=ROOT)
    check_output(
        *install, "--resolution", place.resolution, "--reinstall-package", "numpy", str(ROOT)
    )
    return python


def _interpreter(version: str) -> str:
    """Path of a Python that is there, else its version for uv to find."""
    ran = shutil.which(f"python{version}")
    known = [Path(ran)] if ran else []
    known += sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}"))
    for path in known:
        if subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0:  # noqa: S603
            return str(path)
    return version


def versions(python: Path) -> dict[str, str]:
    """Say what is installed there of what the package needs."""
    names = ("lazy_loader", "numpy", "scipy", "matplotlib", "tqdm", "threadpoolctl", "filelock")
    code = f"import json, platform; from importlib.metadata import version as v; \
print(json.dumps({{'python': platform.python_version()}} | {{n: v(n) for n in {names}}}))"
    found: dict[str, str] = json.loads(check_output(str(python), "-c", code))
    return found


def run_tests(python: Path, tests: Sequence[str], seed: int) -> tuple[int, str]:
    """Run tests there in the order of a seed: the exit code, and pytest's last line."""
    done = run_tests_in_order(str(python), seed, "-p", "no:cacheprovider", *tests)
    lines = done.stdout.strip().splitlines()
    if done.returncode:
        print("\n".join(lines[-60:]), done.stderr, file=sys.stderr)
    return done.returncode, lines[-1] if lines else ""


def main(argv: Sequence[str] | None = None) -> int:
    """Make each environment, run the tests in it, and say how they ended."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    listed = f"environments, among: {', '.join(ENVIRONMENTS)} (default: all)"
    parser.add_argument("names", nargs="*", metavar="NAME", help=listed)
    parser.add_argument("--tests", nargs="+", default=[], metavar="PATH", help="only these tests")
    out = "folder of the environments (default: build/matrix)"
    parser.add_argument(
        "--out", type=Path, default=ROOT / "build" / "matrix", metavar="DIR", help=out
    )
    parser.add_argument("--seed", type=int, default=0, help="first random seed (default: 0)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    args = parser.parse_args(argv)
    if unknown := set(args.names) - set(ENVIRONMENTS):
        got = ", ".join(sorted(unknown))
        parser.error(f"NAME: expected one of {', '.join(ENVIRONMENTS)}, got {got}")
    rows = []
    for seed, name in enumerate(args.names or ENVIRONMENTS, args.seed):
        began = time.perf_counter()
        python = create_environment(name, args.out, str(Path(sys.executable).with_name("uv")))
        code, last = run_tests(python, args.tests, seed)
        facts = versions(python) | {"seed": seed, "code": code, "tests": last}
        rows.append({"place": name} | facts | {"seconds": round(time.perf_counter() - began)})
        if not args.json:
            print("  ".join(f"{key} {value}" for key, value in rows[-1].items()), flush=True)
    if args.json:
        print(json.dumps(rows, indent=2))
    return int(any(row["code"] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
