"""Numbers drawn again where rounding could turn a decision: single inputs, or the steps behind."""

from collections.abc import Mapping

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case, Node

NOWHERE: Array = np.zeros(1, bool)


def repaired(case: Case, fresh: Case, unsafe: Mapping[str, Array]) -> Case:
    """With the numbers of another draw behind each decision that is unsafe."""
    source = "in/ids" if "in/ids" in case else "in/X"
    again = {source: np.zeros(case[source].shape, bool)}
    for node in case.nodes:
        places = unsafe.get(node.name, NOWHERE)
        if places.any():
            if node.op == "neuron" and node.inputs[0] == source:
                again[source] |= places
            else:
                rows = again[source].reshape(*_rows(case, source), -1)
                rows |= _behind(node, places, rows.shape)[..., None]
            if node.op == "neuron":
                again[f"in/{node.name}.V0"] = places[:, 0]
    return case.with_arrays(
        {name: np.where(chosen, fresh[name], case[name]) for name, chosen in again.items()}
    )


def _rows(case: Case, source: str) -> tuple[int, ...]:
    """Samples and steps, or samples alone."""
    shape = case[source].shape
    return shape[:2] if source == "in/ids" or len(shape) > 2 else shape[:1]


def _behind(node: Node, places: Array, rows: tuple[int, ...]) -> Array:
    """The samples and steps whose input an unsafe decision depends on."""
    if len(rows) == 2:  # a case without time
        return np.asarray(places.reshape(rows[0], -1).any(axis=1))
    if places.ndim < 3 or places.shape[1] != rows[1]:
        return np.broadcast_to(places.reshape(rows[0], 1, -1).any(axis=2), rows[:2])
    own = np.asarray(places.reshape(*rows[:2], -1).any(axis=2))
    if node.op == "neuron" and rows[1] > 1:
        own[:, 0] = False  # its initial potentials are drawn again
    return own
