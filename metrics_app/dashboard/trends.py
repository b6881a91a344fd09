"""How it went: outcomes and TTE by the hour and by the day."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from metrics_app.dashboard.charts import Chart, Column, Part, draw
from metrics_app.selectors.outcomes import settled_in
from metrics_app.slo.counting import Settled, Summary, summarise
from metrics_app.slo.figures import duration
from metrics_app.slo.objectives import TTE_P95
from metrics_app.slo.windows import Window, hour_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_HOURS, _DAYS = 24, 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """Two drawings over the same axis."""

    name: str
    title: str
    #: Tasks that count, failures on top.
    outcomes: Chart
    #: P95 of the TTE.
    tte: Chart
    slowest: str
    #: Ends of the axis.
    first: str
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Slot:
    label: str
    summary: Summary


def hour_trend(now: datetime) -> Trend:
    """The last 24 hours."""
    first = hour_of(now) - timedelta(hours=_HOURS - 1)
    slots = _slots(first, timedelta(hours=1), _HOURS, "%H:00")
    return _trend("hours", "Last 24 hours", slots)


def day_trend(now: datetime) -> Trend:
    """The last 14 UTC days."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    first = today - timedelta(days=_DAYS - 1)
    return _trend("days", "Last 14 days", _slots(first, timedelta(days=1), _DAYS, "%d %b"))


def _slots(first: datetime, width: timedelta, count: int, form: str) -> list[_Slot]:
    grouped: dict[int, list[Settled]] = defaultdict(list)
    for _, settled_at, settled in settled_in(Window(starts_at=first, ends_at=first + count * width)):
        grouped[(settled_at - first) // width].append(settled)
    return [
        _Slot(label=f"{first + index * width:{form}}", summary=summarise(grouped[index]))
        for index in range(count)
    ]


def _trend(name: str, title: str, slots: Sequence[_Slot]) -> Trend:
    slowest = max((slot.summary.tte.p95 or 0 for slot in slots), default=0)
    # The objective is drawn once times come near it: before that it would flatten every bar.
    line = TTE_P95.target if slowest > TTE_P95.target / 4 else None
    return Trend(
        name=name,
        title=title,
        outcomes=draw([_outcome_column(slot) for slot in slots]),
        tte=draw([_tte_column(slot) for slot in slots], line=line),
        slowest=duration(slowest) if slowest else "",
        first=slots[0].label,
        last=slots[-1].label,
    )


def _outcome_column(slot: _Slot) -> Column:
    done, failed = slot.summary.success, slot.summary.failure
    return Column(
        title=f"{slot.label} UTC: {done} done, {failed} failed",
        parts=(Part(tone="good", value=done), Part(tone="bad", value=failed)),
    )


def _tte_column(slot: _Slot) -> Column:
    p95 = slot.summary.tte.p95
    title = f"{slot.label} UTC: P95 {duration(p95)}" if p95 is not None else slot.label
    tone = "plain" if p95 is None or TTE_P95.is_met(p95) else "bad"
    return Column(title=title, parts=(Part(tone=tone, value=p95 or 0),))
