"""Histograms count exactly, and their percentiles are as fine as their bounds."""

from concurrent.futures import ThreadPoolExecutor
from statistics import quantiles

import pytest
from hypothesis import given
from hypothesis import strategies as st

from velro.observability.histograms import Distribution, Histogram

BOUNDS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 50.0, 100.0, 250.0, 500.0, 1000.0)
values = st.lists(st.floats(0.001, 900), min_size=1, max_size=200)


def filled(numbers: list[float]) -> Distribution:
    histogram = Histogram(BOUNDS)
    for number in numbers:
        histogram.add(number)
    return histogram.read()


@given(values)
def test_count_and_mean_are_exact(numbers: list[float]) -> None:
    read = filled(numbers)

    assert read.count == len(numbers) == sum(read.buckets)
    assert read.mean == pytest.approx(sum(numbers) / len(numbers))


@given(values)
def test_a_percentile_lies_in_the_bucket_of_the_true_one(numbers: list[float]) -> None:
    ordered = sorted(numbers)
    for share in (0.5, 0.99):
        true = ordered[max(0, -int(-share * len(ordered) // 1) - 1)]
        upper = next(bound for bound in BOUNDS if bound >= true)
        lower = max((bound for bound in BOUNDS if bound < upper), default=0.0)
        assert lower <= filled(numbers).percentile(share) <= upper


def test_percentiles_come_close_where_values_are_spread() -> None:
    numbers = [number / 10 for number in range(1, 1000)]
    read, true = filled(numbers), quantiles(numbers, n=100)
    shown = [read.percentile(share) for share in (0.50, 0.95, 0.99)]

    assert shown == pytest.approx([true[49], true[94], true[98]], rel=0.05)


def test_nothing_has_no_percentile_and_the_largest_is_capped() -> None:
    assert (filled([]).count, filled([]).mean, filled([]).percentile(0.99)) == (0, 0.0, 0.0)
    assert filled([5000.0]).percentile(0.50) == BOUNDS[-1]


def test_what_came_after_a_reading_stands_apart() -> None:
    histogram = Histogram(BOUNDS)
    histogram.add(900.0)
    before = histogram.read()
    for _ in range(3):
        histogram.add(0.15)
    later = histogram.read().since(before)

    assert later.count == 3
    assert later.mean == pytest.approx(0.15)
    assert later.percentile(0.99) <= 0.2


def test_threads_lose_no_count() -> None:
    histogram = Histogram(BOUNDS)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(histogram.add, [1.0] * 4000))

    assert histogram.read().count == 4000
