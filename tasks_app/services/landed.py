"""What a merge has made of the tasks' commits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from closedloop.ports.merging import MergeMethod
from tasks_app.models import PullRequest, Task

if TYPE_CHECKING:
    from closedloop.wiring import Ports


def note_own_commits(pull: PullRequest, merge_sha: str, ports: Ports) -> None:
    """Write down each task's commit on the base; only a rebase makes new ones. Raises PortErrors.

    Whoever travels alone has the merge's own. Of several each has one of the last commits of the base, and
    its trace id says which: one request tells them all.
    """
    if pull.merge_method != MergeMethod.REBASE:
        return
    tasks = Task.objects.filter(pull=pull)
    count = tasks.count()
    commits = {merge_sha: ""} if count == 1 else _messages(merge_sha, count, ports)
    for task in tasks:
        mark = f"trace-id: {task.pk}"
        own = [sha for sha, message in commits.items() if count == 1 or mark in message.splitlines()[1:]]
        # The merge has happened: this is a fact about it, whoever holds the row.
        tasks.filter(pk=task.pk).update(commit_sha=own[0] if own else merge_sha)


def _messages(sha: str, count: int, ports: Ports) -> dict[str, str]:
    return {commit.sha: commit.message for commit in ports.content().commits_to(sha, count)}
