"""Comparisons with zero find as many zeros as they need."""

import numpy as np
import pytest

from liaf_ref.fast import fused_activation
from liaf_ref.kernels.activation import ACTIVATIONS


@pytest.mark.parametrize("name", ["relu", "selu"])
@pytest.mark.parametrize("kept", [1, 5, 6, 40])
def test_more_numbers_than_zeros_are_kept(
    name: str, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fused_activation, "ZEROS", np.zeros(kept, np.float32))
    pair = ACTIVATIONS[name]
    form = fused_activation.fused_activation_for(pair)
    assert form is not None
    assert form.forward is not None
    x = np.linspace(-2, 2, 6, dtype=np.float32).reshape(2, 3)
    y = np.empty_like(x)
    form.forward(x, y)
    np.testing.assert_array_equal(y, pair.value(x))
