"""What all experiments are given: where their data are, and numbers as a file writes them."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple


class Source(NamedTuple):
    """Where data come from; what an experiment has no use for stays None.

    Attributes
    ----------
    folder : Path or None
        The published folder, or the one around it; None for generated data.
    edition : str or None
        Which of several published editions.
    partial : bool or None
        Whether to go on with what is there of a folder that is not whole.
    cache : Path or None
        Where prepared data are kept for another time.
    """

    folder: Path | None = None
    edition: str | None = None
    partial: bool | None = None
    cache: Path | None = None


class Survey(NamedTuple):
    """What is known of a run before it begins.

    Attributes
    ----------
    kind : str
        Runs of one kind take a time in proportion to their cost.
    cost : float
        In units of its kind; between kinds it only serves to put the longer first.
    data_sha256 : str or None
        Hash of its data; None where it would take reading them all.
    """

    kind: str
    cost: float
    data_sha256: str | None


def with_floats(config: type, given: Mapping[str, Any]) -> dict[str, Any]:
    """Make floats of the whole numbers that stand for a real one: 1 and 1.0 are one value.

    Parameters
    ----------
    config : type
        A dataclass.
    given : mapping of str to object
        Values of its fields.

    Returns
    -------
    dict
        The same, other values untouched.
    """
    real = {field.name for field in fields(config) if field.type in (float, float | None)}
    return {
        name: float(value) if name in real and type(value) is int else value
        for name, value in given.items()
    }
