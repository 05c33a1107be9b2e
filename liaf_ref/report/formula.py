"""A printed formula, worked out: sums and products of names and whole numbers."""

import ast
import operator
from collections.abc import Mapping

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_instance, check_mapping

OPERATORS = {ast.Add: operator.add, ast.Mult: operator.mul}


def evaluate_formula(formula: str, values: Mapping[str, int]) -> int:
    """Work a formula out."""
    check_instance("formula", formula, str, "a printed table", "a text")
    check_mapping("values", values, "a printed table", "whole numbers by name")

    def value(node: ast.expr) -> int:
        match node:
            case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
                result: int = OPERATORS[type(op)](value(left), value(right))
                return result
            case ast.Name(id=name) if name in values:
                return values[name]
            case ast.Constant(value=int(number)):
                return number
        expected = f"expected +, *, whole numbers and {', '.join(values)}"
        raise InputError.for_argument("formula", "a printed table", f"{expected}, got {formula!r}")

    try:
        return value(ast.parse(formula, mode="eval").body)
    except SyntaxError as error:
        raise InputError.for_argument(
            "formula", "a printed table", f"expected one, got {formula!r}"
        ) from error
