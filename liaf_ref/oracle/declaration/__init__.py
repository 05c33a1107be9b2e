"""What a backend declares to compute, where this may differ from the paper."""

from liaf_ref.oracle.declaration.declaration import Declaration
from liaf_ref.oracle.declaration.reading import PAPER, declare

__all__ = ["PAPER", "Declaration", "declare"]
