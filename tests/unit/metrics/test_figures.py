import pytest

from metrics_app.slo.figures import duration, figure
from metrics_app.slo.objectives import Unit


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "0 ms"),
        (999, "999 ms"),
        (1_500, "1.5 s"),
        (99_000, "99.0 s"),
        (150_000, "2.5 min"),
        (7_200_000, "2.0 h"),
        (259_200_000, "3.0 d"),
    ],
)
def test_durations_are_said_in_the_unit_that_fits(milliseconds, text):
    assert duration(milliseconds) == text


def test_rates_are_said_in_percent():
    assert figure(Unit.PERCENT, 99.5) == "99.5 %"
