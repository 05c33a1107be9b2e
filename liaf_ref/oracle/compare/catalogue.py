"""Which frameworks are compared, and which of them are here."""

import importlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

from liaf_ref import __version__
from liaf_ref.door import check_items
from liaf_ref.errors import InputError
from liaf_ref.oracle.compare.frameworks import ours
from liaf_ref.oracle.compare.row import Row, measure
from liaf_ref.oracle.compare.subject import Subject


class Comparison(NamedTuple):
    """The rows, and the frameworks that could not be run because they are not installed."""

    rows: list[Row]
    missing: list[str]
    versions: dict[str, str]


def _peer(name: str) -> list[Subject]:
    module = importlib.import_module(f"liaf_ref.oracle.compare.frameworks.{name}")
    subjects: list[Subject] = module.subjects()
    return subjects


ADAPTERS = ("torch", "jax", "autograd")
PEERS = ("spikingjelly", "snntorch", "norse")
FRAMEWORKS: Mapping[str, Callable[[], list[Subject]]] = {
    "liaf_ref": ours.liaf_ref,
    **{name: partial(ours.backend, name) for name in ADAPTERS},
    **{name: partial(_peer, name) for name in PEERS},
}


def compare(names: Sequence[str] = tuple(FRAMEWORKS)) -> Comparison:
    """Measure the neurons of frameworks.

    Parameters
    ----------
    names : sequence of str
        Out of :data:`FRAMEWORKS`; by default all of them.

    Returns
    -------
    Comparison
        A row for each neuron of each framework that is installed.

    Raises
    ------
    InputError
        If there is no framework of a name.
    """
    known = ", ".join(FRAMEWORKS)
    names = check_items("frameworks", names, str, "compare", f"names out of {known}")
    for name in names:
        if name not in FRAMEWORKS:
            raise InputError.of("frameworks", "compare", f"expected {known}, got {name!r}")
    versions = {name: found for name in names if (found := installed(name))}
    rows = [measure(subject, versions[name]) for name in versions for subject in FRAMEWORKS[name]()]
    return Comparison(rows, [name for name in names if name not in versions], versions)


def table(names: Sequence[str] = tuple(FRAMEWORKS)) -> list[Row]:
    """Give the rows alone; arguments and errors as :func:`compare`."""
    return compare(names).rows


def installed(name: str) -> str | None:
    """The version of a framework, or None if it is not here."""
    if name == "liaf_ref":
        return __version__
    try:
        return version(name)
    except PackageNotFoundError:
        return None
