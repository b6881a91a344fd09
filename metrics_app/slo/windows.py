"""Windows of time in UTC: calendar ones for records, sliding ones for questions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import assert_never


class Period(StrEnum):
    """How long an objective is measured before it starts anew."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """From `starts_at` (included) to `ends_at` (excluded)."""

    starts_at: datetime
    ends_at: datetime

    @property
    def date(self) -> str:
        """The UTC day of its last moment, as YYYYMMDD."""
        return f"{self.ends_at - timedelta(microseconds=1):%Y%m%d}"


#: Sliding windows that may be asked for.
SLIDING: dict[str, timedelta] = {
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
}


def day_window(day: date) -> Window:
    """One UTC day."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return Window(starts_at=start, ends_at=start + timedelta(days=1))


def sliding_window(name: str, now: datetime) -> Window:
    """The last hour, day or week before `now`; raises KeyError for another name."""
    return Window(starts_at=now - SLIDING[name], ends_at=now)


def hour_of(moment: datetime) -> datetime:
    """The beginning of its hour in UTC."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def whole_hours(name: str, now: datetime) -> Window:
    """A sliding window made longer, back to a whole hour, for what is counted by the hour."""
    window = sliding_window(name, now)
    return Window(starts_at=hour_of(window.starts_at), ends_at=window.ends_at)


def window_of(period: Period, now: datetime) -> Window:
    """The calendar window that contains `now`: UTC day, week from Monday, or month."""
    day = day_window(now.astimezone(UTC).date())
    match period:
        case Period.DAILY:
            return day
        case Period.WEEKLY:
            monday = day.starts_at - timedelta(days=day.starts_at.weekday())
            return Window(starts_at=monday, ends_at=monday + timedelta(days=7))
        case Period.MONTHLY:
            first = day.starts_at.replace(day=1)
            return Window(starts_at=first, ends_at=(first + timedelta(days=32)).replace(day=1))
        case _:
            assert_never(period)
