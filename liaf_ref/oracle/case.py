"""A case: a small network as data, and the arrays it is given.

Arrays have names.  ``in/`` is what goes in, ``fix/`` what is given and not
differentiated, ``par/`` the parameters, ``up/`` the upstream gradients,
``exp/`` what the forward pass yields, ``grad/`` the gradients, ``dbg/`` the adjoints of
every step, ``step1/`` the parameters after one step of the optimizer.  Behind the
prefix stands ``NODE.QUANTITY``.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from numpy.typing import NDArray

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_items
from liaf_ref._core.validation.scalars import short_repr

Array = NDArray[Any]

LEVELS = {
    "L0": "node: a single operation on a given input current",
    "L1": "layer: synapses and dynamics",
    "L2": "block: layers in sequence",
    "L3": "network: with its loss",
    "L4": "training: one optimizer step, and the loss over ten",
}


def parse_levels(text: str) -> tuple[str, ...]:
    """Read levels."""
    if not isinstance(text, str):
        raise InputError(f"expected levels as L0,L2..L4, got {short_repr(text)}")
    known, found = list(LEVELS), set()
    for part in text.split(","):
        match = re.fullmatch(r"(L[0-4])(?:\.\.(L[0-4]))?", part)
        if not match or (match[2] or match[1]) < match[1]:
            raise InputError(f"expected levels as L0,L2..L4, got {part!r}")
        found |= set(known[known.index(match[1]) : known.index(match[2] or match[1]) + 1])
    return tuple(sorted(found))


def check_levels(levels: object, where: str) -> tuple[str, ...]:
    """Levels as a text such as ``L0,L2..L4`` or as an iterable of names; None stands for all."""
    if levels is None:
        return tuple(LEVELS)
    if isinstance(levels, str):
        try:
            return parse_levels(levels)
        except InputError as error:
            raise InputError.for_argument("levels", where, str(error)) from None
    expected = f"levels out of {', '.join(LEVELS)}"
    found = check_items("levels", levels, str, where, expected)
    for level in found:
        if level not in LEVELS:
            reason = f"expected of {', '.join(LEVELS)}, got {level!r}"
            raise InputError.for_argument("levels", where, reason)
    return found


class Node(NamedTuple):
    """One operation of the network.

    Parameters
    ----------
    name : str
        Under which its arrays are found.
    op : str
        One of :data:`liaf_ref.oracle.opset.OPS`.
    inputs : tuple of str
        Nodes whose output it takes, or ``in/NAME`` for what is given.
    options : mapping
        What the operation lets one choose, by the same table.
    """

    name: str
    op: str
    inputs: tuple[str, ...]
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Case(Mapping[str, Array]):
    """A small network and the arrays it gets, without the answer.

    ``case[name]`` is the array of that name.

    Parameters
    ----------
    name : str
        Unique in a set.
    level : str
        One of :data:`LEVELS`.
    nodes : tuple of Node
        In an order in which they can be computed; the last one is the output or the loss.
    arrays : mapping of str to ndarray
        All of ``in/``, ``fix/``, ``par/`` and ``up/``.
    optimizer : mapping, optional
        Of a case of level L4: ``name``, its options, and ``steps``.
    description : str
        What the case tests.
    metadata : mapping
        Notes of the case's author; not read by this package and not stored in golden sets.
    """

    name: str
    level: str
    nodes: tuple[Node, ...]
    arrays: Mapping[str, Array]
    optimizer: Mapping[str, Any] | None = None
    description: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Case({self.name!r}, {self.level}, {len(self.arrays)} arrays)"

    def __getitem__(self, name: str) -> Array:
        return self.arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.arrays)

    def __len__(self) -> int:
        return len(self.arrays)

    def astype(self, dtype: Any) -> "Case":
        """The same case with every floating array in another dtype; token numbers stay."""
        cast = {
            name: a.astype(dtype) if a.dtype.kind == "f" else a for name, a in self.arrays.items()
        }
        return replace(self, arrays=cast)

    def with_arrays(self, arrays: Mapping[str, Array]) -> "Case":
        """The same case with some of its arrays replaced."""
        return replace(self, arrays={**self.arrays, **arrays})

    def node_arrays(self, node: Node, prefix: str = "par") -> dict[str, Array]:
        """The arrays of one node under a prefix, by the quantity's name."""
        start = f"{prefix}/{node.name}."
        return {
            name.removeprefix(start): array
            for name, array in self.arrays.items()
            if name.startswith(start)
        }
