"""Which probes a round consists of. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the probes look; an empty address is not looked at."""

    health_url: str
    site_url: str
    faq_page_url: str
    #: Our own address, to see that the task endpoint and the workers live.
    self_url: str
    #: Search for errors of a release, with `{version}` in it.
    errors_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What one task put on the page."""

    task_id: str
    #: As readers see them.
    question: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbePlan:
    """One probe to run."""

    kind: str
    url: str
    texts: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()


def health_round(places: Places) -> list[ProbePlan]:
    """Ask whether the environment is well, whatever was published."""
    plans = [
        ProbePlan(kind="healthz", url=places.health_url),
        ProbePlan(kind="front_page", url=places.site_url),
        ProbePlan(kind="faq_page", url=places.faq_page_url),
    ]
    return [plan for plan in plans if plan.url]


def release_round(places: Places, version: str, published: Sequence[Published]) -> list[ProbePlan]:
    """Ask whether the environment is well and the page shows every new answer."""
    plans = [plan for plan in health_round(places) if plan.kind != "faq_page"]
    if places.faq_page_url:
        plans += [_answer(places.faq_page_url, entry) for entry in published]
    if places.errors_url:
        # No error may have been reported for this version: the search must come back empty.
        url = places.errors_url.replace("{version}", version)
        plans.append(ProbePlan(kind="new_errors", url=url, fields=(("", "[]"),)))
    if places.self_url and published:
        task_id = published[0].task_id
        url = f"{places.self_url}/api/agent/tasks/{task_id}"
        plans.append(ProbePlan(kind="task_endpoint", url=url, fields=(("task_id", task_id),)))
        plans.append(ProbePlan(kind="worker_heartbeat", url=f"{places.self_url}/api/v1/health/workers"))
    return plans


def _answer(url: str, entry: Published) -> ProbePlan:
    return ProbePlan(kind=f"answer:{entry.task_id}", url=url, texts=(entry.question, entry.answer))
