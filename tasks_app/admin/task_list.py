"""The list of tasks: columns, filters, search. One query per page, whatever its length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.utils.html import format_html
from unfold.contrib.filters.admin import (
    BooleanRadioFilter,
    ChoicesCheckboxFilter,
    MultipleChoicesDropdownFilter,
)

from closedloop.admin.filters import UtcRangeFilter, WordFilter
from closedloop.admin.html import ago, badge, shown, text
from closedloop.chapters import Badge, Code, Link, Tone, coarse, spell
from closedloop.wiring import ports
from tasks_app import selectors
from tasks_app.admin.acting import ActingAdmin
from tasks_app.pipeline.text import cut, one_line
from tasks_app.services import outlook
from tasks_app.story.finding import tasks_meant_by
from tasks_app.story.tones import state_badge

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    from tasks_app.models import Task

#: A question in the list.
_SHORT = 80
_DEGRADED = Badge(text="no model", tone=Tone.WARN)


class TaskList(ActingAdmin):
    """Columns and filters of the list."""

    list_display = (
        "short_question", "state_word", "status_word", "why", "asked", "lasted", "pull_request", "degraded",
        "urgency", "worker",
    )  # fmt: skip
    list_filter = (
        ("state", MultipleChoicesDropdownFilter),
        ("status", ChoicesCheckboxFilter),
        ("code", WordFilter),
        ("created_at", UtcRangeFilter),
        ("priority", ChoicesCheckboxFilter),
        ("is_degraded", BooleanRadioFilter),
    )
    search_fields = ("question",)
    search_help_text = "Question, trace id or its beginning, #pull request, commit"
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    list_select_related = ("pull",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Task]:
        """Without the long texts, which only the task's page shows."""
        return selectors.tasks().defer("answer", "section", "sources", "error_msg")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """See `tasks_meant_by`; a task is never found twice."""
        return (tasks_meant_by(search_term, queryset) if search_term.strip() else queryset), False

    @admin.display(description="question", ordering="question")
    def short_question(self, task: Task) -> SafeString:
        """The question on one line, without what turns text around."""
        short = cut(one_line(task.question), _SHORT)
        return format_html('<bdi dir="auto" class="cl-question">{}</bdi>', text(short))

    @admin.display(description="state", ordering="state")
    def state_word(self, task: Task) -> SafeString:
        """The state in its colour."""
        return badge(state_badge(task.state))

    @admin.display(description="status", ordering="status")
    def status_word(self, task: Task) -> str:
        """What clients read."""
        return task.status

    @admin.display(description="code", ordering="code")
    def why(self, task: Task) -> SafeString | str:
        """Why it ended or stopped."""
        return shown(Code(text=task.code)) if task.code else ""

    @admin.display(description="asked", ordering="created_at")
    def asked(self, task: Task) -> SafeString:
        """How long ago."""
        return ago(task.created_at, ports().clock())

    @admin.display(description="took")
    def lasted(self, task: Task) -> str:
        """From the request to its end; so far for an open one, and what is left as far as one can tell."""
        now = ports().clock()
        eta = outlook.eta_of(task, now=now)
        left = f" … about {coarse(eta - now)} left" if eta else " …"
        return spell((task.finished_at or now) - task.created_at) + ("" if task.finished_at else left)

    @admin.display(description="pull", ordering="pull__number")
    def pull_request(self, task: Task) -> SafeString | str:
        """The pull request that carries it."""
        if task.pull is None or not task.pull.number:
            return ""
        return shown(Link(text=f"#{task.pull.number}", url=task.pull.url))

    @admin.display(description="", ordering="is_degraded")
    def degraded(self, task: Task) -> SafeString | str:
        """Whether it was answered without the model."""
        return badge(_DEGRADED) if task.is_degraded else ""

    @admin.display(description="prio", ordering="priority")
    def urgency(self, task: Task) -> str:
        """P0 to P3."""
        return task.priority

    @admin.display(description="worker", ordering="worker_instance")
    def worker(self, task: Task) -> str:
        """Who worked on it last."""
        return task.worker_instance
