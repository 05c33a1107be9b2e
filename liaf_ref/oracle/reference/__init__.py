"""The reference backend: the kernels of this package, run over a case."""

from liaf_ref.oracle.reference.kernel_table import PAPER_KERNELS, KernelTable
from liaf_ref.oracle.reference.run import run

__all__ = ["PAPER_KERNELS", "KernelTable", "run"]
