"""The pytest plugin: ``pytest --liaf-backend=package.module:callable``, one test per case."""

# pytest loads it in every run once this package is installed, so it imports nothing else.

from collections.abc import Generator
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
    option("level L", "levels, such as L0 or L0,L3 or L0..L2 (default: all)")
    option("waive FILE", "TOML file of waivers: known deviations")
    declared = "TOML file of the backend's own conventions; cases are answered by these"
    option("declare FILE", declared)
    option("loop", "start the program of --liaf-exec once: it reads a case folder from each line")
    limit = "time limit of --liaf-exec for one case, in seconds (default: 60)"
    option("timeout S", limit, type=float, default=60.0)
    option("random N", "draw N fresh random cases instead of those of the package", type=int)
    option("stored", "only the stored cases of the package, without the 500 drawn ones")
    option("seed S", "seed of the random cases (default: 0)", type=int, default=0)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> Generator[None]:
    """Add one test per case, one per waiver, and one that any case of those chosen was checked."""
    if not (config.getoption("--liaf-backend") or config.getoption("--liaf-exec")):
        yield
        return
    from liaf_ref.oracle.plugin_items import OracleCollector  # noqa: PLC0415

    try:
        collector = OracleCollector.from_parent(session, name="liaf_ref", nodeid="liaf_ref")
        items += collector.collect()
    except ValueError as error:  # every refusal of a file or an option is one
        raise pytest.UsageError(str(error)) from error
    yield
    items += collector.any_checked(items)  # of what -k has left
