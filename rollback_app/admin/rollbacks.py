"""Rollbacks with their phases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.utils.html import format_html
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesCheckboxFilter

from closedloop.admin.html import ago, badge, shown, text
from closedloop.chapters import Badge, Chapter, Code, Link, Tone, spell
from closedloop.wiring import ports
from rollback_app.admin.acts import ROLLBACK_ACTS
from rollback_app.models import Rollback
from rollback_app.story.chapters import carried, rollback_chapter
from rollback_app.story.phases import TRB_GOAL, trb
from rollback_app.story.tones import rollback_badge
from tasks_app.admin.acting import ActingAdmin
from tasks_app.pipeline.text import cut, one_line

if TYPE_CHECKING:
    from datetime import datetime

    from django.utils.safestring import SafeString

#: A reason in the list.
_SHORT = 70


@admin.register(Rollback)
class RollbackAdmin(ActingAdmin):
    """Bringing an environment back."""

    acts = ROLLBACK_ACTS
    list_display = (
        "short_reason", "state_word", "why", "decided_by", "commit", "pull_request", "incident", "decided",
        "time_to_rollback",
    )  # fmt: skip
    list_filter = (("state", ChoicesCheckboxFilter), ("is_automatic", BooleanRadioFilter))
    search_fields = ("reason", "head_branch", "number", "release__sha__startswith", "merge_sha__startswith")
    date_hierarchy = "decided_at"
    ordering = ("-decided_at",)
    list_select_related = ("release__pull",)

    @admin.display(description="reason", ordering="reason")
    def short_reason(self, rollback: Rollback) -> SafeString:
        """Why, on one line."""
        short = cut(one_line(rollback.reason), _SHORT)
        return format_html('<bdi dir="auto" class="cl-question">{}</bdi>', text(short))

    @admin.display(description="state", ordering="state")
    def state_word(self, rollback: Rollback) -> SafeString:
        """The state in its colour."""
        return badge(rollback_badge(rollback.state))

    @admin.display(description="code", ordering="code")
    def why(self, rollback: Rollback) -> SafeString | str:
        """What it waits for."""
        return shown(Code(text=rollback.code)) if rollback.code else ""

    @admin.display(description="by", ordering="actor")
    def decided_by(self, rollback: Rollback) -> str:
        """The policy or a person."""
        return rollback.actor

    @admin.display(description="reverted")
    def commit(self, rollback: Rollback) -> SafeString:
        """The merge that is taken back."""
        return shown(Code(text=rollback.release.sha[:12]))

    @admin.display(description="hotfix", ordering="number")
    def pull_request(self, rollback: Rollback) -> SafeString | str:
        """The pull request of the way back."""
        return shown(Link(text=f"#{rollback.number}", url=rollback.url)) if rollback.number else ""

    @admin.display(description="incident", ordering="issue_number")
    def incident(self, rollback: Rollback) -> SafeString | str:
        """The issue."""
        issue = rollback.issue_number
        return shown(Link(text=f"#{issue}", url=rollback.issue_url)) if issue else ""

    @admin.display(description="decided", ordering="decided_at")
    def decided(self, rollback: Rollback) -> SafeString:
        """How long ago."""
        return ago(rollback.decided_at, ports().clock())

    @admin.display(description="TRB")
    def time_to_rollback(self, rollback: Rollback) -> SafeString | str:
        """From the problem seen to healthy again."""
        lasted = trb(rollback)
        if lasted is None:
            return "–"
        tone = Tone.GOOD if lasted <= TRB_GOAL else Tone.BAD
        return badge(Badge(text=spell(lasted), tone=tone))

    def heading(self, row: Rollback) -> str:
        """Why it was done."""
        return row.reason

    def badges(self, row: Rollback, now: datetime) -> list[Badge]:
        """Its state, and who decided."""
        word = "automatic" if row.is_automatic else f"by {row.actor}"
        return [rollback_badge(row.state), Badge(text=word, tone=Tone.QUIET)]

    def links(self, row: Rollback) -> list[Link]:
        """Hotfix and incident."""
        found = []
        if row.number:
            found.append(Link(text=f"Hotfix #{row.number}", url=row.url))
        if row.issue_number:
            found.append(Link(text=f"Incident #{row.issue_number}", url=row.issue_url))
        return found

    def chapters(self, row: Rollback, now: datetime) -> list[Chapter]:
        """The way back and the tasks it takes along."""
        tasks = carried(row.tasks.select_related("pull").order_by("created_at", "pk"))
        return [rollback_chapter(row, now=now), Chapter(name="tasks", title="Tasks", tables=(tasks,))]
