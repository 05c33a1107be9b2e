"""What a convention is: a name, a sentence, and the equations with something replaced."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import numpy as np

from liaf_ref.kernels import conv
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case, Node
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

    def nodes_of(self, case: Case) -> tuple[Node, ...]:
        """The nodes of a case that this can be seen in."""
        return tuple(node for node in case.nodes if self.ops & ops_of_node(node))

    def restricted(self, where: str, choose: "NodeChoice") -> "Convention":
        """The convention in some of its nodes; the others are the paper's."""

        def chosen(case: Case) -> frozenset[str]:
            return frozenset(node.name for node in choose(self.nodes_of(case)))

        def change(case: Case) -> Case:
            names, changed = chosen(case), self.transform_case(case)
            pairs = zip(case.nodes, changed.nodes, strict=True)
            nodes = tuple(other if node.name in names else node for node, other in pairs)
            arrays = {k: a for k, a in changed.items() if _node_name(k) in names}
            return replace(case, nodes=nodes, arrays={**case.arrays, **arrays})

        return self._replace(
            name=f"{self.name}, {where}",
            transform_kernels=lambda given: cast(
                "KernelTable", NodeKernels(given, self.transform_kernels(given), chosen)
            ),
            transform_case=change,
        )

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


NodeChoice = Callable[[tuple[Node, ...]], Iterable[Node]]


class NodeKernels(NamedTuple):
    """The kernels of the reference, and others in the nodes that are chosen."""

    given: Any
    changed: Any
    chosen: Callable[[Case], frozenset[str]]

    def of_node(self, case: Case, node: Node) -> Any:
        """The kernels of one node."""
        return self.changed if node.name in self.chosen(case) else self.given

    @property
    def optimizer(self) -> Any:
        """An optimizer is of no node."""
        return self.given.optimizer

    @property
    def chunks(self) -> Any:
        """Chunks are of no node."""
        return self.given.chunks


def ops_of(case: Case) -> frozenset[str]:
    """The operations of a case; ``spike`` if a neuron's output is one, ``chunks`` if it is cut."""
    ops = frozenset[str]().union(*map(ops_of_node, case.nodes))
    whole = {"optimizer": case.optimizer, "chunks": case.chunks}
    return ops | {name for name, given in whole.items() if given is not None}


def ops_of_node(node: Node) -> frozenset[str]:
    """The operation of a node, and its activation."""
    act = node.options.get("act")
    named = () if act is None else (f"act:{act}",)
    return frozenset({node.op, *named, *(("spike",) if act == "spike" else ())})


def _node_name(array: str) -> str:
    return array.partition("/")[2].partition(".")[0]


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


def is_spike(z: Any) -> bool:
    """Whether the neuron of a line is LIF: its output is the function that resets it."""
    return getattr(z, "is_lif", False) or z.act.value is z.spike.value


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
