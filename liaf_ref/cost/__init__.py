"""What layers cost: Tables I and II as printed, and what is really computed, beside each other.

::

    rows = cost.walk([ConvLIAF((32, 32, 2), 64), ConvLIAF((32, 32, 64), 128)], T=60)
    cost.total(row.paper for row in rows), cost.total(row.exact for row in rows)
"""

from liaf_ref.cost.count import Count, Row, total
from liaf_ref.cost.exact import exact
from liaf_ref.cost.observe import Observed, observe
from liaf_ref.cost.paper import paper
from liaf_ref.cost.walk import walk

__all__ = ["Count", "Observed", "Row", "exact", "observe", "paper", "total", "walk"]
