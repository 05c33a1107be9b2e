"""The names that users of the package may rely on.

They are those of ``liaf_ref``, what its packages and ``liaf_ref.data.events`` export besides, and
the types that these return.
"""

import inspect
import pkgutil
from types import ModuleType
from typing import Any

import liaf_ref as lr

# The files of kernels hold equations; their functions change with the paper's errata alone.
EQUATIONS = ("kernels", "spike")
RETURNED_TYPES = (
    "liaf_ref.analysis.LayerOpCount",
    "liaf_ref.analysis.LayerSparsity",
    "liaf_ref.analysis.OpCount",
    "liaf_ref.data.babi.EncodedQuestions",
    "liaf_ref.data.babi.Task",
    "liaf_ref.experiments.RunFinished",
    "liaf_ref.interop.Stage",
    "liaf_ref.networks.SequenceClassifier",
    "liaf_ref.oracle.Case",
    "liaf_ref.oracle.GoldenCase",
    "liaf_ref.oracle.GradcheckReport",
    "liaf_ref.oracle.Report",
    "liaf_ref.oracle.Verdict",
    "liaf_ref.oracle.strategies.liaf_cases",
    "liaf_ref.plotting.NeuronActivity",
    "liaf_ref.training.EpochRecord",
    "liaf_ref.training.Score",
    "liaf_ref.training.TrainingResult",
)


def public_objects() -> dict[str, Any]:
    """What has a public name of its own, by that name."""
    top = {f"liaf_ref.{name}": getattr(lr, name) for name in lr.__all__}
    packages = [
        value
        for name, value in top.items()
        if isinstance(value, ModuleType) and name.removeprefix("liaf_ref.") not in EQUATIONS
    ]
    exports = {
        f"{package.__name__}.{name}": value
        for package in (*packages, lr.data.events)
        for name in package.__all__
        if inspect.isclass(value := getattr(package, name)) or inspect.isfunction(value)
    }
    names = top | exports | {name: pkgutil.resolve_name(name) for name in RETURNED_TYPES}
    first = {id(value): name for name, value in reversed(names.items())}
    return {name: value for name, value in names.items() if first[id(value)] == name}
