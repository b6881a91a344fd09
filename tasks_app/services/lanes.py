"""Lanes: one pull request in flight per file, at most one more on its head, and when nothing merges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import F, Q

from tasks_app import workflow
from tasks_app.models import Lane, PullRequest, Task
from tasks_app.pipeline.states import PullState, State
from tasks_app.services.commit import wake

if TYPE_CHECKING:
    from datetime import datetime

    from closedloop.ports.courier import Hint

#: A pull request in one of these occupies its place in the lane.
FLYING = (PullState.PUBLISHING, PullState.AWAITING_CI, PullState.MERGING)
#: Of one in these it is not known whether it will be merged.
UNDECIDED = (*FLYING, PullState.CLOSING)


def lane_of_faq() -> Lane:
    """The lane of the FAQ file, made on first use."""
    lane, _ = Lane.objects.get_or_create(
        repo=settings.GITHUB_REPO, base_branch=settings.GITHUB_BASE_BRANCH, path=settings.FAQ_PATH
    )
    return lane


def waiting_in(lane_id: int) -> Q:
    """Tasks that wait for this lane."""
    return Q(state=State.WAITING_FOR_LANE, lane_id=lane_id)


def release_lane(pull: PullRequest) -> None:
    """Free the place of this pull request, inside the caller's transaction; who was on its head moves up."""
    lane = Lane.objects.filter(pk=pull.lane_id)
    lane.filter(pull=pull).update(pull_id=F("stacked_id"), stacked=None)
    lane.filter(stacked=pull).update(stacked=None)


def call_followers(pull: PullRequest, *, now: datetime) -> list[Hint]:
    """Have those that were built on its head looked at, inside the transaction that ends this one."""
    followers = PullRequest.objects.filter(base_pull=pull, state__in=[state.value for state in FLYING])
    wake(followers, now=now)
    return [hint for one in followers for hint in workflow.resume_pull(one.pk, PullState(one.state))]


def depart_hint(lane_id: int) -> list[Hint]:
    """Ask for a departure if anybody waits."""
    waiting = Task.objects.filter(Task.workable(), waiting_in(lane_id))
    first = waiting.values_list("pk", flat=True).first()
    return workflow.resume_task(first, State.WAITING_FOR_LANE) if first else []


def lock_lane(lane_id: int) -> None:
    """Let nobody else freeze or thaw it until the caller's transaction ends."""
    Lane.objects.select_for_update().get(pk=lane_id)


def freeze_lane(lane_id: int, reason: str, *, now: datetime) -> None:
    """Stop merges in a lane, because a rollback has the right of way."""
    Lane.objects.filter(pk=lane_id).update(frozen_at=now, freeze_reason=reason[:200])


def thaw_lane(lane_id: int) -> None:
    """Let merges go on."""
    Lane.objects.filter(pk=lane_id).update(frozen_at=None, freeze_reason="")
