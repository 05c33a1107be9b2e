"""All public callables, found by looking: what a package gives out, and what documents refusals."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from typing import Any

import liaf_ref

# Kernels and their twins trust their caller (docs/howto/add-an-equation.md, step 2); the door is
# what checks; the command line is walked by tests/cli; adapters need other frameworks.
UNVALIDATED_PACKAGES = ("kernels", "fast", "door", "cli", "__main__")
FRAMEWORKS = ("liaf_ref.bench.torch", "liaf_ref.oracle.adapters", "liaf_ref.oracle.frameworks.")
# What packages give out and only this package's own code calls, with what the door before let in.
INTERNAL = {
    "bench.cases": "takes nothing",
    "bench.run": "begins with check",
    "experiments.babi.source.default_folder": "takes nothing",
    "oracle.golden.published.published": "takes nothing",
    "layers.liaf.check_options": "a check: neurons' options go through it",
    "report.babi": "takes the runs that collect has read",
    "report.paper": "takes the runs that read has read",
    "report.page": "takes the report that build has made",
    "report.events": "takes what gather has gathered",
    "report.audit.layout.lay_out": "takes what audit has found",
    "sweep": "takes the jobs that read and plan have laid out",
    "experiments.babi.job.run": "begins with check",
    "experiments.vision.job": "takes data that load has read; begins with the checks of Config",
    "experiments.vision.source.load": "takes a Config",
    "experiments.vision.frames.recut": "takes the sizes of a catalogue",
    "experiments.vision.variants.check": "a check of Config",
    "experiments.registry.Experiment.config": "Config's door, by name",
    "experiments.coding": "takes what train has trained",
    "experiments.degradation": "takes what train has trained",
    "experiments.paper": "reads this package's own table",
    "interop.chain.chain": "a step of from_nir",
    "interop.nir_node.read_neurons": "a step of from_nir",
    "interop.nir_range": "checks of from_nir",
    "networks.cells.spike_of": "a check of the networks",
    "networks.variant.check_variant": "a check of the networks",
    "layers.checks": "checks of the layers",
    "layers.guests": "a check of those who run a chain",
    "layers.sizes": "checks of the layers",
    "layers.pool.Pool": "what the two pools inherit from",
    "data.events.array.check_size": "a check of the readers",
    "data.events.frames.check_span": "a check of make_frames and Preparation",
    "data.events.sets": "a step of the loaders",
    "data.simulator.sources.Source": "what the simulators inherit from",
    "reading": "reads files for the doors of others; tests/reading and tests/fuzzing try it",
    "oracle.compare": "takes a framework's neuron",
    "oracle.cases": "descriptions of this package's own",
    "oracle.golden.make": "descriptions of this package's own",
    "oracle.conventions": "takes a Case that check was given",
    "teach.tinytorch": "as much of PyTorch as a notebook shows, with PyTorch's errors",
}


def modules() -> Iterator[Any]:
    """Every module that has doors."""
    for found in pkgutil.walk_packages(liaf_ref.__path__, "liaf_ref."):
        parts = found.name.split(".")
        if parts[1] not in UNVALIDATED_PACKAGES and not found.name.startswith(FRAMEWORKS):
            yield importlib.import_module(found.name)


def public_callables() -> dict[str, Any]:
    """Callables by the place where they are defined, without ``liaf_ref``."""
    found: dict[str, Any] = {}
    for module in modules():
        exported = [getattr(module, name) for name in getattr(module, "__all__", ())]
        own = [
            v
            for k, v in vars(module).items()
            if not k.startswith("_") and _defining_module(v) == module
        ]
        for value in exported + [v for v in own if _documents_input_error(v)]:
            if callable(value) and str(getattr(value, "__module__", "")).startswith("liaf_ref."):
                found[_name(value)] = value
        for kind in filter(inspect.isclass, own):
            methods = (m for k, m in vars(kind).items() if not k.startswith("_"))
            found |= {
                _name(m): m for m in methods if inspect.isfunction(m) and _documents_input_error(m)
            }
    return {name: value for name, value in found.items() if not _is_record(value)}


def is_internal(name: str) -> bool:
    """Whether a callable is one of the package's own steps."""
    return any(name == place or name.startswith(f"{place}.") for place in INTERNAL)


def _defining_module(value: Any) -> Any:
    return inspect.getmodule(value)


def _documents_input_error(value: Any) -> bool:
    return callable(value) and "InputError" in (getattr(value, "__doc__", None) or "")


def _name(value: Any) -> str:
    return f"{value.__module__}.{value.__qualname__}".removeprefix("liaf_ref.")


def _is_record(value: Any) -> bool:
    """Whether it holds what it is given, for whoever reads it to check."""
    if not inspect.isclass(value):
        return False
    record = issubclass(value, tuple | Exception) or getattr(value, "_is_protocol", False)
    plain = "__dataclass_fields__" in vars(value) and not hasattr(value, "__post_init__")
    return bool(record or plain or inspect.isabstract(value))
