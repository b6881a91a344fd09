"""The task's page: its whole story, and the buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.urls import reverse

from closedloop.chapters import Badge, Chapter, Link, Tone, coarse, spell
from tasks_app import selectors
from tasks_app.admin.task_acts import TASK_ACTS
from tasks_app.admin.task_list import TaskList
from tasks_app.models import Task
from tasks_app.pipeline.states import SETTLED, State
from tasks_app.services import outlook
from tasks_app.story import tell
from tasks_app.story.chapters import commit_link
from tasks_app.story.tones import state_badge

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest

#: How often the page of an open task loads itself anew.
_REFRESH_S = 3
#: What the page shows first; the rest follows in the order of the telling.
_FIRST = ("timeline", "task")


@admin.register(Task)
class TaskAdmin(TaskList):
    """One task."""

    acts = TASK_ACTS

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Task | None:
        """The whole row, with the long texts that the list leaves out."""
        found: Task | None = super().get_object(request, object_id, from_field)
        return selectors.task_by_id(found.pk) if found else None

    def page(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """An open task's page keeps itself fresh."""
        is_resting = State(row.state) in SETTLED | {State.NEEDS_OPERATOR, State.AWAITING_APPROVAL}
        return {**super().page(request, row), "refresh_s": None if is_resting else _REFRESH_S}

    def heading(self, row: Task) -> str:
        """The question."""
        return row.question

    def badges(self, row: Task, now: datetime) -> list[Badge]:
        """State first, then what is out of the ordinary."""
        found = [state_badge(row.state)]
        if row.is_degraded:
            found.append(Badge(text="answered without the model", tone=Tone.WARN))
        if row.cancel_requested_at and State(row.state) not in SETTLED:
            found.append(Badge(text="cancel asked for", tone=Tone.WARN))
        return found

    def lead(self, row: Task, now: datetime) -> str:
        """How long it took, in words."""
        asked = f"asked {row.created_at:%Y-%m-%d %H:%M:%S} UTC"
        merged = f"merged after {spell(row.merged_at - row.created_at)}" if row.merged_at else ""
        until = row.finished_at or now
        word = row.state.replace("_", " ") if row.finished_at else "open for"
        ended = f"{word} {'after ' if row.finished_at else ''}{spell(until - row.created_at)}"
        eta = outlook.eta_of(row, now=now)
        left = f"about {coarse(eta - now)} left" if eta else ""
        return " · ".join(part for part in (asked, merged, ended, left) if part)

    def links(self, row: Task) -> list[Link]:
        """Outside and elsewhere."""
        found = [
            Link(text="API", url=reverse("task", args=[row.pk])),
            Link(text="Metrics", url=reverse("metrics")),
        ]
        if row.pull and row.pull.number:
            found.insert(0, Link(text=f"Pull request #{row.pull.number}", url=row.pull.url))
            commit = commit_link(row.pull, row.merge_sha)
            if commit.url:
                found.insert(1, Link(text=f"Commit {commit.text}", url=commit.url))
        return found

    def chapters(self, row: Task, now: datetime) -> list[Chapter]:
        """What every context knows, the timeline first."""
        told = tell(row, now=now)
        return sorted(
            told, key=lambda chapter: _FIRST.index(chapter.name) if chapter.name in _FIRST else len(_FIRST)
        )
