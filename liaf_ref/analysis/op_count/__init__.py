"""What layers cost: Tables I and II as printed, and what is really computed, beside each other.

::

    rows = cost.walk([ConvLIAF((32, 32, 2), 64), ConvLIAF((32, 32, 64), 128)], T=60)
    cost.total(row.paper for row in rows), cost.total(row.exact for row in rows)
"""

from liaf_ref.analysis.op_count.counts import LayerOpCount, OpCount, total
from liaf_ref.analysis.op_count.exact import count_exact
from liaf_ref.analysis.op_count.paper_tables import count_as_printed
from liaf_ref.analysis.op_count.per_layer import count_ops
from liaf_ref.analysis.op_count.sparsity import LayerSparsity, measure_sparsity

__all__ = [
    "LayerOpCount",
    "LayerSparsity",
    "OpCount",
    "count_as_printed",
    "count_exact",
    "count_ops",
    "measure_sparsity",
    "total",
]
