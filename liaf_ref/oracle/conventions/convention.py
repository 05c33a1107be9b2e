"""What a convention is: a name, a sentence, and the equations with something replaced."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels import conv
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.conventions.neuron import Neuron
from liaf_ref.oracle.opset import OPS
from liaf_ref.oracle.reference import PAPER_KERNELS, KernelTable
from liaf_ref.oracle.reference.convlstm import ConvLSTM

BASE_KERNELS = PAPER_KERNELS._replace(neuron=Neuron(), convlstm=ConvLSTM(conv))


def unchanged(value: Any) -> Any:
    """Replace nothing."""
    return value


class Convention(NamedTuple):
    """Something a backend may do that the paper does not."""

    name: str
    description: str
    ops: frozenset[str]
    transform_kernels: Callable[[KernelTable], KernelTable] = unchanged
    transform_case: Callable[[Case], Case] = unchanged

    def applies_to(self, case: Case) -> bool:
        """Whether the case has an operation this can be seen in."""
        return bool(self.ops & ops_of(case))

    def replaced_equations(self) -> frozenset[str]:
        """Lines of the neuron that it replaces."""
        given, taken = (
            BASE_KERNELS.neuron.equations,
            self.transform_kernels(BASE_KERNELS).neuron.equations,
        )
        return frozenset(
            name for name, a, b in zip(given._fields, given, taken, strict=True) if a is not b
        )

    def combined_with(self, other: "Convention") -> "Convention":
        """Both at once, this one first."""
        return Convention(
            f"{self.name} + {other.name}",
            f"{self.description}  {other.description}",
            self.ops | other.ops,
            lambda rules: other.transform_kernels(self.transform_kernels(rules)),
            lambda case: other.transform_case(self.transform_case(case)),
        )


def ops_of(case: Case) -> frozenset[str]:
    """The operations of a case; ``spike`` if a neuron's output is one."""
    ops = {node.op for node in case.nodes}
    ops |= {"spike" for node in case.nodes if node.options.get("act") == "spike"}
    ops |= {f"act:{node.options['act']}" for node in case.nodes if "act" in node.options}
    return frozenset(ops if case.optimizer is None else ops | {"optimizer"})


def replace_functions(kernel: Any, **functions: Callable[..., Any]) -> Any:
    """A kernel with some of its functions replaced."""
    names = [name for name in dir(kernel) if not name.startswith("_")]
    return SimpleNamespace(**{name: getattr(kernel, name) for name in names} | functions)


def with_backward(backward: Callable[..., Any]) -> Callable[[Any], Any]:
    """Wrap a kernel in another backward pass, ``backward(kernel, dY, ...)``."""
    return lambda kernel: replace_functions(kernel, backward=partial(backward, kernel))


def with_options(
    op: str, change: Callable[[Mapping[str, Any]], Mapping[str, Any]]
) -> Callable[[Case], Case]:
    """Change the options of every node of an operation."""

    def case(given: Case) -> Case:
        nodes = tuple(
            n._replace(options={**n.options, **change(n.options)}) if n.op == op else n
            for n in given.nodes
        )
        return replace(given, nodes=nodes)

    return case


def zero(z: Any) -> Array:
    """No gradient, as a line of the neuron."""
    return np.zeros_like(z.dV)


def neuron_convention(name: str, description: str, **equations: Any) -> Convention:
    """A convention that replaces lines of the neuron."""

    def rules(given: KernelTable) -> KernelTable:
        return given._replace(neuron=given.neuron.replace(**equations))

    return Convention(name, description, frozenset({"neuron"}), rules)


def kernel_convention(
    name: str, description: str, fields: str, wrap: Callable[[Any], Any]
) -> Convention:
    """A convention that wraps kernels, by their fields of :class:`KernelTable`."""
    names = fields.split()

    def rules(given: KernelTable) -> KernelTable:
        return given._replace(**{field: wrap(getattr(given, field)) for field in names})

    ops = frozenset(op for op, entry in OPS.items() if set(names) & set(entry.kernels))
    return Convention(name, description, ops, rules)
