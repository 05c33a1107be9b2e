"""Gray bars that cross a scene in straight lines, and hide what is behind them."""

from collections.abc import Iterator

import numpy as np

from liaf_ref.data.simulator.camera import Scene
from liaf_ref.data.simulator.pixel import Times
from liaf_ref.data.simulator.sensor import LogIntensity

BRIGHTNESS = 0.25  # where white is 1
SPEEDS = (0.05, 0.15)  # pixels per ms
HALF_WIDTHS = (0.8, 2.0)  # pixels
MAX_OFFSET = 10.0  # of a bar from the centre of the scene in the middle of its way, in pixels


def add_crossing_bars(scene: Scene, count: int, rng: np.random.Generator) -> Scene:
    """Let ``count`` bars cross a scene, at random angles and times."""
    H, W = scene.size
    rows, columns = np.arange(H) - (H - 1) / 2, np.arange(W) - (W - 1) / 2
    steps = np.diff(scene.times)
    # A bar moves by at most a pixel between two rendered images.
    parts = int(np.ceil(steps.max() * 1e-3 * SPEEDS[1]))
    shares = np.arange(parts) / parts
    times = np.append((scene.times[:-1, None] + steps[:, None] * shares).ravel(), scene.times[-1])
    covers = np.zeros((len(times), H * W), np.float32)
    for _ in range(count):
        angle = rng.uniform(0, 2 * np.pi)
        across = (np.cos(angle) * rows[:, None] + np.sin(angle) * columns).ravel()
        middle = rng.uniform(0, scene.duration)
        at = rng.uniform(*SPEEDS) * 1e-3 * (times - middle) + rng.uniform(-MAX_OFFSET, MAX_OFFSET)
        cover = _cover(across, at, rng.uniform(*HALF_WIDTHS))
        np.maximum(covers, cover, out=covers)
    frames = _add_light(scene, shares.astype(np.float32), covers)
    return scene._replace(times=times, log_intensities=frames)


def _cover(across: Times, at: Times, half_width: float) -> LogIntensity:
    """The share of each pixel that a bar covers, for each of its places."""
    share = np.clip(half_width + 0.5 - np.abs(across - at[:, None]), 0, 1)
    return share.astype(np.float32)


def _add_light(scene: Scene, shares: LogIntensity, covers: LogIntensity) -> Iterator[LogIntensity]:
    frames, light = iter(scene.log_intensities), iter(covers)
    before = next(frames)
    for after in frames:
        for share in shares:
            yield _covered(before + share * (after - before), next(light))
        before = after
    yield _covered(before, next(light))


def _covered(level: LogIntensity, cover: LogIntensity) -> LogIntensity:
    found: LogIntensity = np.log(np.exp(level) * (1 - cover) + np.float32(BRIGHTNESS) * cover)
    return found
