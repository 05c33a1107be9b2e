"""Count the operations of layers, as in Tables I and II and exactly.

>>> from liaf_ref.analysis.op_count import count_ops, total
>>> from liaf_ref.layers import ConvLIAF
>>> rows = count_ops([ConvLIAF((32, 32, 2), 64), ConvLIAF((32, 32, 64), 128)], T=60)
>>> total(row.paper for row in rows).weights, total(row.exact for row in rows).weights
(75072, 75840)
"""

from liaf_ref.analysis.op_count.counts import LayerOpCount, OpCount, total
from liaf_ref.analysis.op_count.per_layer import (
    count_as_printed,
    count_exact,
    count_ops,
    network_counts,
)
from liaf_ref.analysis.op_count.sparsity import LayerSparsity, measure_sparsity
from liaf_ref.analysis.op_count.tables import operations, spikes_out, steps_out, table_row

__all__ = [
    "LayerOpCount",
    "LayerSparsity",
    "OpCount",
    "count_as_printed",
    "count_exact",
    "count_ops",
    "measure_sparsity",
    "network_counts",
    "operations",
    "spikes_out",
    "steps_out",
    "table_row",
    "total",
]
