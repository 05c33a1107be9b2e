"""Our own kernels, and the backends that ship with it."""

import importlib

from liaf_ref.oracle import reference
from liaf_ref.oracle.frameworks.backend_probe import backend_probe
from liaf_ref.oracle.frameworks.probe import NeuronProbe


def kernel_probes() -> list[NeuronProbe]:
    """LIF and LIAF of the kernels."""
    return [
        backend_probe("liaf_ref", "LIF", reference.run, "spike"),
        backend_probe("liaf_ref", "LIAF", reference.run, "identity"),
    ]


def adapter_probes(name: str) -> list[NeuronProbe]:
    """LIF of one of the adapters, by the package it adapts."""
    module = importlib.import_module(f"liaf_ref.oracle.adapters.{name}_backend")
    return [backend_probe(name, "LIF by adapter", module.backend, "spike")]
