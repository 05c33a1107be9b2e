"""A simulator of event cameras (DVS), and simulated data sets; no data file is needed."""

from liaf_ref.data.simulator.camera import Scene, record_scene
from liaf_ref.data.simulator.comparison import (
    EventStatistics,
    isolated_events,
    measure_events,
)
from liaf_ref.data.simulator.datasets import (
    SimulatedDataset,
    SimulatedRecording,
    SimulatedSplits,
    simulate_cifar10_dvs,
    simulate_gesture,
    simulate_mnist_dvs,
)
from liaf_ref.data.simulator.movement_order import MovementOrderSource, simulate_movement_order
from liaf_ref.data.simulator.pictures import DigitVariation, SceneVariation
from liaf_ref.data.simulator.sensor import Sensor, SensorVariation, draw_thresholds
from liaf_ref.data.simulator.sources import DigitSource, GestureSource, SceneSource

__all__ = [
    "DigitSource",
    "DigitVariation",
    "EventStatistics",
    "GestureSource",
    "MovementOrderSource",
    "Scene",
    "SceneSource",
    "SceneVariation",
    "Sensor",
    "SensorVariation",
    "SimulatedDataset",
    "SimulatedRecording",
    "SimulatedSplits",
    "draw_thresholds",
    "isolated_events",
    "measure_events",
    "record_scene",
    "simulate_cifar10_dvs",
    "simulate_gesture",
    "simulate_mnist_dvs",
    "simulate_movement_order",
]


def __dir__() -> list[str]:
    return __all__.copy()
