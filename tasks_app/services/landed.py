"""What a merge has made of the tasks' commits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from closedloop.ports.merging import MergeMethod
from tasks_app.models import PullRequest, Task

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from closedloop.ports.forge import BranchHead
    from closedloop.wiring import Ports

_AS_PUSHED = (MergeMethod.MERGE, MergeMethod.SQUASH)


def note_own_commits(pull: PullRequest, merge_sha: str, ports: Ports, *, is_ours: bool = False) -> None:
    """Write down each task's commit on the base. Raises PortErrors.

    What we merged ourselves without a rebase holds the commits as they were pushed. A rebase makes new ones,
    and how people and queues merged is not told: each task has one of the last commits of the base, and its
    trace id says which. One request tells them all; whom we rebased alone has the last one.
    """
    if is_ours and pull.merge_method in _AS_PUSHED:
        return
    tasks = Task.objects.filter(pull=pull)
    ids = list(tasks.values_list("pk", flat=True))
    own = {} if is_ours and len(ids) == 1 else own_commits(merge_sha, ids, ports)
    for task_id in ids:
        # The merge has happened: this is a fact about it, whoever holds the row.
        tasks.filter(pk=task_id).update(commit_sha=own.get(task_id, merge_sha))


def commits_of(head: BranchHead, task_ids: Sequence[UUID], ports: Ports) -> dict[UUID, str]:
    """The commit of each task in a branch; told by their trace ids when an earlier attempt made them."""
    if head.commit_shas:
        return dict(zip(task_ids, head.commit_shas, strict=True))
    return own_commits(head.head_sha, task_ids, ports) if len(task_ids) > 1 else {}


def own_commits(sha: str, task_ids: Sequence[UUID], ports: Ports) -> dict[UUID, str]:
    """The commit of each task among the last ones up to `sha`, by its trace id. Raises PortErrors."""
    # A merge has a commit of its own besides.
    latest = ports.content().commits_to(sha, len(task_ids) + 1)
    lines = {commit.sha: commit.message.splitlines()[1:] for commit in latest}
    found = {
        task_id: next((sha for sha, told in lines.items() if f"trace-id: {task_id}" in told), "")
        for task_id in task_ids
    }
    return {task_id: commit for task_id, commit in found.items() if commit}
