"""The page's table of requests to the forge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from closedloop.chapters import coarse
from closedloop.ports.traffic import Kind
from metrics_app.selectors.traffic import traffic_in
from metrics_app.slo.windows import whole_hours
from tasks_app.pipeline.budget import rooms
from tasks_app.services.budget import limits, standing

if TYPE_CHECKING:
    from datetime import datetime

_TITLES = {
    Kind.REST_READ: "REST reads",
    Kind.UNCHANGED: "of them free (unchanged)",
    Kind.REST_WRITE: "REST writes",
    Kind.CONTENT_WRITE: "of them new content",
    Kind.GRAPHQL: "GraphQL",
    Kind.GIT_FETCH: "git fetches",
    Kind.GIT_PUSH: "git pushes",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficLine:
    """Requests of one kind."""

    title: str
    sent: int
    #: Per merged task; – when none was merged.
    per_task: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficPanel:
    """What was sent since the beginning of the hour before the present one."""

    since: datetime
    tasks_merged: int
    lines: tuple[TrafficLine, ...]
    #: What the forge lets us write: used and allowed in each window; empty where there is no limit.
    limits: tuple[str, ...]


def traffic_panel(now: datetime) -> TrafficPanel:
    """The last hour, back to a whole one."""
    traffic = traffic_in(whole_hours("1h", now))

    def line(title: str, sent: int) -> TrafficLine:
        share = traffic.per_task(sent)
        return TrafficLine(title=title, sent=sent, per_task="–" if share is None else f"{share:.2f}")

    return TrafficPanel(
        since=traffic.window.starts_at,
        tasks_merged=traffic.tasks_merged,
        lines=(
            *(line(title, traffic.sent(kind)) for kind, title in _TITLES.items()),
            line("all", traffic.total()),
        ),
        limits=_limits(now),
    )


def _limits(now: datetime) -> tuple[str, ...]:
    allowed = limits()
    caps = [cap for cap in (allowed.per_minute, allowed.per_hour) if cap]
    found = rooms(standing(now).spent, allowed, now=now)
    return tuple(
        f"{room.used} of {cap} in {coarse(room.length)}" for room, cap in zip(found, caps, strict=True)
    )
