"""When tasks will be done: the traffic is looked at once a second per process, whoever asks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from tasks_app import selectors
from tasks_app.pipeline.eta import AT_FIRST, Outlook, Stay, predict
from tasks_app.pipeline.states import State
from tasks_app.services import learning
from tasks_app.services.boarding import berth_at
from tasks_app.services.remembering import Remembered

if TYPE_CHECKING:
    from tasks_app.models import Lane, Task

_remembered: Remembered[str, Outlook] = Remembered(timedelta(seconds=1))


def eta_of(task: Task, *, now: datetime) -> datetime | None:
    """When the task will be done; None when it is settled, held, to be cancelled or waits for a person."""
    if task.held_at or task.cancel_requested_at:
        return None
    return _eta(State(task.state), task.entered_at, now)


def eta_of_new(*, now: datetime) -> datetime | None:
    """When a task that comes in now will be done."""
    return _eta(State.QUEUED, now, now)


def forget() -> None:
    """Look at the traffic anew at the next question."""
    _remembered.forget()


def _eta(state: State, since: datetime, now: datetime) -> datetime | None:
    outlook = _remembered.get("", now, lambda: _read(now))
    return predict(Stay(state=state, since=since), outlook, now)


def _read(now: datetime) -> Outlook:
    lane, counts = selectors.lane_of(settings.FAQ_PATH), selectors.waiting_counts()
    learnt = learning.usual_stays(selectors.target_repository(), now=now)
    place = berth_at(lane, now) if lane else None
    return Outlook(
        usual=AT_FIRST | {state: learnt[state].typical for state in AT_FIRST if state in learnt},
        queued=counts.get(State.QUEUED, 0),
        drafts_at_once=max(settings.OPENAI_CONCURRENCY, 1),
        waiting=counts.get(State.WAITING_FOR_LANE, 0),
        party=max(settings.LANE_SIZE, 1),
        in_flight=_in_flight(lane),
        berth_at=place,
        is_stacking=place is not None or bool(lane and lane.stacked_id),
        frozen_at=lane.frozen_at if lane else None,
    )


def _in_flight(lane: Lane | None) -> Stay | None:
    if lane is None or lane.pull is None:
        return None
    return Stay(state=State(lane.pull.state), since=lane.pull.entered_at)
