"""Movements whose order is the class: the same events in every class, each at another time."""

import numpy as np
import pytest

from liaf_ref._core.errors import InputError
from liaf_ref.data.simulator.movement_order import (
    MOVEMENT_ORDERS,
    MovementOrderSource,
    simulate_movement_order,
)

MOVEMENT = 4000
SOURCE = MovementOrderSource(3, 8 * MOVEMENT, movement_duration=MOVEMENT)


def movements(label: int, number: int = 0) -> list[bytes]:
    """The events of each movement, counted from its beginning."""
    events = SOURCE.events(label, number)
    assert (np.diff(events["t"].astype(np.int64)) >= 0).all()
    found = []
    for place in range(8):
        first = place * MOVEMENT
        part = events[(events["t"] >= first) & (events["t"] < first + MOVEMENT)].copy()
        part["t"] -= first
        found.append(part.tobytes())
    return found


def test_classes_have_the_same_movements_in_different_orders() -> None:
    every = [movements(label) for label in range(len(MOVEMENT_ORDERS))]
    assert len(set(every[0])) == 8  # laps are recorded anew
    for other in every[1:]:
        assert sorted(other) == sorted(every[0])
        assert other[0] == every[0][0]  # nor does the first one tell
    assert len({tuple(each) for each in every}) == len(MOVEMENT_ORDERS)


def test_a_number_decides_and_a_seed() -> None:
    first = movements(0, 0)
    assert first == movements(0, 0)
    assert not set(first) & set(movements(0, 1))
    other = MovementOrderSource(4, 8 * MOVEMENT, movement_duration=MOVEMENT).events(0, 0)
    assert other.tobytes() != SOURCE.events(0, 0).tobytes()


def test_orders_are_the_ways_round() -> None:
    assert len(MOVEMENT_ORDERS) == 6
    turned = {
        tuple(order[(k + shift) % 4] for k in range(4))
        for order in MOVEMENT_ORDERS
        for shift in range(4)
    }
    assert len(turned) == 24  # no class is another one begun elsewhere


def test_a_set_of_movements_is_in_one_part_once_in_each_class() -> None:
    found = simulate_movement_order(0, (3, 2), MOVEMENT)
    for part, numbers in ((found.train, {0, 1, 2}), (found.test, {3, 4})):
        assert {(item.label, item.number) for item in part.recordings} == {
            (label, number) for label in range(6) for number in numbers
        }


@pytest.mark.parametrize(("duration", "movement"), [(7 * MOVEMENT, MOVEMENT), (8 * MOVEMENT, 0)])
def test_what_is_no_time_is_refused(duration: int, movement: int) -> None:
    with pytest.raises(InputError, match="of order: expected"):
        MovementOrderSource(0, duration, movement_duration=movement)


def test_a_light_that_flickers_is_refused() -> None:
    with pytest.raises(InputError, match=r"^flicker of order: expected False"):
        MovementOrderSource(0, 8 * MOVEMENT, flicker=True, movement_duration=MOVEMENT)
