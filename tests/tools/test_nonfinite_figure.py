"""``python tools/nonfinite_figure.py``."""

from pathlib import Path

import nonfinite_figure
import numpy as np
import pytest
from bench.errors import BenchError

from liaf_ref.experiments.babi import BabiConfig
from liaf_ref.experiments.data_source import DataSource

# Each step of padding multiplies the gradient by 0.9 (1 + 50 - U), so that the first batch fails.
STEEP = BabiConfig(1, "lif", batch_size=8, alpha=0.9, v_reset=50.0)


def test_the_factor_in_padding_is_that_of_the_story() -> None:
    failure = nonfinite_figure.train_until_failure(STEEP, DataSource())
    row, n, first, log10_product = failure.growth
    assert (first, len(failure.batches)) == (0, 1)
    assert log10_product > 38
    (batch,) = failure.batches
    factor = nonfinite_figure.factor_in_padding(batch, n, failure.padding)
    assert factor == pytest.approx(0.9 * (51 - failure.U[failure.padding - 1]), rel=1e-5)
    assert factor == pytest.approx(failure.factors[row, failure.padding - 1, n], rel=1e-5)
    assert not np.isfinite(batch.norm)
    assert nonfinite_figure.draw(failure, "QA1")[:4] == b"\x89PNG"


def test_a_run_that_does_not_fail_is_refused() -> None:
    with pytest.raises(BenchError, match="expected a run whose gradient overflows, got 1 epochs"):
        nonfinite_figure.train_until_failure(BabiConfig(1, "lif", epochs=1), DataSource())


def test_invalid_options_are_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    figure = tmp_path / "figure.png"
    with pytest.raises(SystemExit, match="2"):
        nonfinite_figure.main([str(figure), "--task", "21"])
    assert "expected an integer >= 1 and <= 20, got '21'" in capsys.readouterr().err
    assert not figure.exists()
