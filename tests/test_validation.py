"""Invalid values are rejected with what was expected, what was given and where; none is changed."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from support import trees_equal

from liaf_ref import layers
from liaf_ref._core import validation
from liaf_ref._core.errors import InputError
from liaf_ref.layers import Embedding
from liaf_ref.networks import BabiNetwork

EQ = "Eq. (2)"


def with_bad_entry(value: complex) -> Any:
    array = np.zeros((2, 3), np.result_type(np.float64, type(value)))
    array[1, 2] = value
    return array


def shape(value: object) -> object:
    return validation.check_shape("X", value, ("B", 3), EQ)


def real(value: object) -> object:
    return validation.check_float_array("X", value, ("B", 3), EQ)


def single(value: object) -> object:
    return validation.check_float_array("X", value, ("B", 3), EQ, np.dtype(np.float32))


def index(value: object) -> object:
    return validation.check_index_array("ids", value, ("B",), 4, EQ)


def choice(value: object) -> object:
    return validation.check_choice("mode", value, ("TR", "NTR"), EQ)


def positive(value: object) -> object:
    return validation.check_positive_int("K", value, EQ)


def fraction(value: object) -> object:
    return validation.check_number("p", value, EQ, lambda x: 0 <= x < 1, "a share")


def generator(value: object) -> object:
    return validation.check_rng("rng", value, EQ)


def flag(value: object) -> object:
    return validation.check_bool("bias", value, EQ)


def path(value: object) -> object:
    return validation.check_path("folder", value, EQ)


def floating(value: object) -> object:
    return validation.check_float_dtype("dtype", value, EQ)


class Unprintable:
    def __repr__(self) -> str:
        raise RuntimeError("no")


FLOAT_DTYPES = "expected dtype float32, float64, longdouble or complex"
RNG = "expected a numpy.random.Generator or a seed >= 0"
POSITIVE_INT = "expected an integer >= 1"
BAD: list[tuple[Callable[[object], object], object, str]] = [
    (shape, None, "expected an array of shape (B, 3), got None"),
    (shape, np.zeros(3), "expected shape (B, 3), got shape (3,)"),
    (shape, np.ma.masked_array(np.zeros((2, 3)), True), "got an array of shape (2, 3)"),
    (real, np.zeros((2, 3), int), f"{FLOAT_DTYPES}, got int64"),
    (real, np.zeros((2, 3), ">f8"), f"{FLOAT_DTYPES}, got >f8"),
    (real, with_bad_entry(np.nan), "expected finite values, got nan at index (1, 2)"),
    (real, with_bad_entry(1j * np.nan), "at index (1, 2)"),
    (single, np.zeros((2, 3)), "expected dtype float32 like the parameters, got float64"),
    (index, np.zeros(2), "expected integers, got dtype float64"),
    (index, np.array([0, 4]), "expected entries in 0 .. 3, got 4"),
    (choice, "tr", "expected one of TR, NTR, got str 'tr'"),
    (positive, 0, f"{POSITIVE_INT}, got 0"),
    (positive, True, f"{POSITIVE_INT}, got True"),
    (positive, 10**30, f"{POSITIVE_INT}, got 1000000000000000"),
    (positive, Unprintable(), "a value that cannot be printed (RuntimeError)"),
    (fraction, 1, "expected a share, got 1"),
    (fraction, np.nan, "expected a share, got nan"),
    (fraction, 10**400, "expected a share, got 1000000000000000000"),
    (flag, "no", "expected True or False, got str 'no'"),
    (path, "", "expected a path, got str ''"),
    (floating, "banana", f"{FLOAT_DTYPES}, got str 'banana'"),
    (generator, -7, f"{RNG}, got -7"),
]
GOOD: list[tuple[Callable[[object], object], object]] = [
    (real, np.zeros((2, 3), np.float32)),
    (real, np.zeros((2, 3), np.complex64)),
    (single, np.zeros((2, 3), np.float32)),
    (index, np.array([0, 3], np.uint8)),
    (positive, np.int32(7)),
    (fraction, np.float32(0.5)),
    (generator, np.random.default_rng(0)),
]


@pytest.mark.parametrize(("check", "value", "message"), BAD)
def test_what_does_not_fit_is_refused_and_named(
    check: Callable[[object], object], value: object, message: str
) -> None:
    before = value.tobytes() if isinstance(value, np.ndarray) else None
    with pytest.raises(InputError) as refused:
        check(value)
    assert f"{EQ}: " in str(refused.value)
    assert message in str(refused.value)
    assert before is None or value.tobytes() == before  # type: ignore[attr-defined]


@pytest.mark.parametrize(("check", "value"), GOOD)
def test_what_fits_comes_back_as_it_was(check: Callable[[object], object], value: object) -> None:
    if isinstance(value, np.ndarray):
        value.flags.writeable = False
        assert check(value) is value
    else:
        assert check(value) == value


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
    found: Any = single(tensor)
    assert np.shares_memory(found, tensor.numpy())
    with pytest.raises(InputError, match=r"got Tensor, which NumPy cannot read: .* detach it"):
        single(tensor.requires_grad_())


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
