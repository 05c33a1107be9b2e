"""Which frameworks are compared, and which of them are here."""

import importlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

from liaf_ref import __version__
from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_bool, check_items
from liaf_ref.oracle.frameworks.measurement import NeuronMeasurement, measure
from liaf_ref.oracle.frameworks.neurons import builtin
from liaf_ref.oracle.frameworks.probe import NeuronProbe


class Comparison(NamedTuple):
    """The rows, and the frameworks that could not be run."""

    rows: list[NeuronMeasurement]
    missing: list[str]  # that are not installed
    versions: dict[str, str]
    broken: dict[str, str]  # that are installed and cannot be imported, each with its error


def _spiking_probes(name: str) -> list[NeuronProbe]:
    module = importlib.import_module(f"liaf_ref.oracle.frameworks.neurons.{name}")
    probes: list[NeuronProbe] = module.probes()
    return probes


AUTODIFF_FRAMEWORKS = ("torch", "jax", "autograd")
SPIKING_FRAMEWORKS = (
    "spikingjelly",
    "snntorch",
    "norse",
    "sinabs",
    "spyx",
    "rockpool",
    "jaxsnn",
    "brainpy",
    "bindsnet",
    "nengo",
)
FRAMEWORKS: Mapping[str, Callable[[], list[NeuronProbe]]] = {
    "liaf_ref": builtin.kernel_probes,
    **{name: partial(builtin.adapter_probes, name) for name in AUTODIFF_FRAMEWORKS},
    **{name: partial(_spiking_probes, name) for name in SPIKING_FRAMEWORKS},
}


def compare_frameworks(
    names: Sequence[str] = tuple(FRAMEWORKS), defaults: bool = False
) -> Comparison:
    """Measure the neurons of frameworks, or of each only the first, with its defaults."""
    known = ", ".join(FRAMEWORKS)
    names = check_items("frameworks", names, str, "compare", f"framework names, any of {known}")
    for name in names:
        if name not in FRAMEWORKS:
            raise InputError.for_argument(
                "frameworks", "compare", f"expected one or more of {known}, got {name!r}"
            )
    versions = {name: found for name in names if (found := installed_version(name))}
    last = 1 if check_bool("defaults", defaults, "compare") else None
    probes, broken = {}, {}
    for name in versions:
        try:
            probes[name] = FRAMEWORKS[name]()[:last]
        except ImportError as error:
            broken[name] = str(error)
    rows = [measure(probe, versions[name]) for name, own in probes.items() for probe in own]
    missing = [name for name in names if name not in versions]
    return Comparison(rows, missing, versions, broken)


def measure_frameworks(names: Sequence[str] = tuple(FRAMEWORKS)) -> list[NeuronMeasurement]:
    """Give the rows of :func:`compare_frameworks` alone."""
    return compare_frameworks(names).rows


def installed_version(name: str) -> str | None:
    """The version of a framework, or None if it is not here."""
    if name == "liaf_ref":
        return __version__
    try:
        return version(name)
    except PackageNotFoundError:
        return None
