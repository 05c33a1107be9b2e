"""A picture that moves on a monitor, and bars that cross it."""

from collections.abc import Callable, Iterator
from operator import add
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref.data.events.records import SENSOR_SIZE
from liaf_ref.data.simulator.camera import LogIntensity, Scene, Times

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


OVERSAMPLING = 2  # image samples per camera pixel along each side
STEPS_PER_PIXEL = 2 * OVERSAMPLING  # steps of a motion per pixel
GAMMA = 2.2  # of the monitor: light as a power of the gray value
LENS_BLUR = 1.0  # standard deviation of the blur of lens and pixel, in pixels
Image = NDArray[np.float32]


class Monitor(NamedTuple):
    """The monitor that shows an image."""

    black_level: float  # intensity of black, where white is 1
    refresh_rate: float = 75.0  # in Hz
    flicker: float = 0.0  # jump of the log intensity at each refresh; 0: no flicker


def gaussian_blur(image: Image, sigma: float = LENS_BLUR) -> Image:
    """Blur an image by a Gaussian, with edge padding."""
    reach = int(np.ceil(3 * sigma * OVERSAMPLING))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / (sigma * OVERSAMPLING)) ** 2)
    kernel = (kernel / kernel.sum()).astype(np.float32)
    for axis in (0, 1):
        width = [(reach, reach) if axis == which else (0, 0) for which in (0, 1)]
        padded, length = np.pad(image, width, mode="edge").swapaxes(0, axis), image.shape[axis]
        image = sum(w * padded[k : k + length] for k, w in enumerate(kernel)).swapaxes(0, axis)
    return image


def draw_position(center: int, max_offset: int, rng: np.random.Generator) -> float:
    """Draw a position near the centre, on the grid of the motion."""
    most = max_offset * STEPS_PER_PIXEL
    return center + int(rng.integers(-most, most + 1)) / STEPS_PER_PIXEL


def moving_image_scene(
    image: Image,
    center: tuple[float, float],
    motion: Motion,
    monitor: Monitor,
    duration: float,
) -> Scene:
    """The scene of an image that moves in front of the camera."""
    levels = np.log(monitor.black_level + (1 - monitor.black_level) * image**GAMMA)
    times = np.arange(np.ceil(duration / motion.time_step) + 1) * motion.time_step
    ends = [
        _pixel_range(*each)
        for each in zip(center, image.shape, motion.max_displacement, SENSOR_SIZE, strict=True)
    ]
    (top, bottom), (left, right) = ends
    rows, columns = motion.trajectory(times)
    y, x = (at - n / 2 / OVERSAMPLING for at, n in zip(center, image.shape, strict=True))
    shifts = np.stack([top - y - rows, left - x - columns], axis=1)
    size = bottom - top, right - left
    scene = Scene(top, left, size, duration, times, _shifted_frames(levels, size, shifts))
    return _add_flicker(scene, monitor) if monitor.flicker else scene


def _pixel_range(center: float, samples: int, reach: float, sensor_side: int) -> tuple[int, int]:
    """First and last pixel that the moving image reaches along an axis of the sensor."""
    half = samples / 2 / OVERSAMPLING + reach
    return max(int(np.floor(center - half)), 0), min(int(np.ceil(center + half)), sensor_side)


def _shifted_frames(levels: Image, size: tuple[int, int], shifts: Times) -> Iterator[LogIntensity]:
    """Sample the image at the pixel centres, one frame per displacement."""
    margin = int(np.abs(shifts).max()) + 2
    outer = [
        (OVERSAMPLING * margin, OVERSAMPLING * (margin + max(side - samples // OVERSAMPLING, 0)))
        for side, samples in zip(size, levels.shape, strict=True)
    ]
    finer = _upsample(np.pad(levels, outer, mode="edge"))
    phases = [
        [
            np.ascontiguousarray(finer[i::STEPS_PER_PIXEL, j::STEPS_PER_PIXEL])
            for j in range(STEPS_PER_PIXEL)
        ]
        for i in range(STEPS_PER_PIXEL)
    ]
    (H, W), offset = size, STEPS_PER_PIXEL // OVERSAMPLING / 2
    for shift in shifts:
        # The centre of a pixel, and of a sample, is half a side away from its corner.
        at = np.rint((shift + margin + 0.5) * STEPS_PER_PIXEL - offset).astype(int)
        (top, i), (left, j) = (divmod(int(k), STEPS_PER_PIXEL) for k in at)
        yield phases[i][j][top : top + H, left : left + W].ravel()


def _upsample(image: Image) -> Image:
    """Double the samples along each side by linear interpolation."""
    for _ in (0, 1):
        longer = np.repeat(image, 2, axis=0)
        longer[1:-1:2] = (image[:-1] + image[1:]) / 2
        image = longer.T
    return image


def _subdivided(scene: Scene, parts: int) -> Scene:
    """Divide each step of a scene into ``parts``, with levels in between."""
    shares = np.arange(parts) / parts
    steps = np.diff(scene.times)
    times = np.append((scene.times[:-1, None] + steps[:, None] * shares).ravel(), scene.times[-1])

    def levels() -> Iterator[LogIntensity]:
        frames = iter(scene.log_intensities)
        before = next(frames)
        for after in frames:
            for share in shares.astype(np.float32):
                yield before + share * (after - before)
            before = after
        yield before

    return scene._replace(times=times, log_intensities=levels())


def _add_flicker(scene: Scene, monitor: Monitor) -> Scene:
    """Add the flicker, which jumps at each refresh and decays, at 6 or more times per period."""
    parts = int(np.ceil(np.diff(scene.times).max() * 6e-6 * monitor.refresh_rate))
    scene = _subdivided(scene, parts)
    light = monitor.flicker * (0.5 - scene.times * monitor.refresh_rate * 1e-6 % 1)
    return scene._replace(log_intensities=map(add, scene.log_intensities, light.astype(np.float32)))


BRIGHTNESS = 0.25  # where white is 1
SPEEDS = (0.05, 0.15)  # pixels per ms
HALF_WIDTHS = (0.8, 2.0)  # pixels
MAX_OFFSET = 10.0  # of a bar from the centre of the scene in the middle of its way, in pixels


def add_crossing_bars(scene: Scene, count: int, rng: np.random.Generator) -> Scene:
    """Let ``count`` bars cross a scene, at random angles and times."""
    H, W = scene.size
    rows, columns = np.arange(H) - (H - 1) / 2, np.arange(W) - (W - 1) / 2
    # A bar moves by at most a pixel between two rendered images.
    scene = _subdivided(scene, int(np.ceil(np.diff(scene.times).max() * 1e-3 * SPEEDS[1])))
    covers = np.zeros((len(scene.times), H * W), np.float32)  # the share of each pixel
    for _ in range(count):
        angle = rng.uniform(0, 2 * np.pi)
        across = (np.cos(angle) * rows[:, None] + np.sin(angle) * columns).ravel()
        since = scene.times - rng.uniform(0, scene.duration)
        at = rng.uniform(*SPEEDS) * 1e-3 * since + rng.uniform(-MAX_OFFSET, MAX_OFFSET)
        outside = np.abs(across - at[:, None])
        cover = np.clip(rng.uniform(*HALF_WIDTHS) + 0.5 - outside, 0, 1)
        np.maximum(covers, cover.astype(np.float32), out=covers)
    return scene._replace(log_intensities=map(_covered, scene.log_intensities, covers))


def _covered(level: LogIntensity, cover: LogIntensity) -> LogIntensity:
    found: LogIntensity = np.log(np.exp(level) * (1 - cover) + np.float32(BRIGHTNESS) * cover)
    return found
