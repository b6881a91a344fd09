"""Celery jobs of this context: an id comes in, one service is called."""

from __future__ import annotations

from uuid import UUID

from celery import Task as Job
from celery import shared_task

from closedloop.log import job_context
from closedloop.wiring import ports
from tasks_app.services import aftercare, boarding, ci, closing, merging, notifying, publishing, steps, sweep


@shared_task(name="tasks.generate", bind=True)
def generate(self: Job[..., None], task_id: str) -> None:
    """Draft an answer."""
    with job_context(trace_id=task_id):
        if not steps.generate(UUID(task_id), ports(), job_id=self.request.id or ""):
            self.request.chain = None  # nothing to judge yet: the rest of the chain would be an idle message


@shared_task(name="tasks.judge")
def judge(task_id: str) -> None:
    """Judge the draft."""
    with job_context(trace_id=task_id):
        steps.judge(UUID(task_id), ports())


@shared_task(name="tasks.depart")
def depart(task_id: str) -> None:
    """Let waiting tasks leave, if their lane is free."""
    with job_context(trace_id=task_id):
        boarding.depart(UUID(task_id), ports())


@shared_task(name="tasks.publish")
def publish(pull_id: str) -> None:
    """Publish a branch and open its pull request."""
    with job_context(pull_id=pull_id):
        publishing.publish(UUID(pull_id), ports())


@shared_task(name="tasks.look_at_ci")
def look_at_ci(pull_id: str) -> None:
    """Look at CI once."""
    with job_context(pull_id=pull_id):
        ci.look_at_ci(UUID(pull_id), ports())


@shared_task(name="tasks.merge")
def merge(pull_id: str) -> None:
    """Merge if no guard objects."""
    with job_context(pull_id=pull_id):
        merging.merge(UUID(pull_id), ports())


@shared_task(name="tasks.close_pull")
def close_pull(pull_id: str) -> None:
    """Close an abandoned pull request on the forge."""
    with job_context(pull_id=pull_id):
        closing.close_on_forge(UUID(pull_id), ports())


@shared_task(name="tasks.look_after")
def look_after(pull_id: str) -> None:
    """Ask whether what was given up while merging is merged after all."""
    with job_context(pull_id=pull_id):
        aftercare.look_after(UUID(pull_id), ports())


@shared_task(name="tasks.notify")
def notify(notification_id: str) -> None:
    """Deliver a message to people."""
    with job_context(notification_id=notification_id):
        notifying.deliver(UUID(notification_id), ports())


@shared_task(name="tasks.sweep", soft_time_limit=25, time_limit=30)
def sweep_all(_row_id: str = "-") -> None:
    """Find work that others lost."""
    sweep.sweep(ports())
