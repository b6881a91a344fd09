"""Rows as the pipeline leaves them."""

from datetime import UTC, datetime, timedelta

from tasks_app.models import Lane, PullRequest, Task, TaskEvent
from tasks_app.pipeline.states import State, public_status

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def seconds(number):
    return timedelta(seconds=number)


def settled_task(state="done", *, at=NOON, tte_s=None, **columns):
    """A task that settled at `at`; merged after `tte_s` seconds when given."""
    created_at = at - seconds(100)
    merged_at = None if tte_s is None else created_at + seconds(tte_s)
    defaults = {"settled_at": at, "settled_state": state, "fingerprint": "f", "question": "How?"}
    task = Task(
        state=state, status=public_status(State(state)).value, created_at=created_at, entered_at=at,
        merged_at=merged_at, **{**defaults, **columns},
    )  # fmt: skip
    task.trace_id = task.task_id
    task.save()
    return task


def walk(task, *moves):
    """Write a timeline: (seconds after creation, from, to)."""
    for after, old, new in moves:
        TaskEvent.objects.create(
            task=task, at=task.created_at + seconds(after), event="x", from_state=old, to_state=new, actor="t"
        )


def pull(name, *, at=NOON, **columns):
    """A pull request whose given times lie at `at`."""
    lane, _ = Lane.objects.get_or_create(repo="o/r", base_branch="main", path="docs/FAQ.md")
    times = dict.fromkeys(columns.pop("times", ()), at)
    return PullRequest.objects.create(
        lane=lane, head_branch=name, created_at=at, entered_at=at, **times, **columns
    )
