"""The reference backend: the kernels of this package, run over a case."""

from liaf_ref.oracle.reference.rules import PAPER, Rules
from liaf_ref.oracle.reference.run import run

__all__ = ["PAPER", "Rules", "run"]
