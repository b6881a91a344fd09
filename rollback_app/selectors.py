"""Reads of this context."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Max, Min, Q, QuerySet

from rollback_app.models import ProbeResult, Release, Rollback
from rollback_app.states import BEFORE_LIVE, ROLLBACK, ReleaseState
from tasks_app.models import Task
from tasks_app.pipeline.states import State, Status

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

_LEFT_LIVE = (State.DEPLOYING, State.VERIFYING, State.DONE, State.FAILED, State.NEEDS_OPERATOR)


def probes(subject_id: UUID) -> QuerySet[ProbeResult]:
    """Every probe of a release or rollback, in order."""
    return ProbeResult.objects.filter(subject_id=subject_id).order_by("round", "pk")


def open_probes(subject_id: UUID, number: int) -> QuerySet[ProbeResult]:
    """Probes of a round that have not been run."""
    return probes(subject_id).filter(round=number, is_ok__isnull=True)


def first_bad_reading_at(release: Release) -> datetime | None:
    """When the present verification first saw a problem."""
    bad = probes(release.pk).filter(is_ok=False, round__gte=release.first_round)
    found: datetime | None = bad.aggregate(at=Min("finished_at"))["at"]
    return found


def last_reading_at(subject_id: UUID) -> datetime | None:
    """When the last probe was finished."""
    found: datetime | None = probes(subject_id).aggregate(at=Max("finished_at"))["at"]
    return found


def tasks_in(release: Release, *states: State) -> list[Task]:
    """Tasks that the merge carried and that are in one of the states (default: any that is not undone)."""
    wanted = states or _LEFT_LIVE
    tasks = Task.objects.filter(
        pull=release.pull_id, state__in=[s.value for s in wanted], merge_sha=release.sha
    )
    return list(tasks.order_by("priority", "created_at", "pk"))


def release_of(task: Task) -> Release | None:
    """The release that carried a task live."""
    return Release.objects.filter(pull=task.pull_id, sha=task.merge_sha).first() if task.merge_sha else None


def automatic_rollbacks_since(at: datetime) -> int:
    """How many rollbacks nobody asked for were started."""
    return Rollback.objects.filter(is_automatic=True, decided_at__gte=at).count()


def open_rollbacks() -> QuerySet[Rollback]:
    """Rollbacks under way, those that wait for an operator included."""
    return Rollback.objects.exclude(state__in=ROLLBACK.terminal)


def suspect_below(release: Release) -> Release | None:
    """An earlier merge that may be why this one looks bad."""
    return _suspects(release).filter(merged_at__lt=release.merged_at).order_by("merged_at").first()


def suspect_above(release: Release) -> Release | None:
    """A later merge that may be why the environment is bad although this one has been taken back."""
    return _suspects(release).filter(merged_at__gt=release.merged_at).order_by("merged_at").first()


def _suspects(release: Release) -> QuerySet[Release]:
    """Releases of its environment that are still judged, or whose automatic revert is not live yet.

    One whose revert is live, or whose rollback asks a person, explains nothing any more.
    """
    judged = Q(state=ReleaseState.VERIFYING)
    leaving = Q(rollbacks__is_automatic=True, rollbacks__state__in=BEFORE_LIVE)
    return Release.objects.filter(judged | leaving, environment=release.environment)


def stranded_merges(*, since: datetime) -> list[UUID]:
    """Merges that nobody watches though tasks wait to go live with them at least `since` then, as pull ids.

    The hand-over was lost, or a task was retried while its release was under way.
    """
    waiting = Task.objects.filter(status=Status.RUNNING, state=State.DEPLOYING, entered_at__lte=since)
    watched = [ReleaseState.DEPLOYING.value, ReleaseState.VERIFYING.value]
    found = waiting.exclude(pull__release__state__in=watched).values_list("pull_id", flat=True)
    return [pull_id for pull_id in found.distinct() if pull_id is not None]
