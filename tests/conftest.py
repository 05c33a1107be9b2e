"""What holds for every test."""

import gc
import os
import re
import signal
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import figures
import numpy as np
import pytest

# JAX compiles small functions for one call each: compiling costs more than running.
os.environ.setdefault(
    "XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
)
gc.set_threshold(50_000, 20, 20)  # else looking for garbage takes a fifth of the time
os.environ["COLUMNS"] = "80"  # the width of help and of pytest's own reports
# What a test may need beyond the package and pytest; without it the test is skipped.
OPTIONAL = {
    *("aedat", "autograd", "coverage", "cryptography", "dask", "distributed", "hatchling"),
    *("hypothesis", "IPython", "jinja2", "jupytext", "mlxtend", "mpmath", "nbconvert", "nbformat"),
    *("nir", "onnx", "onnxruntime", "safetensors", "sklearn", "yaml"),
}
try:
    from hypothesis import settings
except ModuleNotFoundError:
    pass
else:  # how long an example of Hypothesis takes says nothing of the code
    settings.register_profile("liaf_ref", deadline=None)
    settings.load_profile("liaf_ref")


def _skip(report: Any, error: BaseException | str | None, where: object) -> Any:
    """The report of a skipped test, where an error goes back to a module that is not installed."""
    found = re.search(r"No module named '(\w+)", str(error))
    if found and found[1] in OPTIONAL:
        report.outcome = "skipped"
        report.longrepr = (str(where), 0, f"Skipped: {found[1]} is not installed")
    elif isinstance(error, BaseException):
        _skip(report, error.__cause__ or error.__context__, where)
    return report


def pytest_collection_finish() -> None:
    gc.freeze()  # tests and modules stay: they need not be looked at again


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Any:
    report = yield
    return _skip(report, str(report.longrepr) if report.failed else "", collector.path)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Any:
    report = yield
    return _skip(report, call.excinfo.value if call.excinfo else None, item.path)


@pytest.fixture(autouse=True)
def _numbers_out_of_range_raise() -> Iterator[None]:
    """NumPy's own errors but underflow: docs/verify/tolerances.md, "The model"."""
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        yield


@pytest.fixture(autouse=True)
def _figures_are_kept_with_their_test(request: pytest.FixtureRequest) -> Iterator[None]:
    figures.record_into(request.node.user_properties)
    yield
    figures.record_into([])


@pytest.fixture
def few_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what no convention explains, few pairs are tried: the test reads the verdict alone."""
    monkeypatch.setattr(import_module("liaf_ref.oracle.checker.search"), "MAX_PAIRS", 50)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Processes started from here take SIGINT, in a shell's background too, where it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
