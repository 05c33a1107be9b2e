from . import babi as babi
from . import coding as coding
from . import degradation as degradation
from . import dvs as dvs
from . import paper as paper
from . import sweep as sweep
from .babi.config import BabiConfig as BabiConfig
from .dvs.config import DVSConfig as DVSConfig
from .registry import EXPERIMENTS as EXPERIMENTS
from .registry import Experiment as Experiment
from .run_by_name import run_experiment as run_experiment

__all__: list[str]
