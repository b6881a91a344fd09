"""Rounds of probes: pre-created rows, run as a chord, judged from the rows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Min

from closedloop.ports.probe import ProbeOrder
from rollback_app import selectors, workflow
from rollback_app.models import ProbeResult, Release, Rollback
from rollback_app.policy import Reading
from rollback_app.probes import Places, ProbePlan
from tasks_app.services.commit import wake

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from closedloop.ports.courier import FanOut
    from closedloop.wiring import Ports

#: A probe asks at most this long; the sweep repeats a round's open probes after it.
PROBE_TIMEOUT_S = 5.0
#: After this the open probes of a round are taken for lost and sent again.
PATIENCE = timedelta(seconds=PROBE_TIMEOUT_S + 1)


def places() -> Places:
    """Where the probes of this installation look."""
    return Places(
        health_url=settings.HEALTH_URL,
        site_url=settings.SITE_URL,
        faq_page_url=settings.FAQ_PAGE_URL,
        self_url=settings.SELF_CHECK_URL,
        errors_url=settings.SENTRY_ISSUES_URL,
    )


def create_round(subject_id: UUID, number: int, plans: Sequence[ProbePlan], ports: Ports) -> None:
    """Write down the probes of a round, inside the caller's transaction."""
    now = ports.clock()
    ProbeResult.objects.bulk_create(
        ProbeResult(
            subject_id=subject_id,
            round=number,
            kind=plan.kind,
            url=plan.url,
            texts=list(plan.texts),
            fields=[list(pair) for pair in plan.fields],
            created_at=now,
        )
        for plan in plans
    )


def fan_out(subject_id: UUID, number: int, body: str) -> list[FanOut]:
    """The chord over the open probes of a round."""
    ids = list(selectors.open_probes(subject_id, number).values_list("pk", flat=True))
    return [workflow.probe_round(ids, body, subject_id)] if ids else []


def await_round(subject_id: UUID, number: int, body: str, *, now: datetime) -> tuple[datetime, list[FanOut]]:
    """When to look at an unfinished round again, and what to send now: its overdue probes."""
    begun = selectors.open_probes(subject_id, number).aggregate(at=Min("created_at"))["at"]
    if begun is not None and now < begun + PATIENCE:
        return begun + PATIENCE, []
    return now + PATIENCE, fan_out(subject_id, number, body)


def run_probe(probe_id: int, ports: Ports) -> None:
    """Run one probe and write down what it found, unless somebody has; the last one wakes its subject."""
    probe = ProbeResult.objects.filter(pk=probe_id, is_ok__isnull=True).first()
    if probe is None:
        return
    order = ProbeOrder(
        url=probe.url,
        texts=tuple(probe.texts),
        fields=tuple((path, value) for path, value in probe.fields),
        timeout_s=PROBE_TIMEOUT_S,
    )
    reading = ports.prober().probe(order)
    now = ports.clock()
    ProbeResult.objects.filter(pk=probe_id, is_ok__isnull=True).update(
        is_ok=reading.is_ok, detail=reading.detail, elapsed_ms=reading.elapsed_ms, finished_at=now
    )
    if not selectors.open_probes(probe.subject_id, probe.round).exists():
        for model in (Release, Rollback):
            wake(model.objects.filter(pk=probe.subject_id), now=now)


def is_to_begin(subject: Release | Rollback) -> bool:
    """Whether the present verification has no round yet."""
    return subject.round < subject.first_round


def finished_rounds(subject: Release | Rollback) -> list[list[Reading]]:
    """Readings of each round of the present verification; a round without probes is left out."""
    rounds: dict[int, list[Reading]] = {}
    span = (subject.first_round, subject.round)
    for probe in selectors.probes(subject.pk).filter(round__range=span):
        reading = Reading(kind=probe.kind, is_ok=bool(probe.is_ok), detail=probe.detail)
        rounds.setdefault(probe.round, []).append(reading)
    return [rounds[number] for number in sorted(rounds)]
