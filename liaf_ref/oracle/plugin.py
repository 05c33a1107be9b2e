"""The pytest plugin: ``pytest --liaf-backend=package.module:callable``, one test per case."""

# pytest loads it in every run once this package is installed, so it imports nothing else.

from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("liaf_ref", "gradients of a LIAF-Net backend")

    def option(name: str, text: str, **more: Any) -> None:
        name, _, metavar = name.partition(" ")
        more |= {"metavar": metavar} if metavar else {"action": "store_true"}
        group.addoption(f"--liaf-{name}", help=text, **more)

    option("backend MODULE:NAME", "a callable, package.module:callable")
    option("exec COMMAND", "a program that is called with a case folder")
    formats = (
        "float32, float64, float16, bfloat16, tf32 or fixed point such as q4.12 (default: "
        "float32); beyond the first two, 100 random cases unless --liaf-random says how many"
    )
    option("dtype D", formats, default="float32")
    option("level L", "levels, such as L0 or L0,L3 (default: all)")
    option("waive FILE", "TOML file of waivers: known deviations")
    declared = "TOML file of the backend's own conventions; cases are answered by these"
    option("declare FILE", declared)
    option("loop", "start the program of --liaf-exec once: it reads a case folder from each line")
    limit = "time limit of --liaf-exec for one case, in seconds (default: 60)"
    option("timeout S", limit, type=float, default=60.0)
    option("random N", "draw N fresh random cases instead of those of the package", type=int)
    option("stored", "only the stored cases of the package, without the 500 drawn ones")
    option("seed S", "seed of the random cases (default: 0)", type=int, default=0)


def pytest_configure(config: pytest.Config) -> None:
    """Load the tests where a backend is given."""
    if config.getoption("--liaf-backend") or config.getoption("--liaf-exec"):
        config.pluginmanager.import_plugin("liaf_ref.cli.oracle_tests")
