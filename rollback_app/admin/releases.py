"""Releases: merged changes on their way to the live system."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import Count
from unfold.contrib.filters.admin import ChoicesCheckboxFilter

from closedloop.admin.filters import WordFilter
from closedloop.admin.html import ago, badge, shown
from closedloop.chapters import Badge, Chapter, Code, Link, spell
from closedloop.wiring import ports
from rollback_app.admin.acts import RELEASE_ACTS
from rollback_app.models import Release, Rollback
from rollback_app.story.chapters import carried, release_chapter, rollback_chapter
from rollback_app.story.tones import release_badge
from tasks_app import selectors as task_selectors
from tasks_app.admin.acting import ActingAdmin
from tasks_app.story.chapters import commit_link

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString


@admin.register(Release)
class ReleaseAdmin(ActingAdmin):
    """One merge that has to become live and be verified."""

    acts = RELEASE_ACTS
    list_display = (
        "commit", "state_word", "why", "environment", "passengers", "pull_request", "merged", "to_live",
        "to_verified", "round",
    )  # fmt: skip
    list_filter = (("state", ChoicesCheckboxFilter), ("code", WordFilter), "environment")
    search_fields = ("sha__startswith", "stable_tag", "live_version", "pull__number", "pull__head_branch")
    date_hierarchy = "merged_at"
    ordering = ("-merged_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Release]:
        """With the pull request and the number of tasks."""
        found = Release.objects.select_related("pull")
        return found.annotate(task_count=Count("pull__tasks"))

    @admin.display(description="commit", ordering="sha")
    def commit(self, release: Release) -> SafeString:
        """The merge commit."""
        return shown(Code(text=release.sha[:12]))

    @admin.display(description="state", ordering="state")
    def state_word(self, release: Release) -> SafeString:
        """The state in its colour."""
        return badge(release_badge(release.state))

    @admin.display(description="code", ordering="code")
    def why(self, release: Release) -> SafeString | str:
        """Why it failed."""
        return shown(Code(text=release.code)) if release.code else ""

    @admin.display(description="tasks", ordering="task_count")
    def passengers(self, release: Release) -> int:
        """How many tasks it carries."""
        return int(getattr(release, "task_count", 0))

    @admin.display(description="pull", ordering="pull__number")
    def pull_request(self, release: Release) -> SafeString:
        """Where it came from."""
        return shown(Link(text=f"#{release.pull.number}", url=release.pull.url))

    @admin.display(description="merged", ordering="merged_at")
    def merged(self, release: Release) -> SafeString:
        """How long ago."""
        return ago(release.merged_at, ports().clock())

    @admin.display(description="to live")
    def to_live(self, release: Release) -> str:
        """From the merge until it was seen live."""
        return spell(release.live_at - release.merged_at) if release.live_at else "–"

    @admin.display(description="to verified")
    def to_verified(self, release: Release) -> str:
        """From the merge until it was verified."""
        return spell(release.verified_at - release.merged_at) if release.verified_at else "–"

    def heading(self, row: Release) -> str:
        """The commit and where it goes."""
        return f"{row.sha[:12]} → {row.environment}"

    def badges(self, row: Release, now: datetime) -> list[Badge]:
        """Its state."""
        return [release_badge(row.state)]

    def links(self, row: Release) -> list[Link]:
        """Its pull request and its commit."""
        commit = commit_link(row.pull, row.sha)
        return [
            Link(text=f"Pull request #{row.pull.number}", url=row.pull.url),
            Link(text=f"Commit {commit.text}", url=commit.url),
        ]

    def chapters(self, row: Release, now: datetime) -> list[Chapter]:
        """The release with its probes, its tasks, its rollbacks."""
        tasks = carried(task_selectors.tasks().filter(pull=row.pull_id))
        rollbacks = Rollback.objects.filter(release=row).select_related("release__pull")
        return [
            release_chapter(row),
            Chapter(name="tasks", title="Tasks", tables=(tasks,)),
            *(rollback_chapter(rollback, number, now=now) for number, rollback in enumerate(rollbacks, 1)),
        ]
