"""Sentry: what went wrong, tagged so that a trace id finds it, and free of secrets and people."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

import sentry_sdk
from django.conf import settings
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.integrations.django import DjangoIntegration

if TYPE_CHECKING:
    from datetime import timedelta
    from uuid import UUID

    from sentry_sdk.types import Event, Hint

SCRUBBED = "[scrubbed]"
#: Values of keys with these endings are secret, whatever they look like.
_SECRET_KEY = re.compile(r"(authorization|cookie|secret|token|password|passwd|api_?key|dsn)$", re.IGNORECASE)
#: Texts that look like credentials, wherever they stand.
_SECRET_TEXT = re.compile(
    r"gh[pousr]_\w{16,}|github_pat_\w{16,}"  # GitHub
    r"|\bsk-[\w-]{16,}"  # OpenAI and its likes
    r"|\bxox[abeprs]-[\w-]{10,}|hooks\.slack\.com/\S+"  # Slack
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"  # JSON web tokens
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?"
    r"|(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"  # user and password in an address
    r"|\b(?:bearer|basic|token)\s+[\w.~+/=-]{8,}",
    re.IGNORECASE,
)
#: Settings whose values are secrets of this installation.
_SECRET_SETTINGS = (
    "SECRET_KEY",
    "GITHUB_TOKEN",
    "GITHUB_TOKENS",
    "GITHUB_APP_PRIVATE_KEY",
    "GITHUB_WEBHOOK_SECRET",
    "GITHUB_WEBHOOK_SECRET_OLD",
    "OPENAI_API_KEY",
)
#: Shorter ones would turn ordinary words black.
_SHORTEST_SECRET = 8
#: Seconds that a process about to end waits for its last report.
_FLUSH_S = 2.0
#: Public types of work, by the kind of the task.
_TASK_TYPES = {"faq": "faq_generation"}


class TaskLike(Protocol):
    """What is told of a task: never its question or answer."""

    pk: UUID
    kind: str
    state: str
    status: str
    code: str
    pr_url: str
    worker_instance: str
    worker_version: str
    created_at: datetime
    merged_at: datetime | None


def init(worker: str) -> None:
    """Start reporting under the name of this process; without a DSN nothing is ever sent."""
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN or None,
        release=f"closedloop@{settings.APP_VERSION}",
        environment=settings.ENV,
        # Each integration that finds its library by itself imports it: 0.5 s and 40 MB for none of ours.
        auto_enabling_integrations=False,
        integrations=[DjangoIntegration(), CeleryIntegration()],
        send_default_pii=False,
        max_request_body_size="never",
        # Local variables hold questions, answers and clients with their tokens.
        include_local_variables=False,
        before_send=scrub_event,
        before_breadcrumb=scrub_crumb,
    )
    sentry_sdk.set_tag("app_version", settings.APP_VERSION)
    sentry_sdk.set_tag("worker_instance", worker)
    deployment = {"version": settings.APP_VERSION, "instance_id": worker, "deployed_at": _started_at}
    sentry_sdk.set_context("deployment", deployment)


def tag_task(task: TaskLike) -> None:
    """Let whatever is reported from here on in this job carry the task."""
    sentry_sdk.set_tags(task_tags(task))


def report_task_failure(task: TaskLike) -> None:
    """Report a task that ended badly; the same code is the same issue."""
    with sentry_sdk.new_scope() as scope:
        scope.set_tags(task_tags(task))
        scope.fingerprint = ["task-failed", task.kind, task.code]
        scope.capture_message(f"Task failed: {task.code or task.state}", level="error")


def report_degraded_answer(task: TaskLike, reason: str) -> None:
    """Report an answer that was made without the model; all of them are one issue."""
    with sentry_sdk.new_scope() as scope:
        scope.set_tags(task_tags(task))
        scope.set_extra("reason", reason)
        scope.fingerprint = ["answer-degraded", task.kind]
        scope.capture_message("Answered without the model", level="error")


def report_stale_worker(*, worker_id: str, app_version: str, age: timedelta, stuck_task_id: str) -> None:
    """Report a worker that fell silent; each worker is its own issue."""
    with sentry_sdk.new_scope() as scope:
        scope.set_tags({"worker_id": worker_id, "app_version": app_version, "stuck_task_id": stuck_task_id})
        scope.set_extra("heartbeat_age_seconds", int(age.total_seconds()))
        scope.set_tag("heartbeat_age_seconds", str(int(age.total_seconds())))
        scope.fingerprint = ["worker-stale", worker_id]
        scope.capture_message(f"Worker {worker_id} is silent", level="error")


def report_deaf_worker(*, worker_id: str, app_version: str, silent_s: float) -> None:
    """Report a worker that leaves because it takes no jobs, and wait a moment until that has left."""
    with sentry_sdk.new_scope() as scope:
        scope.set_tags({"worker_id": worker_id, "app_version": app_version})
        scope.set_extra("silent_seconds", round(silent_s))
        scope.fingerprint = ["worker-deaf", worker_id]
        scope.capture_message(f"Worker {worker_id} takes no jobs and leaves", level="fatal")
    sentry_sdk.flush(timeout=_FLUSH_S)


def task_tags(task: TaskLike) -> dict[str, str]:
    """Tags by which a task is found; empty ones are left out."""
    is_timeout = task.code.endswith("_timeout")
    tags = {
        "task_id": str(task.pk),
        "trace_id": str(task.pk),
        "task_type": _TASK_TYPES.get(task.kind, task.kind),
        "task_status": "timeout" if is_timeout else task.status,
        "tte_ms": _tte_ms(task),
        "success": "true" if task.state == "done" else "false",
        "error_type": task.code,
        "pr_url": task.pr_url,
        "worker_instance": task.worker_instance,
        "app_version": task.worker_version,
    }
    return {name: value for name, value in tags.items() if value}


def scrub_event(event: Event, _hint: Hint) -> Event:
    """Take every secret out of an event."""
    scrubbed: Event = scrub(event)
    return scrubbed


def scrub_crumb(crumb: dict[str, Any], _hint: Hint) -> dict[str, Any]:
    """Take every secret out of a breadcrumb."""
    scrubbed: dict[str, Any] = scrub(crumb)
    return scrubbed


def scrub(value: Any) -> Any:
    """The same value without secrets, at any depth."""
    if isinstance(value, str):
        return _SECRET_TEXT.sub(SCRUBBED, _without_ours(value))
    if isinstance(value, dict):
        return {key: SCRUBBED if _is_secret(key, inner) else scrub(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [scrub(inner) for inner in value]
    return value


def _is_secret(key: object, value: object) -> bool:
    return isinstance(value, str) and bool(value) and bool(_SECRET_KEY.search(str(key)))


def _without_ours(text: str) -> str:
    for name in _SECRET_SETTINGS:
        value = getattr(settings, name)
        for secret in [value] if isinstance(value, str) else value:
            if len(secret) >= _SHORTEST_SECRET:
                text = text.replace(secret, SCRUBBED)
    return text


def _tte_ms(task: TaskLike) -> str:
    if task.merged_at is None:
        return ""
    return str(round((task.merged_at - task.created_at).total_seconds() * 1000))


_started_at = datetime.now(UTC).isoformat()
