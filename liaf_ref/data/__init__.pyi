from . import babi as babi
from . import events as events
from . import simulator as simulator
from .babi.encode import load_babi as load_babi
from .batches import batches as batches
from .batches import split_validation as split_validation
from .events.array import make_events as make_events
from .events.frames import events_to_frames as events_to_frames
from .events.readers import read_events as read_events
from .events.readers import stream_events as stream_events

__all__: list[str]
