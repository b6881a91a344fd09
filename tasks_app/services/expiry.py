"""Giving up on what waited too long: no row stays open for ever, whatever its step does."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.db.models import F, Q

from tasks_app.models import PullRequest, Task
from tasks_app.pipeline.states import PULL, TASK, Event, PullEvent, PullState, State
from tasks_app.pipeline.steps import DEADLINE_CODES, OVERDUE
from tasks_app.services.bulkhead import run_each
from tasks_app.services.closing import give_way
from tasks_app.services.commit import commit_step
from tasks_app.services.glance import kinds_due
from tasks_app.services.pulls import ABOARD, Abandonment, Fate, abandon
from tasks_app.services.transition import Happening, move_task

if TYPE_CHECKING:
    from closedloop.wiring import Ports

#: Rows of one kind that one sweep gives up on.
BATCH = 200

_OPEN = [state.value for state in PullState if PullEvent.ABANDON in PULL.table[state]]


def expire(ports: Ports) -> int:
    """Give up on whatever is past its deadline; returns how many rows that were."""
    late = kinds_due("deadline_at", (Task, PullRequest), now=ports.clock())
    ways = ((Task, _expire_tasks), (PullRequest, _expire_pulls))
    return run_each(partial(way, ports) for kind, way in ways if kind in late)


def _expire_tasks(ports: Ports) -> int:
    """Tasks past their deadline; those aboard an open pull request go by that one's.

    Who is due, and was not called since or is not come for yet, waits for workers and not in vain: the sweep
    calls first, and counts only what went by while there was a sweep.
    """
    now = ports.clock()
    late = Task.objects.filter(deadline_at__lte=now, held_at__isnull=True)
    late = late.exclude(state__in=[state.value for state in ABOARD], pull__state__in=_OPEN)
    is_due = Q(next_look_at__lte=now, state__in=[State.GENERATING, State.JUDGING])
    was_called = Q(hinted_at__isnull=False, hinted_at__gte=F("next_look_at"), deadline_at__lte=now - OVERDUE)
    late = late.filter(~is_due | was_called)
    expired = late.order_by("deadline_at")[:BATCH]
    return run_each(partial(_expire_task, task, ports) for task in expired)


def _expire_task(task: Task, ports: Ports) -> int:
    state = State(task.state)
    event = Event.FAIL if Event.FAIL in TASK.table[state] else Event.NEED_OPERATOR
    with commit_step("expire", ports):
        detail = f"nothing came of {state} in time"
        happening = Happening(event=event, actor="policy", code=DEADLINE_CODES[state], detail=detail)
        move_task(task, happening, now=ports.clock())
    return 1


def _expire_pulls(ports: Ports) -> int:
    """Pull requests whose own step did not keep the deadline: lost, or failing in a way nobody foresaw."""
    late = PullRequest.objects.filter(deadline_at__lte=ports.clock() - OVERDUE, state__in=_OPEN)
    expired = late.order_by("deadline_at")[:BATCH]
    return run_each(partial(_expire_pull, pull, ports) for pull in expired)


def _expire_pull(pull: PullRequest, ports: Ports) -> int:
    if pull.state == PullState.CLOSING:
        give_way(pull, "it was not closed in time", ports)
        return 1
    detail = f"nothing came of {pull.state} in time; the pull request is left for people"
    code = DEADLINE_CODES[State(pull.state)]
    # It may have been merged, so a person looks; a retry finds out.
    abandon(pull, Abandonment(code=code, detail=detail, fate=Fate.ASK, closes=False), ports)
    return 1
