"""What those are told who find the queue full: how many wait, and when there will be room."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from tasks_app import selectors
from tasks_app.pipeline.pressure import FIVE_MINUTES_S, MINUTE_S, Pressure, retry_after_s
from tasks_app.services.errors import QueueFull
from tasks_app.services.remembering import Remembered

if TYPE_CHECKING:
    from tasks_app.selectors import Flow

#: Those who are refused come in crowds.
_remembered: Remembered[str, Flow] = Remembered(timedelta(seconds=1))


def queue_full(now: datetime) -> QueueFull:
    """The refusal, with what was measured."""
    flow = _remembered.get("", now, lambda: _read(now))
    pressure = Pressure(
        waiting=flow.waiting,
        limit=settings.QUEUE_LIMIT,
        left_in_minute=flow.left_in_minute,
        left_in_five=flow.left_in_five,
    )
    seconds = retry_after_s(pressure)
    detail = f"{flow.waiting} tasks are waiting, {settings.QUEUE_LIMIT} may; try again in {seconds} s"
    return QueueFull(detail, waiting=flow.waiting, retry_after_s=seconds)


def forget() -> None:
    """Count anew at the next refusal."""
    _remembered.forget()


def _read(now: datetime) -> Flow:
    return selectors.queue_flow(
        minute_ago=now - timedelta(seconds=MINUTE_S), five_minutes_ago=now - timedelta(seconds=FIVE_MINUTES_S)
    )
