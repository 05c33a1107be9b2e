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
    *("analysis.LayerOpCount", "analysis.LayerSparsity", "analysis.OpCount"),
    *("data.babi.EncodedQuestions", "data.babi.Task", "experiments.RunFinished"),
    *("interop.Stage", "networks.SequenceClassifier", "oracle.Case", "oracle.GoldenCase"),
    *("oracle.GradcheckReport", "oracle.Report", "oracle.Verdict"),
    *("oracle.strategies.liaf_cases", "plotting.NeuronActivity"),
    *("training.EpochRecord", "training.Score", "training.TrainingResult"),
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
    returned = (f"liaf_ref.{name}" for name in RETURNED_TYPES)
    names = top | exports | {name: pkgutil.resolve_name(name) for name in returned}
    first = {id(value): name for name, value in reversed(names.items())}
    return {name: value for name, value in names.items() if first[id(value)] == name}
