"""Pull requests, lanes and effects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import Count
from unfold.contrib.filters.admin import ChoicesCheckboxFilter

from closedloop.admin.filters import WordFilter
from closedloop.admin.history import HistoryAdmin
from closedloop.admin.html import ago, badge, shown
from closedloop.chapters import Badge, Chapter, Code, Link, Prose, Ref, Tone, facts, spell
from closedloop.wiring import ports
from tasks_app.models import Effect, Lane, PullRequest
from tasks_app.pipeline.states import PullState
from tasks_app.pipeline.text import cut
from tasks_app.story.chapters import effects_chapter, pull_chapter
from tasks_app.story.tones import effect_badge, pull_badge

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

#: Characters of a name or result in the list.
_SHORT = 48
_OPEN = [PullState.PUBLISHING, PullState.AWAITING_CI, PullState.MERGING]


@admin.register(PullRequest)
class PullRequestAdmin(HistoryAdmin):
    """One of our pull requests."""

    list_display = ("number_link", "branch", "state_word", "why", "passengers", "opened", "head", "note")
    list_filter = (("state", ChoicesCheckboxFilter), ("code", WordFilter), "lane")
    search_fields = ("head_branch", "number", "head_sha__startswith", "merge_sha__startswith")
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    list_select_related = ("lane",)
    list_display_links = ("branch",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[PullRequest]:
        """With the number of tasks aboard."""
        return PullRequest.objects.annotate(task_count=Count("tasks"))

    @admin.display(description="pull", ordering="number")
    def number_link(self, pull: PullRequest) -> SafeString:
        """Its page at the forge."""
        return shown(Link(text=f"#{pull.number}" if pull.number else "…", url=pull.url))

    @admin.display(description="branch", ordering="head_branch")
    def branch(self, pull: PullRequest) -> SafeString:
        """Its deterministic name."""
        return shown(Code(text=pull.head_branch))

    @admin.display(description="state", ordering="state")
    def state_word(self, pull: PullRequest) -> SafeString:
        """The state in its colour."""
        return badge(pull_badge(pull.state))

    @admin.display(description="code", ordering="code")
    def why(self, pull: PullRequest) -> SafeString | str:
        """Why it was abandoned."""
        return shown(Code(text=pull.code)) if pull.code else ""

    @admin.display(description="tasks", ordering="task_count")
    def passengers(self, pull: PullRequest) -> int:
        """How many tasks it carries."""
        return int(getattr(pull, "task_count", 0))

    @admin.display(description="opened", ordering="created_at")
    def opened(self, pull: PullRequest) -> SafeString:
        """How long ago."""
        return ago(pull.created_at, ports().clock())

    @admin.display(description="head")
    def head(self, pull: PullRequest) -> SafeString | str:
        """The commit that may be merged."""
        return shown(Code(text=pull.head_sha[:12])) if pull.head_sha else ""

    def badges(self, row: PullRequest, now: datetime) -> list[Badge]:
        """Its state."""
        return [pull_badge(row.state)]

    def links(self, row: PullRequest) -> list[Link]:
        """Its page at the forge."""
        return [Link(text=f"Pull request #{row.number}", url=row.url)] if row.number else []

    def chapters(self, row: PullRequest, now: datetime) -> list[Chapter]:
        """The pull request and what was done outside for it."""
        return [pull_chapter(row), effects_chapter({row.pk: "pull request"})]


@admin.register(Lane)
class LaneAdmin(HistoryAdmin):
    """One file of one branch."""

    list_display = ("path", "repo", "base_branch", "in_flight", "on_top", "gate")
    list_select_related = ("pull", "stacked")

    @admin.display(description="in flight")
    def in_flight(self, lane: Lane) -> SafeString | str:
        """The pull request that is under way."""
        return shown(_pull_ref(lane.pull)) if lane.pull else "nothing"

    @admin.display(description="on its head")
    def on_top(self, lane: Lane) -> SafeString | str:
        """What is built on the one in flight."""
        return shown(_pull_ref(lane.stacked)) if lane.stacked else "nothing"

    @admin.display(description="merges")
    def gate(self, lane: Lane) -> SafeString:
        """Open or frozen."""
        return badge(_gate(lane))

    def badges(self, row: Lane, now: datetime) -> list[Badge]:
        """Open or frozen."""
        return [_gate(row)]

    def chapters(self, row: Lane, now: datetime) -> list[Chapter]:
        """What is under way, and why nothing merges if so."""
        known = facts(
            repository=row.repo,
            base_branch=row.base_branch,
            path=Code(text=row.path),
            in_flight=_pull_ref(row.pull) if row.pull else None,
            frozen_at=row.frozen_at,
            freeze_reason=Prose(text=row.freeze_reason),
            open_pull_requests=row.pulls.filter(state__in=_OPEN).count(),
        )
        return [Chapter(name="lane", title="Lane", facts=known)]


def _pull_ref(pull: PullRequest) -> Ref:
    return Ref(text=str(pull), model="tasks_app.pullrequest", pk=str(pull.pk))


def _gate(lane: Lane) -> Badge:
    return Badge(text="frozen", tone=Tone.WARN) if lane.frozen_at else Badge(text="open", tone=Tone.GOOD)


@admin.register(Effect)
class EffectAdmin(HistoryAdmin):
    """One outside act."""

    list_display = ("kind", "status_word", "named", "outcome", "attempts", "intended", "took")
    list_filter = (("status", ChoicesCheckboxFilter), ("kind", WordFilter))
    search_fields = ("name", "result", "=subject_id")
    date_hierarchy = "intended_at"
    ordering = ("-intended_at",)

    @admin.display(description="status", ordering="status")
    def status_word(self, effect: Effect) -> SafeString:
        """How it stands."""
        return badge(effect_badge(effect.status))

    @admin.display(description="name", ordering="name")
    def named(self, effect: Effect) -> SafeString:
        """By what it is found again."""
        return shown(Code(text=cut(effect.name, _SHORT)))

    @admin.display(description="result", ordering="result")
    def outcome(self, effect: Effect) -> SafeString | str:
        """What came of it."""
        return shown(Code(text=cut(effect.result, _SHORT))) if effect.result else ""

    @admin.display(description="took")
    def took(self, effect: Effect) -> str:
        """From the intent until it was settled."""
        return spell(effect.settled_at - effect.intended_at) if effect.settled_at else "–"

    @admin.display(description="intended", ordering="intended_at")
    def intended(self, effect: Effect) -> SafeString:
        """How long ago."""
        return ago(effect.intended_at, ports().clock())

    def badges(self, row: Effect, now: datetime) -> list[Badge]:
        """How it stands."""
        return [effect_badge(row.status)]
