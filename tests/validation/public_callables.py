"""All public callables: the exports of each package, and what documents InputError."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from functools import partial
from typing import Any

import liaf_ref
from liaf_ref._core.declared import Declared

# Kernels and their fast versions trust their caller (docs/use/add-an-equation.md, step 2);
# _core.validation is what checks; tests/cli covers the command line; adapters need frameworks.
UNVALIDATED_PACKAGES = ("kernels", "fast", "_core", "cli", "__main__")
FRAMEWORKS = "liaf_ref.oracle.adapters"
# Exports that only this package's own code calls, with values that were checked before.
INTERNAL = {
    "_core.kinds": "declares what a field takes, when a class is made",
    "analysis.spike_coding": "tests/analysis/test_spike_coding.py has what it refuses",
    "layers.driven": "tests/layers/test_declarations.py has what the constructors refuse",
    "layers.kernel_set.KernelSet": "names the kernels, which trust their caller",
    "layers.neurons.surrogate": "tests/layers/test_declarations.py has what it refuses",
    "oracle.golden.store.golden_cases": "takes nothing",
    "report.build": "takes runs from collect_runs",
    "experiments.training_run.spawn_generators": "takes the seed of a configuration",
    "experiments.experiment.Experiment.make_config": "makes a configuration, which checks",
    "exercises": "called by the notebooks' cells that check",
    "data.events.datasets": "a step of the loaders",
    "oracle.draw.all_goals": "takes nothing",
    "oracle.draw.covered_by": "takes a checked case",
    "oracle.deviations": "takes a checked Case",
    "oracle.error_bounds.LazyTolerances": "takes a checked Case",
    "oracle.shrinking.shrink_failures": "takes a checked report",
}


def modules() -> Iterator[Any]:
    """Every module that validates its input."""
    for found in pkgutil.walk_packages(liaf_ref.__path__, "liaf_ref."):
        parts = found.name.split(".")
        if parts[1] not in UNVALIDATED_PACKAGES and not found.name.startswith(FRAMEWORKS):
            yield importlib.import_module(found.name)


def public_callables() -> dict[str, Any]:
    """Callables by the module that defines them, without ``liaf_ref``."""
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


def call(*function: Any, **arguments: Any) -> tuple[str, tuple[Any, dict[str, Any]]]:
    """A call under the name of its function; a name before the function is another's."""
    *name, made = function
    inner = made.func if isinstance(made, partial) else made
    return name[0] if name else _name(getattr(inner, "__func__", inner)), (made, arguments)


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
    """Whether it only holds values that its readers check, or declares what it takes."""
    if not inspect.isclass(value):
        return False
    record = issubclass(value, tuple | Exception) or getattr(value, "_is_protocol", False)
    plain = "__dataclass_fields__" in vars(value) and not hasattr(value, "__post_init__")
    return bool(record or plain or inspect.isabstract(value) or issubclass(value, Declared))
