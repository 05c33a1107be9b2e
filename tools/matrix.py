"""The tests under every Python that the project names, with the oldest packages and the newest.

Each place runs them in an order of its own, drawn by a seed.

``python tools/matrix.py [NAME ...] [--tests tests/kernels ...] [--json]``
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

from command import ROOT, in_order, output


class Place(NamedTuple):
    """Where the tests run.

    Attributes
    ----------
    python : str
        Its version.
    resolution : str
        ``highest``, or ``lowest-direct``: the lowest versions that pyproject.toml admits of what
        the package itself needs.
    """

    python: str
    resolution: str


PLACES = {
    "3.11-floor": Place("3.11", "lowest-direct"),
    "3.11": Place("3.11", "highest"),
    "3.12": Place("3.12", "highest"),
    "3.13": Place("3.13", "highest"),
}


def prepare(name: str, folder: Path, uv: str) -> Path:
    """Make an environment with the package and its tests' packages; give its interpreter."""
    place, home = PLACES[name], folder / name
    shutil.rmtree(home, ignore_errors=True)
    output(uv, "venv", "--quiet", "--python", _interpreter(place.python), str(home))
    python = home / "bin" / "python"
    install = [uv, "pip", "install", "--quiet", "--python", str(python)]
    output(*install, "--group", "thorough", cwd=ROOT)
    output(*install, "--resolution", place.resolution, "--reinstall-package", "numpy", str(ROOT))
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
    names = ("numpy", "scipy", "matplotlib", "tqdm", "threadpoolctl")
    code = f"import json, platform; from importlib.metadata import version as v; \
print(json.dumps({{'python': platform.python_version()}} | {{n: v(n) for n in {names}}}))"
    found: dict[str, str] = json.loads(output(str(python), "-c", code))
    return found


def test(python: Path, tests: Sequence[str], seed: int) -> tuple[int, str]:
    """Run tests there in the order of a seed: the exit code, and pytest's last line."""
    done = in_order(str(python), seed, "-p", "no:cacheprovider", *tests)
    lines = done.stdout.strip().splitlines()
    if done.returncode:
        print("\n".join(lines[-60:]), done.stderr, file=sys.stderr)
    return done.returncode, lines[-1] if lines else ""


def main(argv: Sequence[str] | None = None) -> int:
    """Make each environment, run the tests in it, and say how they ended."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PLACES))
    parser.add_argument("--tests", nargs="+", default=[], metavar="PATH", help="not all of them")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "matrix")
    parser.add_argument("--seed", type=int, default=0, help="of the first order (0)")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(argv)
    if unknown := set(args.names) - set(PLACES):
        parser.error(f"expected of {', '.join(PLACES)}, got {', '.join(sorted(unknown))}")
    rows = []
    for seed, name in enumerate(args.names or PLACES, args.seed):
        began = time.perf_counter()
        python = prepare(name, args.out, str(Path(sys.executable).with_name("uv")))
        code, last = test(python, args.tests, seed)
        facts = versions(python) | {"seed": seed, "code": code, "tests": last}
        rows.append({"place": name} | facts | {"seconds": round(time.perf_counter() - began)})
        if not args.json:
            print("  ".join(f"{key} {value}" for key, value in rows[-1].items()), flush=True)
    if args.json:
        print(json.dumps(rows, indent=2))
    return int(any(row["code"] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
