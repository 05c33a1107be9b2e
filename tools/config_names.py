"""Name groups of configurations by what tells them apart."""

from collections.abc import Mapping, Sequence
from typing import Any

from liaf_ref._core.palette import CELL_NAMES


def distinguish(groups: Sequence[Sequence[Mapping[str, Any]]]) -> list[str]:
    """Name each group by the options that are constant in each group and differ between them."""
    constant = [
        name
        for name in groups[0][0]
        if all(len({values[name] for values in group}) == 1 for group in groups)
    ]
    firsts = [group[0] for group in groups]
    differ = [name for name in constant if len({first[name] for first in firsts}) > 1]
    return [
        ", ".join(
            CELL_NAMES[first[name]] if name == "cell" else f"{name} {first[name]}"
            for name in differ
            if first[name] is not None
        )
        for first in firsts
    ]
