"""Operations of recurrent cells, counted by hand: 4 h (n + h) of an LSTM's products."""

import pytest
import torch
from neurobench.metrics.workload import SMAPE
from neurobench.metrics.utils.layers import single_layer_MACs


@pytest.mark.xfail(strict=True, reason="zeros of a state are not made ones")
def test_dense_operations_do_not_depend_on_the_state():
    cell, X = torch.nn.LSTMCell(2, 3), torch.ones(5, 2)
    zeros, ones = ((torch.full((5, 3), h),) * 2 for h in (0.0, 1.0))
    dense = [single_layer_MACs((X, state), cell, total=True)[0] for state in (zeros, ones)]
    assert dense[0] == dense[1]


@pytest.mark.xfail(strict=True, reason="of an input alone the first sample is counted")
def test_a_cell_without_a_state_starts_at_zero():
    cell, X = torch.nn.RNNCell(2, 3), torch.ones(5, 2)
    with_state = single_layer_MACs((X, torch.zeros(5, 3)), cell)
    assert single_layer_MACs(X, cell) == with_state == (5 * 3 * 2, True)


@pytest.mark.xfail(strict=True, reason="0 / 0 makes the mean NaN, and that 200")
def test_smape_of_perfect_predictions_is_0():
    y = torch.tensor([[0.0], [1.0], [2.0]])
    assert SMAPE()(None, y, (None, y)) == 0
