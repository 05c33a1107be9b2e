"""Our own kernels, and the backends that ship with it."""

import importlib

from liaf_ref.oracle import reference
from liaf_ref.oracle.compare.backend_subject import subject
from liaf_ref.oracle.compare.subject import Subject


def liaf_ref() -> list[Subject]:
    """LIF and LIAF of the kernels."""
    return [
        subject("liaf_ref", "LIF", reference.run, "spike"),
        subject("liaf_ref", "LIAF", reference.run, "identity"),
    ]


def backend(name: str) -> list[Subject]:
    """LIF of one of the adapters, by the package it adapts."""
    module = importlib.import_module(f"liaf_ref.oracle.adapters.{name}_backend")
    return [subject(name, "LIF by adapter", module.backend, "spike")]
