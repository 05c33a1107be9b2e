"""Smallest group whose split by a fraction leaves neither part empty."""

LARGEST = 2.0**62  # limit for fractions too small for any data set


def least_for(fraction: float) -> int:
    """Return the smallest n for which ``round(n * fraction)`` is neither 0 nor n."""
    smaller = min(fraction, 1 - fraction)
    near = max(2, int(min(0.5 / smaller, LARGEST)))
    return next((n for n in range(near, near + 3) if 1 <= round(n * fraction) < n), near)
