"""Webhook deliveries: written down once, then taken as hints to look sooner.

Nothing in a delivery is believed. Of its text only identifiers of a strict shape are kept: they decide
which of our own rows are looked at again, and the look asks the forge itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from closedloop.ports.courier import Hint
from tasks_app import selectors, workflow
from tasks_app.models import InboxDelivery, PullRequest, Task
from tasks_app.pipeline.states import PullState, State
from tasks_app.services.commit import commit_step, wake

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from closedloop.wiring import Ports

_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REPO = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")
_WORD = re.compile(r"[a-z_]{1,60}")

#: Where each event names commits (GitHub's "Webhook events and payloads"); others are kept and ignored.
_SHAS_OF: dict[str, tuple[tuple[str, ...], ...]] = {
    "check_run": (("check_run", "head_sha"),),
    "check_suite": (("check_suite", "head_sha"),),
    "workflow_run": (("workflow_run", "head_sha"),),
    "workflow_job": (("workflow_job", "head_sha"),),
    "status": (("sha",),),
    "pull_request": (("pull_request", "head", "sha"),),
    "push": (("after",),),
    "deployment": (("deployment", "sha"),),
    "deployment_status": (("deployment", "sha"),),
    "issue_comment": (),
}

#: Where an event names a pull request by number; issues and pull requests are counted together.
_NUMBER_OF = {"issue_comment": ("issue", "number")}

#: Events of which only one action is news: of checks their end, of remarks their first writing.
_NEWS_OF = {
    "check_run": "completed",
    "check_suite": "completed",
    "workflow_run": "completed",
    "workflow_job": "completed",
    "issue_comment": "created",
}

#: How long a delivery id is remembered: GitHub redelivers for three days, people look back for longer.
KEPT_FOR = timedelta(days=30)
#: Rows deleted per statement, so that no writer waits long for it.
_PRUNE_BATCH = 1000

#: States of tasks for which the next context waits for the forge or the live version.
_BEYOND_MERGE = (State.DEPLOYING, State.VERIFYING, State.ROLLING_BACK)

#: Merged work waits for these, and hotfix pull requests for their checks: the next context looks for itself.
_WAKE_RELEASES = Hint(jobs=("rollback.wake",), row_id="-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One signed delivery."""

    delivery_id: str
    event: str
    #: The decoded JSON.
    payload: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a delivery is about, as far as it names it in the expected shape."""

    repo: str
    action: str
    head_shas: tuple[str, ...]
    number: int | None


def receive(delivery: Delivery, ports: Ports) -> bool:
    """Write the delivery down and wake the rows it may be about; False when it came before.

    Both are one transaction, and the row keeps its time: a hint that is lost afterwards costs time only,
    because the sweep finds every row that was woken.
    """
    subject = read_subject(delivery.event, delivery.payload)
    now = ports.clock()
    row = InboxDelivery(
        delivery_id=delivery.delivery_id,
        event=delivery.event,
        action=subject.action,
        payload={"repo": subject.repo, "head_shas": subject.head_shas, "number": subject.number},
        received_at=now,
        processed_at=now,
    )
    is_new = False
    with commit_step("inbox", ports) as mail:
        known = InboxDelivery.objects.filter(delivery_id=row.delivery_id)
        if not known.exists():
            InboxDelivery.objects.bulk_create([row], ignore_conflicts=True)
            is_new = True
        if is_new and _is_news(delivery.event, subject.action):
            mail.hints.extend(_hints(subject, _watched(delivery.event, subject.action), ports))
    return is_new


def forget_old_deliveries(now: datetime) -> int:
    """Delete deliveries past their time, the oldest first; returns how many."""
    forgotten = 0
    while True:
        oldest = InboxDelivery.objects.order_by("pk").values_list("pk", "received_at")[:_PRUNE_BATCH]
        old = [pk for pk, received_at in oldest if received_at < now - KEPT_FOR]
        forgotten += InboxDelivery.objects.filter(pk__in=old).delete()[0]
        if len(old) < _PRUNE_BATCH:
            return forgotten


def _is_news(event: str, action: str) -> bool:
    return event in _SHAS_OF and action == _NEWS_OF.get(event, action)


def _watched(event: str, action: str) -> QuerySet[PullRequest]:
    """Whose rows it may be news for: of what was given up only the end is, which may be a merge."""
    if (event, action) == ("pull_request", "closed"):
        return selectors.open_pulls() | selectors.cared_for_pulls()
    return selectors.open_pulls()


def _hints(subject: Subject, watched: QuerySet[PullRequest], ports: Ports) -> list[Hint]:
    about = Q(head_sha__in=subject.head_shas)
    if subject.number is not None:
        about |= Q(lane__repo__iexact=subject.repo, number=subject.number)
    pulls = list(watched.filter(about).only("state"))
    if pulls:
        wake(PullRequest.objects.filter(pk__in=[pull.pk for pull in pulls]), now=ports.clock())
    found = [hint for pull in pulls for hint in workflow.resume_pull(pull.pk, PullState(pull.state))]
    if found or not subject.head_shas or not Task.objects.filter(state__in=_BEYOND_MERGE).exists():
        return found
    return [_WAKE_RELEASES]


def read_subject(event: str, payload: Any) -> Subject:
    """Take the identifiers out of a payload; whatever has another shape is not there."""
    number = _at(payload, _NUMBER_OF.get(event, ("pull_request", "number")))
    shas = [_at(payload, path) for path in _SHAS_OF.get(event, ())]
    return Subject(
        repo=_shaped(_REPO, _at(payload, ("repository", "full_name"))),
        action=_shaped(_WORD, _at(payload, ("action",))),
        head_shas=tuple(filter(None, (_shaped(_SHA, sha) for sha in shas))),
        number=number if type(number) is int and 0 < number < 2**31 else None,
    )


def _at(payload: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        payload = payload.get(name) if isinstance(payload, dict) else None
    return payload


def _shaped(shape: re.Pattern[str], text: Any) -> str:
    return text if isinstance(text, str) and shape.fullmatch(text) else ""
