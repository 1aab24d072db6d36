"""Workers give results in order, read little ahead, and stop when the caller has enough."""

from itertools import count

import pytest

from training.data.workers import ordered_map


def double(number):
    return number * 2


def fail(number):
    raise ValueError(f"bad {number}")


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_order_and_endless_streams_can_be_left(workers):
    read = []

    def endless():
        for number in count():
            read.append(number)
            yield number

    with ordered_map("local", workers) as mapped:
        results = mapped(double, endless())
        assert [next(results) for _ in range(20)] == list(range(0, 40, 2))
        assert len(read) <= 100
        assert list(mapped(double, range(30))) == list(range(0, 60, 2))
        with pytest.raises(ValueError, match="bad 0"):
            list(mapped(fail, range(3)))
