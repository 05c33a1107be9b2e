from . import neurobench as neurobench
from . import op_count as op_count
from . import spike_coding as spike_coding
from .neurobench import NeuroBench as NeuroBench
from .neurobench import measure_neurobench as measure_neurobench
from .op_count import LayerOpCount as LayerOpCount
from .op_count import LayerSparsity as LayerSparsity
from .op_count import OpCount as OpCount
from .op_count import count_ops as count_ops
from .op_count import measure_sparsity as measure_sparsity
from .spike_coding import RateCode as RateCode
from .spike_coding import SpikeEncoder as SpikeEncoder
from .spike_coding import TimeToFirstSpike as TimeToFirstSpike

__all__: list[str]
