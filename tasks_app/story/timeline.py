"""What happened to a task, in order, with how long each stage lasted; and what people did to it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType

from closedloop.chapters import Chapter, Prose, Stay, Table
from tasks_app import selectors
from tasks_app.models import Task
from tasks_app.pipeline.states import SETTLED, Event, State
from tasks_app.story.tones import state_badge

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from closedloop.chapters import Value
    from tasks_app.models import TaskEvent

#: What only a person asks for, unless the policy did.
_ACTS = {
    "ask_to_cancel",
    Event.RETRY,
    Event.RESUME,
    Event.CANCEL,
    Event.ROLL_BACK,
    Event.APPROVE,
    Event.CORRECT,
}
_POLICY = "policy"


def timeline_chapter(task: Task, events: Sequence[TaskEvent], *, now: datetime) -> Chapter:
    """Every event, oldest first; a stage's stay stands beside the event that began it."""
    stays = _stays(events, now)
    rows: list[tuple[Value, ...]] = []
    for event in events:
        stay = next(stays, None) if event.from_state != event.to_state else None
        note = ": ".join(part for part in (event.code, event.detail) if part)
        after = event.at - task.created_at
        rows.append(
            (event.at, after, state_badge(event.to_state), stay, event.event, event.actor, Prose(text=note))
        )
    head = ("at", "after", "state", "lasted", "event", "by", "note")
    table = Table(name="events", head=head, rows=tuple(rows))
    return Chapter(name="timeline", title="Timeline", tables=(table,))


def _stays(events: Sequence[TaskEvent], now: datetime) -> Iterator[Stay | None]:
    """The stay in each state; None for the rest in a settled one, which would dwarf all others."""
    stages = selectors.stages(events, now=now)
    whole = max(sum(stage.seconds for stage in stages if not _is_rest(stage)), 0.001)
    before = 0.0
    for stage in stages:
        if _is_rest(stage):
            yield None
            continue
        yield Stay(
            lasted=timedelta(seconds=stage.seconds),
            begins=before / whole,
            share=stage.seconds / whole,
            tone=state_badge(stage.state).tone,
        )
        before += stage.seconds


def _is_rest(stage: selectors.Stage) -> bool:
    return State(stage.state) in SETTLED


def audit_chapter(task: Task, events: Sequence[TaskEvent]) -> Chapter:
    """Who asked for what and why, through whichever door; and which button was pressed in the admin."""
    acts = tuple(
        (event.at, event.actor, event.event, Prose(text=event.detail)) for event in _acts_of_people(events)
    )
    presses = tuple(
        (entry.action_time, entry.user.get_username(), Prose(text=entry.get_change_message()))
        for entry in _log_entries(task)
    )
    return Chapter(
        name="audit",
        title="Audit",
        tables=(
            Table(name="acts_of_people", head=("at", "by", "event", "reason"), rows=acts),
            Table(name="pressed_in_the_admin", head=("at", "by", "what"), rows=presses),
        ),
    )


def _acts_of_people(events: Sequence[TaskEvent]) -> Iterator[TaskEvent]:
    was_asked = False
    for event in events:
        was_asked |= event.event == "ask_to_cancel"
        # A cancellation that was asked for is carried out by a worker: the asking is the person's act.
        is_carried_out = event.event == Event.CANCEL and was_asked
        if event.event in _ACTS and event.actor != _POLICY and not is_carried_out:
            yield event


def _log_entries(task: Task) -> Sequence[LogEntry]:
    kind = ContentType.objects.get_for_model(Task)
    entries = LogEntry.objects.filter(content_type=kind, object_id=str(task.pk))
    return list(entries.select_related("user").order_by("pk"))
