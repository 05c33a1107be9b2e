"""Points of scaling as a table, a figure and a power."""

import numpy as np
from bench.scaling_report import plot_png, scaling_exponent, to_markdown

POINTS = [
    {
        "axis": axis,
        "value": 1000 * n,
        "batch": 2,
        "steps": 3,
        "seconds": 0.01 * n**power,
        "tape_bytes": 10**6 * n,
        "predicted_bytes": 11 * 10**5 * n,
    }
    for axis, power in (("T", 1.0), ("L", 2.0))
    for n in (1, 2, 4)
]


def test_the_power_is_the_slope_of_the_logarithms() -> None:
    np.testing.assert_allclose(
        [scaling_exponent(POINTS, "T"), scaling_exponent(POINTS, "L")], [1, 2], rtol=1e-12
    )


def test_a_table_with_a_line_for_each_point() -> None:
    lines = to_markdown(POINTS).splitlines()
    assert len(lines) == 2 + len(POINTS)
    cells = [cell.strip() for cell in lines[3].strip("|").split("|")]
    assert cells == ["T", "2,000", "2", "3", "20", "2.0", "2.2", "+10.0"]


def test_a_picture() -> None:
    assert plot_png(POINTS, "a network").startswith(b"\x89PNG\r\n\x1a\n")
