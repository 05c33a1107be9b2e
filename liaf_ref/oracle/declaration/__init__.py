"""What a backend declares to compute, where this may differ from the paper."""

from liaf_ref.oracle.declaration.declaration import PAPER, Declaration, declare

__all__ = ["PAPER", "Declaration", "declare"]
