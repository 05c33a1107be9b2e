"""The embedding layer."""

import numpy as np

from liaf_ref.layers import Embedding


def test_a_token_is_its_row_and_the_gradient_counts_it() -> None:
    layer = Embedding(4, 2)
    E = np.arange(8.0).reshape(4, 2)
    ids = np.array([[3, 0, 3]])
    X, tape = layer.forward({"E": E}, ids)
    assert X.tolist() == [[[6, 7], [0, 1], [6, 7]]]
    assert layer.backward(np.ones_like(X), tape)["E"].tolist() == [[1, 1], [0, 0], [0, 0], [2, 2]]
    assert layer.param_shapes() == {"E": (4, 2)}
    assert layer.count_params() == 8
