import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics_app.slo.percentiles import Percentiles, percentile, percentiles


@pytest.mark.parametrize(
    ("samples", "percent", "expected"),
    [
        ([], 95, None),
        ([7], 50, 7),
        ([7], 99, 7),
        ([1, 2], 50, 1),
        ([1, 2, 3], 50, 2),
        (list(range(1, 21)), 95, 19),
        (list(range(1, 101)), 95, 95),
        (list(range(1, 101)), 99, 99),
        (list(range(1, 102)), 99, 100),
    ],
)
def test_nearest_rank_is_a_measured_value(samples, percent, expected):
    assert percentile(samples, percent) == expected


@given(st.lists(st.integers(0, 10**9), min_size=1), st.integers(1, 100))
def test_enough_samples_do_not_exceed_it_and_too_few_stay_below_it(samples, percent):
    found = percentile(sorted(samples), percent)
    needed = math.ceil(percent * len(samples) / 100)
    assert found in samples
    assert sum(sample <= found for sample in samples) >= needed
    assert sum(sample < found for sample in samples) < needed


def test_order_of_the_samples_does_not_matter():
    assert percentiles([30, 10, 20]) == Percentiles(p50=20, p95=30, p99=30)
