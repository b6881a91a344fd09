from datetime import UTC, datetime, timedelta, timezone

import pytest

from metrics_app.slo.windows import Period, Window, day_window, sliding_window, window_of

NOW = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)  # a Thursday


def utc(year, month, day, hour=0, minute=0):
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("period", "starts_at", "ends_at"),
    [
        (Period.DAILY, utc(2026, 12, 31), utc(2027, 1, 1)),
        (Period.WEEKLY, utc(2026, 12, 28), utc(2027, 1, 4)),
        (Period.MONTHLY, utc(2026, 12, 1), utc(2027, 1, 1)),
    ],
)
def test_calendar_windows_are_utc_days_monday_weeks_and_months(period, starts_at, ends_at):
    assert window_of(period, NOW) == Window(starts_at=starts_at, ends_at=ends_at)


def test_a_clock_elsewhere_counts_on_the_utc_day():
    tokyo = datetime(2026, 3, 2, 1, tzinfo=timezone(timedelta(hours=9)))
    assert window_of(Period.DAILY, tokyo) == day_window(utc(2026, 3, 1).date())


def test_a_day_is_named_by_itself_and_a_sliding_window_by_its_end():
    assert day_window(NOW.date()).date == "20261231"
    assert sliding_window("24h", NOW).date == "20261231"


def test_a_sliding_window_ends_now():
    assert sliding_window("7d", NOW) == Window(starts_at=NOW - timedelta(days=7), ends_at=NOW)
