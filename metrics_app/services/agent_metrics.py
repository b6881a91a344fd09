"""The figures of `GET /api/metrics/agent`, from the rows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from metrics_app.selectors.outcomes import settled_in, stage_samples
from metrics_app.services.keeping import kept
from metrics_app.slo.counting import Settled, Summary, summarise
from metrics_app.slo.objectives import SUCCESS, TTE_P95
from metrics_app.slo.percentiles import percentiles
from metrics_app.slo.windows import Window, day_window, sliding_window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date, datetime

#: Seconds an answer may be old: one reading serves every client of that second.
CACHE_S = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What a client wants to know."""

    #: A UTC day; None for today.
    day: date | None = None
    #: 1h | 24h | 7d, ending now; goes before `day`.
    sliding: str | None = None
    #: Adds what the RFC's shape has no place for.
    detail: bool = False

    def window(self, now: datetime) -> Window:
        """The stretch of time meant."""
        if self.sliding:
            return sliding_window(self.sliding, now)
        return day_window(self.day or now.date())


def agent_metrics(query: Query, now: datetime) -> dict[str, Any]:
    """The answer in the RFC's shape, at most a second old.

    Figures that nothing was measured for are None: an empty day neither met nor missed an objective.
    """
    key = f"agent:{query.day}:{query.sliding}:{query.detail}"
    return kept(key, lambda: _answer(query, now), for_s=CACHE_S)


def _answer(query: Query, now: datetime) -> dict[str, Any]:
    window = query.window(now)
    tasks = [settled for _, _, settled in settled_in(window)]
    summary = summarise(tasks)
    answer: dict[str, Any] = {
        "date": window.date,
        **_figures(summary),
        "slo_met": {
            "tte_under_60s": None if summary.tte.p95 is None else TTE_P95.is_met(summary.tte.p95),
            "success_rate_above_99": None
            if summary.success_rate_percent is None
            else SUCCESS.is_met(summary.success_rate_percent),
        },
    }
    return {**answer, **_detail(window, tasks, summary)} if query.detail else answer


def _figures(summary: Summary) -> dict[str, Any]:
    return {
        "total_tasks": summary.total,
        "success_count": summary.success,
        "failure_count": summary.failure,
        "success_rate_percent": summary.success_rate_percent,
        "tte_ms": asdict(summary.tte),
    }


def _detail(window: Window, tasks: list[Settled], summary: Summary) -> dict[str, Any]:
    return {
        "window": {"from": window.starts_at, "to": window.ends_at},
        "degraded_count": summary.degraded,
        "raw_tte_ms": asdict(summary.raw_tte),
        "stages": stage_durations(window),
        "by_kind": _grouped(tasks, lambda task: task.kind),
        "by_version": _grouped(tasks, lambda task: task.version),
        "by_worker": _grouped(tasks, lambda task: task.worker),
    }


def _grouped(tasks: Iterable[Settled], key: Callable[[Settled], str]) -> dict[str, Any]:
    groups: dict[str, list[Settled]] = defaultdict(list)
    for task in tasks:
        groups[key(task) or "unknown"].append(task)
    return {name: _figures(summarise(members)) for name, members in sorted(groups.items())}


def stage_durations(window: Window) -> dict[str, Any]:
    """Milliseconds spent in each state by the tasks that count: samples, P50, P95, P99."""
    stages: dict[str, list[int]] = defaultdict(list)
    for state, spent_ms in stage_samples(window):
        stages[state].append(spent_ms)
    return {
        state: {"samples": len(samples), **asdict(percentiles(samples))} for state, samples in stages.items()
    }
