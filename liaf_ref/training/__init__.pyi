from .classifier import EpochRecord as EpochRecord
from .classifier import TrainingResult as TrainingResult
from .classifier import evaluate as evaluate
from .classifier import predict as predict
from .classifier import train as train
from .data_parallel import DataParallel as DataParallel
from .optimizers import SGD as SGD
from .optimizers import Adam as Adam
from .optimizers import AdamW as AdamW
from .optimizers import ConstantLR as ConstantLR
from .optimizers import CosineAnnealingLR as CosineAnnealingLR
from .optimizers import FrozenParameters as FrozenParameters
from .optimizers import Optimizer as Optimizer
from .optimizers import ReduceLROnPlateau as ReduceLROnPlateau
from .protocols import ArrayDataset as ArrayDataset
from .protocols import clip_grad_norm as clip_grad_norm
from .state import Score as Score
from .state import TrainingSettings as TrainingSettings

__all__: list[str]
