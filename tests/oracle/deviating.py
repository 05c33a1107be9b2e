"""Backends that compute the forward text, the paper's or another, in the dtype of a case."""

from collections.abc import Callable
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle import Case, table
from liaf_ref.oracle.deviations import DEVIATIONS, Deviation
from liaf_ref.oracle.deviations.deviation import Change
from liaf_ref.oracle.table import PAPER, Text

Answer = Callable[[Case], dict[str, Array]]


def named(name: str) -> Deviation:
    (found,) = (d for d in DEVIATIONS if d.name == name)
    return found


def deviating(deviation: Deviation, text: Text = PAPER) -> Answer:
    """A backend that does something else than the text."""
    return lambda case: _in_its_dtype(case, **deviation.how_to_run(case, text))


def by_text(text: Text) -> Answer:
    return lambda case: _in_its_dtype(case, text=text)


def edited(*edits: tuple[str, Change]) -> Answer:
    """The paper's text with some parts changed."""
    return deviating(Deviation("", edits))


def _in_its_dtype(case: Case, **how: Any) -> dict[str, Array]:
    (dtype,) = {a.dtype for a in case.values() if a.dtype.kind == "f"}
    answer = table.run(case, table.FLOAT64, **how)
    return {name: np.asarray(a, dtype) for name, a in answer.items()}
