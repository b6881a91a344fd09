"""What this context knows about a task and about a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from closedloop.chapters import Badge, Chapter, Code, Link, Prose, Ref, Table, Tone, facts
from tasks_app import selectors
from tasks_app.models import Effect, Task
from tasks_app.services import outlook
from tasks_app.story.timeline import audit_chapter, timeline_chapter
from tasks_app.story.tones import effect_badge, pull_badge, state_badge

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from uuid import UUID

    from tasks_app.models import PullRequest

_DEGRADED = Badge(text="answered without the model", tone=Tone.WARN)
#: Siblings beyond these are told by their number.
_SIBLINGS_SHOWN = 20


def tell(task: Task, *, now: datetime) -> list[Chapter]:
    """The chapters of this context."""
    events = selectors.task_events(task.pk)
    subjects = {task.pk: "task", **({task.pull_id: "pull request"} if task.pull_id else {})}
    chapters = [
        task_chapter(task, now=now),
        timeline_chapter(task, events, now=now),
        operation_chapter(task),
        *([pull_chapter(task.pull, apart_from=task)] if task.pull else []),
        effects_chapter(subjects),
        audit_chapter(task, events),
    ]
    return [chapter for chapter in chapters if chapter.facts or any(table.rows for table in chapter.tables)]


def task_chapter(task: Task, *, now: datetime) -> Chapter:
    """The row itself."""
    return Chapter(
        name="task",
        title="Task",
        facts=facts(
            question=Prose(text=task.question),
            trace_id=Code(text=str(task.trace_id)),
            state=state_badge(task.state),
            status=task.status,
            code=Code(text=task.code),
            reason=Prose(text=task.error_msg),
            left_state=Code(text=task.left_state),
            kind=task.kind,
            priority=task.get_priority_display(),
            asked_at=task.created_at,
            started_at=task.started_at,
            merged_at=task.merged_at,
            finished_at=task.finished_at,
            eta=outlook.eta_of(task, now=now),
            promised_at=task.promised_at,
            time_to_execute=task.merged_at - task.created_at if task.merged_at else None,
            age=None if task.finished_at else now - task.created_at,
            duration=task.finished_at - task.created_at if task.finished_at else None,
            next_look_at=task.next_look_at,
            deadline_at=task.deadline_at,
            held_at=task.held_at,
            cancel_requested_at=task.cancel_requested_at,
            worker=task.worker_instance,
            version=Code(text=task.worker_version),
            job_id=Code(text=task.job_id),
        ),
    )


def operation_chapter(task: Task) -> Chapter:
    """What is to be written into the document, and who drafted it."""
    tokens = task.prompt_tokens + task.completion_tokens
    return Chapter(
        name="operation",
        title="Operation",
        facts=facts(
            section=Prose(text=task.section),
            answer=Prose(text=task.answer),
            sources=Prose(text="\n".join(map(str, task.sources))),
            drafted=_DEGRADED if task.is_degraded else None,
            model=Code(text=task.model),
            prompt_tokens=task.prompt_tokens if tokens else None,
            completion_tokens=task.completion_tokens if tokens else None,
            red_pull_requests=task.red_runs or None,
            travels_with=_company(task),
        ),
    )


def _company(task: Task) -> str | None:
    """With whom a suspect travels."""
    if task.part is None:
        return None
    return "nobody else" if task.part.size == 1 else f"the other suspects, {task.part.size} in all"


def pull_chapter(pull: PullRequest, *, apart_from: Task | None = None) -> Chapter:
    """A pull request, its commits and the tasks that travel in it."""
    return Chapter(
        name="pull_request",
        title="Pull request",
        facts=facts(
            pull_request=Link(text=f"#{pull.number}" if pull.number else "", url=pull.url),
            row=Ref(text=pull.head_branch, model="tasks_app.pullrequest", pk=str(pull.pk)),
            state=pull_badge(pull.state),
            code=Code(text=pull.code),
            note=Prose(text=pull.note),
            built_on=Ref(text=str(pull.base_pull), model="tasks_app.pullrequest", pk=str(pull.base_pull_id))
            if pull.base_pull
            else None,
            base_commit=commit_link(pull, pull.base_sha),
            head_commit=commit_link(pull, pull.head_sha),
            task_commit=commit_link(pull, apart_from.commit_sha) if apart_from else None,
            merge_commit=commit_link(pull, pull.merge_sha),
            merge_way=pull.merge_way,
            merge_method=pull.merge_method,
            created_at=pull.created_at,
            published_at=pull.published_at,
            green_at=pull.green_at,
            merged_at=pull.merged_at,
            abandoned_at=pull.abandoned_at,
            ci_took=pull.green_at - pull.published_at if pull.green_at and pull.published_at else None,
        ),
        tables=(_passengers(pull, apart_from),),
    )


def _passengers(pull: PullRequest, apart_from: Task | None) -> Table:
    aboard = selectors.tasks().filter(pull=pull)
    if apart_from:
        aboard = aboard.exclude(pk=apart_from.pk)
    name = "siblings" if apart_from else "tasks"
    rows = task_rows(aboard[: _SIBLINGS_SHOWN + 1])
    if len(rows) <= _SIBLINGS_SHOWN:
        return Table(name=name, head=_TASK_HEAD, rows=rows)
    return Table(name=f"{name}_(the_first_{_SIBLINGS_SHOWN})", head=_TASK_HEAD, rows=rows[:_SIBLINGS_SHOWN])


_TASK_HEAD = ("question", "state", "asked_at", "commit")


def task_rows(tasks: Iterable[Task]) -> tuple[tuple[Ref, Badge, datetime, Code], ...]:
    """One row per task."""
    return tuple(
        (
            Ref(text=task.question, model="tasks_app.task", pk=str(task.pk)),
            state_badge(task.state),
            task.created_at,
            Code(text=task.commit_sha[:12]),
        )
        for task in tasks
    )


def task_table(name: str, tasks: Iterable[Task]) -> Table:
    """Some tasks under a name."""
    return Table(name=name, head=_TASK_HEAD, rows=task_rows(tasks))


def commit_link(pull: PullRequest, sha: str) -> Link:
    """A commit of the repository in which the pull request lies."""
    repository, is_known, _ = pull.url.partition("/pull/")
    return Link(text=sha[:12], url=f"{repository}/commit/{sha}" if is_known and sha else "")


def effects_chapter(subjects: Mapping[UUID, str]) -> Chapter:
    """Outside acts of some rows, each at most once; `subjects` says what each row is."""
    effects = Effect.objects.filter(subject_id__in=list(subjects)).order_by("intended_at", "pk")
    rows = tuple(
        (
            subjects[effect.subject_id],
            effect.kind,
            effect_badge(effect.status),
            Code(text=effect.name),
            Code(text=effect.result),
            effect.attempts,
            effect.intended_at,
            effect.settled_at - effect.intended_at if effect.settled_at else None,
        )
        for effect in effects
    )
    head = ("of", "kind", "status", "name", "result", "attempts", "intended_at", "took")
    return Chapter(
        name="effects", title="Effects outside", tables=(Table(name="effects", head=head, rows=rows),)
    )
