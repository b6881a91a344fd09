"""Copies of the day's figures in Redis, under the RFC's keys, for readers that know only those."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from metrics_app.selectors.outcomes import settled_in
from metrics_app.services.redis_metrics import write_day
from metrics_app.slo.counting import summarise
from metrics_app.slo.windows import day_window

if TYPE_CHECKING:
    from datetime import date, datetime

#: How long after midnight the day before is still written, so that its last seconds are in.
_AFTERMATH = timedelta(minutes=5)


def project_days(now: datetime) -> None:
    """Write today's copy anew, and yesterday's just after midnight. Raises `redis.RedisError`."""
    _project(now.date())
    if (now - _AFTERMATH).date() != now.date():
        _project((now - _AFTERMATH).date())


def _project(day: date) -> None:
    window = day_window(day)
    tasks = settled_in(window)
    summary = summarise(settled for _, _, settled in tasks)
    times = {str(pk): settled.tte_ms for pk, _, settled in tasks if settled.tte_ms is not None}
    write_day(window.date, success=summary.success, failure=summary.failure, tte_ms=times)
