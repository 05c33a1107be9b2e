"""The motions of images in MNIST-DVS and CIFAR10-DVS."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from liaf_ref.data.simulator.pixel import Times

Trajectory = Callable[[Times], tuple[Times, Times]]


class Motion(NamedTuple):
    """A path with its extent and time scale."""

    trajectory: Trajectory  # from μs to pixels in rows (downwards) and columns
    max_displacement: tuple[float, float]  # in rows and columns
    time_step: float  # in μs, for a quarter or half of a pixel along either axis


COLUMN_HALF_PERIOD, ROW_HALF_PERIOD = 298_200.0, 596_400.0  # half-periods of MNIST-DVS, in μs
SECTION_DURATION = 50_000.0  # of the loop of CIFAR10-DVS, in μs


def triangle_trajectory(t: Times) -> tuple[Times, Times]:
    """The path of MNIST-DVS: triangle waves over 5 columns and, half as fast, 10 rows."""
    # Half-periods: Serrano-Gotarredona and Linares-Barranco (2015, doi
    # 10.3389/fnins.2015.00481). With these amplitudes and phases the picture of a genuine
    # recording is sharpest once the motion is undone.
    return 5 * _triangle_wave(t / ROW_HALF_PERIOD + 0.5), 2.5 * _triangle_wave(
        t / COLUMN_HALF_PERIOD
    )


def _triangle_wave(halves: Times) -> Times:
    """A triangle: 1 at 0, -1 at 1."""
    return 2 * np.abs(halves % 2 - 1) - 1


def closed_loop_trajectory(t: Times) -> tuple[Times, Times]:
    """The path of CIFAR10-DVS: four diagonal sections of 50 ms that end where they began."""
    # Li et al. (2017, doi 10.3389/fnins.2017.00309) move a picture of 512 pixels by 10 of
    # them along each axis and section; in the camera's pixels that is a quarter.
    corner = np.arange(5) * SECTION_DURATION
    at = t % (4 * SECTION_DURATION)
    rows = np.interp(at, corner, [0.0, -2.5, 0.0, 2.5, 0.0])
    return rows, np.interp(at, corner, [-2.5, 0.0, 2.5, 0.0, -2.5])


TRIANGLE_MOTION = Motion(triangle_trajectory, (5.0, 2.5), COLUMN_HALF_PERIOD / 20)
CLOSED_LOOP_MOTION = Motion(closed_loop_trajectory, (2.5, 2.5), SECTION_DURATION / 5)
