"""The stored operation of a task, as the value that the pure core applies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks_app.pipeline.faq import FaqOperation

if TYPE_CHECKING:
    from tasks_app.models import Task


def operation_of(task: Task) -> FaqOperation:
    """What this task changes in the FAQ file."""
    return FaqOperation(
        section=task.section,
        question=task.question,
        answer=task.answer,
        sources=tuple(task.sources),
        trace_id=str(task.pk),
        degraded=task.is_degraded,
    )
