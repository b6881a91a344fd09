"""What this context knows about a task, a release and a rollback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from closedloop.chapters import Chapter, Code, Link, Prose, Ref, Table, facts
from rollback_app import selectors
from rollback_app.models import Rollback
from rollback_app.services.probing import places
from rollback_app.story.phases import phase_table
from rollback_app.story.tones import probe_badge, release_badge, rollback_badge
from tasks_app.pipeline.faq_document import outline_of
from tasks_app.pipeline.states import State
from tasks_app.pipeline.text import inline_markdown
from tasks_app.story.chapters import commit_link, effects_chapter, task_table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from rollback_app.models import Release
    from tasks_app.models import Task


def tell(task: Task, *, now: datetime) -> list[Chapter]:
    """The chapters of this context."""
    release = selectors.release_of(task)
    if release is None:
        return []
    rollbacks = Rollback.objects.filter(release=release, tasks=task).select_related("release__pull")
    return [
        release_chapter(release, links=_live_links(task)),
        *(rollback_chapter(rollback, number, now=now) for number, rollback in enumerate(rollbacks, 1)),
    ]


def _live_links(task: Task) -> tuple[Link, ...]:
    page = places().faq_page_url
    if not page or task.state != State.DONE:
        return ()
    headings = outline_of(f"### {inline_markdown(task.question)}").headings
    fragment = f"#{headings[0].anchor}" if headings else ""
    return (Link(text="Live page", url=page + fragment),)


def release_chapter(release: Release, *, links: tuple[Link, ...] = ()) -> Chapter:
    """A merge on its way to the live system, with every probe."""
    pull = release.pull
    return Chapter(
        name="release",
        title="Release",
        facts=facts(
            release=Ref(text=str(release.pk), model="rollback_app.release", pk=str(release.pk)),
            state=release_badge(release.state),
            code=Code(text=release.code),
            note=Prose(text=release.note),
            environment=release.environment,
            pull_request=Ref(text=str(pull), model="tasks_app.pullrequest", pk=str(pull.pk)),
            merge_commit=commit_link(pull, release.sha),
            previous_commit=commit_link(pull, release.previous_sha),
            stable_tag=Code(text=release.stable_tag),
            live_version=Code(text=release.live_version),
            merged_at=release.merged_at,
            live_at=release.live_at,
            verified_at=release.verified_at,
            detected_at=release.detected_at,
            deploy_took=release.live_at - release.merged_at if release.live_at else None,
            verification_took=release.verified_at - release.live_at
            if release.verified_at and release.live_at
            else None,
        ),
        tables=(probe_table(release.pk), *effect_tables(release.pk, what="release")),
        links=links,
    )


def rollback_chapter(rollback: Rollback, number: int = 1, *, now: datetime) -> Chapter:
    """A way back, with its phases; `number` tells several of one task apart."""
    pull = rollback.release.pull
    merge = rollback.release.sha
    return Chapter(
        name="rollback" if number == 1 else f"rollback_{number}",
        title="Rollback" if number == 1 else f"Rollback {number}",
        facts=facts(
            rollback=Ref(text=rollback.head_branch, model="rollback_app.rollback", pk=str(rollback.pk)),
            state=rollback_badge(rollback.state),
            code=Code(text=rollback.code),
            note=Prose(text=rollback.note),
            left_state=Code(text=rollback.left_state),
            reason=Prose(text=rollback.reason),
            decided_by=rollback.actor,
            is_automatic=rollback.is_automatic,
            built_anew=rollback.rebuilds or None,
            pull_request=Link(text=f"#{rollback.number}" if rollback.number else "", url=rollback.url),
            incident=Link(
                text=f"#{rollback.issue_number}" if rollback.issue_number else "", url=rollback.issue_url
            ),
            release=Ref(
                text=str(rollback.release), model="rollback_app.release", pk=str(rollback.release_id)
            ),
            reverted_commit=commit_link(pull, merge),
            revert_commit=commit_link(pull, rollback.merge_sha),
            detected_at=rollback.detected_at,
            finished_at=rollback.finished_at,
        ),
        tables=(
            phase_table(rollback, now=now),
            probe_table(rollback.pk),
            *effect_tables(*rollback.attempt_ids, what="rollback"),
        ),
    )


def carried(tasks: Iterable[Task]) -> Table:
    """The tasks that a release or rollback is about."""
    return task_table("tasks", tasks)


def probe_table(subject_id: UUID) -> Table:
    """Every probe in order, by round."""
    rows = tuple(
        (
            probe.round,
            Code(text=probe.kind),
            probe_badge(is_ok=probe.is_ok),
            Prose(text=probe.detail),
            None if probe.elapsed_ms is None else f"{probe.elapsed_ms} ms",
            Link(text=probe.url, url=probe.url),
            probe.finished_at,
        )
        for probe in selectors.probes(subject_id)
    )
    head = ("round", "probe", "verdict", "detail", "took", "address", "at")
    return Table(name="probes", head=head, rows=rows)


def effect_tables(*subject_ids: UUID, what: str) -> tuple[Table, ...]:
    """Outside acts of a row; none when it has none."""
    tables = effects_chapter(dict.fromkeys(subject_ids, what)).tables
    return tuple(table for table in tables if table.rows)
