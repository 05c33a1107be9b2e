from .camera import Scene as Scene
from .camera import Sensor as Sensor
from .camera import SensorVariation as SensorVariation
from .camera import draw_thresholds as draw_thresholds
from .camera import record_scene as record_scene
from .comparison import EventStatistics as EventStatistics
from .comparison import isolated_events as isolated_events
from .comparison import measure_events as measure_events
from .datasets import MovementOrderSource as MovementOrderSource
from .datasets import SimulatedRecording as SimulatedRecording
from .datasets import simulate_cifar10_dvs as simulate_cifar10_dvs
from .datasets import simulate_gesture as simulate_gesture
from .datasets import simulate_mnist_dvs as simulate_mnist_dvs
from .datasets import simulate_movement_order as simulate_movement_order
from .pictures import DigitVariation as DigitVariation
from .pictures import SceneVariation as SceneVariation
from .sources import DigitSource as DigitSource
from .sources import GestureSource as GestureSource
from .sources import SceneSource as SceneSource

__all__: list[str]
