from . import babi as babi
from . import coding as coding
from . import degradation as degradation
from . import dvs as dvs
from . import paper as paper
from . import runner as runner
from .babi import BabiConfig as BabiConfig
from .dvs.config import DVSConfig as DVSConfig
from .experiment import DataSource as DataSource
from .experiment import Experiment as Experiment
from .registry import EXPERIMENTS as EXPERIMENTS
from .registry import register_experiment as register_experiment
from .runner.run_manifest import run_experiment as run_experiment
from .training_config import About as About
from .training_config import TrainingConfig as TrainingConfig
from .training_config import one_of as one_of
from .training_config import real as real
from .training_config import whole as whole
from .training_run import RunFinished as RunFinished
from .training_run import Splits as Splits
from .training_run import spawn_generators as spawn_generators

__all__: list[str]
