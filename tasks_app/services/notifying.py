"""Telling people: written down with what happened, delivered after it, each message at most once.

A channel that is away delays the message and nothing else. Chat and mail cannot be asked whether a
message arrived: after a crash in the middle of sending it, or a lost answer, it counts as sent. A comment
can be looked up.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from django.conf import settings

from closedloop.ports.discussion import CommentDraft
from closedloop.ports.errors import PortError
from closedloop.ports.notifier import Message, PartlyDelivered, Severity
from tasks_app import workflow
from tasks_app.models import Effect, Notification
from tasks_app.services.commit import commit_step, finish, try_claim
from tasks_app.services.effects import EffectOrder, perform
from tasks_app.services.troubles import forge_code, try_later

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from closedloop.wiring import Ports
    from tasks_app.models import PullRequest
    from tasks_app.services.commit import Mail

#: News that is older helps nobody.
_WITHIN = timedelta(hours=24)
#: Deliveries that were lost or failed, after which it is given up.
_ATTEMPTS = 100
#: A list of comments may lag behind, and the forge would take the same comment twice.
_COMMENT_SHOWS_AFTER = timedelta(seconds=30)


def post_message(about_id: UUID, message: Message, mail: Mail, *, now: datetime) -> None:
    """Tell the operators' channels, because the caller's transaction commits."""
    row = Notification(kind=Notification.Kind.MESSAGE, about_id=about_id, severity=message.severity.value)
    _post(row, message.title, message.body, mail, now)


def post_comment(pull: PullRequest, title: str, body: str, mail: Mail, *, now: datetime) -> None:
    """Say something on a published pull request, because the caller's transaction commits."""
    row = Notification(kind=Notification.Kind.COMMENT, about_id=pull.pk, severity=Severity.WARNING.value)
    row.number = pull.number
    _post(row, title, body, mail, now)


def _post(row: Notification, title: str, body: str, mail: Mail, now: datetime) -> None:
    row.id, row.title, row.body = mail.new_id(), title[:300], body
    row.created_at = row.entered_at = row.next_look_at = now
    row.deadline_at = now + _WITHIN
    row.save(force_insert=True)
    mail.hints.extend(workflow.resume_notification(row.pk))


def deliver(notification_id: UUID, ports: Ports) -> None:
    """Deliver one message, or note why that will not happen."""
    row = try_claim(Notification, notification_id, Notification.State.OPEN, ports=ports, lease=settings.LEASE)
    if row is None:
        return
    if row.attempts > _ATTEMPTS or (row.deadline_at and ports.clock() >= row.deadline_at):
        _end(row, Notification.State.GIVEN_UP, ports, note="it could not be delivered in time")
        return
    try:
        url = perform(_order(row, ports), ports)
    except PortError as error:
        resume = partial(workflow.resume_notification, row.pk)
        if try_later(row, error, resume, ports) is not None:
            note = f"{forge_code(error)}: {error.detail}"
            _end(row, Notification.State.GIVEN_UP, ports, note=note[:500])
        return
    _end(row, Notification.State.DELIVERED, ports, url=url)


def _order(row: Notification, ports: Ports) -> EffectOrder:
    if row.kind == Notification.Kind.COMMENT and row.number is not None:
        return _comment(row, row.number, ports)
    message = Message(title=row.title, body=row.body, severity=Severity(row.severity))

    def act() -> str:
        try:
            ports.notifier().notify(message, served=_served(row))
        except PartlyDelivered as error:
            _acts(row).update(result=" ".join(sorted(error.served)))
            raise
        return ""

    return EffectOrder(
        subject_id=row.pk, kind="message", name=str(row.about_id), look_up=None, act=act, writes=0
    )


def _acts(row: Notification) -> QuerySet[Effect]:
    return Effect.objects.filter(subject_id=row.pk, kind="message")


def _served(row: Notification) -> frozenset[str]:
    """The channels that took the message while others did not: nobody reads it twice for their sake."""
    return frozenset(" ".join(_acts(row).values_list("result", flat=True)).split())


def _comment(row: Notification, number: int, ports: Ports) -> EffectOrder:
    marker = f"<!-- closedloop {row.pk} -->"
    draft = CommentDraft(number=number, body=row.body, marker=marker)
    return EffectOrder(
        subject_id=row.pk,
        kind="comment",
        name=f"#{number} {row.pk}",
        look_up=lambda: ports.discussion().find_comment(draft),
        act=lambda: ports.discussion().add_comment(draft),
        shows_after=_COMMENT_SHOWS_AFTER,
    )


def _end(row: Notification, state: Notification.State, ports: Ports, **columns: str) -> None:
    with commit_step("notified", ports):
        finish(row, now=ports.clock(), state=state.value, deadline_at=None, **columns)
