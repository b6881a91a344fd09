"""Copies of tasks on the notice board, for readers while the database is away.

Keys and fields are the RFC's: `agent:task:{task_id}` is a hash, `agent:faq:hash:{fingerprint}` a task id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from closedloop.ports.board import Pin
from tasks_app.pipeline.states import PullState, State, Status

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from closedloop.ports.spool import Spooled
    from closedloop.wiring import Ports
    from tasks_app.models import PullRequest, Task
    from tasks_app.services.acceptance import Entry

#: Seconds a copy stays.
TTL_S = 3600

#: The RFC's word for the state of a pull request; one that is not published yet has none.
_PULL_WORDS = {
    PullState.AWAITING_CI: "open",
    PullState.MERGING: "open",
    PullState.MERGED: "merged",
    PullState.CLOSING: "open",
    PullState.ABANDONED: "closed",
}


def task_key(task_id: object) -> str:
    """Where a task's copy hangs."""
    return f"agent:task:{task_id}"


def question_key(fingerprint: str) -> str:
    """Where the id of the task that holds a question hangs."""
    return f"agent:faq:hash:{fingerprint}"


def pull_word(pull: PullRequest | None) -> str:
    """`open`, `merged` or `closed`; empty while there is no pull request to see."""
    return _PULL_WORDS.get(PullState(pull.state), "") if pull else ""


def fields_of(task: Task) -> dict[str, str]:
    """A task as the fields of a hash; what is not known yet is empty."""
    return {
        "status": task.status,
        "question": task.question,
        "trace_id": str(task.trace_id),
        "job_id": task.job_id,
        "pr_url": task.pr_url,
        "state": pull_word(task.pull if task.pull_id else None),
        "task_state": task.state,
        "code": task.code,
        "error_msg": task.error_msg,
        "created_at": _text(task.created_at),
        "updated_at": _text(task.updated_at),
        "started_at": _text(task.started_at),
        "finished_at": _text(task.finished_at),
        "worker_instance": task.worker_instance,
        "worker_version": task.worker_version,
    }


def publish(task: Task, ports: Ports) -> None:
    """Replace a task's copy; best effort."""
    ports.board.pin(task_key(task.pk), fields_of(task), ttl_s=TTL_S)


def publish_new(entry: Entry, ports: Ports) -> None:
    """Hang up what is known of a new task, and who holds its question; best effort."""
    task_id, at = str(entry.task_id), entry.now.isoformat()
    known = {"status": Status.QUEUED.value, "task_state": entry.state, "question": entry.question}
    fields = {**known, "trace_id": task_id, "created_at": at, "updated_at": at}
    ports.board.pin_all(
        [
            Pin(key=task_key(task_id), value=fields, ttl_s=TTL_S),
            Pin(key=question_key(entry.fingerprint), value=task_id, ttl_s=TTL_S),
        ]
    )


def publish_alias(alias_id: UUID, task: Task, ports: Ports) -> None:
    """Hang up where to look for a task under another id; best effort."""
    ports.board.pin(task_key(alias_id), {"alias_of": str(task.pk)}, ttl_s=TTL_S)


def copy_of(task_id: UUID, ports: Ports) -> dict[str, str] | None:
    """The copy of the task with this id or alias, `trace_id` being its own; None when there is none.

    Raises Unavailable when the board is away.
    """
    copy = ports.board.read(task_key(task_id))
    return ports.board.read(task_key(copy["alias_of"])) if copy and "alias_of" in copy else copy


def fields_of_spooled(spooled: Spooled) -> dict[str, str]:
    """What is known of a submission that waits for the database, as the fields of a copy."""
    known = {"status": Status.QUEUED.value, "task_state": State.QUEUED.value, "question": spooled.question}
    at = spooled.at.isoformat()
    return {**known, "trace_id": str(spooled.task_id), "created_at": at, "updated_at": at}


def _text(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
