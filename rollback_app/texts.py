"""What people read about a rollback. Reasons and ids are ours; whatever came from outside is made inert."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks_app.pipeline import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rollback_app.models import Rollback


def pull_title(reason: str) -> str:
    """Title of the hotfix pull request."""
    return text.cut(f"🚨 Auto-rollback: {text.defuse(text.one_line(reason))}", 200)


def pull_body(rollback: Rollback, task_ids: Sequence[str]) -> str:
    """What is reverted, why, when, and for which tasks."""
    lines = [
        f"Reason: {_inert(rollback.reason)}",
        f"Reverted commit: {rollback.release.sha}",
        f"Time: {rollback.decided_at:%Y-%m-%d %H:%M:%S} UTC",
        f"Decided by: {_inert(rollback.actor)}",
        "",
        *(f"trace-id: {task_id}" for task_id in task_ids),
    ]
    return "\n".join(lines)


def issue_title(reason: str) -> str:
    """Title of the incident issue."""
    return text.cut(f"🚨 Production Rollback: {text.defuse(text.one_line(reason))}", 200)


def issue_body(rollback: Rollback, task_ids: Sequence[str]) -> str:
    """The incident, with the checklist that closes it."""
    lines = [
        f"Reverted commit: {rollback.release.sha}",
        f"Reason: {_inert(rollback.reason)}",
        f"Rollback pull request: {rollback.url}",
        f"Time: {rollback.decided_at:%Y-%m-%d %H:%M:%S} UTC",
        "",
        "- [ ] Find the root cause",
        "- [ ] Fix it",
        "- [ ] Resubmit with full CI",
        "",
        *(f"trace-id: {task_id}" for task_id in task_ids),
        "",
        issue_marker(rollback),
    ]
    return "\n".join(lines)


def issue_marker(rollback: Rollback) -> str:
    """The text by which the incident of this rollback is found again."""
    return f"rollback-id: {rollback.pk}"


def _inert(words: str) -> str:
    return text.inline_markdown(text.defuse(text.one_line(words)))
