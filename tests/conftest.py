"""What holds for every test."""

import os
import signal
from collections.abc import Iterator

import figures
import numpy as np
import pytest
from hypothesis import settings

# JAX compiles small functions for one call each: compiling costs more than running.
os.environ.setdefault(
    "XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
)
os.environ["COLUMNS"] = "80"  # the width of help and of pytest's own reports
# How long an example of Hypothesis takes says nothing of the code.
settings.register_profile("liaf_ref", deadline=None)
settings.load_profile("liaf_ref")


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
def interruptible() -> Iterator[None]:
    """Processes started from here take SIGINT, in a shell's background too, where it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
