"""The door refuses wrong guests with what was expected, what came and where, and changes none."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from liaf_ref import door
from liaf_ref.errors import InputError

EQ = "Eq. (2)"


def spoilt(value: complex) -> Any:
    array = np.zeros((2, 3), np.result_type(np.float64, type(value)))
    array[1, 2] = value
    return array


def shape(value: object) -> object:
    return door.check_shape("X", value, ("B", 3), EQ)


def real(value: object) -> object:
    return door.check_float("X", value, ("B", 3), EQ)


def single(value: object) -> object:
    return door.check_float("X", value, ("B", 3), EQ, np.dtype(np.float32))


def index(value: object) -> object:
    return door.check_index("ids", value, ("B",), 4, EQ)


def choice(value: object) -> object:
    return door.check_choice("mode", value, ("TR", "NTR"), EQ)


def positive(value: object) -> object:
    return door.check_positive("K", value, EQ)


def whole(value: object) -> object:
    return door.check_whole("seed", value, EQ, least=0)


def share(value: object) -> object:
    return door.check_number("p", value, EQ, lambda x: 0 <= x < 1, "a share")


def generator(value: object) -> object:
    return door.check_generator("rng", value, EQ)


WIDE = "float32, float64, longdouble or complex"
WHOLE = "expected a whole number >= 1"
BAD: list[tuple[Callable[[object], object], object, str]] = [
    (shape, [[1, 2, 3]], "X of Eq. (2): expected an array of shape (B, 3), got list [[1, 2, 3]]"),
    (shape, None, "X of Eq. (2): expected an array of shape (B, 3), got NoneType None"),
    (shape, 1.5, "X of Eq. (2): expected an array of shape (B, 3), got float 1.5"),
    (shape, np.zeros(3), "X of Eq. (2): expected shape (B, 3), got shape (3,)"),
    (shape, np.zeros((1, 2, 3)), "X of Eq. (2): expected shape (B, 3), got shape (1, 2, 3)"),
    (shape, np.zeros((3, 2)), "X of Eq. (2): expected shape (B, 3), got shape (3, 2)"),
    (real, np.zeros((2, 3), np.float16), f"X of Eq. (2): expected dtype {WIDE}, got float16"),
    (real, np.zeros((2, 3), int), f"X of Eq. (2): expected dtype {WIDE}, got int64"),
    (real, np.zeros((2, 3), bool), f"X of Eq. (2): expected dtype {WIDE}, got bool"),
    (real, np.full((2, 3), "a"), f"X of Eq. (2): expected dtype {WIDE}, got <U1"),
    (real, np.zeros((2, 3), object), f"X of Eq. (2): expected dtype {WIDE}, got object"),
    (real, spoilt(np.nan), "X of Eq. (2): expected finite values, got nan at index (1, 2)"),
    (real, spoilt(-np.inf), "X of Eq. (2): expected finite values, got -inf at index (1, 2)"),
    (real, spoilt(1j * np.nan), "at index (1, 2)"),
    (real, np.zeros(3), "X of Eq. (2): expected shape (B, 3), got shape (3,)"),
    (single, np.zeros((2, 3)), "expected dtype float32 like the parameters, got float64"),
    (index, np.zeros(2), "ids of Eq. (2): expected integers, got dtype float64"),
    (index, np.zeros(2, bool), "ids of Eq. (2): expected integers, got dtype bool"),
    (index, np.array([0, 4]), "ids of Eq. (2): expected entries in 0 .. 3, got 4"),
    (index, np.array([-1, 0]), "ids of Eq. (2): expected entries in 0 .. 3, got -1"),
    (index, [0, 1], "ids of Eq. (2): expected an array of shape (B,), got list [0, 1]"),
    (choice, "tr", "mode of Eq. (2): expected one of TR, NTR, got str 'tr'"),
    (choice, 1, "mode of Eq. (2): expected one of TR, NTR, got int 1"),
    (choice, ["TR"], "mode of Eq. (2): expected one of TR, NTR, got list ['TR']"),
    (positive, 0, f"K of Eq. (2): {WHOLE}, got 0"),
    (positive, -3, f"K of Eq. (2): {WHOLE}, got -3"),
    (positive, 2.0, f"K of Eq. (2): {WHOLE}, got 2.0"),
    (positive, True, f"K of Eq. (2): {WHOLE}, got True"),
    (positive, "5", f"K of Eq. (2): {WHOLE}, got '5'"),
    (whole, -1, "seed of Eq. (2): expected a whole number >= 0, got -1"),
    (share, 1, "p of Eq. (2): expected a share, got 1"),
    (share, -0.1, "p of Eq. (2): expected a share, got -0.1"),
    (share, np.nan, "p of Eq. (2): expected a share, got nan"),
    (share, True, "p of Eq. (2): expected a share, got True"),
    (share, "0.5", "p of Eq. (2): expected a share, got '0.5'"),
    (share, None, "p of Eq. (2): expected a share, got None"),
    (generator, 7, "rng of Eq. (2): expected a numpy.random.Generator, got int 7"),
    (generator, np.random, "rng of Eq. (2): expected a numpy.random.Generator, got module"),
]
GOOD: list[tuple[Callable[[object], object], object]] = [
    (shape, np.zeros((0, 3))),
    (real, np.zeros((2, 3), np.float32)),
    (real, np.zeros((2, 3), np.longdouble)),
    (real, np.zeros((2, 3), np.complex64)),
    (single, np.zeros((2, 3), np.float32)),
    (index, np.array([0, 3], np.uint8)),
    (index, np.zeros(0, int)),
    (choice, "NTR"),
    (positive, 1),
    (positive, np.int32(7)),
    (whole, 0),
    (share, 0),
    (share, np.float32(0.5)),
    (generator, np.random.default_rng(0)),
]


@pytest.mark.parametrize(("check", "value", "message"), BAD)
def test_what_does_not_fit_is_refused_and_named(
    check: Callable[[object], object], value: object, message: str
) -> None:
    before = value.tobytes() if isinstance(value, np.ndarray) else None
    with pytest.raises(InputError) as refused:
        check(value)
    assert message in str(refused.value)
    assert before is None or value.tobytes() == before  # type: ignore[attr-defined]


@pytest.mark.parametrize(("check", "value"), GOOD)
def test_what_fits_comes_back_as_it_was(check: Callable[[object], object], value: object) -> None:
    if isinstance(value, np.ndarray):
        value.flags.writeable = False
        assert check(value) is value
    else:
        assert check(value) == value


def test_a_long_guest_is_not_printed_in_full() -> None:
    with pytest.raises(InputError) as refused:
        shape(list(range(10_000)))
    assert len(str(refused.value)) < 250
