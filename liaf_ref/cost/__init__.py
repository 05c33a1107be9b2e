"""What layers cost: Tables I and II as printed, and what is really computed, beside each other.

::

    rows = cost.walk([ConvLIAF((32, 32, 2), 64), ConvLIAF((32, 32, 64), 128)], T=60)
    cost.total(row.paper for row in rows), cost.total(row.exact for row in rows)
"""

from liaf_ref.cost.count import OpCount, LayerOpCount, total
from liaf_ref.cost.exact import count_exact
from liaf_ref.cost.observe import LayerSparsity, measure_sparsity
from liaf_ref.cost.paper import count_as_printed
from liaf_ref.cost.walk import count_ops

__all__ = ["OpCount", "LayerSparsity", "LayerOpCount", "count_exact", "measure_sparsity", "count_as_printed", "total", "count_ops"]
