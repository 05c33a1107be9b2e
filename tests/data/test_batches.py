import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liaf_ref._core.errors import InputError
from liaf_ref.data import batches, split_validation


@given(st.integers(1, 200), st.integers(1, 250), st.integers(0, 9))
def test_batches_show_every_sample_once(n: int, size: int, seed: int) -> None:
    parts = list(batches(n, size, np.random.default_rng(seed)))
    assert sorted(np.concatenate(parts)) == list(range(n))
    assert [len(part) for part in parts[:-1]] == [size] * (len(parts) - 1)
    assert len(parts) == -(-n // size)


def test_two_passes_draw_their_orders_when_called() -> None:
    rng, twin = np.random.default_rng(0), np.random.default_rng(0)
    first, second = batches(9, 9, rng), batches(9, 9, rng)
    assert list(next(second)) != list(next(first))
    assert list(next(batches(9, 9, twin))) != list(next(batches(9, 9, twin)))
    assert rng.bit_generator.state == twin.bit_generator.state


@given(st.integers(20, 300), st.floats(0.05, 0.95), st.integers(0, 9))
def test_split_is_a_partition(n: int, fraction: float, seed: int) -> None:
    train, held = split_validation(np.arange(n), fraction, np.random.default_rng(seed))
    assert sorted([*train, *held]) == list(range(n))
    assert len(held) == round(n * fraction)
    assert list(train) == sorted(train)
    assert list(held) == sorted(held)


@given(st.integers(1, 60), st.floats(0.01, 0.99))
def test_a_split_that_leaves_a_part_empty_is_refused(n: int, fraction: float) -> None:
    if 0 < round(n * fraction) < n:
        split_validation(np.arange(n), fraction, 0)
        return
    message = f"fraction of split_validation: expected enough people that .*{fraction} .*got {n}$"
    with pytest.raises(InputError, match=message):
        split_validation(np.arange(n), fraction, 0, "people")


@given(st.lists(st.integers(0, 8), min_size=20), st.integers(0, 9))
def test_split_keeps_groups_together(numbers: list[int], seed: int) -> None:
    groups = np.array([*numbers, 20, 21])
    train, held = split_validation(groups, 0.4, np.random.default_rng(seed))
    assert sorted([*train, *held]) == list(range(len(groups)))
    assert not set(groups[train]) & set(groups[held])
    assert len(set(groups[held])) == round(0.4 * len(set(groups.tolist())))
