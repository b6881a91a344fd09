"""Follows tasks in a terminal: one line per thing that happened, with the seconds since it was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from tasks_app.models import Task, TaskEvent
from tasks_app.pipeline.states import SETTLED, State

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

#: States that a follower does not wait beyond: settled, or somebody has to act.
_RESTING = SETTLED | {State.NEEDS_OPERATOR, State.AWAITING_APPROVAL}


class Follower:
    """Prints the news of some tasks since it last looked."""

    def __init__(self, task_ids: Sequence[UUID], write: Callable[[str], object]) -> None:
        self._ids = list(dict.fromkeys(task_ids))
        self._write = write
        self._last_event = 0
        self._are_done = False

    @property
    def are_all_done(self) -> bool:
        """Whether every task ended as done."""
        return self._are_done

    def print_news(self) -> bool:
        """Print what happened since the last look; True when every task rests."""
        # Events are read after the tasks: what the tasks say has its event by then.
        tasks = {task.pk: task for task in Task.objects.filter(pk__in=self._ids)}
        news = TaskEvent.objects.filter(task__in=self._ids, pk__gt=self._last_event).order_by("pk")
        for event in news:
            self._last_event = event.pk
            self._write(self._line(event, tasks[event.task_id]))
        self._are_done = all(task.state == State.DONE for task in tasks.values())
        is_over = all(State(task.state) in _RESTING for task in tasks.values())
        if is_over:
            for task in tasks.values():
                self._write(self._ending(task))
        return is_over

    def _line(self, event: TaskEvent, task: Task) -> str:
        seconds = (event.at - task.created_at).total_seconds()
        which = f" {str(task.pk)[:8]}" if len(self._ids) > 1 else ""
        reason = " ".join(part for part in (event.code, event.detail) if part)
        return f"  {seconds:7.2f} s{which}  {event.to_state:<17} {reason}".rstrip()

    def _ending(self, task: Task) -> str:
        lines = [f"{task.state}: {task.question}"]
        if task.pr_url:
            lines.append(f"  pull request {task.pr_url}")
        if task.state == State.DONE and settings.FAQ_PAGE_URL:
            lines.append(f"  page {settings.FAQ_PAGE_URL}")
        if task.error_msg:
            lines.append(f"  {task.code}: {task.error_msg}")
        return "\n".join(lines)
