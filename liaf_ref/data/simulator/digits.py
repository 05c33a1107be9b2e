"""Handwritten digits of 8 x 8 pixels, enlarged.

The images are the test part of Optical Recognition of Handwritten Digits (Alpaydin and
Kaynak 1998, UCI Machine Learning Repository, doi 10.24432/C50P49, CC BY 4.0).
"""

import functools
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liaf_ref.data.simulator.moving_image import OVERSAMPLING, Image, gaussian_blur

DIGITS_FILE = Path(__file__).with_name("digits.npz")
IMAGES_PER_DIGIT = 174  # of the rarest
MAX_GRAY_VALUE = 16  # largest value of an image
EDGE_SLOPE = 2.0  # of an outline, whose width is then about a twentieth of the digit
OUTLINE_LEVEL = 0.55  # gray level of the outline, as a fraction of white
BORDER = 8  # black border in pixels, both sides together
DIGIT_HEIGHT = 5.125  # of a digit at scale 1, in pixels: 20.5 at scale 4


@functools.cache
def load_digits() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Read the images that come with the package."""
    with np.load(DIGITS_FILE, allow_pickle=False) as arrays:
        images, labels = arrays["images"], arrays["labels"].astype(np.int64)
    images.flags.writeable = labels.flags.writeable = False
    return images, labels


def draw_digit(image: NDArray[np.uint8], scale: int) -> Image:
    """Draw an enlarged digit with smooth outlines, white on black."""
    # The image is interpolated by cubic convolution and thresholded, with an edge as wide as the
    # blur of the lens.
    N = len(image)
    pitch = DIGIT_HEIGHT * scale / N  # pixels of the camera
    count = (int(np.ceil((N + 1) * pitch)) + BORDER) * OVERSAMPLING
    at = (np.arange(count) + 0.5 - count / 2) / (OVERSAMPLING * pitch) + (N - 1) / 2
    weights = _cubic_kernel(at[:, None] - np.arange(N))
    large = weights @ (image / MAX_GRAY_VALUE) @ weights.T
    sharp = np.clip((large - OUTLINE_LEVEL) * EDGE_SLOPE + 0.5, 0, 1)
    return gaussian_blur(sharp.astype(np.float32))


def _cubic_kernel(x: NDArray[Any]) -> NDArray[Any]:
    """The cubic convolution kernel of Keys (1981), with a = -1/2: it keeps the samples."""
    x = np.abs(x)
    near, far = (1.5 * x - 2.5) * x**2 + 1, ((2.5 - 0.5 * x) * x - 4) * x + 2
    return np.where(x < 1, near, np.where(x < 2, far, 0))
