"""``python tools/seeds_needed.py``."""

from pathlib import Path

import pytest
import seeds_needed
from report.run_factory import vision_run


def test_the_first_six_seeds_of_both_cells_are_the_pilot(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Differences of 1, 2, 3, 4, 5 and 6 points: s = 1.87, (2.571 · 1.87 / 1.5)² = 10.3."""
    for seed in range(8):
        vision_run(tmp_path, "liaf", seed, 0.5 + 0.01 * (seed if seed < 7 else 40))
        if seed:
            vision_run(tmp_path, "lif", seed, 0.5)
    assert seeds_needed.main([str(tmp_path), "liaf", "lif", "--half-width", "1.5"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "MNIST-DVS, scale smoke, simulated recordings",
        "LIAF − LIF of seeds 1, 2, 3, 4, 5, 6: +3.50 ± 1.96 points, standard deviation 1.87",
        "seeds for a half-width of 1.5: 11",
    ]


@pytest.mark.parametrize(
    ("pair", "half_width", "message"),
    [
        (("liaf", "lif"), "1.5", "expected 6 seeds of both cells, got 5"),
        (("liaf", "lif"), "0", "--half-width: expected a positive number, got 0"),
        (("liaf", "conv2d"), "1.5", "expected runs of liaf and conv2d, got none"),
    ],
)
def test_too_few_seeds_are_refused(
    tmp_path: Path,
    pair: tuple[str, str],
    half_width: str,
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for cell in ("liaf", "lif"):
        for seed in range(5):
            vision_run(tmp_path, cell, seed)
    assert seeds_needed.main([str(tmp_path), *pair, "--half-width", half_width]) == 2
    assert message in capsys.readouterr().err
