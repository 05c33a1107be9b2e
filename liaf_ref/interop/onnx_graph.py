"""An ONNX graph under construction: values are known by their names."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array

OPSET = 17  # of 2022: the first with LayerNormalization
IR_VERSION = 8  # of the same release of ONNX
PRODUCER = "liaf_ref"

# A text stands for a size that is known when the model runs, None for one of any value.
Dims = tuple[int | str | None, ...]


class OnnxGraph:
    """Nodes in the order in which they are added, inputs, and initializers."""

    def __init__(self, onnx: ModuleType, dtype: Any, root: "OnnxGraph | None" = None) -> None:
        self.onnx, self.dtype = onnx, np.dtype(dtype)
        self.root = root or self  # holds the initializers of the bodies of its loops too
        self.nodes: list[Any] = []
        self.inputs: list[Any] = []
        self.initializers: dict[str, Array] = {}
        self._counts = Counter[str]()

    def add(self, op: str, *inputs: str, **attributes: Any) -> str:
        """Add a node of one output; an empty name leaves an optional input out."""
        return self.add_multiple(op, 1, *inputs, **attributes)[0]

    def add_multiple(
        self, op: str, num_outputs: int, *inputs: str, **attributes: Any
    ) -> tuple[str, ...]:
        """Add a node of several outputs."""
        names = tuple(self._new_name(op) for _ in range(num_outputs))
        self.nodes.append(self.onnx.helper.make_node(op, inputs, names, names[0], **attributes))
        return names

    def add_input(self, name: str, shape: Dims, dtype: Any = None) -> str:
        """Add an input of the graph."""
        self.inputs.append(self._value_info(name, shape, dtype or self.dtype))
        return name

    def add_initializers(self, arrays: Mapping[str, Array]) -> dict[str, str]:
        """Add arrays under names of their own."""
        self.root.initializers |= arrays
        return {name: name for name in arrays}

    def constant(self, value: Any) -> str:
        """Add a constant: a float in the graph's dtype, or integers."""
        array = np.asarray(value)
        name = self._new_name("constant")
        kept = array.astype(self.dtype) if array.dtype.kind == "f" else array.astype(np.int64)
        self.root.initializers[name] = kept
        return name

    def scan(
        self,
        step: Callable[..., tuple[Sequence[str], str]],
        states: Sequence[str],
        X: str,
        num_axes: int,
    ) -> tuple[tuple[str, ...], str]:
        """Run ``step(body, x, *states) -> states, y`` on each step of ``X``, (B, T, ...)."""
        body = type(self)(self.onnx, self.dtype, self.root)
        before = [body._new_name("state") for _ in states]
        x = body._new_name("step")
        after, y = step(body, x, *before)
        ends = [body.add("Identity", name) for name in (*after, y)]  # each output has one name
        rank = (None,) * (num_axes - 1)  # of all; some runtimes need it
        graph = self.onnx.helper.make_graph(
            _reachable_nodes(body.nodes, ends),
            self._new_name("body"),
            [self._value_info(name, rank, self.dtype) for name in (*before, x)],
            [self._value_info(name, rank, self.dtype) for name in ends],
        )
        # Axis 0, though Scan has an option for others: not all runtimes have it.
        given = *states, self.swap_batch_and_time(X, num_axes)
        *last, Y = self.add_multiple("Scan", len(ends), *given, body=graph, num_scan_inputs=1)
        return tuple(last), self.swap_batch_and_time(Y, num_axes)

    def swap_batch_and_time(self, X: str, num_axes: int) -> str:
        """Bring (B, T, ...) to (T, B, ...), or back."""
        return self.add("Transpose", X, perm=(1, 0, *range(2, num_axes)))

    def build(self, name: str, outputs: Mapping[str, tuple[str, Dims]]) -> Any:
        """Make the model of outputs: a value and its shape, by the name that the output gets."""
        helper = self.onnx.helper
        nodes = [helper.make_node("Identity", [v], [key]) for key, (v, _) in outputs.items()]
        nodes = [*_reachable_nodes(self.nodes, (v for v, _ in outputs.values())), *nodes]
        read = {value for node in nodes for value in _values_read(node)}
        to_tensor = self.onnx.numpy_helper.from_array
        graph = helper.make_graph(
            nodes,
            name,
            [value for value in self.inputs if value.name in read],
            [self._value_info(key, shape, self.dtype) for key, (_, shape) in outputs.items()],
            [to_tensor(array, key) for key, array in self.initializers.items() if key in read],
        )
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name=PRODUCER,
        )
        self.onnx.checker.check_model(model, full_check=True)
        return model

    def _value_info(self, name: str, shape: Dims, dtype: Any) -> Any:
        return self.onnx.helper.make_tensor_value_info(name, self.element_type(dtype), shape)

    def element_type(self, dtype: Any) -> int:
        """ONNX's number of a dtype."""
        number: int = self.onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        return number

    def _new_name(self, kind: str) -> str:
        counts = self.root._counts
        counts[kind] += 1
        return f"{kind}_{counts[kind]}"


def _reachable_nodes(nodes: Sequence[Any], values: Iterable[str]) -> list[Any]:
    """The nodes that values are computed from."""
    needed, found = set(values), []
    for node in reversed(nodes):
        if needed & set(node.output):
            needed |= _values_read(node)
            found.append(node)
    return found[::-1]


def _values_read(node: Any) -> set[str]:
    """The inputs of a node, and what the body of a loop reads from outside."""
    inner = (each for own in node.attribute for each in own.g.node)
    return set(node.input).union(*(_values_read(each) for each in inner))
