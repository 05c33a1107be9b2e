"""Arrays of other libraries are taken as they lie, and checked like any other."""

from typing import Any

import numpy as np
import pytest
from support import trees_equal

from liaf_ref import layers
from liaf_ref._core import validation
from liaf_ref._core.errors import InputError
from liaf_ref.layers import Embedding
from liaf_ref.networks import BabiNetwork


def with_bad_entry(value: float) -> Any:
    array = np.zeros((2, 3))
    array[1, 2] = value
    return array


def shape(value: object) -> object:
    return validation.check_shape("X", value, ("B", 3), "Eq. (2)")


def real(value: object) -> object:
    return validation.check_float_array("X", value, ("B", 3), "Eq. (2)")


def index(value: object) -> object:
    return validation.check_index_array("ids", value, ("B",), 4, "Eq. (2)")


class OffersArray:
    """Another library's array that offers ``__array__``."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        if isinstance(self.array, Exception):
            raise self.array
        return self.array


class OffersDLPack:
    """Another library's array that offers DLPack alone."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def __dlpack__(self, **options: Any) -> Any:
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return self.array.__dlpack_device__()


@pytest.mark.parametrize("wrap", [OffersArray, OffersDLPack])
def test_an_array_of_another_library_is_taken_as_it_lies(wrap: Any) -> None:
    values, ids = np.arange(6.0).reshape(2, 3), np.array([3, 0])
    for check, array in ((real, values), (shape, values), (index, ids)):
        found: Any = check(wrap(array))
        assert type(found) is np.ndarray
        assert np.shares_memory(found, array)
        assert (found == array).all()


@pytest.mark.parametrize("wrap", [OffersArray, OffersDLPack])
def test_an_array_of_another_library_is_checked_like_any_other(wrap: Any) -> None:
    for array, message in (
        (np.zeros(3), "got shape"),
        (with_bad_entry(np.nan), "got nan at index"),
    ):
        with pytest.raises(InputError, match=message):
            real(wrap(array))


def test_an_array_that_is_not_handed_over_is_refused_with_its_reason() -> None:
    with pytest.raises(InputError) as refused:
        real(OffersArray(RuntimeError("it lies on another device")))
    assert str(refused.value) == (
        "X of Eq. (2): expected an array of shape (B, 3), got OffersArray, which NumPy "
        "cannot read: RuntimeError('it lies on another device'); convert or detach it explicitly"
    )


def test_pytorch_may_come_in_but_not_with_a_gradient_of_its_own() -> None:
    torch = pytest.importorskip("torch")
    tensor = torch.arange(6, dtype=torch.float32).reshape(2, 3)
    found: Any = real(tensor)
    assert np.shares_memory(found, tensor.numpy())
    with pytest.raises(InputError, match=r"got Tensor, which NumPy cannot read: .* detach it"):
        real(tensor.requires_grad_())


def test_layers_and_networks_run_on_what_arrived_in() -> None:
    layer, rng = layers.DenseLIAF(3, 4), np.random.default_rng(0)
    params, X = layer.init(rng), rng.normal(size=(2, 5, 3))
    wrapped: Any = {name: OffersDLPack(value) for name, value in params.items()}
    Y, state, tape = layer.forward(params, X)
    Y2, state2, tape2 = layer.forward(wrapped, OffersArray(X), (OffersArray(np.zeros((2, 4))),))  # type: ignore[arg-type]
    assert trees_equal((Y, state), (Y2, state2))
    assert trees_equal(layer.backward(Y, tape), layer.backward(OffersDLPack(Y.copy()), tape2))  # type: ignore[arg-type]
    network, ids = BabiNetwork(7, "gru", 3, 4), np.arange(6).reshape(2, 3)
    params = network.init(rng, np.float64)
    wrapped = {name: OffersArray(value) for name, value in params.items()}
    logits, written = network.forward(params, ids, ids)
    logits2, written2 = network.forward(wrapped, OffersArray(ids), OffersDLPack(ids))  # type: ignore[arg-type]
    assert trees_equal(logits, logits2)
    other = network.backward(OffersDLPack(logits), written2)  # type: ignore[arg-type]
    assert trees_equal(network.backward(logits, written), other)
    embedding, E = Embedding(7, 3), params["story.E"]
    rows, saved = embedding.forward({"E": OffersDLPack(E)}, OffersArray(ids))  # type: ignore[dict-item,arg-type]
    assert trees_equal(rows, E[ids])
    assert embedding.backward(OffersArray(rows), saved)["E"].shape == E.shape  # type: ignore[arg-type]
