"""Nodes with the defaults of the op table."""

from typing import Any

from liaf_ref.oracle.case import Node
from liaf_ref.oracle.opset import OPS


def op_node(op: str, name: str, *sources: str, **options: Any) -> Node:
    """A node of any operation."""
    defaults = {name: _as_json(option.default) for name, option in OPS[op].options.items()}
    return Node(name, op, sources, defaults | options)


def _as_json(value: Any) -> Any:
    return [_as_json(part) for part in value] if isinstance(value, tuple) else value
