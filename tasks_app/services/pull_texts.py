"""What a pull request says of its tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from closedloop.ports.forge import PullDraft
from tasks_app.pipeline import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasks_app.models import PullRequest, Task

#: GitHub takes bodies of 65 536 characters.
BODY_LIMIT = 60_000


def pull_draft(pull: PullRequest, tasks: Sequence[Task]) -> PullDraft:
    """Title and body of the pull request of these tasks."""
    return PullDraft(
        title=text.pull_title(tasks[0].question, more=len(tasks) - 1),
        body=_body(tasks),
        head_branch=pull.head_branch,
        base_branch=pull.lane.base_branch,
    )


def _body(tasks: Sequence[Task]) -> str:
    """Every trace id; long questions are cut where they would not all have room."""
    fixed = _told(tasks, [""] * len(tasks))
    share = (BODY_LIMIT - len(fixed)) // len(tasks)
    whole = [_inert(task.question) for task in tasks]
    if len(fixed) + sum(map(len, whole)) <= BODY_LIMIT:
        return _told(tasks, whole)
    return _told(tasks, [_cut(task.question, share) for task in tasks])


def _told(tasks: Sequence[Task], questions: Sequence[str]) -> str:
    lines = ["Answers asked for through closedloop.", ""]
    for task, question in zip(tasks, questions, strict=True):
        lines += [f"- {question}", f"  trace-id: {task.pk}"]
        if task.is_degraded:
            lines.append("  (drafted from the documentation without the model)")
    return "\n".join(lines)


def _cut(question: str, most: int) -> str:
    """As much of a question as has room once it is made inert."""
    shown, length = _inert(question), len(question)
    while len(shown) > most and length > 1:
        length = max(1, length * most // len(shown) - 1)
        shown = _inert(text.cut(question, length))
    return shown


def _inert(question: str) -> str:
    # Backslashes do not stop the forge's mention filter, hence both.
    return text.defuse(text.inline_markdown(question))
