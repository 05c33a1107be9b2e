"""How many members a group needs before a share of them, and the rest, are not empty."""

LARGEST = 2.0**62  # where a share is too small for any data set


def least_for(fraction: float) -> int:
    """The smallest number of which ``round(number * fraction)`` leaves neither part empty."""
    smaller = min(fraction, 1 - fraction)
    near = max(2, int(min(0.5 / smaller, LARGEST)))
    return next((n for n in range(near, near + 3) if 1 <= round(n * fraction) < n), near)
