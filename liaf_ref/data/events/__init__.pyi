from .array import EVENT as EVENT
from .array import check_events as check_events
from .array import crop as crop
from .array import make_events as make_events
from .array import slice_by_time as slice_by_time
from .frames import OFF_CHANNEL as OFF_CHANNEL
from .frames import ON_CHANNEL as ON_CHANNEL
from .frames import crop_at_median as crop_at_median
from .frames import downsample as downsample
from .frames import events_to_frames as events_to_frames
from .preprocessing import CIFAR10_DVS as CIFAR10_DVS
from .preprocessing import GESTURE as GESTURE
from .preprocessing import MNIST_DVS as MNIST_DVS
from .preprocessing import Preprocessing as Preprocessing
from .preprocessing import cached_frames as cached_frames
from .readers import FORMATS as FORMATS
from .readers import read_events as read_events
from .readers import stream_events as stream_events

__all__: list[str]
